//! Accounts: making them, and finding out who somebody is.

mod gate;
mod login;
mod provision;
mod user;

pub(crate) use gate::Gate;
pub use gate::HashCost;
pub use login::Login;
pub use provision::Provision;
pub use user::NewUser;
