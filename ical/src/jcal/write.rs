//! Components and properties of a document as jCal (RFC 7265 §3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json::Json;
use super::kind::{Shape, UNKNOWN, default_kind, shape};
use crate::document::{Component, Property, split_unquoted};
use crate::text::{decode_param, encode_param, escape, unescape};

/// A component: its name, its properties, its components.
pub(super) fn component(component: Component<'_>) -> Json {
    Json::List(vec![
        Json::text(component.name().to_ascii_lowercase()),
        Json::List(component.properties().map(property).collect()),
        Json::List(component.children().map(self::component).collect()),
    ])
}

fn property(property: Property<'_>) -> Json {
    let name = property.name().to_ascii_lowercase();
    let mut params = params(property);
    let mut value = property.value().to_owned();
    let is_base64 = |it: &(String, Json)| {
        it.0 == "encoding" && matches!(&it.1, Json::Text(it) if it.eq_ignore_ascii_case("BASE64"))
    };
    let encoding = params.iter().position(is_base64);
    let kind = kind_of(property, &name, encoding.is_some());
    if let Some(at) = encoding
        && kind != "binary"
        && let Some(decoded) = decoded(&value)
    {
        // RFC 7265 §3.1: only bytes stay encoded.
        params.remove(at);
        value = if kind == "text" { escape(&decoded) } else { decoded };
    }
    let mut whole = vec![Json::text(name.as_str()), Json::Object(params), Json::text(&*kind)];
    whole.extend(values(&name, &kind, &value));
    Json::List(whole)
}

fn decoded(value: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
}

/// RFC 7265 §3.5.1: what VALUE says, else the default, else that nobody knows.
fn kind_of(property: Property<'_>, name: &str, is_base64: bool) -> String {
    let said = property.param("VALUE").map(|it| it.trim().to_ascii_lowercase());
    let kind = said.as_deref().or_else(|| default_kind(name)).unwrap_or(UNKNOWN);
    let is_date = |it: &str| it.len() == 8 && is_digits(it);
    match kind {
        // Many a client leaves out VALUE=DATE, as does the example of RFC 7265 §B.1.
        "date-time" if property.value().split(',').all(|it| is_date(it.trim())) => "date",
        "uri" if is_base64 && said.is_none() => "binary",
        kind => kind,
    }
    .to_owned()
}

/// The parameters but VALUE; one that comes twice has all its values in one list.
fn params(property: Property<'_>) -> Vec<(String, Json)> {
    let mut params: Vec<(String, Vec<Json>)> = Vec::new();
    for (name, raw) in property.raw_params() {
        let name = name.trim().to_ascii_lowercase();
        if name == "value" {
            continue;
        }
        let values = split_unquoted(raw, b',').map(|it| Json::text(param_text(it)));
        match params.iter_mut().find(|it| it.0 == name) {
            Some(known) => known.1.extend(values),
            None => params.push((name, values.collect())),
        }
    }
    params.into_iter().map(|(name, values)| (name, Json::one_or_list(values))).collect()
}

/// A parameter's value without its quotes, escapes and control characters.
fn param_text(raw: &str) -> String {
    decode_param(&encode_param(&decode_param(raw))).into_owned()
}

/// The values of a property as the elements that end its list.
fn values(name: &str, kind: &str, value: &str) -> Vec<Json> {
    let parts = |separator| match kind {
        "text" => split_escaped(value, separator),
        _ => value.split(separator).collect(),
    };
    match shape(name, kind) {
        Shape::One => vec![json_of(kind, value)],
        Shape::Many => parts(',').into_iter().map(|it| json_of(kind, it)).collect(),
        Shape::Fields => {
            vec![Json::List(parts(';').into_iter().map(|it| json_of(kind, it)).collect())]
        }
    }
}

