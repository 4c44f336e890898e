//! The list of those with whom a calendar is shared, and what a change does to it.

use model::id::UserId;
use model::limit::{
    INVITE_ADDRESS_MAX_BYTES, INVITE_NAME_MAX_BYTES, INVITE_SUMMARY_MAX_BYTES, INVITES_MAX,
};
use model::privilege::Privileges;
use storage::record::{InviteRecord, InviteStatus};

use super::ShareChange;
use crate::refusal::Refusal;

/// What became of a list.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Changed {
    /// The invitations that are new or say something else than before.
    pub(super) sent: Vec<InviteRecord>,
    /// Those that were taken back.
    pub(super) withdrawn: Vec<InviteRecord>,
}

/// What somebody who accepted an invitation may do.
pub(crate) fn privileges_by(invite: &InviteRecord) -> Privileges {
    match (invite.status, invite.can_write) {
        (InviteStatus::Accepted, false) => Privileges::READ,
        (InviteStatus::Accepted, true) => Privileges::READ | Privileges::WRITE,
        (InviteStatus::NoResponse | InviteStatus::Declined | InviteStatus::Invalid, _) => {
            Privileges::NONE
        }
    }
}

/// Refuses texts that are longer than what is kept of an invitation.
pub(super) fn check_texts(changes: &[ShareChange]) -> Result<(), Refusal> {
    for change in changes {
        let ShareChange::Set { href, common_name, summary, .. } = change else { continue };
        for (what, text, max_bytes) in [
            ("address", href, INVITE_ADDRESS_MAX_BYTES),
            ("name", common_name, INVITE_NAME_MAX_BYTES),
            ("summary", summary, INVITE_SUMMARY_MAX_BYTES),
        ] {
            if text.len() > max_bytes {
                let why = format!("the {what} of an invitation has at most {max_bytes} bytes");
                return Err(Refusal::BadRequest(why));
            }
        }
    }
    Ok(())
}

/// Carries changes out on the list of a calendar of `owner`'s, all or none.
pub(super) fn apply(
    invites: &mut Vec<InviteRecord>,
    changes: &[ShareChange],
    owner: UserId,
) -> Result<Changed, Refusal> {
    let before = invites.clone();
    let mut withdrawn: Vec<InviteRecord> = Vec::new();
    for change in changes {
        match change {
            ShareChange::Set { .. } => withdrawn.extend(set(invites, change, owner)),
            ShareChange::Remove { href, sharee } => {
                withdrawn.extend(invites.extract_if(.., |it| is_to(it, href, *sharee)));
            }
        }
    }
    if invites.len() > INVITES_MAX {
        return Err(Refusal::TooMany("users with whom one calendar is shared"));
    }
    // What came and went in one request was never sent.
    withdrawn.retain(|it| before.iter().any(|known| known.uid == it.uid));
    let sent = invites.iter().filter(|it| !before.contains(it)).cloned().collect();
    Ok(Changed { sent, withdrawn })
}

/// Whether an invitation is to whoever has that address, by whichever address it was sent.
fn is_to(invite: &InviteRecord, href: &str, sharee: Option<UserId>) -> bool {
    let is_same = |it: UserId| invite.sharee == Some(*it.as_bytes());
    invite.href == href || sharee.is_some_and(is_same)
}

