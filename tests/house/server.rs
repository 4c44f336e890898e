//! A server without sockets: real storage, a clock that tests move, every answer checked.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use app::{App, Ctx, HashCost, NewUser, Parts, VisitorToken};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use model::clock::{Clock, ManualClock};
use model::zone::ZoneDb;
use storage::Store;
use tempfile::TempDir;

/// Monday 2026-03-02, 08:00 UTC: when every house opens.
pub(crate) const MONDAY: i64 = 1_772_438_400;
/// The password of everybody.
const PASSWORD: &str = "open sesame";
/// Where calendar clients come from.
const PEER: dav::Peer =
    dav::Peer { address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), is_secure: true };
/// What no answer may tell.
const INNER_WORDS: [&str; 4] = ["panicked", "sled", "src/", "unwrap"];

/// A server with the users alice and bob.
pub(crate) struct House {
    app: Option<App>,
    clock: Arc<ManualClock>,
    folder: TempDir,
    requests: AtomicU64,
    visitors: AtomicU32,
}

/// What a browser keeps, and where it is.
pub(crate) struct Jar {
    /// The cookie, as it is sent.
    pub(crate) cookie: Option<String>,
    /// Where it comes from.
    pub(crate) from: IpAddr,
    /// What it says of the site that a form was sent from.
    pub(crate) site: Option<&'static str>,
}

/// An answer that passed the checks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) body: String,
}

impl House {
    /// A new house on a Monday morning.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(MONDAY));
        let app = start(&folder, &clock).await;
        let (requests, visitors) = (AtomicU64::new(1), AtomicU32::new(1));
        let house = Self { app: Some(app), clock, folder, requests, visitors };
        for name in ["alice", "bob"] {
            house.let_in(name).await;
        }
        house
    }

    /// Makes another user.
    pub(crate) async fn let_in(&self, name: &str) {
        let new = NewUser {
            name: name.into(),
            email: format!("{name}@example.org"),
            display_name: format!("{name} of the house"),
            password: PASSWORD.into(),
            zone: None,
        };
        self.app().add_user(&Ctx::server(self.clock.now()), new).await.unwrap();
    }

    /// Closes the house, then opens it again in the same folder.
    pub(crate) async fn reopen(&mut self) {
        self.app().close();
        self.app = None;
        self.app = Some(start(&self.folder, &self.clock).await);
    }

    /// The use cases, for what no front end offers.
    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Lets `seconds` go by.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Asserts that all that must hold whatever happened does.
    pub(crate) fn assert_sound(&self) {
        let (rows, wrong) = self.app().check().unwrap();
        assert!(rows > 0 && wrong.is_empty(), "{wrong:#?}");
    }

    /// A jar for a visitor who was never here, at an address of their own.
    pub(crate) fn new_jar(&self) -> Jar {
        let number = self.visitors.fetch_add(1, Ordering::Relaxed);
        let from = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number));
        Jar { cookie: None, from, site: None }
    }

    /// A request of a calendar client; nobody's credentials if `user` is empty.
    pub(crate) async fn dav(
        &self,
        user: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answered {
        let body = Bytes::copy_from_slice(body.as_ref());
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !user.is_empty() {
            let basic = STANDARD.encode(format!("{user}:{PASSWORD}"));
            request = request.header("authorization", format!("Basic {basic}"));
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        if dav::is_open(head.uri.path()) {
            return Answered::of(
                dav::respond_openly(self.app(), &head, self.number()).map(dav::Body::whole),
            );
        }
        match dav::admit(self.app(), head, PEER, self.number()).await {
            Ok(admitted) => {
                let answer = dav::respond(self.app(), &admitted, body).await.map(dav::Body::whole);
                let answered = Answered::of(answer);
                if method == "OPTIONS" {
                    let first = answered.header("dav").split(',').next().map(str::trim);
                    assert_eq!(first, Some("1"), "the first token of DAV, at {path}");
                }
                answered
            }
            Err(refused) => Answered::of(refused.map(dav::Body::whole)),
        }
    }

    /// A request of a browser.
    pub(crate) async fn page(
        &self,
        jar: &mut Jar,
        method: &str,
        path: &str,
        form: &str,
    ) -> Answered {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &jar.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(site) = jar.site {
            request = request.header("sec-fetch-site", site);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let request = web::Request {
            head: &head,
            body: Bytes::copy_from_slice(form.as_bytes()),
            from: jar.from,
            number: self.number(),
            is_secure: false,
            new_visitor: VisitorToken(rand::random()),
        };
        let answered = Answered::of(web::respond(self.app(), &request).await);
        let policy = answered.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{method} {path}: {policy}");
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{method} {path}");
        if let Some((cookie, _)) = answered.header("set-cookie").split_once(';') {
            jar.cookie = Some(cookie.to_owned());
        }
        answered
    }

    fn number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }
}

impl Answered {
    fn of(answer: Response<Bytes>) -> Self {
        let (head, bytes) = answer.into_parts();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        // Another server's address and a full home are the asker's affair.
        let is_fine = matches!(head.status.as_u16(), ..500 | 502 | 507);
        assert!(is_fine, "{}: {body}", head.status);
        for word in INNER_WORDS {
            assert!(!body.contains(word), "an answer says {word:?}: {body}");
        }
        Self { status: head.status.as_u16(), headers: head.headers, bytes, body }
    }

    /// The answer itself, if its status is `status`.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

async fn start(folder: &TempDir, clock: &Arc<ManualClock>) -> App {
    let parts = Parts {
        store: Store::open(folder.path()).unwrap(),
        zones: ZoneDb::bundled(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        default_zone: "UTC".into(),
        hash_cost: HashCost { memory_kib: 8, passes: 1 },
    };
    App::start(parts).await.unwrap()
}
