//! Something to see at the first start: a host who can be booked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::App;
use crate::account::NewUser;
use crate::context::Ctx;
use crate::refusal::Refusal;

/// The demo host's credentials, told once.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The name.
    pub name: String,
    /// The password, made at random.
    pub password: String,
}

impl App {
    /// Makes a demo host if the store has no user at all.
    ///
    /// # Errors
    ///
    /// [`Refusal::Full`] or [`Refusal::Broken`] if it cannot be written.
    pub async fn make_demo(&self) -> Result<Option<Demo>, Refusal> {
        if !self.index.users().is_empty() {
            return Ok(None);
        }
        let ctx = Ctx::server(self.clock.now());
        let password = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 12]>());
        let new = NewUser {
            name: "demo".into(),
            email: "demo@example.org".into(),
            display_name: "Dana Demo".into(),
            password: password.clone(),
            zone: None,
        };
        self.add_user(&ctx, new).await?;
        Ok(Some(Demo { name: "demo".into(), password }))
    }
}
