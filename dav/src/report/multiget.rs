//! `calendar-multiget`: objects by their links (RFC 4791 §7.9).

use std::sync::Arc;

use app::{Action, App, Stored};
use http::StatusCode;
use model::interval::Interval;
use model::limit::MULTIGET_MAX;

use super::{Objects, expand_window, wanted};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::Wanted;
use crate::wire::names::DAV;
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = wanted(root)?;
    let hrefs: Vec<&str> = root.all(DAV, "href").map(|it| it.text.trim()).collect();
    if hrefs.len() > MULTIGET_MAX {
        let why = "too many links at once";
        let element = "D:number-of-matches-within-limits";
        return Err(problem::precondition(StatusCode::FORBIDDEN, element, why));
    }
    if !matches!(
        request.resource,
        Resource::Collection(..) | Resource::Home(_) | Resource::Object(..)
    ) {
        return Err(problem::refused(&app::Refusal::NotFound));
    }
    let asked = (&wanted, expand_window(root)?);
    let xml = multistatus::document(|out| {
        for href in hrefs {
            let resource = Resource::of_href(href);
            let is_written = resource.as_ref().is_ok_and(|it| write(app, request, asked, out, it));
            if !is_written {
                // What cannot be read as a link is given back as it came.
                let href = resource.map_or_else(|_| href.to_owned(), |it| it.href());
                multistatus::status(out, &href, multistatus::NOT_FOUND);
            }
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

/// Writes the object behind one link; false if there is none within what was asked.
fn write(
    app: &App,
    request: &Admitted,
    (wanted, window): (&Wanted, Option<Interval>),
    out: &mut Out,
    it: &Resource,
) -> bool {
    let Resource::Object(name, slug, object) = it else { return false };
    let is_within = match &request.resource {
        Resource::Home(home) => name == home,
        Resource::Collection(home, calendar) | Resource::Object(home, calendar, _) => {
            name == home && slug == calendar
        }
        _ => false,
    };
    if !is_within {
        return false;
    }
    let found = app.owner(&request.ctx, name, Action::ReadEvents).and_then(|owner| {
        let collection = app.collection(&request.ctx, &owner, slug)?;
        let entry = app.entry(&request.ctx, &collection, object)?;
        Ok((owner, collection, entry))
    });
    let Ok((owner, collection, entry)) = found else { return false };
    let objects = Objects::of(app, request, (&owner, &collection), wanted);
    let text = window.and_then(|window| {
        let stored = vec![Stored { entry: Arc::clone(&entry), text: None }];
        app.expanded(&request.ctx, &collection, stored, window).ok()?.pop()?.text
    });
    objects.write(out, &entry, text)
}
