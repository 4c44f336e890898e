//! Style, script and icon: part of the program, under addresses that change with them.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderValue, Response, header};

use crate::Answer;

const STYLE: &str = include_str!("../static/style.css");
const SCRIPT: &str = include_str!("../static/zone.js");
const ICON: &str = include_str!("../static/icon.svg");

/// The path of the style sheet.
pub(crate) fn style_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| format!("/static/{:016x}.css", mark(STYLE)))
}

/// The path of the script that finds the visitor's time zone.
pub(crate) fn script_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| format!("/static/{:016x}.js", mark(SCRIPT)))
}

/// The path of the icon.
pub(crate) fn icon_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| format!("/static/{:016x}.svg", mark(ICON)))
}

/// The asset at `path`, to be kept for ever.
pub(crate) fn respond(path: &str) -> Option<Answer> {
    let (text, kind) = match path {
        it if it == style_path() => (STYLE, "text/css; charset=utf-8"),
        it if it == script_path() => (SCRIPT, "text/javascript; charset=utf-8"),
        it if it == icon_path() || it == "/favicon.ico" => (ICON, "image/svg+xml"),
        _ => return None,
    };
    let mut answer = Response::new(Bytes::from_static(text.as_bytes()));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    answer.headers_mut().insert(header::CACHE_CONTROL, forever);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Some(answer)
}

/// FNV-1a: enough to tell one release's text from another's.
fn mark(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}
