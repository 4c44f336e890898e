//! Who asks, and for what: everything that is known before a body is read.

use std::net::IpAddr;
use std::sync::Arc;

use app::{Actor, App, Ctx, Login, Refusal, User};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{Method, StatusCode, header};
use model::limit::{OBJECT_MAX_BYTES, XML_MAX_BYTES};

use crate::Answer;
use crate::path::{BadPath, Resource};
use crate::prefer::Prefer;
use crate::problem;

/// A request that may go on, without its body.
pub struct Admitted {
    pub(crate) ctx: Ctx,
    pub(crate) user: Arc<User>,
    pub(crate) resource: Resource,
    pub(crate) prefer: Prefer,
    /// The beginning of addresses that lead here: scheme and host.
    pub(crate) origin: String,
    pub(crate) head: Parts,
}

impl Admitted {
    /// Bytes that its body may have.
    pub fn body_max_bytes(&self) -> usize {
        match self.head.method {
            Method::PUT | Method::POST => OBJECT_MAX_BYTES,
            _ => XML_MAX_BYTES,
        }
    }

    /// Its headers.
    pub fn headers(&self) -> &http::HeaderMap {
        &self.head.headers
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }
}

/// The connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address at its other end.
    pub address: IpAddr,
    /// Whether it is secured, here or by a proxy.
    pub is_secure: bool,
}

/// Lets a request in by its credentials and its path.
///
/// # Errors
///
/// The answer that refuses it.
pub async fn admit(app: &App, head: Parts, from: Peer, request: u64) -> Result<Admitted, Answer> {
    let now = app.clock().now();
    let asking = Ctx { actor: Actor::Visitor(app::VisitorToken([0; 16])), now, request };
    let Some((name, password)) = credentials(&head) else {
        return Err(problem::unauthorized());
    };
    let login = Login { name: &name, password: &password, from: from.address };
    let user = app.login(&asking, login).await.map_err(|it| problem::refused(&it))?;
    let resource = Resource::of(head.uri.path()).map_err(|bad| match bad {
        BadPath::Malformed => problem::plain(StatusCode::BAD_REQUEST, "the path is malformed"),
        BadPath::Unknown => problem::refused(&Refusal::NotFound),
    })?;
    let ctx = Ctx { actor: Actor::User(user.id), now, request };
    let resource = settled(app, &ctx, resource, head.uri.path());
    let resource = match (resource.in_home(), &head.method) {
        // A file that is put into the home has no slash at its end.
        (Some(file), &Method::PUT) if !head.uri.path().ends_with('/') => {
            if is_there(app, &ctx, &resource) { resource } else { file }
        }
        _ => resource,
    };
    let prefer = Prefer::of(&head.headers);
    let origin = origin(&head, from.is_secure);
    Ok(Admitted { ctx, user, resource, prefer, origin, head })
}

fn origin(head: &Parts, is_secure: bool) -> String {
    let host = head.headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let host = host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or_default())
}

/// A path without a slash at its end is that of a collection if there is one, else of a member.
pub(crate) fn settled(app: &App, ctx: &Ctx, resource: Resource, path: &str) -> Resource {
    if path.ends_with('/') {
        return resource;
    }
    if let Some(collection) = resource.as_collection() {
        return if is_there(app, ctx, &collection) { collection } else { resource };
    }
    match resource.in_home() {
        Some(file) if !is_there(app, ctx, &resource) && is_file(app, ctx, &file) => file,
        _ => resource,
    }
}

fn is_there(app: &App, ctx: &Ctx, resource: &Resource) -> bool {
    match resource {
        Resource::Collection(name, slug) => {
            app.user_named(ctx, name).is_ok_and(|it| app.has_collection(ctx, &it, slug))
        }
        _ => false,
    }
}

/// Whether there is a file of that name in the home itself.
fn is_file(app: &App, ctx: &Ctx, resource: &Resource) -> bool {
    match resource {
        Resource::Object(name, slug, file) => {
            app.user_named(ctx, name).is_ok_and(|it| app.has_member(ctx, &it, slug, file))
        }
        _ => false,
    }
}

/// Name and password by Basic authentication (RFC 7617).
fn credentials(head: &Parts) -> Option<(String, String)> {
    let mut values = head.headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