/// The parts of a TEXT value between separators that are not escaped.
fn split_escaped(value: &str, separator: char) -> Vec<&str> {
    let mut is_escaped = false;
    value
        .split(|letter: char| {
            let parts = letter == separator && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            parts
        })
        .collect()
}

/// One value; what is not of its kind is told as it is written.
fn json_of(kind: &str, value: &str) -> Json {
    let trimmed = value.trim();
    let verbatim = || Json::text(value);
    match kind {
        // Control characters, which a text cannot have (RFC 5545 §3.3.11), are left out.
        "text" => Json::text(unescape(&escape(&unescape(value)))),
        "boolean" if trimmed.eq_ignore_ascii_case("TRUE") => Json::Bool(true),
        "boolean" if trimmed.eq_ignore_ascii_case("FALSE") => Json::Bool(false),
        "integer" => trimmed.parse().map_or_else(|_| verbatim(), Json::Whole),
        "float" => fraction(trimmed).unwrap_or_else(verbatim),
        "date" | "date-time" => extended(trimmed).map_or_else(verbatim, Json::Text),
        "time" => extended_time(trimmed).map_or_else(verbatim, Json::Text),
        "utc-offset" => extended_offset(trimmed).map_or_else(verbatim, Json::Text),
        "period" => match trimmed.split_once('/') {
            Some((start, end)) => Json::List([start, end].map(either).to_vec()),
            None => either(trimmed),
        },
        "recur" => rule(trimmed).unwrap_or_else(verbatim),
        _ => verbatim(),
    }
}

/// A date, a time, or what else stands there.
fn either(text: &str) -> Json {
    Json::Text(extended(text).unwrap_or_else(|| text.to_owned()))
}

fn fraction(text: &str) -> Option<Json> {
    // Rust would read "inf" and "1e5", which are no FLOAT (RFC 5545 §3.3.7).
    let is_plain = text.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'+' | b'-' | b'.'));
    let value: f64 = text.parse().ok().filter(|_| is_plain)?;
    value.is_finite().then_some(Json::Fraction(value))
}

/// `YYYY-MM-DD`, alone or with `THH:MM:SS` and maybe `Z` (RFC 7265 §3.6.4, §3.6.5).
fn extended(text: &str) -> Option<String> {
    let date = text.get(..8).filter(|it| is_digits(it))?;
    let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    match text.get(8..)? {
        "" => Some(date),
        rest => Some(format!("{date}T{}", extended_time(rest.strip_prefix('T')?)?)),
    }
}

fn extended_time(text: &str) -> Option<String> {
    let (digits, zone) = text.strip_suffix('Z').map_or((text, ""), |it| (it, "Z"));
    let is_time = digits.len() == 6 && is_digits(digits);
    is_time.then(|| format!("{}:{}:{}{zone}", &digits[..2], &digits[2..4], &digits[4..]))
}

fn extended_offset(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).filter(|it| is_digits(it))?;
    let sign = &text[..1];
    match digits.len() {
        4 => Some(format!("{sign}{}:{}", &digits[..2], &digits[2..])),
        6 => Some(format!("{sign}{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..])),
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// A recurrence rule as an object of its parts (RFC 7265 §3.6.10).
fn rule(text: &str) -> Option<Json> {
    let mut parts: Vec<(String, Json)> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|it| !it.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        if parts.iter().any(|it| it.0 == name) {
            return None;
        }
        let value = match name.as_str() {
            "freq" | "wkst" | "rscale" | "skip" => Json::text(value),
            "until" => either(value),
            _ => Json::one_or_list(value.split(',').map(number).collect()),
        };
        parts.push((name, value));
    }
    // As it will be written again.
    parts.sort_by_key(|it| it.0 != "freq");
    (!parts.is_empty()).then_some(Json::Object(parts))
}

/// A number, or what else a list of a rule holds, such as `-1SU` or `5L`.
fn number(text: &str) -> Json {
    text.parse().map_or_else(|_| Json::text(text), Json::Whole)
}
