//! Web Push: messages that only a device can read, signed by the server that sends them.

mod seal;
mod vapid;

pub use seal::seal;
pub use vapid::VapidKey;
