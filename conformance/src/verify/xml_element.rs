//! `xmlElementMatch`: paths lead to elements, and the elements pass the tests in brackets.

use super::{Question, Verdict};
use crate::icalendar::Component;
use crate::tree::Element;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&["200", "207"])?;
    let root = Element::parse(&question.answer.body)?;
    let top = match question.first("parent") {
        Some(path) => {
            let found = find(&root, path)?;
            match found.as_slice() {
                [one] => (*one).clone(),
                several => return Err(format!("{} parents at {path}", several.len())),
            }
        }
        None => root,
    };
    for path in question.values("exists") {
        if find(&top, path)?.is_empty() {
            return Err(format!("nothing at {path}"));
        }
    }
    for path in question.values("notexists") {
        if !find(&top, path)?.is_empty() {
            return Err(format!("something at {path}"));
        }
    }
    Ok(())
}

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Step {
    /// A name, or `..` for the parent.
    name: String,
    tests: Vec<String>,
}

/// The elements that a path leads to, beginning with the root's own name.
///
/// # Errors
///
/// If it is no path.
pub(crate) fn find<'a>(root: &'a Element, path: &str) -> Result<Vec<&'a Element>, String> {
    let steps = steps(path)?;
    let Some((first, rest)) = steps.split_first() else { return Err("an empty path".into()) };
    if first.name != root.name {
        return Ok(Vec::new());
    }
    let mut found = passed(vec![vec![root]], &first.tests)?;
    for step in rest {
        let next = found.into_iter().flat_map(|chain| stepped(chain, &step.name)).collect();
        found = passed(next, &step.tests)?;
    }
    Ok(found.into_iter().filter_map(|it| it.last().copied()).collect())
}

/// Elements with all that they lie in, outermost first.
type Chain<'a> = Vec<&'a Element>;

fn stepped<'a>(mut chain: Chain<'a>, name: &str) -> Vec<Chain<'a>> {
    if name == ".." {
        chain.pop();
        return if chain.is_empty() { Vec::new() } else { vec![chain] };
    }
    let Some(here) = chain.last() else { return Vec::new() };
    let children = here.children.iter().filter(|it| name == "*" || it.name == name);
    children.map(|it| chain.iter().copied().chain([it]).collect()).collect()
}

/// The elements that pass the tests: for each test some element must.
fn passed<'a>(found: Vec<Chain<'a>>, tests: &[String]) -> Result<Vec<Chain<'a>>, String> {
    let Some((last, _)) = tests.split_last() else { return Ok(found) };
    for test in tests {
        let mut is_passed = false;
        for chain in &found {
            is_passed |= chain.last().map_or(Ok(false), |it| passes(it, test))?;
        }
        // Two tests may be passed by two elements: so the scripts were written.
        if !is_passed {
            return Ok(Vec::new());
        }
    }
    let mut kept = Vec::new();
    for chain in found {
        if chain.last().map_or(Ok(false), |it| passes(it, last))? {
            kept.push(chain);
        }
    }
    Ok(kept)
}

fn passes(element: &Element, test: &str) -> Result<bool, String> {
    let text = element.text.as_str();
    match test {
        "|" => return Ok(text.is_empty() && element.children.is_empty()),
        "||" => return Ok(!text.is_empty() || !element.children.is_empty()),
        "icalendar" => return Ok(Component::parse(text).is_ok()),
        "json" => return Ok(serde_json::from_str::<serde_json::Value>(text).is_ok()),
        _ => {}
    }
    let (kind, rest) = test.split_at_checked(1).ok_or("an empty test")?;
    Ok(match kind {
        "@" => match rest.split_once('=') {
            Some((name, value)) => element.attribute(name) == Some(value.trim_matches(['"', '\''])),
            None => element.attribute(rest).is_some(),
        },
        "=" => text == rest,
        "!" => text != rest,
        "*" => text.contains(rest),
        "$" => !text.contains(rest),
        "+" => text.starts_with(rest),
        "^" => {
            let name_end = rest.find('}').map_or(0, |at| at + 1);
            match rest[name_end..].split_once('=') {
                Some((local, value)) => {
                    let name = format!("{}{local}", &rest[..name_end]);
                    element.all(&name).any(|it| it.text == value)
                }
                None => element.child(rest).is_some(),
            }
        }
        _ => return Err(format!("[{test}] is no test")),
    })
}

