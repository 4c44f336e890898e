//! `POST`: new members, many objects at once, invitations to share, push and attachments.

use app::{App, Condition};
use http::{HeaderValue, StatusCode, header};

use super::{attachment, bulk, collection, not_allowed, push, put, share, tree};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::wire::names::{CALENDAR_SERVER, MOBILE_ME, PUSH};
use crate::{Answer, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let query = request.head.uri.query().unwrap_or_default();
    let is_xml = request.header(header::CONTENT_TYPE).is_some_and(|it| {
        it.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().ends_with("xml")
    });
    match &request.resource {
        Resource::Collection(..) if query == "add-member" => add_member(app, request, body).await,
        Resource::Collection(..) | Resource::Home(_) if is_xml => asked(app, request, body).await,
        Resource::Collection(..) => bulk::import(app, request, body).await,
        Resource::Object(..) if query.contains("action=") => {
            attachment::respond(app, request, body).await
        }
        _ => not_allowed(),
    }
}

/// What the outermost element of a body asks for.
async fn asked(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let root = match tree(body) {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    let asked = (root.namespace.as_str(), root.name.as_str());
    match (&request.resource, asked) {
        (Resource::Collection(..), (CALENDAR_SERVER, "share")) => {
            share::share(app, request, &root).await
        }
        (Resource::Collection(..), (CALENDAR_SERVER, "publish-calendar")) => {
            share::publish(app, request).await
        }
        (Resource::Collection(..), (CALENDAR_SERVER, "unpublish-calendar")) => {
            share::unpublish(app, request).await
        }
        (Resource::Collection(..), (MOBILE_ME, "multiput")) => {
            bulk::multiput(app, request, &root).await
        }
        (Resource::Collection(..), (PUSH, "push-register")) => {
            push::register(app, request, &root).await
        }
        (Resource::Home(name), (CALENDAR_SERVER, "invite-reply")) => {
            share::reply(app, request, name, &root).await
        }
        _ => problem::plain(StatusCode::BAD_REQUEST, "the body asks for nothing known here"),
    }
}

/// A new member whose name the server chooses (RFC 5995 §3).
async fn add_member(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let (owner, collection) = match collection(app, request) {
        Ok(found) => found,
        Err(refusal) => return problem::refused(&refusal),
    };
    let content_type = request.header(header::CONTENT_TYPE);
    let name = format!("{}.ics", app.new_name());
    let fresh = Condition { if_none_match: Some(vec!["*".to_owned()]), ..Condition::default() };
    let stored = if collection.is_calendar() {
        match put::objects(content_type, body) {
            Ok(text) => app.put(&request.ctx, &collection, &name, &text, &fresh).await,
            Err(refusal) => Err(refusal),
        }
    } else {
        let file = (body, content_type.unwrap_or("application/octet-stream"));
        app.put_file(&request.ctx, &collection, &name, file, &fresh).await
    };
    match stored {
        Ok(done) => {
            let mut answer = put::stored(app, request, (&collection, &name), &done);
            let (user, slug) = (owner.name.clone(), collection.slug.clone());
            let href = Resource::Object(user, slug, name).href();
            if let Ok(place) = HeaderValue::from_str(&href) {
                answer.headers_mut().insert(header::LOCATION, place.clone());
                answer.headers_mut().insert(header::CONTENT_LOCATION, place);
            }
            answer
        }
        Err(refusal) => problem::put_refused(&refusal, &owner.name, &collection.slug),
    }
}
