//! Many objects in one request: a stream of them, or calendarserver.org's `multiput`.
//!
//! Both answers follow the bulk change draft (§3, §4): one response for each object.

use app::{App, Collection, Condition, PropertyChange, Put, Refusal, Sent, User};
use http::{Method, StatusCode, header};
use ical::Document;
use model::limit::{BULK_MAX, PROPERTIES_MAX};

use super::change::{Fate, changes, propstats};
use super::{collection, not_allowed, put};
use crate::admit::{Admitted, settled};
use crate::path::Resource;
use crate::property::zone;
use crate::wire::names::{CALDAV, DAV, MOBILE_ME};
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

/// What became of one object.
struct Done {
    /// The path to it; empty if it was to be made, and was not.
    href: String,
    /// Its UID, where the server chose the name.
    uid: Option<String>,
    what: What,
}

enum What {
    /// It is stored under that name.
    Stored(String, Put),
    Removed,
    Refused(Refusal),
    /// No change of it is made, because of what some would come to.
    Failed(Vec<PropertyChange>, Vec<Fate>),
}

/// Stores every object of a stream: a `POST` adds, a `PUT` also replaces what has the same UID.
pub(super) async fn import(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let (owner, calendar) = match collection(app, request) {
        Ok(found) if found.1.is_calendar() => found,
        Ok(_) | Err(Refusal::NotFound) => return not_allowed(),
        Err(refusal) => return problem::refused(&refusal),
    };
    let objects = put::objects(request.header(header::CONTENT_TYPE), body)
        .and_then(|it| app.objects_of(&request.ctx, &calendar, &it));
    let objects = match objects {
        Ok(objects) => objects,
        Err(refusal) => return problem::refused(&refusal),
    };
    let adds_only = request.head.method == Method::POST;
    let mut done = Vec::with_capacity(objects.len());
    for Sent { name, uid, text, is_known } in objects {
        let nothing = adds_only.then(|| vec!["*".to_owned()]);
        let condition = Condition { if_none_match: nothing, ..Condition::default() };
        let stored = if is_known && adds_only {
            Err(Refusal::UidConflict(name.clone()))
        } else {
            app.put(&request.ctx, &calendar, &name, &text, &condition).await
        };
        let href = stored.as_ref().map_or_else(|_| String::new(), |_| href_of(request, &name));
        let what = stored.map_or_else(What::Refused, |put| What::Stored(name, put));
        done.push(Done { href, uid: Some(uid), what });
    }
    told(app, request, (&owner, &calendar), &done)
}

/// Makes, changes and removes objects, each for itself.
pub(super) async fn multiput(app: &App, request: &Admitted, root: &Element) -> Answer {
    let (owner, calendar) = match collection(app, request) {
        Ok(found) if found.1.is_calendar() => found,
        Ok(_) => return not_allowed(),
        Err(refusal) => return problem::refused(&refusal),
    };
    let wanted: Vec<&Element> = root.all(MOBILE_ME, "resource").collect();
    if wanted.is_empty() || wanted.len() > BULK_MAX {
        let why = format!("a multiput has one to {BULK_MAX} resources");
        return problem::plain(StatusCode::BAD_REQUEST, &why);
    }
    let mut done = Vec::with_capacity(wanted.len());
    for element in wanted {
        done.push(one(app, request, &calendar, element).await);
    }
    told(app, request, (&owner, &calendar), &done)
}

/// Carries out what one `MM:resource` asks for.
async fn one(app: &App, request: &Admitted, calendar: &Collection, element: &Element) -> Done {
    let Some(href) = element.child(DAV, "href").map(|it| it.text.trim()) else {
        return make(app, request, calendar, element).await;
    };
    let given = element.child(MOBILE_ME, "if-match").and_then(|it| it.child(DAV, "getetag"));
    let etag = given.map_or_else(|| "*".to_owned(), |it| it.text.trim().to_owned());
    let unchanged = Condition { if_match: Some(vec![etag]), ..Condition::default() };
    let what = async {
        let name = member(app, request, href)?;
        app.entry(&request.ctx, calendar, &name)?;
        if element.child(MOBILE_ME, "delete").is_some() {
            app.remove(&request.ctx, calendar, &name, &unchanged).await?;
            return Ok(What::Removed);
        }
        let text = text_of(element)?;
        store(app, request, (calendar, name), (element, text.as_deref()), &unchanged).await
    };
    let what = what.await.unwrap_or_else(What::Refused);
    Done { href: href.to_owned(), uid: None, what }
}

/// Makes an object that has no name yet.
async fn make(app: &App, request: &Admitted, calendar: &Collection, element: &Element) -> Done {
    let text = text_of(element).and_then(|it| {
        it.ok_or_else(|| Refusal::BadRequest("what is new has a CALDAV:calendar-data".to_owned()))
    });
    let text = match text {
        Ok(text) => text,
        Err(refusal) => {
            return Done { href: String::new(), uid: None, what: What::Refused(refusal) };
        }
    };
    let uid = uid_of(&text);
    let name = format!("{}.ics", app.new_name());
    let fresh = Condition { if_none_match: Some(vec!["*".to_owned()]), ..Condition::default() };
    let stored = store(app, request, (calendar, name.clone()), (element, Some(&text)), &fresh);
    let what = stored.await.unwrap_or_else(What::Refused);
    let is_made = matches!(what, What::Stored(..));
    let href = if is_made { href_of(request, &name) } else { String::new() };
    Done { href, uid, what }
}

