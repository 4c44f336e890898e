//! `expand-property`: the properties of what properties lead to (RFC 3253 §3.8).

use app::App;
use http::StatusCode;
use model::limit::{EXPANDED_DEEP, EXPANDED_MAX, NAMES_MAX_BYTES, PROPERTIES_MAX};

use crate::admit::{Admitted, settled};
use crate::listing::Listing;
use crate::path::Resource;
use crate::property::{Asked, Subject, Told, Wanted, live};
use crate::wire::names::DAV;
use crate::wire::out::Out;
use crate::wire::tree::{Element, read};
use crate::{Answer, multistatus, problem};

/// A property, and those to be told of what it leads to.
struct Expansion {
    asked: Asked,
    inner: Vec<Expansion>,
}

/// What one request may still lead to.
struct Walk<'a> {
    app: &'a App,
    request: &'a Admitted,
    left: usize,
}

pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = expansions(root, (0, &mut 0))?;
    let listing =
        Listing::of(app, request, &request.resource).map_err(|it| problem::refused(&it))?;
    let mut walk = Walk { app, request, left: EXPANDED_MAX };
    let xml = multistatus::document(|out| walk.write(out, &listing, &wanted));
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

fn expansions(
    element: &Element,
    (deep, bytes): (usize, &mut usize),
) -> Result<Vec<Expansion>, Answer> {
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    if deep > EXPANDED_DEEP || element.children.len() > PROPERTIES_MAX {
        return Err(bad("too many properties, or too deep"));
    }
    let mut found = Vec::new();
    for it in &element.children {
        let name = it.attribute("name").filter(|it| !it.is_empty());
        let (true, Some(name)) = (it.is(DAV, "property"), name) else {
            return Err(bad("expand-property consists of DAV:property with a name"));
        };
        let namespace = it.attribute("namespace").unwrap_or(DAV);
        *bytes += namespace.len() + name.len();
        if *bytes > NAMES_MAX_BYTES {
            return Err(bad("the names of the properties are too long"));
        }
        let asked = Asked {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            live: live(namespace, name),
        };
        found.push(Expansion { asked, inner: expansions(it, (deep + 1, bytes))? });
    }
    Ok(found)
}

impl Walk<'_> {
    fn write(&mut self, out: &mut Out, listing: &Listing<'_>, wanted: &[Expansion]) {
        out.element("D:response", |out| {
            listing.with(|subject| {
                out.href(&subject.href());
                self.propstats(out, subject, wanted);
            });
        });
    }

    fn propstats(&mut self, out: &mut Out, subject: &Subject<'_>, wanted: &[Expansion]) {
        let (there, others): (Vec<&Expansion>, Vec<&Expansion>) =
            wanted.iter().partition(|it| subject.tells(&it.asked) == Told::Value);
        if !there.is_empty() || others.is_empty() {
            multistatus::propstat(out, multistatus::OK, |out| {
                for it in there {
                    self.property(out, subject, it);
                }
            });
        }
        if !others.is_empty() {
            // What is missing and what may not be seen is sorted as for any other request.
            let others = others.into_iter().map(|it| it.asked.clone()).collect();
            multistatus::propstats(out, subject, &Wanted::These(others));
        }
    }

    /// A property with responses in place of its links.
    fn property(&mut self, out: &mut Out, subject: &Subject<'_>, wanted: &Expansion) {
        if wanted.inner.is_empty() {
            subject.write(out, &wanted.asked);
            return;
        }
        let plain = Out::document("D:prop", |out| subject.write(out, &wanted.asked)).whole();
        let Some(element) = read(&plain).ok().and_then(|it| it.children.into_iter().next()) else {
            return;
        };
        out.element_of(&wanted.asked.namespace, &wanted.asked.name, |out| {
            for href in element.all(DAV, "href") {
                self.link(out, &href.text, &wanted.inner);
            }
        });
    }

    fn link(&mut self, out: &mut Out, href: &str, wanted: &[Expansion]) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let ctx = &self.request.ctx;
        let resource = Resource::of_href(href).map(|it| settled(self.app, ctx, it, href));
        let found = resource.ok().and_then(|it| Listing::of(self.app, self.request, &it).ok());
        match found {
            Some(listing) => self.write(out, &listing, wanted),
            None => multistatus::status(out, href, multistatus::NOT_FOUND),
        }
    }
}
