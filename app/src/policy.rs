//! Who may do what: the whole rule book, on one page.

use model::id::UserId;
use model::privilege::Privileges;

use crate::context::Actor;
use crate::refusal::Refusal;

/// What is being asked of somebody's things.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// See calendars and events with all they say.
    Read,
    /// See when time is taken, and nothing else.
    ReadFreeBusy,
    /// See who may do what.
    ReadAcl,
    /// Put something where there was nothing.
    Add,
    /// Put something in place of what is there.
    Change,
    /// Take something away.
    Remove,
    /// Set or take away properties.
    ChangeProperties,
    /// Say who may do what, or whom a calendar is shared with.
    WriteAcl,
    /// See what can be booked, and when.
    ReadOffer,
    /// Take a free slot, or change one's own booking by its secret link.
    Book,
    /// Read or change the account itself.
    Administer,
}

/// The answer. A refusal also says whether the thing's existence may be admitted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Go ahead.
    Allow,
    /// Refuse, and say what is lacking: 403.
    Forbid,
    /// Refuse as though nothing were there: 404.
    Hide,
}

/// What an actor is to the owner of a thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    /// The owner.
    Owner,
    /// Somebody who may do everything everywhere.
    Administrator,
    /// Somebody who stands in for the owner, to read and write.
    WriteDelegate,
    /// Somebody who stands in for the owner, to read.
    ReadDelegate,
    /// Another user.
    Stranger,
    /// Somebody without an account.
    Visitor,
    /// The server itself.
    Server,
}

/// The privilege that an action needs; none for those that no list of privileges governs.
pub(crate) const fn needed(action: Action) -> Option<Privileges> {
    Some(match action {
        Action::Read => Privileges::READ,
        Action::ReadFreeBusy => Privileges::READ_FREE_BUSY,
        Action::ReadAcl => Privileges::READ_ACL,
        Action::Add => Privileges::BIND,
        Action::Change => Privileges::WRITE_CONTENT,
        Action::Remove => Privileges::UNBIND,
        Action::ChangeProperties => Privileges::WRITE_PROPERTIES,
        Action::WriteAcl => Privileges::WRITE_ACL,
        Action::ReadOffer | Action::Book | Action::Administer => return None,
    })
}

/// The privileges that somebody has on everything of an owner, before any list is looked at.
pub(crate) fn given(relation: Relation) -> Privileges {
    let reading = Privileges::READ | Privileges::READ_ACL;
    match relation {
        Relation::Owner | Relation::Administrator | Relation::Server => Privileges::ALL,
        Relation::WriteDelegate => {
            reading | Privileges::WRITE | Privileges::SCHEDULE_SEND | Privileges::SCHEDULE_DELIVER
        }
        Relation::ReadDelegate => reading,
        Relation::Stranger | Relation::Visitor => Privileges::NONE,
    }
}

/// Looks the question up in the rule book. Never reads storage or the clock.
///
/// `granted` is what the lists of the resource add to what the relation gives.
pub(crate) fn verdict(relation: Relation, granted: Privileges, action: Action) -> Verdict {
    let is_account = match needed(action) {
        Some(needed) if (given(relation) | granted).contain(needed) => return Verdict::Allow,
        Some(_) => false,
        None => matches!(action, Action::Administer),
    };
    match (relation, needed(action)) {
        (Relation::Owner | Relation::Administrator | Relation::Server, None) => Verdict::Allow,
        (_, None) if !is_account => Verdict::Allow,
        (Relation::Visitor, _) | (_, None) => Verdict::Hide,
        (_, Some(_)) => Verdict::Forbid,
    }
}

/// Lets `actor` go on with what no list of privileges governs, or refuses.
///
/// # Errors
///
/// [`Refusal::Forbidden`] or [`Refusal::NotFound`], as the rule book says.
pub(crate) fn permit(actor: Actor, action: Action, owner: UserId) -> Result<(), Refusal> {
    let relation = match actor {
        Actor::User(id) if id == owner => Relation::Owner,
        Actor::User(_) => Relation::Stranger,
        Actor::Visitor(_) => Relation::Visitor,
        Actor::Server => Relation::Server,
    };
    match verdict(relation, Privileges::NONE, action) {
        Verdict::Allow => Ok(()),
        Verdict::Forbid => Err(Refusal::Forbidden),
        Verdict::Hide => Err(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const RELATIONS: [Relation; 7] = [
        Relation::Owner,
        Relation::Administrator,
        Relation::WriteDelegate,
        Relation::ReadDelegate,
        Relation::Stranger,
        Relation::Visitor,
        Relation::Server,
    ];
    const ACTIONS: [Action; 11] = [
        Action::Read,
        Action::ReadFreeBusy,
        Action::ReadAcl,
        Action::Add,
        Action::Change,
        Action::Remove,
        Action::ChangeProperties,
        Action::WriteAcl,
        Action::ReadOffer,
        Action::Book,
        Action::Administer,
    ];

    /// Prints every answer; a person who does not program can check the file.
    #[test]
    fn the_whole_rule_book_is_as_agreed() {
        let mut table = format!("{:<14}", "");
        for action in ACTIONS {
            write!(table, " {:<16}", format!("{action:?}")).unwrap();
        }
        for relation in RELATIONS {
            write!(table, "\n{:<14}", format!("{relation:?}")).unwrap();
            for action in ACTIONS {
                let verdict = verdict(relation, Privileges::NONE, action);
                write!(table, " {:<16}", format!("{verdict:?}")).unwrap();
            }
        }
        let table: String = table.lines().map(|it| it.trim_end().to_owned() + "\n").collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/policy.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, &table).unwrap();
        }
        assert_eq!(table, std::fs::read_to_string(path).unwrap_or_default());
    }

    #[test]
    fn a_grant_lets_a_stranger_do_what_it_names_and_nothing_else() {
        for action in ACTIONS {
            let granted = verdict(Relation::Stranger, Privileges::READ, action);
            let reads = matches!(
                action,
                Action::Read | Action::ReadFreeBusy | Action::ReadOffer | Action::Book
            );
            assert_eq!(granted == Verdict::Allow, reads, "{action:?}");
        }
    }
}
