//! `calendar-multiget`: objects by their links (RFC 4791 §7.9).

use std::collections::HashSet;
use std::sync::Arc;

use app::{App, Budget, Collection, Refusal, Stored, User};
use http::StatusCode;
use model::limit::{ANSWER_MAX_BYTES, MULTIGET_MAX};

use super::data::Data;
use super::scope::calendars;
use super::{Objects, data, wanted, wants_text};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::Wanted;
use crate::wire::names::DAV;
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
        return Err(super::unsupported());
    }
    if let Resource::Object(..) = &request.resource {
        // Only calendar objects answer to it.
        calendars(app, request)?;
    }
    let data = data::read(request, root)?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for href in hrefs {
        let resource = Resource::of_href(href);
        // What cannot be read as a link is given back as it came.
        let canonical = resource.as_ref().map_or_else(|_| href.to_owned(), Resource::href);
        if seen.insert(canonical.clone()) {
            let object = resource.ok().and_then(|it| find(app, request, &it));
            found.push((canonical, object));
        }
    }
    answer(app, request, (&wanted, &data), found).map_err(|refusal| problem::refused(&refusal))
}

/// An object that a link leads to, with where it is.
struct Found {
    owner: Arc<User>,
    collection: Arc<Collection>,
    stored: Stored,
}

/// The object behind a link; nothing if there is none within what was asked.
fn find(app: &App, request: &Admitted, it: &Resource) -> Option<Found> {
    let Resource::Object(name, slug, object) = it else { return None };
    let is_within = match &request.resource {
        Resource::Home(home) => name == home,
        Resource::Collection(home, within) => {
            let rest = slug.strip_prefix(within.as_str());
            name == home && rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        }
        Resource::Object(..) => request.resource == *it,
        _ => false,
    };
    let owner = app.user_named(&request.ctx, name).ok().filter(|_| is_within)?;
    let collection = app.collection_around(&request.ctx, &owner, slug, Some(object));
    let collection = collection.ok().filter(|it| it.is_calendar())?;
    let entry = app.entry(&request.ctx, &collection, object).ok()?;
    Some(Found { owner, collection, stored: Stored { entry, text: None } })
}

fn answer(
    app: &App,
    request: &Admitted,
    (wanted, data): (&Wanted, &Data),
    mut found: Vec<(String, Option<Found>)>,
) -> Result<Answer, Refusal> {
    let bytes: u64 =
        found.iter().filter_map(|it| Some(u64::from(it.1.as_ref()?.stored.entry.length))).sum();
    if wants_text(wanted) && bytes > ANSWER_MAX_BYTES {
        return Err(Refusal::TooMuch("bytes of texts in one answer"));
    }
    let mut budget = Budget::default();
    for (_, object) in &mut found {
        if let (false, Some(it)) = (data.is_plain(), &mut *object) {
            let one = vec![it.stored.clone()];
            let render = (&data.request, None);
            let rendered = app.rendered(&request.ctx, &it.collection, one, render, &mut budget)?;
            match rendered.into_iter().next() {
                Some(stored) => it.stored = stored,
                // It went meanwhile.
                None => *object = None,
            }
        }
    }
    let xml = multistatus::document(|out| {
        for (href, found) in found {
            let is_written = found.is_some_and(|it| {
                let of = (&*it.owner, &*it.collection);
                Objects::of(app, request, of, (wanted, data)).write(
                    out,
                    &it.stored.entry,
                    it.stored.text.as_deref(),
                )
            });
            if !is_written {
                multistatus::status(out, &href, multistatus::NOT_FOUND);
            }
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}
