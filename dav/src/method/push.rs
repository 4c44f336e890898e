//! Push subscriptions, as WebDAV-Push has them: a `POST` to the calendar, a `DELETE` of what it made.

use app::{App, NewSubscription, Push, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use http::{Response, StatusCode, header};
use model::id::SubscriptionId;

use super::collection;
use super::get::insert;
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::property::calendar::http_date;
use crate::wire::names::PUSH;
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, condition, problem};

/// Subscribes a device.
pub(super) async fn register(app: &App, request: &Admitted, root: &Element) -> Answer {
    if app.push_key().is_none() {
        return problem::refused(&Refusal::Forbidden);
    }
    let Some(new) = subscription(root) else {
        let why = "a subscription has an address, keys, aes128gcm, and wants to hear of content";
        return problem::precondition(StatusCode::FORBIDDEN, "P:invalid-subscription", why);
    };
    let subscribed = async {
        let (_, collection) = collection(app, request)?;
        app.subscribe(&request.ctx, &collection, new).await
    };
    match subscribed.await {
        Ok((id, expires)) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::CREATED;
            let place = (header::LOCATION, Resource::Subscription(id).href());
            insert(&mut answer, [place, (header::EXPIRES, http_date(expires))]);
            answer
        }
        Err(Refusal::BadRequest(why)) => {
            problem::precondition(StatusCode::FORBIDDEN, "P:invalid-subscription", &why)
        }
        Err(refusal) => problem::refused(&refusal),
    }
}

/// Ends the subscription of a device.
pub(super) async fn unregister(
    app: &App,
    request: &Admitted,
    id: SubscriptionId,
) -> Result<(), Refusal> {
    app.unsubscribe(&request.ctx, id).await
}

/// What a `P:push-register` asks for, if it can be given.
fn subscription(root: &Element) -> Option<NewSubscription> {
    let push = root.child(PUSH, "subscription")?.child(PUSH, "web-push-subscription")?;
    let text = |name: &str| push.child(PUSH, name).map(|it| it.text.trim());
    let bytes = |name: &str| {
        let text = text(name)?;
        URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
    };
    if text("content-encoding").is_some_and(|it| it != "aes128gcm") {
        return None;
    }
    // Who says nothing of triggers wants to hear of everything.
    let trigger = root.child(PUSH, "trigger");
    if trigger.is_some_and(|it| it.child(PUSH, "content-update").is_none()) {
        return None;
    }
    Some(NewSubscription {
        url: text("push-resource")?.to_owned(),
        public_key: bytes("subscription-public-key")?,
        auth: bytes("auth-secret")?,
        expires: root.child(PUSH, "expires").and_then(|it| condition::date(&it.text)),
    })
}

/// The message that tells a device of a change, before it is sealed.
pub fn push_message(push: &Push) -> Vec<u8> {
    let message = Out::document("P:push-message", |out| {
        out.leaf("P:topic", &push.topic);
        out.element("P:content-update", |out| out.leaf("D:sync-token", &push.sync_token));
    });
    message.whole().to_vec()
}
