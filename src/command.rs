//! What an administrator may ask of a store, here or through the server that has it open.

use std::path::PathBuf;
use std::sync::Arc;

use app::{Action, App, Ctx, NewUser, Refusal, User};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{fixture, offer};

/// An administrator's command.
#[derive(Clone, Deserialize, Serialize)]
pub enum Command {
    /// Makes an account.
    AddUser {
        /// The name used to log in.
        name: String,
        /// Where the user can be written to.
        email: String,
        /// The name for people.
        display_name: String,
        /// The user's time zone.
        zone: Option<String>,
        /// The password.
        password: String,
    },
    /// Gives an account another password.
    SetPassword {
        /// The user's name.
        name: String,
        /// The new password.
        password: String,
    },
    /// Lists the accounts.
    ListUsers,
    /// Makes the accounts of a fixture file.
    Provision {
        /// The file.
        text: String,
    },
    /// Makes a device's password.
    AddAppPassword {
        /// The user's name.
        user: String,
        /// What to call it.
        label: String,
    },
    /// Lists the passwords of a user's devices.
    ListAppPasswords {
        /// The user's name.
        user: String,
    },
    /// Takes a device's password back.
    RevokeAppPassword {
        /// The user's name.
        user: String,
        /// Which one.
        id: String,
    },
    /// Tells what a host offers, as a file.
    ShowOffer {
        /// Whose offer.
        user: Option<String>,
    },
    /// Puts an offer in place of the one before.
    SetOffer {
        /// Whose offer.
        user: Option<String>,
        /// The file.
        text: String,
    },
    /// Stores the objects of a stream.
    Import {
        /// Whose calendar.
        user: Option<String>,
        /// Which calendar.
        calendar: String,
        /// The iCalendar text.
        stream: Vec<u8>,
    },
    /// Tells a calendar as one stream.
    Export {
        /// Whose calendar.
        user: Option<String>,
        /// Which calendar.
        calendar: String,
    },
    /// Checks the whole store.
    Check,
    /// Writes a backup.
    Backup {
        /// The absolute path of the file.
        file: PathBuf,
    },
}

/// Carries a command out; the answer is for people.
///
/// # Errors
///
/// What went wrong, for people.
pub async fn run_command(app: &App, command: Command) -> Result<String, String> {
    let ctx = Ctx::server(app.clock().now());
    done(app, &ctx, command).await.map_err(|it| it.to_string())
}

async fn done(app: &App, ctx: &Ctx, command: Command) -> Result<String, Refusal> {
    match command {
        Command::AddUser { name, email, display_name, zone, password } => {
            let added = format!("added user {name}; booking page /b/{name}");
            app.add_user(ctx, NewUser { name, email, display_name, password, zone }).await?;
            Ok(added)
        }
        Command::SetPassword { name, password } => {
            app.set_password(ctx, &name, password).await?;
            Ok(format!("changed the password of {name}"))
        }
        Command::ListUsers => {
            let line = |it: Arc<User>| format!("{}\t{}\t{}\n", it.name, it.email, it.display_name);
            Ok(app.users(ctx)?.into_iter().map(line).collect())
        }
        Command::Provision { text } => {
            let all = fixture::read(&text).map_err(Refusal::BadRequest)?;
            let made = app.provision(ctx, &all).await?;
            Ok(format!("{} accounts, {made} of them new", all.len()))
        }
        Command::AddAppPassword { user, label } => {
            let user = app.owner(ctx, &user, Action::Administer)?;
            let (id, password) = app.add_app_password(ctx, &user, &label).await?;
            Ok(format!("{id}\n{password}"))
        }
        Command::ListAppPasswords { user } => {
            let user = app.owner(ctx, &user, Action::Administer)?;
            app_passwords(app, ctx, &user)
        }
        Command::RevokeAppPassword { user, id } => {
            let user = app.owner(ctx, &user, Action::Administer)?;
            let id = id.parse().map_err(|_| Refusal::BadRequest("this is no identifier".into()))?;
            app.revoke_app_password(ctx, &user, id).await?;
            Ok("revoked".into())
        }
        Command::ShowOffer { user } => {
            let user = one_user(app, ctx, user)?;
            let (schedules, types) = app.whole_offer(ctx, &user)?;
            offer::write(&schedules, &types).map_err(Refusal::Broken)
        }
        Command::SetOffer { user, text } => {
            let user = one_user(app, ctx, user)?;
            let (schedules, offered) = offer::read(&text).map_err(Refusal::BadRequest)?;
            app.replace_offer(ctx, &user, &schedules, &offered).await?;
            Ok(format!("{} now offers {} event types", user.name, offered.len()))
        }
        Command::Import { user, calendar, stream } => {
            let user = one_user(app, ctx, user)?;
            let collection = app.collection(ctx, &user, &calendar)?;
            let (stored, refused) = app.import(ctx, &collection, &stream).await?;
            let refused: String = refused.iter().map(|it| format!("\nrefused {it}")).collect();
            Ok(format!("imported {stored} objects{refused}"))
        }
        Command::Export { user, calendar } => {
            let user = one_user(app, ctx, user)?;
            let collection = app.collection(ctx, &user, &calendar)?;
            let stream = app.export(ctx, &collection)?;
            Ok(String::from_utf8_lossy(&stream).into_owned())
        }
        Command::Check => check(app),
        Command::Backup { file } => {
            let rows = app.backup(&file).await?;
            Ok(format!("wrote {rows} rows to {}", file.display()))
        }
    }
}

fn app_passwords(app: &App, ctx: &Ctx, user: &User) -> Result<String, Refusal> {
    let made = |at| Timestamp::from_second(at).unwrap_or_default();
    let found = app.app_passwords(ctx, user)?.into_iter();
    Ok(found.map(|(id, label, at)| format!("{id}\t{}\t{label}\n", made(at))).collect())
}

fn check(app: &App) -> Result<String, Refusal> {
    let (rows, wrong) = app.check()?;
    match wrong.as_slice() {
        [] => Ok(format!("{rows} rows, all is well")),
        wrong => Err(Refusal::Broken(wrong.join("\n"))),
    }
}

/// The user of that name, or the only one.
fn one_user(app: &App, ctx: &Ctx, name: Option<String>) -> Result<Arc<User>, Refusal> {
    if let Some(name) = name {
        return app.owner(ctx, &name, Action::Administer);
    }
    match app.users(ctx)?.as_slice() {
        [one] => Ok(Arc::clone(one)),
        _ => Err(Refusal::BadRequest("there is not exactly one user: say --user NAME".into())),
    }
}
