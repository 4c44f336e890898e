//! jCal as the lines of an iCalendar text (RFC 7265 §4).

use model::limit::{DEPTH_MAX, LINES_MAX};

use super::json::Json;
use super::kind::{Shape, UNKNOWN, default_kind, shape};
use crate::text::{encode_param, escape};

type Read<T> = Result<T, &'static str>;

/// Adds the lines of a component and all in it, the `depth`th from the outermost.
pub(super) fn component(json: &Json, depth: usize, lines: &mut Vec<String>) -> Read<()> {
    let Json::List(parts) = json else { return Err(COMPONENT) };
    let [Json::Text(name), Json::List(properties), Json::List(components)] = parts.as_slice()
    else {
        return Err(COMPONENT);
    };
    if depth > DEPTH_MAX {
        return Err("components are nested too deeply");
    }
    let name = proper_name(name)?;
    lines.push(format!("BEGIN:{name}"));
    for it in properties {
        if lines.len() > LINES_MAX {
            return Err("too many lines");
        }
        lines.push(property(it)?);
    }
    for it in components {
        component(it, depth + 1, lines)?;
    }
    lines.push(format!("END:{name}"));
    Ok(())
}

const COMPONENT: &str = "a component is a name, properties and components";
const PROPERTY: &str = "a property is a name, parameters, a kind and values";
const CONTROL: &str = "a value holds a control character";

fn property(json: &Json) -> Read<String> {
    let Json::List(parts) = json else { return Err(PROPERTY) };
    let [Json::Text(name), Json::Object(params), Json::Text(kind), values @ ..] = parts.as_slice()
    else {
        return Err(PROPERTY);
    };
    if values.is_empty() {
        return Err(PROPERTY);
    }
    let (small, kind) = (name.to_ascii_lowercase(), kind.to_ascii_lowercase());
    if matches!(small.as_str(), "begin" | "end") {
        return Err("BEGIN and END are no properties");
    }
    let mut line = proper_name(name)?;
    if kind != UNKNOWN && default_kind(&small) != Some(&kind) {
        line.push_str(";VALUE=");
        line.push_str(&proper_name(&kind)?);
    }
    for (name, value) in params {
        if name.eq_ignore_ascii_case("value") {
            return Err("the kind of a value is no parameter");
        }
        line.push(';');
        line.push_str(&proper_name(name)?);
        line.push('=');
        line.push_str(&param(value)?);
    }
    line.push(':');
    let texts: Vec<String> =
        values.iter().map(|it| value(&small, &kind, it)).collect::<Read<_>>()?;
    line.push_str(&texts.join(","));
    // What has no place in a line would end it, and begin another.
    if line.chars().any(|it| it.is_ascii_control() && it != '\t') {
        return Err(CONTROL);
    }
    Ok(line)
}

/// The name in capitals; nothing else may end up before the colon of a line.
fn proper_name(name: &str) -> Read<String> {
    let is_proper = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'/');
    let fits = !name.is_empty() && name.len() <= 255 && name.bytes().all(is_proper);
    fits.then(|| name.to_ascii_uppercase()).ok_or("a name is made of letters, digits and dashes")
}

fn param(value: &Json) -> Read<String> {
    match value {
        Json::List(items) => Ok(items.iter().map(param).collect::<Read<Vec<_>>>()?.join(",")),
        other => Ok(encode_param(&plain(other)?)),
    }
}

/// One element of a property's values.
fn value(name: &str, kind: &str, json: &Json) -> Read<String> {
    let Json::List(fields) = json else { return scalar(kind, json) };
    let separator = match (kind, shape(name, kind)) {
        ("period", _) => "/",
        (_, Shape::Fields) => ";",
        (_, Shape::One | Shape::Many) => ",",
    };
    let texts: Vec<String> = fields.iter().map(|it| scalar(kind, it)).collect::<Read<_>>()?;
    Ok(texts.join(separator))
}

fn scalar(kind: &str, json: &Json) -> Read<String> {
    if let Json::Object(parts) = json {
        return if kind == "recur" { rule(parts) } else { Err("a value is no object") };
    }
    let text = plain(json)?;
    Ok(match kind {
        "text" => escape(&text),
        "boolean" if matches!(json, Json::Bool(_)) => text.to_ascii_uppercase(),
        "date" | "date-time" | "time" => basic(&text),
        "utc-offset" => basic_offset(&text),
        "period" => text.split('/').map(basic).collect::<Vec<_>>().join("/"),
        _ => text,
    })
}

fn plain(json: &Json) -> Read<String> {
    match json {
        Json::Text(text) => Ok(text.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Whole(value) => Ok(value.to_string()),
        Json::Fraction(value) => Ok(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => Err("a value is a text or a number"),
    }
}

/// `YYYY-MM-DD`, `HH:MM:SS` or both without what stands between the digits.
fn basic(text: &str) -> String {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None if text.contains(':') => ("", Some(text)),
        None => (text, None),
    };
    let digits = |text: &str, separator: char, lengths: &[usize]| {
        let parts: Vec<&str> = text.split(separator).collect();
        let fits = parts.len() == 3
            && parts.iter().zip(lengths).all(|(it, length)| {
                it.len() == *length && it.bytes().all(|it| it.is_ascii_digit())
            });
        fits.then(|| parts.concat())
    };
    let clock = |time: &str| {
        let (time, zone) = time.strip_suffix('Z').map_or((time, ""), |it| (it, "Z"));
        Some(format!("{}{zone}", digits(time, ':', &[2, 2, 2])?))
    };
    let whole = || match (date, time) {
        ("", Some(time)) => clock(time),
        (date, None) => digits(date, '-', &[4, 2, 2]),
        (date, Some(time)) => Some(format!("{}T{}", digits(date, '-', &[4, 2, 2])?, clock(time)?)),
    };
    whole().unwrap_or_else(|| text.to_owned())
}

fn basic_offset(text: &str) -> String {
    let is_offset = text.starts_with(['+', '-'])
        && text[1..].bytes().all(|it| it.is_ascii_digit() || it == b':');
    if is_offset { text.replace(':', "") } else { text.to_owned() }
}

/// The parts of a rule, FREQ first: old readers want it there (RFC 5545 §3.3.10).
fn rule(parts: &[(String, Json)]) -> Read<String> {
    let is_frequency = |it: &&(String, Json)| it.0.eq_ignore_ascii_case("freq");
    let ordered =
        parts.iter().filter(is_frequency).chain(parts.iter().filter(|it| !is_frequency(it)));
    let part = |(name, value): &(String, Json)| {
        let text = match value {
            Json::List(items) => items.iter().map(plain).collect::<Read<Vec<_>>>()?.join(","),
            other => plain(other)?,
        };
        let text = if name.eq_ignore_ascii_case("until") { basic(&text) } else { text };
        if text.contains(';') {
            return Err("a part of a rule holds a semicolon");
        }
        Ok(format!("{}={text}", proper_name(name)?))
    };
    Ok(ordered.map(part).collect::<Read<Vec<_>>>()?.join(";"))
}
