//! TLS by the server's own certificate files, read again when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// The time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The certificate that is in the files.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What speaks TLS to those who connect.
///
/// # Errors
///
/// What is wrong with the files.
pub(crate) fn acceptor(files: &Tls) -> Result<TlsAcceptor, String> {
    let current = Arc::new(Current(ArcSwap::from_pointee(read(files)?)));
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|it| it.to_string())?;
    let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&current) as _;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio::spawn(follow(files.clone(), current));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(files: &Tls) -> Result<CertifiedKey, String> {
    let wrong = |path: &PathBuf, it: String| format!("{}: {it}", path.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|it| wrong(&files.certificate, it.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "there is no certificate in it".into()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.map_err(|it| wrong(&files.key, it.to_string()))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|it| wrong(&files.certificate, it.to_string()))
}

/// Takes up new files; while they cannot be read, the old ones go on.
async fn follow(files: Tls, current: Arc<Current>) {
    let mut seen = changed(&files);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = changed(&files);
        if now == seen {
            continue;
        }
        match read(&files) {
            Ok(key) => {
                current.0.store(Arc::new(key));
                seen = now;
                tracing::info!("took up the new certificate");
            }
            Err(cause) => tracing::warn!(cause, "the new certificate cannot be used"),
        }
    }
}

fn changed(files: &Tls) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|it| std::fs::metadata(it).ok()?.modified().ok())
}
