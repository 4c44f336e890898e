//! Who may do what: the whole rule book, on one page.

use model::id::UserId;

use crate::context::Actor;
use crate::refusal::Refusal;

/// What is being asked of somebody's things.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// See calendars and events with all they say.
    ReadEvents,
    /// Put, change or delete calendars and events.
    WriteEvents,
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
    /// Refuse, and say so: 403.
    Forbid,
    /// Refuse as though nothing were there: 404.
    Hide,
}

/// What an actor is to the owner of a thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    /// The owner.
    Owner,
    /// Another user.
    Stranger,
    /// Somebody without an account.
    Visitor,
    /// The server itself.
    Server,
}

/// Looks the question up in the rule book. Never reads storage or the clock.
pub(crate) fn verdict(relation: Relation, action: Action) -> Verdict {
    match (relation, action) {
        (Relation::Owner | Relation::Server, _)
        | (Relation::Stranger | Relation::Visitor, Action::ReadOffer | Action::Book) => {
            Verdict::Allow
        }
        (
            Relation::Stranger | Relation::Visitor,
            Action::ReadEvents | Action::WriteEvents | Action::Administer,
        ) => Verdict::Hide,
    }
}

/// Lets `actor` go on with `action` on something of `owner`'s, or refuses.
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
    match verdict(relation, action) {
        Verdict::Allow => Ok(()),
        Verdict::Forbid => Err(Refusal::Forbidden),
        Verdict::Hide => Err(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const RELATIONS: [Relation; 4] =
        [Relation::Owner, Relation::Stranger, Relation::Visitor, Relation::Server];
    const ACTIONS: [Action; 5] = [
        Action::ReadEvents,
        Action::WriteEvents,
        Action::ReadOffer,
        Action::Book,
        Action::Administer,
    ];

    /// Prints every answer; a person who does not program can check the file.
    #[test]
    fn the_whole_rule_book_is_as_agreed() {
        let mut table = format!("{:<10}", "");
        for action in ACTIONS {
            write!(table, " {:<12}", format!("{action:?}")).unwrap();
        }
        for relation in RELATIONS {
            write!(table, "\n{:<10}", format!("{relation:?}")).unwrap();
            for action in ACTIONS {
                write!(table, " {:<12}", format!("{:?}", verdict(relation, action))).unwrap();
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
}
