//! `aclItems`: the user has these privileges and has not those (RFC 3744 §5.4).

use std::collections::BTreeSet;

use super::{Question, Verdict};
use crate::multistatus::read;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    for response in read(question.answer)? {
        let name = "{DAV:}current-user-privilege-set";
        let set = response.property(name).ok_or_else(|| format!("{}: no {name}", response.href))?;
        let granted: BTreeSet<&str> = set
            .all("{DAV:}privilege")
            .flat_map(|it| &it.children)
            .map(|it| it.name.as_str())
            .collect();
        for wanted in question.values("granted") {
            if !granted.contains(wanted.as_str()) {
                return Err(format!("{}: {wanted} is not granted", response.href));
            }
        }
        for unwanted in question.values("denied") {
            if granted.contains(unwanted.as_str()) {
                return Err(format!("{}: {unwanted} is granted", response.href));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn privileges_are_granted_and_denied() {
        let body = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/c/</D:href><D:propstat>\
            <D:prop><D:current-user-privilege-set><D:privilege><D:read/></D:privilege>\
            </D:current-user-privilege-set></D:prop><D:status>HTTP/1.1 200 OK</D:status>\
            </D:propstat></D:response></D:multistatus>";
        for (case, arguments, expected) in [
            ("has", &[("granted", &["{DAV:}read"][..])][..], true),
            ("has not", &[("granted", &["{DAV:}write"])], false),
            ("must not have", &[("denied", &["{DAV:}write"])], true),
            ("must not have, but has", &[("denied", &["{DAV:}read"])], false),
        ] {
            check(case, "aclItems", arguments, &answer(207, &[], body), expected);
        }
        let none = body.replace("current-user-privilege-set", "acl");
        check("not told", "aclItems", &[], &answer(207, &[], &none), false);
    }
}
