//! `DAV:multistatus` (RFC 4918 §13): responses with one propstat for each status.

use crate::property::{Asked, Subject, Wanted};
use crate::wire::out::Out;

/// A multistatus document.
pub(crate) fn document(fill: impl FnOnce(&mut Out)) -> Vec<u8> {
    Out::document("D:multistatus", fill)
}

/// A response about one resource: what it has, and what of the asked it has not.
pub(crate) fn properties(out: &mut Out, subject: &Subject<'_>, wanted: &Wanted) {
    out.element("D:response", |out| {
        out.href(&subject.href());
        let mut missing: Vec<&Asked> = Vec::new();
        let has_any = match wanted {
            Wanted::These(asked) => asked.iter().any(|it| subject.has(it)),
            Wanted::All(_) | Wanted::Names => true,
        };
        if has_any {
            propstat(out, OK, |out| match wanted {
                Wanted::These(asked) => {
                    for it in asked {
                        if !subject.write(out, it) {
                            missing.push(it);
                        }
                    }
                }
                Wanted::All(more) => subject.write_all(out, more),
                Wanted::Names => subject.write_names(out),
            });
        } else if let Wanted::These(asked) = wanted {
            missing.extend(asked);
        }
        if !missing.is_empty() || !has_any {
            propstat(out, NOT_FOUND, |out| {
                for it in missing {
                    out.empty_of(&it.namespace, &it.name);
                }
            });
        }
    });
}

/// A response that is nothing but a status (R5: never a propstat for what is gone).
pub(crate) fn status(out: &mut Out, href: &str, status: &str) {
    out.element("D:response", |out| {
        out.href(href);
        out.leaf("D:status", status);
    });
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK";
pub(crate) const NOT_FOUND: &str = "HTTP/1.1 404 Not Found";

/// A `DAV:propstat` with one status.
pub(crate) fn propstat(out: &mut Out, status: &str, fill: impl FnOnce(&mut Out)) {
    out.element("D:propstat", |out| {
        out.element("D:prop", fill);
        out.leaf("D:status", status);
    });
}
