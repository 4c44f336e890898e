//! `DAV:multistatus` (RFC 4918 §13): responses with one propstat for each status.

use crate::property::{Asked, Subject, Told, Wanted};
use crate::wire::out::Out;

/// A multistatus document.
pub(crate) fn document(fill: impl FnOnce(&mut Out)) -> Vec<u8> {
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
    let mut others: [(&str, Told, Vec<&Asked>); 2] =
        [(NOT_FOUND, Told::Missing, Vec::new()), (FORBIDDEN, Told::Forbidden, Vec::new())];
    let mut values = Vec::with_capacity(asked.len());
    for it in asked {
        match subject.tells(it) {
            Told::Value => values.push(it),
            Told::Missing => others[0].2.push(it),
            Told::Forbidden => others[1].2.push(it),
        }
    }
    let is_minimal = subject.request.prefer.is_minimal;
    let has_others = others.iter().any(|it| !it.2.is_empty());
    // A response says something, however brief it is to be (RFC 8144 §2.1).
    if !values.is_empty() || is_minimal || !has_others {
        propstat(out, OK, |out| values.iter().for_each(|it| subject.write(out, it)));
    }
    for (status, _, missing) in others.iter().filter(|it| !it.2.is_empty() && !is_minimal) {
        propstat(out, status, |out| {
            missing.iter().for_each(|it| out.empty_of(&it.namespace, &it.name));
        });
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

/// A `DAV:propstat` that says which condition kept properties from being set.
pub(crate) fn refused(out: &mut Out, condition: &str, fill: impl FnOnce(&mut Out)) {
    out.element("D:propstat", |out| {
        out.element("D:prop", fill);
        out.leaf("D:status", FORBIDDEN);
        out.element("D:error", |out| out.empty(condition));
    });
}

/// A `DAV:propstat` with one status.
pub(crate) fn propstat(out: &mut Out, status: &str, fill: impl FnOnce(&mut Out)) {
    out.element("D:propstat", |out| {
        out.element("D:prop", fill);
        out.leaf("D:status", status);
    });
}
