//! `OPTIONS`: what can be done; clients read it at many places, so it is the same at all.

use http::{HeaderValue, Response, header};

use super::{ALLOW, CAPABILITIES};
use crate::{Answer, Body};

pub(super) fn respond() -> Answer {
    let mut answer = Response::new(Body::default());
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
    answer.headers_mut().insert("dav", CAPABILITIES);
    answer
}
