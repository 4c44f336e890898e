//! The cookie by which a visitor without an account is known during a checkout.

use app::VisitorToken;
use http::{HeaderMap, HeaderValue, header};

use crate::Answer;

const NAME: &str = "visitor";

/// The visitor that a request's cookie names.
pub(crate) fn visitor(headers: &HeaderMap) -> Option<VisitorToken> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = values.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    let (_, value) = pairs.find(|it| it.0 == NAME)?;
    if value.len() != 32 || !value.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(value, 16).ok().map(|it| VisitorToken(it.to_be_bytes()))
}

/// Gives the visitor a cookie for a day.
pub(crate) fn give(answer: &mut Answer, visitor: VisitorToken, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let value = format!(
        "{NAME}={:032x}; Path=/b/; HttpOnly; SameSite=Lax; Max-Age=86400{secure}",
        u128::from_be_bytes(visitor.0)
    );
    if let Ok(value) = HeaderValue::from_str(&value) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}
