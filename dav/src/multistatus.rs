//! `DAV:multistatus` (RFC 4918 §13): responses with one propstat for each status.

use crate::body::Body;
use crate::property::{Asked, Subject, Told, Wanted};
use crate::wire::out::Out;

/// A multistatus document.
pub(crate) fn document(fill: impl FnOnce(&mut Out)) -> Body {
    Out::document("D:multistatus", fill)
}

/// A response about one resource: what it has, and what of the asked it has not.
pub(crate) fn properties(out: &mut Out, subject: &Subject<'_>, wanted: &Wanted) {
    out.element("D:response", |out| {
        out.href(&subject.href());
        propstats(out, subject, wanted);
    });
}

/// What a resource has, what it has not, and what the asker may not see.
pub(crate) fn propstats(out: &mut Out, subject: &Subject<'_>, wanted: &Wanted) {
    let asked = match wanted {
        Wanted::All(more) => return propstat(out, OK, |out| subject.write_all(out, more)),
        Wanted::Names => return propstat(out, OK, |out| subject.write_names(out)),
        Wanted::These(asked) => asked,
    };
    let sorted = Sorted::of(subject, asked);
    if sorted.has_values() {
        propstat(out, OK, |out| sorted.values.iter().for_each(|it| subject.write(out, it)));
    }
    sorted.write_others(out);
}

/// The properties that were asked for, by what becomes of them.
pub(crate) struct Sorted<'a> {
    pub(crate) values: Vec<&'a Asked>,
    missing: Vec<&'a Asked>,
    forbidden: Vec<&'a Asked>,
    is_minimal: bool,
}

impl<'a> Sorted<'a> {
    pub(crate) fn of(subject: &Subject<'_>, asked: &'a [Asked]) -> Self {
        let is_minimal = subject.request.prefer.is_minimal();
        let values = Vec::with_capacity(asked.len());
        let mut sorted = Self { values, missing: Vec::new(), forbidden: Vec::new(), is_minimal };
        for it in asked {
            match subject.tells(it) {
                Told::Value => sorted.values.push(it),
                Told::Missing => sorted.missing.push(it),
                Told::Forbidden => sorted.forbidden.push(it),
            }
        }
        sorted
    }

    /// Whether values are told: a response says something, however brief it is to be
    /// (RFC 8144 §2.1).
    pub(crate) fn has_values(&self) -> bool {
        let has_others = !self.missing.is_empty() || !self.forbidden.is_empty();
        !self.values.is_empty() || self.is_minimal || !has_others
    }

    /// Writes the names of what has no value here.
    pub(crate) fn write_others(&self, out: &mut Out) {
        for (status, names) in [(NOT_FOUND, &self.missing), (FORBIDDEN, &self.forbidden)] {
            if !names.is_empty() && !self.is_minimal {
                propstat(out, status, |out| {
                    for it in names {
                        out.empty_of(&it.namespace, &it.name);
                    }
                });
            }
        }
    }
}

/// A response that is nothing but a status (R5: never a propstat for what is gone).
pub(crate) fn status(out: &mut Out, href: &str, status: &str) {
    out.element("D:response", |out| {
        out.href(href);
        out.leaf("D:status", status);
    });
}

/// A response that says why there is no other.
pub(crate) fn failed(out: &mut Out, href: &str, (status, error): (&str, &str)) {
    out.element("D:response", |out| {
        out.href(href);
        out.leaf("D:status", status);
        out.element("D:error", |out| out.empty(error));
    });
}

/// A response that says that there is more (RFC 6578 §3.6).
pub(crate) fn truncated(out: &mut Out, href: &str) {
    let status = "HTTP/1.1 507 Insufficient Storage";
    failed(out, href, (status, "D:number-of-matches-within-limits"));
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK";
pub(crate) const NOT_FOUND: &str = "HTTP/1.1 404 Not Found";
pub(crate) const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden";

/// A `DAV:propstat` that may also say which condition kept properties from being set.
pub(crate) fn propstat_for(
    out: &mut Out,
    (status, condition): (&str, Option<&str>),
    fill: impl FnOnce(&mut Out),
) {
    out.element("D:propstat", |out| {
        out.element("D:prop", fill);
        out.leaf("D:status", status);
        if let Some(condition) = condition {
            out.element("D:error", |out| out.empty(condition));
        }
    });
}

/// A `DAV:propstat` with one status.
pub(crate) fn propstat(out: &mut Out, status: &str, fill: impl FnOnce(&mut Out)) {
    propstat_for(out, (status, None), fill);
}
