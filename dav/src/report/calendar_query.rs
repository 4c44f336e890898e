//! `calendar-query`: the objects of calendars that pass a filter (RFC 4791 §7.8).

use app::query::ComponentFilter;
use app::{App, Budget, Queried, Refusal};
use http::StatusCode;
use model::zone::Zone;

use super::data::Data;
use super::scope::{Scope, calendars};
use super::{Objects, data, filter, wanted};
use crate::admit::Admitted;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

/// On a calendar, a `Depth` of 0 or none is taken for 1: Evolution and Windows send that (R9b).
pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let filter = filter::read(root)?;
    let wanted = wanted(root)?;
    let data = data::read(request, root)?;
    let floating = data::floating(app, root)?;
    let question = Question { filter, data, floating };
    let refused = |refusal| problem::refused(&refusal);
    let mut all = Vec::new();
    let mut budget = Budget::default();
    for scope in calendars(app, request)? {
        let found = found(app, request, &scope, &question, &mut budget).map_err(refused)?;
        all.push((scope, found));
    }
    let mut sized = Vec::new();
    for (scope, found) in &all {
        let of = (&*scope.owner, &*scope.collection);
        let objects = Objects::of(app, request, of, (&wanted, &question.data));
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

/// What a client asks.
struct Question {
    filter: ComponentFilter,
    data: Data,
    /// The zone of floating times.
    floating: Option<Zone>,
}

fn found(
    app: &App,
    request: &Admitted,
    scope: &Scope,
    question: &Question,
    budget: &mut Budget,
) -> Result<Queried, Refusal> {
    let Question { filter, data, floating } = question;
    let floating = floating.as_ref();
    let mut found = app.query(&request.ctx, &scope.collection, (filter, floating), budget)?;
    if let Some(name) = &scope.name {
        found.retain(|it| *it.entry.name == **name);
    }
    if data.is_plain() {
        return Ok(found);
    }
    let render = (&data.request, floating);
    app.rendered(&request.ctx, &scope.collection, found, render, budget)
}
