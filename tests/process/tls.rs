//! TLS by the server's own files; the certificate is made by the script that newcomers use.

use std::path::Path;
use std::process::Command;

use crate::program::{Program, run};

/// Makes a certificate in `folder`; false where there is no openssl to make it with.
fn make_certificate(folder: &Path) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("certs/make.sh");
    std::fs::copy(script, folder.join("make.sh")).unwrap();
    Command::new("sh").arg(folder.join("make.sh")).output().is_ok_and(|it| it.status.success())
}

#[test]
fn a_server_with_a_certificate_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    if !make_certificate(folder.path()) {
        println!("openssl absent: skipped");
        return;
    }
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let config = format!(
        "data = \"{}\"\nlisten = [\"127.0.0.1:0\"]\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        place("data"),
        place("localhost.pem"),
        place("localhost.key")
    );
    std::fs::write(place("bookdav.toml"), config).unwrap();
    let server = Program::serve_with(&["--config", &place("bookdav.toml")]);
    assert!(server.said.contains("CalDAV: https://127.0.0.1:"), "{}", server.said);
    let plain = server.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(!plain.unwrap_or_default().starts_with("HTTP/"), "plain HTTP was answered");
}

#[test]
fn a_key_that_is_none_keeps_the_server_from_starting_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(place("x.pem"), "no certificate").unwrap();
    let config = format!(
        "data = \"{}\"\nlisten = [\"127.0.0.1:0\"]\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        place("data"),
        place("x.pem"),
        place("x.pem")
    );
    std::fs::write(place("bookdav.toml"), config).unwrap();
    let output = run(&["--config", &place("bookdav.toml")], "");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("x.pem"));
}
