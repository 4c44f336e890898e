//! Putting or posting several objects at once: one stream into a calendar.

use app::{App, Condition, Refusal};
use http::{StatusCode, header};

use super::{collection, put};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::{Answer, multistatus, problem};

/// Stores every object of the stream; tells of each what became of it.
pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let body = match put::objects(request.header(header::CONTENT_TYPE), body) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let (owner, collection) = match collection(app, request) {
        Ok(found) => found,
        Err(Refusal::NotFound) => return super::not_allowed(),
        Err(refusal) => return problem::refused(&refusal),
    };
    if !collection.is_calendar() {
        return super::not_allowed();
    }
    let objects = match app.objects_of(&request.ctx, &collection, &body) {
        Ok(objects) => objects,
        Err(refusal) => return problem::refused(&refusal),
    };
    let mut told = Vec::new();
    for (name, text) in objects {
        let any = Condition::default();
        let stored = app.put(&request.ctx, &collection, &name, &text, &any).await;
        told.push((name, stored));
    }
    let xml = multistatus::document(|out| {
        for (name, stored) in &told {
            let (user, slug) = (owner.name.clone(), collection.slug.clone());
            let href = Resource::Object(user, slug, name.clone()).href();
            out.element("D:response", |out| {
                out.href(&href);
                match stored {
                    Ok(put) => multistatus::propstat(out, multistatus::OK, |out| {
                        out.leaf("D:getetag", &put.etag);
                    }),
                    Err(refusal) => refused(out, refusal),
                }
            });
        }
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}

fn refused(out: &mut crate::wire::out::Out, refusal: &Refusal) {
    let status = problem::refused(refusal).status();
    let reason = status.canonical_reason().unwrap_or("Refused");
    out.leaf("D:status", &format!("HTTP/1.1 {} {reason}", status.as_u16()));
    out.leaf("D:responsedescription", &refusal.to_string());
}
