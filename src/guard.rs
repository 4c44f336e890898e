//! What a request must be before anyone looks at it, and how its body is taken in.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use model::limit::{HEADER_MAX_BYTES, URI_MAX_BYTES};

/// An answer, whole.
pub(crate) type Answer = dav::Answer;

/// The time between two pieces of a body.
const BODY_IDLE: Duration = Duration::from_secs(10);
/// The time that a whole body may take.
const BODY_TOTAL: Duration = Duration::from_mins(1);

/// Refuses what two readers could understand differently, and what is too long.
///
/// # Errors
///
/// The answer that refuses it.
pub(crate) fn check(head: &Parts, is_ambiguous: bool) -> Result<(), Answer> {
    if head.uri.path_and_query().is_some_and(|it| it.as_str().len() > URI_MAX_BYTES) {
        return Err(refuse(StatusCode::URI_TOO_LONG, "the address is too long"));
    }
    let header_bytes: usize = head.headers.iter().map(|it| it.0.as_str().len() + it.1.len()).sum();
    if header_bytes > HEADER_MAX_BYTES {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(refuse(status, "the header is too long"));
    }
    if !has_one_host(head) {
        return Err(refuse(StatusCode::BAD_REQUEST, "there is not exactly one valid Host"));
    }
    if is_ambiguous {
        let why = "the request can be read in two ways: its length is told twice, or its target has a fragment";
        return Err(refuse(StatusCode::BAD_REQUEST, why));
    }
    let is_plain = |it: &HeaderValue| it.as_bytes().eq_ignore_ascii_case(b"identity");
    if !head.headers.get_all(header::CONTENT_ENCODING).iter().all(is_plain) {
        let why = "bodies are taken without encoding";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    Ok(())
}

/// Exactly one Host that is a host, or the authority of HTTP/2 (RFC 9112 §3.2).
fn has_one_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let authority = host.to_str().ok().and_then(|it| it.parse::<Authority>().ok());
            authority.is_some_and(|it| !it.host().is_empty() && !it.as_str().contains('@'))
        }
        (None, None) => head.version == Version::HTTP_2 && head.uri.authority().is_some(),
        _ => false,
    }
}

/// Takes a body in, piece by piece.
///
/// # Errors
///
/// The answer that refuses it: too long, or too slow.
pub(crate) async fn body(
    headers: &HeaderMap,
    mut body: Incoming,
    max_bytes: usize,
) -> Result<Bytes, Answer> {
    let too_long = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    if announced.is_some_and(|it: u64| it > max_bytes as u64) {
        return Err(too_long());
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let taking = async {
        let mut taken = BytesMut::new();
        while let Ok(frame) = tokio::time::timeout(BODY_IDLE, body.frame()).await {
            let data = match frame {
                None => return Ok(taken.freeze()),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(_)) => {
                    return Err(refuse(StatusCode::BAD_REQUEST, "the body was cut off"));
                }
            };
            if taken.len() + data.len() > max_bytes {
                return Err(too_long());
            }
            taken.extend_from_slice(&data);
        }
        Err(slow())
    };
    tokio::time::timeout(BODY_TOTAL, taking).await.unwrap_or_else(|_| Err(slow()))
}

fn slow() -> Answer {
    refuse(StatusCode::REQUEST_TIMEOUT, "the body took too long")
}

/// An answer after which the connection ends: what follows on it cannot be trusted.
pub(crate) fn refuse(status: StatusCode, why: &str) -> Answer {
    let mut answer = Response::new(dav::Body::from(format!("{why}\n")));
    *answer.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, text);
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
