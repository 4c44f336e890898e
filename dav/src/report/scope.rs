//! Which calendars a report is about: the one it was sent to, or all in a home or folder.

use std::sync::Arc;

use app::{App, Collection, Refusal, User};

use crate::admit::Admitted;
use crate::method;
use crate::path::Resource;
use crate::{Answer, problem};

/// A calendar that a report is about, or a single member of it.
pub(super) struct Scope {
    pub(super) owner: Arc<User>,
    pub(super) collection: Arc<Collection>,
    /// The only member that the report is about.
    pub(super) name: Option<String>,
}

/// The calendars that are in the scope of a request (RFC 4791 §7.8: its `Depth`).
///
/// # Errors
///
/// The answer that refuses whoever may see nothing there, and where nothing answers reports.
pub(super) fn calendars(app: &App, request: &Admitted) -> Result<Vec<Scope>, Answer> {
    calendars_or(app, request, problem::refused)
}

/// The same, with the answer that `refused` makes of a refusal.
pub(super) fn calendars_or(
    app: &App,
    request: &Admitted,
    refused: fn(&Refusal) -> Answer,
) -> Result<Vec<Scope>, Answer> {
    let has_report = matches!(
        request.resource,
        Resource::Home(_) | Resource::Collection(..) | Resource::Object(..)
    );
    if !has_report {
        return Err(super::unsupported());
    }
    found(app, request).map_err(|refusal| refused(&refusal))
}

fn found(app: &App, request: &Admitted) -> Result<Vec<Scope>, Refusal> {
    let depth = request.header("depth").map_or("0", str::trim);
    let is_deep = depth.eq_ignore_ascii_case("infinity");
    let ctx = &request.ctx;
    let (owner, within) = match &request.resource {
        Resource::Home(name) => (app.user_named(ctx, name)?, String::new()),
        Resource::Collection(..) | Resource::Object(..) => {
            let (owner, collection) = method::collection(app, request)?;
            if let Resource::Object(_, _, name) = &request.resource {
                app.entry(ctx, &collection, name)?;
                if !collection.is_calendar() {
                    return Err(Refusal::Forbidden);
                }
                return Ok(vec![Scope { owner, collection, name: Some(name.clone()) }]);
            }
            let within = format!("{}/", collection.slug);
            if collection.kind != app::CollectionKind::Folder {
                return Ok(vec![Scope { owner, collection, name: None }]);
            }
            (owner, within)
        }
        _ => return Err(Refusal::NotFound),
    };
    let all = app.home(ctx, &owner)?;
    let is_in_scope = |it: &Arc<Collection>| {
        let rest = it.slug.strip_prefix(&within);
        rest.is_some_and(|it| is_deep || depth == "1" && !it.contains('/'))
    };
    let calendars = all.into_iter().filter(is_in_scope).filter(|it| it.is_calendar());
    Ok(calendars
        .map(|collection| Scope { owner: Arc::clone(&owner), collection, name: None })
        .collect())
}
