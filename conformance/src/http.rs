//! One request over one connection, and its answer.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// How long a server may take for an answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is sent.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The method, as it is written.
    pub method: String,
    /// Path and query, sent as they are.
    pub path: String,
    /// User and password, if any.
    pub login: Option<(String, String)>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Vec<u8>>,
}

/// What comes back.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Sends requests to one server.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    host: String,
    port: u16,
}

impl Answer {
    /// All values of a header.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// A client for the server at `host` and `port`.
    ///
    /// # Errors
    ///
    /// If the machine gives no room for it.
    pub fn new(host: &str, port: u16) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(Self { runtime, host: host.to_owned(), port })
    }

    /// Sends a request over a connection of its own and reads the whole answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub fn send(&self, asked: &Asked) -> Result<Answer, String> {
        self.runtime.block_on(async {
            match tokio::time::timeout(DEADLINE, self.exchange(asked)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {} s", DEADLINE.as_secs())),
            }
        })
    }

    async fn exchange(&self, asked: &Asked) -> Result<Answer, String> {
        let request = self.request(asked)?;
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| format!("no connection: {error}"))?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| format!("no proper answer: {error}"))?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| format!("a broken answer: {error}"))?;
        connection.abort();
        let headers = head.headers.iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(Answer {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: body.to_bytes().to_vec(),
        })
    }

    fn request(&self, asked: &Asked) -> Result<http::Request<Full<Bytes>>, String> {
        let mut request = http::Request::builder()
            .method(asked.method.as_str())
            .uri(asked.path.as_str())
            .header("Host", format!("{}:{}", self.host, self.port))
            .header("Connection", "close");
        if let Some((user, password)) = &asked.login {
            let token = STANDARD.encode(format!("{user}:{password}"));
            request = request.header("Authorization", format!("Basic {token}"));
        }
        for (name, value) in &asked.headers {
            request = request.header(name.as_str(), value.as_bytes());
        }
        let has_length = asked.body.is_some() || matches!(asked.method.as_str(), "PUT" | "POST");
        if has_length {
            let length = asked.body.as_ref().map_or(0, Vec::len);
            request = request.header("Content-Length", length);
        }
        let body = Full::new(Bytes::from(asked.body.clone().unwrap_or_default()));
        request.body(body).map_err(|error| format!("{} cannot be sent: {error}", asked.path))
    }
}

/// A path with all that needs it percent-encoded: not its query, and not what is encoded already,
/// for many paths come from answers.
pub(crate) fn quoted(uri: &str) -> String {
    let (path, query) = match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    };
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        out.extend(percent_encoding::utf8_percent_encode(before, QUOTED));
        let code = after.get(1..3).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        out.push_str(code.map_or("%25", |_| &after[..3]));
        rest = &after[code.map_or(1, |_| 3)..];
    }
    out.extend(percent_encoding::utf8_percent_encode(rest, QUOTED));
    query.map_or(out.clone(), |query| format!("{out}?{query}"))
}

/// An href as the characters that it stands for.
pub(crate) fn unquoted(href: &str) -> String {
    percent_encoding::percent_decode_str(href).decode_utf8_lossy().into_owned()
}

/// What is percent-encoded in a path.
const QUOTED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_and_its_query_is_not() {
        for (uri, expected) in [
            ("/a/b_c-d.ics", "/a/b_c-d.ics"),
            ("/a b/\u{e9}", "/a%20b/%C3%A9"),
            ("/100%", "/100%25"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a?b=c:d", "/a?b=c:d"),
        ] {
            assert_eq!(quoted(uri), expected);
        }
        assert_eq!(unquoted("/a%20b/%C3%A9"), "/a b/\u{e9}");
    }
}