/// A path as its steps; slashes in namespaces and tests part nothing.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    while !rest.is_empty() {
        let name_end = match rest.strip_prefix('{') {
            Some(inner) => {
                let space = inner.find('}').ok_or_else(|| format!("{path} is no path"))? + 2;
                rest[space..].find(['/', '[']).map_or(rest.len(), |at| at + space)
            }
            None => rest.find(['/', '[']).unwrap_or(rest.len()),
        };
        let mut step = Step { name: rest[..name_end].to_owned(), tests: Vec::new() };
        rest = &rest[name_end..];
        while let Some(inner) = rest.strip_prefix('[') {
            let end = test_end(inner).ok_or_else(|| format!("{path} is no path"))?;
            step.tests.push(inner[..end].to_owned());
            rest = &inner[end + 1..];
        }
        steps.push(step);
        rest = rest.strip_prefix('/').unwrap_or(rest);
    }
    Ok(steps)
}

/// Where a test ends: its bracket is the last, or a slash or another test follows.
fn test_end(text: &str) -> Option<usize> {
    let ends = text.match_indices(']').map(|it| it.0);
    let mut ends =
        ends.filter(|at| matches!(text.as_bytes().get(at + 1), None | Some(b'/' | b'[')));
    ends.next()
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    const BODY: &str = "<D:m xmlns:D='DAV:'><D:r><D:h>/a</D:h><D:x k='v'/></D:r>\
        <D:r><D:h>/b/c</D:h><D:y xmlns='http://x/y/'><z>t</z></D:y></D:r><D:j>[1]</D:j></D:m>";

    #[test]
    fn paths_lead_to_elements_that_pass_their_tests() {
        for (path, expected) in [
            ("/{DAV:}m", true),
            ("{DAV:}m/{DAV:}r", true),
            ("/{DAV:}n", false),
            ("/{DAV:}m/{DAV:}n", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/a]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/b]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[!/a]", true),
            ("/{DAV:}m/{DAV:}j[!x]", true),
            ("/{DAV:}m/{DAV:}j[![1]]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[*b/c]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[*d]", false),
            ("/{DAV:}m/{DAV:}j[$1]", false),
            ("/{DAV:}m/{DAV:}j[$2]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[+/b]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[+b]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[@k]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[@k=\"v\"]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[@k=\"w\"]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[@l]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[|]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}x[||]", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}y[||]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}y/{http://x/y/}z[=t]", true),
            ("/{DAV:}m/{DAV:}r[^{DAV:}x]", true),
            ("/{DAV:}m/{DAV:}r[^{DAV:}z]", false),
            ("/{DAV:}m/{DAV:}r[^{DAV:}h=/a]/{DAV:}x", true),
            ("/{DAV:}m/{DAV:}r[^{DAV:}h=/a]/{DAV:}y", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/a]/../{DAV:}x", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/a]/../{DAV:}y", false),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/a][=/b/c]", true),
            ("/{DAV:}m/{DAV:}r/{DAV:}h[=/a][=/d]", false),
            ("/{DAV:}m/{DAV:}j[json]", true),
            ("/{DAV:}m/{DAV:}j[icalendar]", false),
        ] {
            let (is, not) = ([("exists", &[path][..])], [("notexists", &[path][..])]);
            check(path, "xmlElementMatch", &is, &answer(207, &[], BODY), expected);
            check(path, "xmlElementMatch", &not, &answer(207, &[], BODY), !expected);
        }
    }

    #[test]
    fn a_parent_must_be_one() {
        let exists = ("exists", &["{DAV:}r/{DAV:}x"][..]);
        let one = ("parent", &["/{DAV:}m/{DAV:}r[^{DAV:}x]"][..]);
        let two = ("parent", &["/{DAV:}m/{DAV:}r"][..]);
        check("one", "xmlElementMatch", &[one, exists], &answer(207, &[], BODY), true);
        check("two", "xmlElementMatch", &[two, exists], &answer(207, &[], BODY), false);
        check("status", "xmlElementMatch", &[exists], &answer(404, &[], BODY), false);
    }
}