/// Stores a text and properties: all that there is, or nothing.
async fn store(
    app: &App,
    request: &Admitted,
    (calendar, name): (&Collection, String),
    (element, text): (&Element, Option<&[u8]>),
    condition: &Condition,
) -> Result<What, Refusal> {
    let place = Resource::Object(String::new(), calendar.slug.clone(), name.clone());
    let sent = changes(element);
    if sent.len() > PROPERTIES_MAX {
        return Err(Refusal::TooMany("properties"));
    }
    let fate = |it| if is_text(it) { Fate::Good } else { Fate::of(app, &place, it) };
    let fates: Vec<Fate> = sent.iter().map(fate).collect();
    if fates.iter().any(|it| *it != Fate::Good) {
        return Ok(What::Failed(sent, fates));
    }
    let properties = sent.into_iter().filter(|it| !is_text(it));
    let properties: Vec<_> = properties.map(|it| zone::settled(app, it)).collect();
    let ctx = &request.ctx;
    let put = match text {
        Some(text) => app.put_with(ctx, calendar, &name, (text, &properties), condition).await?,
        None => {
            let entry = app.entry(ctx, calendar, &name)?;
            condition.check_quoted(Some(&entry.etag))?;
            app.change_member_properties(ctx, calendar, &name, &properties).await?;
            Put { etag: entry.etag.clone(), is_new: false, is_changed: false }
        }
    };
    Ok(What::Stored(name, put))
}

/// Whether a change is that of the text itself.
fn is_text(change: &PropertyChange) -> bool {
    matches!(change, PropertyChange::Set(it) if it.name == "calendar-data" && it.namespace == CALDAV)
}

/// The path to a member of the request's calendar.
fn href_of(request: &Admitted, name: &str) -> String {
    match &request.resource {
        Resource::Collection(user, slug) => {
            Resource::Object(user.clone(), slug.clone(), name.to_owned()).href()
        }
        other => other.href(),
    }
}

/// The name of the member of the request's calendar that `href` is.
fn member(app: &App, request: &Admitted, href: &str) -> Result<String, Refusal> {
    let found = Resource::of_href(href).ok().map(|it| settled(app, &request.ctx, it, href));
    match (found, &request.resource) {
        (Some(Resource::Object(user, slug, name)), Resource::Collection(its_user, its_slug))
            if user == *its_user && slug == *its_slug =>
        {
            Ok(name)
        }
        _ => Err(Refusal::BadRequest(format!("{href:?} is no member of the calendar"))),
    }
}

/// The text that is to be stored, with the line ends that XML does not keep.
fn text_of(element: &Element) -> Result<Option<Vec<u8>>, Refusal> {
    let properties = element.all(DAV, "set").flat_map(|it| it.all(DAV, "prop"));
    let Some(data) = properties.flat_map(|it| it.all(CALDAV, "calendar-data")).next() else {
        return Ok(None);
    };
    let lines = data.text.trim_start().replace("\r\n", "\n").replace('\n', "\r\n");
    let text = put::objects(data.attribute("content-type"), lines.as_bytes())?;
    Ok(Some(text.into_owned()))
}

fn uid_of(text: &[u8]) -> Option<String> {
    let document = Document::parse(text).ok()?;
    document.calendar().children().find_map(|it| it.value("UID").map(str::to_owned))
}

impl Done {
    fn write(&self, out: &mut Out, asked: &Asked<'_>) {
        if self.href.is_empty() {
            out.empty("D:href");
        } else {
            out.href(&self.href);
        }
        match &self.what {
            What::Stored(name, put) => multistatus::propstat(out, multistatus::OK, |out| {
                self.write_stored(out, asked, (name, put));
            }),
            What::Removed => out.leaf("D:status", multistatus::OK),
            What::Refused(refusal) => self.write_refused(out, asked, refusal),
            What::Failed(changes, fates) => propstats(out, changes, fates),
        }
    }

    /// An entity tag stands for what the client has: it is told if that is what is stored.
    fn write_stored(&self, out: &mut Out, asked: &Asked<'_>, (name, put): (&str, &Put)) {
        if !put.is_changed || asked.wants_changed {
            out.leaf("D:getetag", &put.etag);
        }
        if let Some(uid) = &self.uid {
            out.leaf("CS:uid", uid);
        }
        if put.is_changed
            && asked.wants_changed
            && let Ok((_, text)) = asked.app.stored(&asked.request.ctx, asked.calendar, name)
        {
            out.leaf("C:calendar-data", &String::from_utf8_lossy(&text));
        }
    }

    fn write_refused(&self, out: &mut Out, asked: &Asked<'_>, refusal: &Refusal) {
        let (status, element) = problem::outcome(refusal);
        let reason = status.canonical_reason().unwrap_or("Refused");
        out.leaf("D:status", &format!("HTTP/1.1 {} {reason}", status.as_u16()));
        if element.is_some() || self.uid.is_some() {
            out.element("D:error", |out| {
                problem::write(out, refusal, (&asked.owner.name, &asked.calendar.slug));
                if let Some(uid) = &self.uid {
                    out.leaf("CS:uid", uid);
                }
            });
        }
        out.leaf("D:responsedescription", &refusal.to_string());
    }
}

/// Where a request wants its objects, and how it wants to hear of them.
struct Asked<'a> {
    app: &'a App,
    request: &'a Admitted,
    owner: &'a User,
    calendar: &'a Collection,
    /// Whether texts that were changed are to be told (bulk change draft §8.1).
    wants_changed: bool,
}

fn told(
    app: &App,
    request: &Admitted,
    (owner, calendar): (&User, &Collection),
    done: &[Done],
) -> Answer {
    let options = request.header("x-mobileme-dav-options").unwrap_or_default();
    let wants_changed =
        options.split(',').any(|it| it.trim().eq_ignore_ascii_case("return-changed-data"));
    let asked = Asked { app, request, owner, calendar, wants_changed };
    let xml = multistatus::document(|out| {
        for one in done {
            out.element("D:response", |out| one.write(out, &asked));
        }
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}
