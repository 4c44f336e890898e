//! Serving: opens the store, listens, and ends cleanly when told to.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use app::{App, HashCost, Parts};
use hyper::Request;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use model::clock::SystemClock;
use model::limit::{CONNECTIONS_PER_ADDRESS, HEADERS_MAX};
use model::zone::ZoneDb;
use parking_lot::Mutex;
use storage::Store;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

use crate::cli::say;
use crate::config::Config;
use crate::framing::Watched;
use crate::route::{Peer, Server};
use crate::{control, jobs, log, push, tls};

/// The time that a header may take, and a connection may be idle.
const HEADER_WAIT: Duration = Duration::from_secs(12);
/// The time that a TLS handshake may take.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// The time that requests have to end in when the server is told to stop.
const DRAIN_WAIT: Duration = Duration::from_secs(10);

/// Opens the store and all that stands on it.
///
/// # Errors
///
/// What is wrong, for people.
pub async fn open(config: &Config) -> Result<App, String> {
    let zones = ZoneDb::open(config.tzdir.as_deref())?;
    let own_zone = || jiff::tz::TimeZone::system().iana_name().map(str::to_owned);
    let default_zone = config.zone.clone().or_else(own_zone).unwrap_or_else(|| "UTC".into());
    // Machines without a zone of their own call it by this name.
    let default_zone = if default_zone == "Etc/UTC" { "UTC".into() } else { default_zone };
    if zones.zone(&default_zone).is_none() {
        return Err(format!("there is no time zone {default_zone:?}"));
    }
    make_private(&config.data)?;
    let store = Store::open(&config.data).map_err(|it| it.to_string())?;
    let parts = Parts {
        store,
        zones,
        clock: Arc::new(SystemClock::start()),
        default_zone,
        hash_cost: HashCost::default(),
    };
    App::start(parts).await.map_err(|it| it.to_string())
}

/// Makes the folder of the store, readable by its owner alone.
fn make_private(folder: &Path) -> Result<(), String> {
    use std::fs::Permissions;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|it| format!("{}: {it}", folder.display()))?;
    let private = std::fs::set_permissions(folder, Permissions::from_mode(0o700));
    private.map_err(|it| format!("{}: {it}", folder.display()))
}

/// Makes a store from a backup.
///
/// # Errors
///
/// What is wrong, for people.
pub fn restore(config: &Config, file: &Path) -> Result<u64, String> {
    std::fs::File::open(file).map_err(|it| format!("{}: {it}", file.display()))?;
    make_private(&config.data)?;
    Store::restore(file, &config.data, rand::random()).map_err(|it| it.to_string())
}

/// Serves until told to stop.
///
/// # Errors
///
/// What kept it from starting.
pub async fn run(config: Config) -> Result<(), String> {
    config.check()?;
    log::start(config.log.format);
    let app = Arc::new(open(&config).await?);
    let demo = app.make_demo().await.map_err(|it| it.to_string())?;
    if let Err(cause) = control::listen(&config.data, Arc::clone(&app)) {
        // A path too long for a socket, most likely: commands then wait until the server ends.
        tracing::warn!(%cause, "commands cannot reach this server while it runs");
    }
    jobs::start(Arc::clone(&app));
    push::start(Arc::clone(&app), config.public_url.clone()).await?;
    let door = Door::new(Server::new(Arc::clone(&app), config.trusted_proxies.clone()), &config)?;
    let stop = Arc::new(tokio::sync::Notify::new());
    let mut accepting = Vec::new();
    for address in &config.listen {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|it| format!("cannot listen on {address}: {it}"))?;
        let listening = listener.local_addr().map_err(|it| it.to_string())?;
        let base = config.base_url(listening);
        if let Some(demo) = demo.as_ref().filter(|_| accepting.is_empty()) {
            say(&format!(
                "booking page: {base}/b/{}\nCalDAV: {base}/dav/\nuser: {}\npassword: {}\n\
                 (this password is shown once)",
                demo.name, demo.name, demo.password
            ))?;
        }
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        accepting.push((listener, format!("listening on {scheme}://{listening}")));
    }
    let mut tasks = Vec::new();
    for (listener, told) in accepting {
        tasks.push(tokio::spawn(Arc::clone(&door).accept(listener, Arc::clone(&stop))));
        say(&told)?;
    }
    told_to_stop().await;
    tracing::info!("stopping");
    stop.notify_waiters();
    for task in tasks {
        let _ = task.await;
    }
    door.drain().await;
    app.close();
    Ok(())
}