/// Invites somebody, or changes what they were invited to; what that takes from somebody else.
fn set(invites: &mut Vec<InviteRecord>, change: &ShareChange, owner: UserId) -> Vec<InviteRecord> {
    let ShareChange::Set { href, sharee, common_name, summary, can_write } = change else {
        return Vec::new();
    };
    // Nobody is invited to what is their own.
    let sharee = sharee.filter(|it| *it != owner);
    let id = sharee.map(|it| *it.as_bytes());
    // An address that is another's by now does not let them in by what the first one said.
    let is_of_another = |it: &mut InviteRecord| {
        it.href == *href && id.is_some() && it.sharee.is_some() && it.sharee != id
    };
    let withdrawn: Vec<InviteRecord> = invites.extract_if(.., is_of_another).collect();
    // Who was invited by two addresses has one invitation from now on.
    let place = invites.iter().position(|it| is_to(it, href, sharee)).unwrap_or(invites.len());
    let mut known: Vec<InviteRecord> =
        invites.extract_if(.., |it| is_to(it, href, sharee)).collect();
    known.sort_by_key(|it| (it.status != InviteStatus::Accepted, it.sharee.is_none()));
    let known = known.into_iter().next();
    // Whom an address stood for when it was invited, it still stands for.
    let id = id.or_else(|| known.as_ref().and_then(|it| it.sharee));
    let status = match (&known, id) {
        (_, None) => InviteStatus::Invalid,
        (Some(known), Some(_)) if known.status == InviteStatus::Accepted => known.status,
        (_, Some(_)) => InviteStatus::NoResponse,
    };
    let uid = known.as_ref().map_or_else(
        || format!("{:032x}", u128::from_be_bytes(rand::random())),
        |it| it.uid.clone(),
    );
    let invite = InviteRecord {
        href: href.clone(),
        sharee: id,
        common_name: common_name.clone(),
        summary: summary.clone(),
        can_write: *can_write,
        status,
        uid,
    };
    invites.insert(place, invite);
    withdrawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn invitation(href: &str, sharee: Option<UserId>) -> ShareChange {
        let (common_name, summary) = (String::new(), String::new());
        ShareChange::Set { href: href.into(), sharee, common_name, summary, can_write: false }
    }

    #[test]
    fn an_address_that_is_anothers_by_now_is_another_invitation() {
        let mut invites = Vec::new();
        apply(&mut invites, &[invitation("mailto:it", Some(user(1)))], user(9)).unwrap();
        invites[0].status = InviteStatus::Accepted;
        let unknown = apply(&mut invites, &[invitation("mailto:it", None)], user(9)).unwrap();
        assert_eq!(unknown, Changed::default(), "whom it stood for it still stands for");
        let changed = apply(&mut invites, &[invitation("mailto:it", Some(user(2)))], user(9));
        let Changed { sent, withdrawn } = changed.unwrap();
        assert_eq!(withdrawn[0].sharee, Some([1; 16]));
        assert_eq!((sent.len(), sent[0].sharee), (1, Some([2; 16])));
        assert_eq!(sent[0].status, InviteStatus::NoResponse, "nobody asked them yet");
    }

    /// What the second invitation allowed stayed allowed, whatever the first came to say.
    #[test]
    fn who_was_invited_by_two_addresses_has_one_invitation_in_the_end() {
        let mut invites = Vec::new();
        let by_mail = [invitation("mailto:it", None), invitation("mailto:other", None)];
        apply(&mut invites, &by_mail, user(9)).unwrap();
        apply(&mut invites, &[invitation("/principals/it/", Some(user(1)))], user(9)).unwrap();
        (invites[2].status, invites[2].can_write) = (InviteStatus::Accepted, true);
        let uid = invites[2].uid.clone();
        apply(&mut invites, &[invitation("mailto:it", Some(user(1)))], user(9)).unwrap();
        let told: Vec<_> = invites.iter().map(|it| (&*it.href, it.status, it.can_write)).collect();
        let (accepted, invalid) = (InviteStatus::Accepted, InviteStatus::Invalid);
        assert_eq!(told, [("mailto:it", accepted, false), ("mailto:other", invalid, false)]);
        assert_eq!(invites[0].uid, uid, "what it shows in their home has its name");
    }

    #[test]
    fn what_comes_and_goes_in_one_request_is_told_to_nobody() {
        let mut invites = Vec::new();
        let remove = ShareChange::Remove { href: "mailto:it".into(), sharee: None };
        let both = [invitation("mailto:it", Some(user(1))), remove];
        assert_eq!(apply(&mut invites, &both, user(9)).unwrap(), Changed::default());
    }

    #[test]
    fn a_list_that_is_full_takes_nobody_else() {
        let mut invites = Vec::new();
        let all: Vec<ShareChange> =
            (0..INVITES_MAX).map(|it| invitation(&format!("mailto:{it}"), None)).collect();
        apply(&mut invites, &all, user(9)).unwrap();
        apply(&mut invites, &[invitation("mailto:last", None)], user(9)).unwrap_err();
    }
}
