//! From a request to its answer: the calendar front end, the pages, and nothing else.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use app::{App, VisitorToken};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use model::limit::FORM_MAX_BYTES;

use crate::carry;
use crate::guard::{self, Answer};
use crate::log::Outcome;

/// What every connection shares.
pub struct Server {
    app: Arc<App>,
    trusted_proxies: Vec<IpAddr>,
    requests: AtomicU64,
}

/// Where a request comes from.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) is_secure: bool,
    /// Set once a request of this connection told its length in two ways.
    pub(crate) is_ambiguous: Arc<AtomicBool>,
}

impl Server {
    /// A server for `app`.
    pub fn new(app: Arc<App>, trusted_proxies: Vec<IpAddr>) -> Self {
        Self { app, trusted_proxies, requests: AtomicU64::new(1) }
    }

    /// Answers one request and logs it.
    ///
    /// What was begun is carried through though nobody may wait for the answer any more.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Answer {
        let answered = match is_reading(request.method()) {
            true => carry::unless_it_panics(self.answer_to_the_end(request, peer)).await,
            false => {
                let answering = async move { self.answer_to_the_end(request, peer).await };
                carry::to_the_end(answering).await
            }
        };
        answered.unwrap_or_else(|| {
            tracing::error!("a request panicked");
            guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, "something broke here")
        })
    }

    async fn answer_to_the_end(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let began = self.app.clock().elapsed();
        let (head, body) = request.into_parts();
        let (method, path) = (head.method.clone(), head.uri.path().to_owned());
        let version = head.version;
        let peer = &Peer { address: self.visitor(&head, peer.address), ..peer };
        let mut answer = match guard::check(&head, peer.is_ambiguous.load(Ordering::Acquire)) {
            Ok(()) => self.dispatch(head, body, peer, number).await,
            Err(refused) => refused,
        };
        if version == Version::HTTP_2 {
            // HTTP/2 has no such header (RFC 9113 §8.2.2).
            answer.headers_mut().remove(header::CONNECTION);
        }
        let outcome = Outcome {
            number,
            method: &method,
            path: &path,
            status: answer.status(),
            body_bytes: answer.body().len(),
            took: self.app.clock().elapsed().saturating_sub(began),
        };
        outcome.log();
        answer
    }

    /// The address that a request comes from, as a trusted proxy tells it.
    fn visitor(&self, head: &Parts, peer: IpAddr) -> IpAddr {
        if !self.trusted_proxies.contains(&peer) {
            return peer;
        }
        let told = head.headers.get_all("x-forwarded-for").iter().next_back();
        let last = told.and_then(|it| it.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        last.unwrap_or(peer)
    }

    async fn dispatch(&self, head: Parts, body: Incoming, peer: &Peer, number: u64) -> Answer {
        let path = head.uri.path();
        if let Some(place) = dav::well_known(path) {
            return moved(place);
        }
        let is_calendar_method = !matches!(head.method, Method::GET | Method::HEAD | Method::POST);
        if dav::is_open(path) {
            return dav::respond_openly(&self.app, &head, number);
        }
        if path.starts_with(dav::ROOT) || path == "/dav" {
            return self.calendar(head, body, peer, number).await;
        }
        if path == "/" && is_calendar_method {
            // Clients that are given nothing but a host begin here.
            return moved(dav::ROOT);
        }
        self.page(head, body, peer, number).await
    }

    async fn calendar(&self, head: Parts, body: Incoming, peer: &Peer, number: u64) -> Answer {
        let from = dav::Peer { address: peer.address, is_secure: peer.is_secure };
        let admitted = match dav::admit(&self.app, head, from, number).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        match guard::body(admitted.headers(), body, admitted.body_max_bytes()).await {
            Ok(body) => dav::respond(&self.app, &admitted, body).await,
            Err(refused) => refused,
        }
    }

    async fn page(&self, head: Parts, body: Incoming, peer: &Peer, number: u64) -> Answer {
        let body = match guard::body(&head.headers, body, FORM_MAX_BYTES).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let request = web::Request {
            head: &head,
            body,
            from: peer.address,
            number,
            is_secure: peer.is_secure,
            new_visitor: VisitorToken(rand::random()),
        };
        web::respond(&self.app, &request).await.map(dav::Body::from)
    }
}

/// Whether nothing is left half done where nobody waits for the answer to the end.
fn is_reading(method: &Method) -> bool {
    matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT")
}

/// To another place for good; never 308, which Outlook's synchronizer does not follow (R9).
fn moved(place: &'static str) -> Answer {
    let mut answer = Response::new(dav::Body::default());
    *answer.status_mut() = StatusCode::MOVED_PERMANENTLY;
    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static(place));
    let day = HeaderValue::from_static("max-age=86400");
    answer.headers_mut().insert(header::CACHE_CONTROL, day);
    answer
}
