//! The configuration: one TOML file, all of it optional, read once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The settings that a file may hold; unknown ones are refused with their line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder of the store.
    pub data: PathBuf,
    /// The addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// The address under which the server is reached, for links that it prints.
    pub public_url: Option<String>,
    /// The time zone of users who name none; the machine's if there is none.
    pub zone: Option<String>,
    /// A folder of IANA zone data to use instead of the system's or our own.
    pub tzdir: Option<PathBuf>,
    /// Whether HTTP without TLS may be spoken beyond this machine, behind a proxy.
    pub allow_plain_http: bool,
    /// The proxies whose word on a visitor's address is taken (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpAddr>,
    /// The certificate, if TLS is spoken.
    pub tls: Option<Tls>,
    /// The log.
    pub log: Log,
}

/// Where certificate and key are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those that sign it, as PEM.
    pub certificate: PathBuf,
    /// The private key, as PEM.
    pub key: PathBuf,
}

/// How the log is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "bookdav-data".into(),
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8080))],
            public_url: None,
            zone: None,
            tzdir: None,
            allow_plain_http: false,
            trusted_proxies: Vec::new(),
            tls: None,
            log: Log::default(),
        }
    }
}

/// The file that is read where none is named, if it is there.
const USUAL: &str = "bookdav.toml";

impl Config {
    /// Reads `file`, or `bookdav.toml` where that exists.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, with the line.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let path = match file {
            Some(path) => path,
            None if Path::new(USUAL).exists() => Path::new(USUAL),
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|it| format!("{}: {it}", path.display()))?;
        Self::parse(&text).map_err(|it| format!("{}: {it}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|it| it.to_string())
    }

    /// Refuses to speak plain HTTP beyond this machine unless that was allowed.
    ///
    /// # Errors
    ///
    /// The address in question.
    pub fn check(&self) -> Result<(), String> {
        let far = self.listen.iter().find(|it| !it.ip().is_loopback());
        match far {
            Some(far) if self.tls.is_none() && !self.allow_plain_http => Err(format!(
                "{far} can be reached from elsewhere, so it needs [tls] with a certificate; \
                 behind a proxy that speaks TLS, set allow_plain_http = true"
            )),
            _ => Ok(()),
        }
    }

    /// Whether visitors reach the server by TLS, here or at a proxy.
    pub fn is_secure(&self) -> bool {
        let is_https = |it: &String| it.starts_with("https://");
        self.tls.is_some() || self.public_url.as_ref().is_some_and(is_https)
    }

    /// The address to print links with.
    pub fn base_url(&self, listening: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let own = || format!("{scheme}://{listening}");
        self.public_url.as_ref().map_or_else(own, |it| it.trim_end_matches('/').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_setting_is_refused_with_its_line() {
        let wrong = Config::parse("data = \"x\"\nlisen = [\"127.0.0.1:1\"]\n").unwrap_err();
        assert!(wrong.contains("line 2") && wrong.contains("lisen"), "{wrong}");
    }

    #[test]
    fn plain_http_stays_on_this_machine_unless_it_is_allowed() {
        let config = |text: &str| Config::parse(text).unwrap().check();
        assert_eq!(config(""), Ok(()));
        assert!(config("listen = [\"0.0.0.0:80\"]").unwrap_err().contains("0.0.0.0:80"));
        assert_eq!(config("listen = [\"0.0.0.0:80\"]\nallow_plain_http = true"), Ok(()));
    }
}