async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What connections share.
struct Door {
    server: Arc<Server>,
    tls: Option<TlsAcceptor>,
    is_secure: bool,
    graceful: Mutex<Option<GracefulShutdown>>,
    /// Open connections by address.
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Door {
    fn new(server: Server, config: &Config) -> Result<Arc<Self>, String> {
        Ok(Arc::new(Self {
            server: Arc::new(server),
            tls: config.tls.as_ref().map(tls::acceptor).transpose()?,
            is_secure: config.is_secure(),
            graceful: Mutex::new(Some(GracefulShutdown::new())),
            open: Mutex::default(),
        }))
    }

    /// Takes connections until told to stop.
    async fn accept(self: Arc<Self>, listener: TcpListener, stop: Arc<tokio::sync::Notify>) {
        let stopped = stop.notified();
        tokio::pin!(stopped);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stopped => return,
            };
            let Ok((socket, address)) = accepted else {
                // Too many open files, most likely: some will be closed soon.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            if let Some(place) = Place::take(&self, address) {
                tokio::spawn(Arc::clone(&self).connection(socket, place));
            }
        }
    }

    async fn connection(self: Arc<Self>, socket: TcpStream, place: Place) {
        // An answer in one piece must not wait for the acknowledgement of its head.
        let _ = socket.set_nodelay(true);
        let is_ambiguous = Arc::default();
        let peer = Peer { address: place.address, is_secure: self.is_secure, is_ambiguous };
        let Some(tls) = &self.tls else {
            return self.speak(socket, peer, Protocol::Http1).await;
        };
        let handshake = tokio::time::timeout(HANDSHAKE_WAIT, tls.accept(socket)).await;
        if let Ok(Ok(stream)) = handshake {
            let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let protocol = if is_h2 { Protocol::Http2 } else { Protocol::Http1 };
            self.speak(stream, peer, protocol).await;
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
        protocol: Protocol,
    ) {
        let server = Arc::clone(&self.server);
        let stream = match protocol {
            Protocol::Http1 => Watched::new(stream, Arc::clone(&peer.is_ambiguous)),
            // HTTP/2 has one way only to tell a length.
            Protocol::Http2 => Watched::as_it_is(stream),
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let (server, peer) = (Arc::clone(&server), peer.clone());
            async move { Ok::<_, Infallible>(server.answer(request, peer).await.map(Sent)) }
        });
        let builder = protocol.builder();
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let watched = self.graceful.lock().as_ref().map(GracefulShutdown::watcher);
        if let Some(watcher) = watched {
            // A connection that ends badly harms nobody but whoever was at its other end.
            let _ = watcher.watch(connection).await;
        }
    }

    /// Lets requests under way end, for a while.
    async fn drain(&self) {
        let graceful = self.graceful.lock().take();
        if let Some(graceful) = graceful {
            let _ = tokio::time::timeout(DRAIN_WAIT, graceful.shutdown()).await;
        }
    }
}

/// A body on its way out.
struct Sent(dav::Body);

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|it| Ok(Frame::data(it))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// What is spoken on a connection: decided before the first byte, never guessed from it.
#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    fn builder(self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_WAIT)
            .max_headers(HEADERS_MAX)
            .max_buf_size(128 * 1024);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(64)
            .max_header_list_size(64 * 1024)
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10));
        match self {
            Self::Http1 => builder.http1_only(),
            Self::Http2 => builder.http2_only(),
        }
    }
}

/// One of the connections that an address may have open.
struct Place {
    door: Arc<Door>,
    address: IpAddr,
}

impl Place {
    fn take(door: &Arc<Door>, address: SocketAddr) -> Option<Self> {
        let address = address.ip().to_canonical();
        let mut open = door.open.lock();
        let count = open.entry(address).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Self { door: Arc::clone(door), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.door.open.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}
