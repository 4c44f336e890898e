//! Managed attachments: adding, replacing and removing files by `POST` (RFC 8607 §3.3).

use app::{App, Attach, AttachmentChange, File, Refusal, Which};

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use model::limit::ATTACHMENTS_MAX;
use percent_encoding::percent_decode_str;

use super::{collection, get, not_allowed};
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::prefer::tell_representation;
use crate::property::calendar::CALENDAR_TYPE;
use crate::{Answer, condition, problem};

/// The header that names an attachment (RFC 8607 §5.1).
const MANAGED_ID: HeaderName = HeaderName::from_static("cal-managed-id");

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let Resource::Object(_, _, name) = &request.resource else { return not_allowed() };
    let change = match change(request, body) {
        Ok(change) => change,
        Err(answer) => return answer,
    };
    let condition = match condition::of_request(app, request) {
        Ok(condition) => condition,
        Err(answer) => return answer,
    };
    let changed = async {
        let (_, collection) = collection(app, request)?;
        let origin = request.origin.clone();
        let url = move |id, file: &str| {
            format!("{origin}{}", Resource::Attachment(id, file.to_owned()).href())
        };
        let place = (&*collection, name.as_str());
        let done = app.change_attachments(&request.ctx, place, &change, &condition, &url).await?;
        let text = match request.prefer.is_representation() {
            true => Some(app.stored(&request.ctx, &collection, name)?.1),
            false => None,
        };
        Ok::<_, Refusal>((done, text, url))
    };
    match changed.await {
        Err(refusal) => problem::refused(&refusal),
        Ok((done, text, url)) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = match (&change, &text) {
                (AttachmentChange::Add(..), _) => StatusCode::CREATED,
                (_, Some(_)) => StatusCode::OK,
                (_, None) => StatusCode::NO_CONTENT,
            };
            if let Some((id, file)) = &done.stored {
                let headers = [(MANAGED_ID, id.to_string()), (header::LOCATION, url(*id, file))];
                get::insert(&mut answer, headers);
            }
            get::insert(&mut answer, [(header::ETAG, done.put.etag)]);
            if let Some(text) = text {
                *answer.body_mut() = text.into();
                let kind = CALENDAR_TYPE.to_owned();
                let place = request.resource.href();
                let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_LOCATION, place)];
                get::insert(&mut answer, headers);
                tell_representation(answer.headers_mut());
            }
            answer
        }
    }
}

/// What the query asks for (RFC 8607 §3.3.2).
fn change<'r>(request: &'r Admitted, body: &'r [u8]) -> Result<AttachmentChange<'r>, Answer> {
    let query = request.head.uri.query().unwrap_or_default();
    let wrong = |element, why| problem::precondition(StatusCode::FORBIDDEN, element, why);
    let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
    let (mut action, mut id, mut rids) = (None, None, None);
    for (name, value) in query.split('&').map(|it| it.split_once('=').unwrap_or((it, ""))) {
        let place = match name {
            "action" => &mut action,
            "managed-id" => &mut id,
            "rid" => &mut rids,
            _ => continue,
        };
        if place.replace(decoded(value)).is_some() {
            return Err(wrong("C:valid-action-parameter", "a parameter stands there twice"));
        }
    }
    let which = match rids {
        None => Which::All,
        Some(rids) => Which::These(rids.split(',').map(str::to_owned).collect()),
    };
    if matches!(&which, Which::These(rids) if rids.len() > ATTACHMENTS_MAX * 50) {
        return Err(problem::refused(&Refusal::BadAttachment(Attach::UnknownInstance)));
    }
    let no_id = || wrong("C:valid-managed-id-parameter", "the attachment has to be named");
    let no_rid = || wrong("C:valid-rid-parameter", "all instances are updated");
    let too_many = || wrong("C:valid-managed-id-parameter", "a new attachment has no name yet");
    match (action.as_deref(), id, which) {
        (Some("attachment-add"), None, which) => {
            Ok(AttachmentChange::Add(which, file(request, body)))
        }
        (Some("attachment-add"), Some(_), _) => Err(too_many()),
        (Some("attachment-update"), Some(id), Which::All) => {
            Ok(AttachmentChange::Update(id, file(request, body)))
        }
        (Some("attachment-update"), Some(_), Which::These(_)) => Err(no_rid()),
        (Some("attachment-remove"), Some(id), which) => Ok(AttachmentChange::Remove(which, id)),
        (Some("attachment-update" | "attachment-remove"), None, _) => Err(no_id()),
        _ => Err(wrong("C:valid-action-parameter", "the action is not known")),
    }
}

/// The file in a request, with the name that its header gives it (RFC 6266).
fn file<'r>(request: &'r Admitted, body: &'r [u8]) -> File<'r> {
    let disposition = request.header(header::CONTENT_DISPOSITION).unwrap_or_default();
    let name = disposition.split(';').skip(1).find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("filename").then(|| value.trim().trim_matches('"'))
    });
    let media_type = request.header(header::CONTENT_TYPE).unwrap_or("application/octet-stream");
    let is_header = HeaderValue::from_str(media_type).is_ok();
    let media_type = if is_header { media_type } else { "application/octet-stream" };
    File { name: name.unwrap_or("attachment"), media_type, bytes: body }
}
