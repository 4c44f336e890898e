//! `jsonPointerMatch`: places in a JSON body are there, and say what they should (RFC 6901).

use serde_json::Value;

use super::{Question, Verdict};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&[question.first("status").unwrap_or("200")])?;
    let kind = question.answer.values("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind != "application/json" && !kind.ends_with("+json") {
        return Err(format!("the content type is {kind:?}"));
    }
    let value: Value = serde_json::from_slice(&question.answer.body)
        .map_err(|error| format!("no JSON: {error}"))?;
    for pointer in question.values("exists") {
        if !is_there(&value, pointer) {
            return Err(format!("{pointer} is not there"));
        }
    }
    for pointer in question.values("notexists") {
        if is_there(&value, pointer) {
            return Err(format!("{pointer} is there"));
        }
    }
    Ok(())
}

fn is_there(value: &Value, pointer: &str) -> bool {
    let (pointer, wanted) = match pointer.split_once("~$") {
        Some((pointer, text)) => (pointer, Some(text)),
        None => match pointer.strip_suffix("~~") {
            Some(pointer) => (pointer, Some("null")),
            None => (pointer, None),
        },
    };
    let found = matches(value, pointer);
    match wanted {
        Some(wanted) => found.iter().any(|it| shown(it) == wanted),
        None => !found.is_empty(),
    }
}

/// Every value at a pointer, in which `.` is any member and `-` the last.
pub(crate) fn matches<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        found = found.into_iter().flat_map(|it| step(it, &segment)).collect();
    }
    found
}

fn step<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match (value, segment) {
        (Value::Array(values), ".") => values.iter().collect(),
        (Value::Array(values), "-") => values.last().into_iter().collect(),
        (Value::Array(values), number) => {
            number.parse::<usize>().ok().and_then(|it| values.get(it)).into_iter().collect()
        }
        (Value::Object(members), ".") => members.values().collect(),
        (Value::Object(members), name) => members.get(name).into_iter().collect(),
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => Vec::new(),
    }
}

/// A value as a script writes it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn pointers_lead_to_values() {
        let body = r#"{"a":[{"b":1},{"b":"two"}],"c/d":null}"#;
        let headers = [("Content-Type", "application/calendar+json; charset=utf-8")];
        for (pointer, expected) in [
            ("/a", true),
            ("/a/1/b", true),
            ("/a/2", false),
            ("/a/./b~$two", true),
            ("/a/./b~$1", true),
            ("/a/./b~$three", false),
            ("/a/-/b~$two", true),
            ("/a/-/b~$1", false),
            ("/c~1d~~", true),
            ("/a~~", false),
            ("/x", false),
        ] {
            let (is, not) = ([("exists", &[pointer][..])], [("notexists", &[pointer][..])]);
            check(pointer, "jsonPointerMatch", &is, &answer(200, &headers, body), expected);
            check(pointer, "jsonPointerMatch", &not, &answer(200, &headers, body), !expected);
        }
        check("a type", "jsonPointerMatch", &[], &answer(200, &[], body), false);
    }
}
