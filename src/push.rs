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

#[cfg(test)]
mod tests {
    use app::{Actor, Ctx, HashCost, NewSubscription, NewUser, Parts};
    use model::clock::{Clock, ManualClock};
    use model::zone::ZoneDb;
    use remote::Reach;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{RootCertStore, ServerConfig};
    use storage::Store;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    fn certificate() -> CertificateDer<'static> {
        let pem = include_bytes!("../remote/tests/data/certificate.pem");
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    /// A push service that gives these answers, one to each message; its port, and the messages.
    async fn service(answers: Vec<u16>) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = include_bytes!("../remote/tests/data/key.pem");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate()], PrivateKeyDer::from_pem_slice(key).unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let seen = tokio::spawn(async move {
            let mut all = Vec::new();
            for answer in answers {
                let (socket, _) = listener.accept().await.unwrap();
                let mut stream = acceptor.accept(socket).await.unwrap();
                let mut seen = Vec::new();
                while !is_whole(&seen) {
                    let mut some = [0; 4096];
                    let count = stream.read(&mut some).await.unwrap();
                    assert_ne!(count, 0, "it ended early");
                    seen.extend_from_slice(&some[..count]);
                }
                let answer = format!("HTTP/1.1 {answer} So\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                all.push(seen);
            }
            all
        });
        (port, seen)
    }

    /// The head of a message, in lower case, and its body.
    fn parts(message: &[u8]) -> Option<(String, &[u8])> {
        let end = message.windows(4).position(|it| it == b"\r\n\r\n")? + 4;
        Some((String::from_utf8_lossy(&message[..end]).to_ascii_lowercase(), &message[end..]))
    }

    fn is_whole(message: &[u8]) -> bool {
        parts(message).is_some_and(|(head, body)| {
            let length = head.split("content-length: ").nth(1).unwrap();
            body.len() == length.split('\r').next().unwrap().parse::<usize>().unwrap()
        })
    }

    /// A house with a user, whose device at `url` is told of the user's calendar.
    async fn house(folder: &std::path::Path, url: String) -> Arc<App> {
        let clock = Arc::new(ManualClock::at(1_772_438_400));
        let parts = Parts {
            store: Store::open(folder).unwrap(),
            zones: ZoneDb::bundled(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            default_zone: "UTC".into(),
            hash_cost: HashCost { memory_kib: 8, passes: 1 },
        };
        let app = App::start(parts).await.unwrap();
        let new = NewUser {
            name: "alice".into(),
            email: "alice@example.org".into(),
            display_name: "Alice".into(),
            password: "open sesame".into(),
            zone: None,
        };
        app.add_user(&Ctx::server(clock.now()), new).await.unwrap();
        let server = Ctx::server(clock.now());
        let alice = app.user_named(&server, "alice").unwrap();
        let ctx = Ctx { actor: Actor::User(alice.id), ..server };
        let calendar = app.collection(&ctx, &alice, "default").unwrap();
        let device = VapidKey::of_pkcs8(&VapidKey::generate().unwrap()).unwrap();
        let new = NewSubscription {
            url,
            public_key: device.public_point(),
            auth: vec![7; 16],
            expires: None,
        };
        app.subscribe(&ctx, &calendar, new).await.unwrap();
        Arc::new(app)
    }

    async fn change(app: &App, name: &str) {
        let server = Ctx::server(app.clock().now());
        let alice = app.user_named(&server, "alice").unwrap();
        let calendar = app.collection(&server, &alice, "default").unwrap();
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
             DTSTAMP:20260302T080000Z\r\nDTSTART:20260303T100000Z\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n"
        );
        let any = app::Condition::default();
        app.put(&server, &calendar, &format!("{name}.ics"), text.as_bytes(), &any).await.unwrap();
    }

    #[tokio::test]
    async fn a_change_reaches_the_push_service_sealed_and_signed_until_the_device_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (port, seen) = service(vec![201, 410]).await;
        let app = house(folder.path(), format!("https://localhost:{port}/device")).await;
        let mut roots = RootCertStore::empty();
        roots.add(certificate()).unwrap();
        let mail = Arc::new(Mail {
            key: VapidKey::of_pkcs8(&VapidKey::generate().unwrap()).unwrap(),
            sender: Sender::trusting(roots, Reach::Anywhere).unwrap(),
            contact: None,
        });
        send_due(&app, &mail).await;
        change(&app, "a").await;
        let topic = app.due_pushes().unwrap()[0].topic.clone();
        send_due(&app, &mail).await;
        assert!(app.due_pushes().unwrap().is_empty(), "it arrived");
        change(&app, "b").await;
        send_due(&app, &mail).await;
        change(&app, "c").await;
        assert!(app.due_pushes().unwrap().is_empty(), "the device is gone");
        let seen = seen.await.unwrap();
        let (head, body) = parts(&seen[0]).unwrap();
        assert!(head.starts_with("post /device http/1.1\r\n"), "{head}");
        let topic = format!("topic: {}", topic.to_ascii_lowercase());
        let key = format!("k={}", mail.key.public().to_ascii_lowercase());
        for expected in
            ["content-encoding: aes128gcm", "ttl: 86400", "authorization: vapid t=", &topic, &key]
        {
            assert!(head.contains(expected), "{expected}: {head}");
        }
        assert_eq!(body[16..21], [0, 0, 16, 0, 65], "one record of 4096 bytes, and a key");
        assert!(!body.windows(5).any(|it| it == b"topic"), "nobody on the way can read it");
    }
}
