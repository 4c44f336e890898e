//! `calendar-query`: the objects of a calendar that pass a filter (RFC 4791 §7.8).

use app::{App, Budget};
use http::StatusCode;

use super::{Objects, expand_window, filter, wanted};
use crate::admit::Admitted;
use crate::wire::tree::Element;
use crate::{Answer, method, multistatus, problem};

/// A `Depth` of 0, or none, is taken for 1: Evolution and Windows send that (R9b).
pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let filter = filter::read(root)?;
    let wanted = wanted(root)?;
    let refused = |refusal| problem::refused(&refusal);
    let (owner, collection) = method::collection(app, request).map_err(refused)?;
    let found = app.query(&request.ctx, &collection, &filter).map_err(refused)?;
    let found = match expand_window(root)? {
        Some(window) => {
            let mut budget = Budget::default();
            let expanded = app.expanded(&request.ctx, &collection, found, window, &mut budget);
            expanded.map_err(refused)?
        }
        None => found,
    };
    let objects = Objects::of(app, request, (&owner, &collection), &wanted);
    objects.check_size(found.iter().map(|it| &*it.entry)).map_err(refused)?;
    let xml = multistatus::document(|out| {
        for stored in found {
            objects.write(out, &stored.entry, stored.text.as_deref());
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}
