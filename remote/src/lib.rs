//! Messages to other servers: what is pushed to those that reach people's devices.

mod post;
mod push;
mod reach;

pub use post::{Post, Sender, Unsent};
pub use push::{VapidKey, seal};
pub use reach::Reach;
