//! Messages sent to a real server beside the test: what arrives, and what never leaves.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

use std::sync::Arc;

use remote::{Post, Reach, Sender, Unsent};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("data/certificate.pem")).unwrap()
}

/// A server that answers one request with `answer`; its port, and what it was sent.
async fn server(answer: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("data/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let seen = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = acceptor.accept(socket).await else { return String::new() };
        let mut seen = Vec::new();
        while !seen.ends_with(b"sealed") {
            let mut some = [0; 1024];
            let count = stream.read(&mut some).await.unwrap();
            assert_ne!(count, 0, "it ended early: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&some[..count]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        String::from_utf8(seen).unwrap()
    });
    (port, seen)
}

fn post(url: String) -> Post {
    Post { url, headers: vec![("ttl", "60".into())], body: b"sealed".to_vec() }
}

fn sender(reach: Reach) -> Sender {
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).unwrap();
    Sender::trusting(roots, reach).unwrap()
}

#[tokio::test]
async fn a_message_arrives_whole_and_its_answer_is_told() {
    let (port, seen) = server("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("https://localhost:{port}/a?b=c");
    let status = sender(Reach::Anywhere).send(post(url)).await;
    assert_eq!(status.map(|it| it.as_u16()), Ok(201));
    let seen = seen.await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("post /a?b=c http/1.1\r\n"), "{seen}");
    assert!(seen.contains("ttl: 60\r\n") && seen.contains("content-length: 6\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: localhost:{port}\r\n")), "{seen}");
}

#[tokio::test]
async fn a_server_that_cannot_prove_its_name_gets_nothing() {
    let (port, seen) = server("").await;
    let stranger = Sender::trusting(RootCertStore::empty(), Reach::Anywhere).unwrap();
    let sent = stranger.send(post(format!("https://localhost:{port}/"))).await;
    assert_eq!(sent, Err(Unsent::Unreachable));
    assert_eq!(seen.await.unwrap(), "");
}

#[tokio::test]
async fn messages_do_not_go_to_machines_within_nor_in_the_clear() {
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/",
        "https://localhost/",
        "http://example.org/",
        "https://user@8.8.8.8/",
        "/path",
        "ftp://example.org/",
    ] {
        let sent = sender(Reach::Public).send(post(url.into())).await;
        assert_eq!(sent, Err(Unsent::Forbidden), "{url}");
    }
}
