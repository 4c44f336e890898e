//! Sends what is to be pushed to devices, a few seconds after a calendar changed.

use std::sync::Arc;
use std::time::Duration;

use app::{App, Push, Pushed};
use http::StatusCode;
use model::interval::Instant;
use remote::{Post, Sender, Unsent, VapidKey, seal};
use tokio::task::JoinSet;

/// The time between two looks: several changes in it are one message.
const EVERY: Duration = Duration::from_secs(5);
/// Messages that are under way at once.
const AT_ONCE: usize = 16;
/// Seconds for which a push service keeps a message for a device that sleeps.
const TTL_S: u32 = 86_400;

/// What messages are sent by.
struct Mail {
    key: VapidKey,
    sender: Sender,
    /// Where people can be reached who run this server.
    contact: Option<String>,
}

/// Makes the server's key the first time, says that there are pushes, and begins to send them.
///
/// # Errors
///
/// What is wrong with the store or the TLS library.
pub(crate) async fn start(app: Arc<App>, contact: Option<String>) -> Result<(), String> {
    let fresh = VapidKey::generate().ok_or("no key for pushes can be made")?;
    let kept = app.push_secret(fresh).await.map_err(|it| it.to_string())?;
    let key = VapidKey::of_pkcs8(&kept).ok_or("damaged row: meta push key")?;
    app.offer_push(key.public());
    let mail = Arc::new(Mail { key, sender: Sender::public()?, contact });
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            send_due(&app, &mail).await;
        }
    });
    Ok(())
}

async fn send_due(app: &Arc<App>, mail: &Arc<Mail>) {
    let due = match app.due_pushes() {
        Ok(due) => due,
        Err(cause) => return tracing::error!(%cause, "what is to be pushed cannot be read"),
    };
    let mut sending = JoinSet::new();
    for push in due {
        while sending.len() >= AT_ONCE {
            sending.join_next().await;
        }
        let (app, mail) = (Arc::clone(app), Arc::clone(mail));
        sending.spawn(async move {
            let pushed = mail.send(&push, app.clock().now()).await;
            if let Err(cause) = app.note_pushed(&push, pushed).await {
                tracing::error!(%cause, "what was pushed cannot be remembered");
            }
        });
    }
    while sending.join_next().await.is_some() {}
}

impl Mail {
    async fn send(&self, push: &Push, now: Instant) -> Pushed {
        let Some(post) = self.post(push, now) else { return Pushed::Gone };
        match self.sender.send(post).await {
            Ok(it) if it.is_success() => Pushed::Arrived,
            // RFC 8030 §7.3: the subscription is over; what else is refused will be refused again.
            Ok(StatusCode::NOT_FOUND | StatusCode::GONE) | Err(Unsent::Forbidden) => Pushed::Gone,
            Ok(_) | Err(Unsent::Unreachable) => Pushed::Failed,
        }
    }

    fn post(&self, push: &Push, now: Instant) -> Option<Post> {
        let message = dav::push_message(push);
        let body = seal(&message, &push.public_key, &push.auth)?;
        let uri: http::Uri = push.url.parse().ok()?;
        let audience = format!("https://{}", uri.authority()?);
        let authorization = self.key.authorization(&audience, self.contact.as_deref(), now)?;
        let headers = vec![
            ("authorization", authorization),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", TTL_S.to_string()),
            ("urgency", "normal".to_owned()),
            // RFC 8030 §5.4: a newer message about the same calendar takes its place.
            ("topic", push.topic.clone()),
        ];
        Some(Post { url: push.url.clone(), headers, body })
    }
}
