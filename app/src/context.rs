//! Who asks, when it is, and which request it is.

use model::id::UserId;
use model::interval::Instant;
use storage::Change;

/// The secret by which a visitor without an account is known during a checkout.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct VisitorToken(pub [u8; 16]);

/// Someone, or something, asking.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Actor {
    /// A user with an account.
    User(UserId),
    /// Anyone holding a booking link.
    Visitor(VisitorToken),
    /// The server itself, working through what is due.
    Server,
}

/// The circumstances of a request: the first argument of every use case.
#[derive(Clone, Copy)]
pub struct Ctx {
    /// Who asks.
    pub actor: Actor,
    /// When: read once for the whole request.
    pub now: Instant,
    /// The number of the request, for the log.
    pub request: u64,
}

impl Ctx {
    /// The server acting on its own.
    pub const fn server(now: Instant) -> Self {
        Self { actor: Actor::Server, now, request: 0 }
    }

    /// What the audit trail will say of a change: who does `action` to `subject`.
    pub(crate) fn change(&self, action: &'static str, subject: &str) -> Change {
        Change { at: self.now, actor: self.actor_name(), action, subject: subject.to_owned() }
    }

    /// The actor's name in the audit trail.
    fn actor_name(&self) -> String {
        match self.actor {
            Actor::User(id) => id.to_string(),
            Actor::Visitor(_) => "visitor".into(),
            Actor::Server => "server".into(),
        }
    }
}
