//! `calendar-multiget`: objects by their links (RFC 4791 §7.9).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use app::{App, Budget, Collection, Refusal, Stored, User};
use http::StatusCode;
use model::limit::{ANSWER_MAX_BYTES, MULTIGET_MAX};

use super::data::Data;
use super::scope::calendars;
use super::{Objects, data, wanted, wants_text};
use crate::admit::Admitted;
use crate::path::{Resource, is_plain_segment};
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
    let mut places = Places { app, request, known: Vec::new() };
    let links = places.links(&hrefs);
    answer(app, request, (&wanted, &data), (&places.known, links))
        .map_err(|refusal| problem::refused(&refusal))
}

/// A link, in the one way in which it is written.
struct Link<'r> {
    href: Cow<'r, str>,
    /// The number of the collection that it leads into, and the object's name there.
    leads_to: Option<(usize, Cow<'r, str>)>,
}

/// The collections that links lead into, each looked up once.
struct Places<'a> {
    app: &'a App,
    request: &'a Admitted,
    known: Vec<Place>,
}

struct Place {
    name: String,
    slug: String,
    owner: Arc<User>,
    collection: Arc<Collection>,
}

impl Places<'_> {
    /// Each link once, in order.
    fn links<'r>(&mut self, hrefs: &[&'r str]) -> Vec<Link<'r>> {
        let mut links = Vec::with_capacity(hrefs.len());
        let mut seen = HashSet::with_capacity(hrefs.len());
        let own = match &self.request.resource {
            Resource::Collection(name, slug) => {
                self.number(name, slug, "").map(|it| (self.request.resource.href(), it))
            }
            _ => None,
        };
        for href in hrefs {
            let near = own.as_ref().and_then(|it| Some((href.strip_prefix(&*it.0)?, it.1)));
            let link = match near.filter(|it| is_plain_segment(it.0)) {
                // Most links are written as we write them.
                Some((name, place)) => Link {
                    href: Cow::Borrowed(*href),
                    leads_to: Some((place, Cow::Borrowed(name))),
                },
                None => self.link(href),
            };
            if seen.insert(link.href.clone()) {
                links.push(link);
            }
        }
        links
    }

    fn link<'r>(&mut self, href: &'r str) -> Link<'r> {
        // What cannot be read as a link is given back as it came.
        let Ok(resource) = Resource::of_href(href) else {
            return Link { href: Cow::Borrowed(href), leads_to: None };
        };
        let is_single = matches!(self.request.resource, Resource::Object(..));
        let leads_to = match &resource {
            Resource::Object(..) if is_single && resource != self.request.resource => None,
            Resource::Object(name, slug, object) => {
                self.number(name, slug, object).map(|it| (it, Cow::Owned(object.clone())))
            }
            _ => None,
        };
        Link { href: Cow::Owned(resource.href()), leads_to }
    }

    /// The number of the collection around an object; nothing if it is not within what was
    /// asked, or the asker may do nothing with either.
    fn number(&mut self, name: &str, slug: &str, object: &str) -> Option<usize> {
        let is_within = match &self.request.resource {
            Resource::Home(home) => name == home,
            Resource::Collection(home, within) => {
                let rest = slug.strip_prefix(within.as_str());
                name == home && rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
            }
            Resource::Object(home, calendar, _) => name == home && slug == calendar,
            _ => false,
        };
        if !is_within {
            return None;
        }
        let known = self.known.iter().position(|it| it.slug == slug && it.name == name);
        if known.is_some() {
            return known;
        }
        let (owner, collection) = self.find(name, slug, object)?;
        let (name, slug) = (name.to_owned(), slug.to_owned());
        self.known.push(Place { name, slug, owner, collection });
        Some(self.known.len() - 1)
    }

    fn find(&self, name: &str, slug: &str, object: &str) -> Option<(Arc<User>, Arc<Collection>)> {
        let ctx = &self.request.ctx;
        let owner = self.app.user_named(ctx, name).ok()?;
        let collection = self.app.collection_around(ctx, &owner, slug, Some(object)).ok()?;
        collection.is_calendar().then_some((owner, collection))
    }
}

fn answer(
    app: &App,
    request: &Admitted,
    (wanted, data): (&Wanted, &Data),
    (places, links): (&[Place], Vec<Link<'_>>),
) -> Result<Answer, Refusal> {
    let objects: Vec<Objects<'_>> = places
        .iter()
        .map(|it| Objects::of(app, request, (&it.owner, &it.collection), (wanted, data)))
        .collect();
    let find = |link: &Link<'_>| {
        let (number, name) = link.leads_to.as_ref()?;
        let objects = objects.get(*number)?;
        let entry = objects.reading.entry(name).ok()?;
        Some((objects, Stored { entry: Arc::clone(entry), text: None }))
    };
    let mut found: Vec<_> = links.iter().map(|it| (&it.href, find(it))).collect();
    let lengths = found.iter().filter_map(|it| Some(u64::from(it.1.as_ref()?.1.entry.length)));
    let bytes: u64 = lengths.sum();
    if wants_text(wanted) && bytes > ANSWER_MAX_BYTES {
        return Err(Refusal::TooMuch("bytes of texts in one answer"));
    }
    let mut budget = Budget::default();
    for (_, object) in &mut found {
        if let (false, Some((objects, stored))) = (data.is_plain(), &mut *object) {
            let one = vec![stored.clone()];
            let (collection, render) = (objects.collection, (&data.request, None));
            let rendered = app.rendered(&request.ctx, collection, one, render, &mut budget)?;
            match rendered.into_iter().next() {
                Some(one) => *stored = one,
                // It went meanwhile.
                None => *object = None,
            }
        }
    }
    let xml = multistatus::document(|out| {
        if wants_text(wanted) {
            out.reserve_for(found.len(), bytes);
        }
        for (href, found) in found {
            let is_written = found
                .is_some_and(|(objects, it)| objects.write(out, &it.entry, it.text.as_deref()));
            if !is_written {
                multistatus::status(out, href, multistatus::NOT_FOUND);
            }
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}
