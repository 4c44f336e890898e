//! `calendar-query`: the objects of calendars that pass a filter (RFC 4791 §7.8).

use app::{App, Budget, Queried, Refusal};
use http::StatusCode;
use model::interval::Interval;

use super::scope::{Scope, calendars};
use super::{Objects, expand_window, filter, wanted};
use crate::admit::Admitted;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

/// On a calendar, a `Depth` of 0 or none is taken for 1: Evolution and Windows send that (R9b).
pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let filter = filter::read(root)?;
    let wanted = wanted(root)?;
    let window = expand_window(root)?;
    let refused = |refusal| problem::refused(&refusal);
    let mut all = Vec::new();
    let mut budget = Budget::default();
    for scope in calendars(app, request).map_err(refused)? {
        let found = found(app, request, &scope, &filter, window, &mut budget).map_err(refused)?;
        all.push((scope, found));
    }
    let mut sized = Vec::new();
    for (scope, found) in &all {
        let objects = Objects::of(app, request, (&scope.owner, &scope.collection), &wanted);
        let bytes = objects.check_size(found.iter().map(|it| &*it.entry)).map_err(refused)?;
        sized.push((objects, found, bytes));
    }
    let xml = multistatus::document(|out| {
        for (objects, found, bytes) in sized {
            out.reserve_for(found.len(), if objects.wants_text { bytes } else { 0 });
            for stored in found {
                objects.write(out, &stored.entry, stored.text.as_deref());
            }
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

fn found(
    app: &App,
    request: &Admitted,
    scope: &Scope,
    filter: &app::query::ComponentFilter,
    window: Option<Interval>,
    budget: &mut Budget,
) -> Result<Queried, Refusal> {
    let mut found = app.query(&request.ctx, &scope.collection, filter)?;
    if let Some(name) = &scope.name {
        found.retain(|it| *it.entry.name == **name);
    }
    match window {
        Some(window) => app.expanded(&request.ctx, &scope.collection, found, window, budget),
        None => Ok(found),
    }
}
