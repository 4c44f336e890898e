//! `xmlDataMatch`: the body has the elements of a file, but for some whose content is free.

use super::{Question, Verdict};
use crate::tree::Element;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&["200", "207"])?;
    let path = question.first("filepath").unwrap_or_default();
    let filters = question.values("filter");
    let mut wanted = Element::parse(question.file(path)?.as_bytes())?;
    let mut found = Element::parse(&question.answer.body)?;
    clear(&mut wanted, filters);
    clear(&mut found, filters);
    if wanted.written() == found.written() {
        return Ok(());
    }
    Err(format!("{} instead of {}", found.written(), wanted.written()))
}

fn clear(element: &mut Element, filters: &[String]) {
    if filters.contains(&element.name) {
        *element = Element { name: std::mem::take(&mut element.name), ..Element::default() };
    }
    for child in &mut element.children {
        clear(child, filters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_are_free_lose_all_but_their_name() {
        let mut root = Element::parse(b"<a><b c='d'><e/>f</b>g<h>i</h></a>").unwrap();
        clear(&mut root, &["b".to_owned()]);
        assert_eq!(root.written(), "<a><b /><h>i</h></a>");
    }
}
