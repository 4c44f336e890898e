//! A `POST` over HTTPS to a server that a user named, with all that may go wrong with it bounded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use crate::reach::Reach;

/// The time that a message may take, from the name to the answer.
const WAIT: Duration = Duration::from_secs(15);
/// The port of HTTPS.
const PORT: u16 = 443;

/// A message.
#[derive(Clone, Debug)]
pub struct Post {
    /// Where it goes: an `https` address.
    pub url: String,
    /// Headers, beside `Host` and the length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer to a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unsent {
    /// It may never go there.
    Forbidden,
    /// Nobody answered in time, or in no proper way.
    Unreachable,
}

/// What sends messages.
#[derive(Clone)]
pub struct Sender {
    tls: TlsConnector,
    reach: Reach,
}

impl Sender {
    /// A sender that trusts whom browsers trust.
    ///
    /// # Errors
    ///
    /// What is wrong with the TLS library.
    pub fn public() -> Result<Self, String> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::trusting(roots, Reach::Public)
    }

    /// A sender that trusts `roots` and goes as far as `reach`.
    ///
    /// # Errors
    ///
    /// What is wrong with the TLS library.
    pub fn trusting(roots: RootCertStore, reach: Reach) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().map_err(|it| it.to_string())?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), reach })
    }

    /// Sends a message; the status of the answer. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn send(&self, post: Post) -> Result<StatusCode, Unsent> {
        let sent = tokio::time::timeout(WAIT, self.send_in_time(post)).await;
        sent.unwrap_or(Err(Unsent::Unreachable))
    }

    async fn send_in_time(&self, post: Post) -> Result<StatusCode, Unsent> {
        let uri: Uri = post.url.parse().map_err(|_| Unsent::Forbidden)?;
        let host = uri.host().ok_or(Unsent::Forbidden)?.to_owned();
        let authority = uri.authority().ok_or(Unsent::Forbidden)?.as_str().to_owned();
        if uri.scheme_str() != Some("https") || authority.contains('@') {
            return Err(Unsent::Forbidden);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = self.connect(&bare, uri.port_u16().unwrap_or(PORT)).await?;
        let name = ServerName::try_from(bare).map_err(|_| Unsent::Forbidden)?;
        let unreachable = |_| Unsent::Unreachable;
        let stream = self.tls.connect(name, stream).await.map_err(unreachable)?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut asking, connection) = handshake.map_err(|_| Unsent::Unreachable)?;
        let connection = tokio::spawn(connection);
        let mut request = Request::post(uri.path_and_query().map_or("/", |it| it.as_str()));
        for (name, value) in post.headers {
            request = request.header(name, value);
        }
        request = request.header(header::HOST, authority).header(header::CONNECTION, "close");
        let request = request.body(Full::new(Bytes::from(post.body)));
        let request = request.map_err(|_| Unsent::Forbidden)?;
        let answer = asking.send_request(request).await;
        // The body of the answer says nothing that is needed.
        connection.abort();
        answer.map(|it| it.status()).map_err(|_| Unsent::Unreachable)
    }

    /// The name is looked up once, and what was looked at is what is connected to.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Unsent> {
        let found = lookup_host((host, port)).await.map_err(|_| Unsent::Unreachable)?;
        let found: Vec<_> = found.filter(|it| self.reach.includes(it.ip())).collect();
        if found.is_empty() {
            return Err(Unsent::Forbidden);
        }
        for address in found {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err(Unsent::Unreachable)
    }
}
