//! What a server offers and where its things are: `serverinfo.xml`.

use std::collections::HashSet;
use std::path::Path;

use crate::tree::Element;
use crate::variables::{Names, expanded, today};

/// How the scripts are to be played against one kind of server.
#[derive(Clone, Debug, Default)]
pub struct ServerInfo {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    /// How often a collection is counted before the wait is given up.
    pub(crate) wait_count: u32,
    /// How long to wait between two counts.
    pub(crate) wait_delay_ms: u64,
    /// How long a request is repeated that must succeed in the end.
    pub(crate) wait_success_s: u64,
    pub(crate) features: HashSet<String>,
    pub(crate) names: Names,
    /// What every comparison of calendar data leaves out.
    pub(crate) calendar_filters: Vec<String>,
}

impl ServerInfo {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|it| format!("{}: {it}", path.display()))?;
        Self::parse(&bytes).map_err(|it| format!("{}: {it}", path.display()))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let root = Element::parse(bytes)?;
        let mut info = Self {
            host: root.text_of("host").unwrap_or("localhost").to_owned(),
            port: number(&root, "nonsslport", 80)?,
            tls_port: number(&root, "sslport", 443)?,
            wait_count: number(&root, "waitcount", 120)?,
            wait_success_s: number(&root, "waitsuccess", 10)?,
            ..Self::default()
        };
        let delay_s: f64 = number(&root, "waitdelay", 0.25)?;
        info.wait_delay_ms = std::time::Duration::try_from_secs_f64(delay_s)
            .map_err(|_| "waitdelay is no time")?
            .as_millis()
            .try_into()
            .map_err(|_| "waitdelay is too long")?;
        if root.text_of("authtype").is_some_and(|it| it != "basic") {
            return Err("only basic authentication can be spoken".into());
        }
        let features = root.child("features").map(|it| it.all("feature")).into_iter().flatten();
        info.features = features.map(|it| it.text.clone()).collect();
        info.calendar_filters = root.all("calendardatafilter").map(|it| it.text.clone()).collect();
        for element in root.child("substitutions").map_or(&[][..], |it| &it.children) {
            info.read_names(element)?;
        }
        Ok(info)
    }

    /// Speaks to another host and port than the file says.
    ///
    /// # Errors
    ///
    /// If `base` is not like `http://host:port`.
    pub fn at(mut self, base: &str) -> Result<Self, String> {
        let wrong = || format!("{base}: not like http://host:port");
        let rest = base.strip_prefix("http://").ok_or_else(wrong)?.trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "80"));
        host.clone_into(&mut self.host);
        self.port = port.parse().map_err(|_| wrong())?;
        Ok(self)
    }

    /// Offers these features too.
    #[must_use]
    pub fn with(mut self, features: &[String]) -> Self {
        self.features.extend(features.iter().cloned());
        self
    }

    /// Offers these features no longer.
    #[must_use]
    pub fn without(mut self, features: &[String]) -> Self {
        self.features.retain(|it| !features.contains(it));
        self
    }

    /// Whether something with these conditions is to be played.
    pub(crate) fn admits(&self, gate: &crate::script::Gate) -> bool {
        gate.required.iter().all(|it| self.features.contains(it))
            && !gate.excluded.iter().any(|it| self.features.contains(it))
    }

    /// Every variable that does not change while a file is played.
    pub(crate) fn fixed(&self) -> Names {
        let mut names = self.names.clone();
        let (plain, tls) = (
            format!("http://{}:{}", self.host, self.port),
            format!("https://{}:{}", self.host, self.tls_port),
        );
        for (name, value) in [("$host:", &plain), ("$hostssl:", &tls)] {
            names.insert(name.to_owned(), value.clone());
        }
        expanded(&names, today())
    }

    fn read_names(&mut self, element: &Element) -> Result<(), String> {
        match element.name.as_str() {
            "substitution" => self.define(element, None),
            "repeat" => {
                let count = element.attribute("count").unwrap_or("1");
                let count: u32 = count.parse().map_err(|_| format!("repeat count={count}"))?;
                for substitution in &element.children {
                    for number in 1..=count {
                        self.define(substitution, Some(number));
                    }
                }
            }
            other => return Err(format!("<{other}> among the substitutions")),
        }
        Ok(())
    }

    fn define(&mut self, substitution: &Element, number: Option<u32>) {
        let key = substitution.text_of("key").unwrap_or_default();
        let value = substitution.text_of("value").unwrap_or_default();
        if value.is_empty() {
            return;
        }
        let (key, value) = match number {
            Some(number) => (printed(key, number), printed(value, number)),
            None => (key.to_owned(), value.to_owned()),
        };
        self.names.insert(key, value);
    }
}

/// `%d`, `%02d` and `%03d` with the number put in, `%%` as one percent sign.
fn printed(text: &str, number: u32) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [
            ("%%", "%".to_owned()),
            ("%d", number.to_string()),
            ("%02d", format!("{number:02}")),
            ("%03d", format!("{number:03}")),
        ];
        let (form, value) =
            known.into_iter().find(|it| rest.starts_with(it.0)).unwrap_or(("%", "%".to_owned()));
        out.push_str(&value);
        rest = &rest[form.len()..];
    }
    out.push_str(rest);
    out
}

fn number<T: std::str::FromStr>(root: &Element, name: &str, default: T) -> Result<T, String> {
    match root.text_of(name).map(str::trim) {
        None | Some("") => Ok(default),
        Some(text) => text.parse().map_err(|_| format!("<{name}>{text}</{name}> is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<serverinfo><host>example.org</host><nonsslport>81</nonsslport>\
        <sslport>444</sslport><authtype>basic</authtype><waitdelay>0.5</waitdelay>\
        <features><feature>caldav</feature><feature>COPY Method</feature></features>\
        <substitutions><substitution><key>$home:</key><value>/c</value></substitution>\
        <repeat count='12'><substitution><key>$user%d:</key><value>user%02d</value></substitution>\
        <substitution><key>$path%d:</key><value>$home:/$user%d:</value></substitution>\
        <substitution><key>$name%d:</key><value>User%%20%03d</value></substitution></repeat>\
        <substitution><key>$none:</key><value/></substitution>\
        <substitution><key>$user2:</key><value>other</value></substitution></substitutions>\
        <calendardatafilter>PRODID</calendardatafilter></serverinfo>";

    #[test]
    fn repeated_variables_are_numbered_and_later_ones_win() {
        let info = ServerInfo::parse(FILE.as_bytes()).unwrap();
        let names = info.fixed();
        for (name, expected) in [
            ("$user1:", Some("user01")),
            ("$path12:", Some("/c/user12")),
            ("$name7:", Some("User%20007")),
            ("$user2:", Some("other")),
            ("$path2:", Some("/c/other")),
            ("$none:", None),
            ("$user13:", None),
            ("$host:", Some("http://example.org:81")),
            ("$hostssl:", Some("https://example.org:444")),
        ] {
            assert_eq!(names.get(name).map(String::as_str), expected, "{name}");
        }
        assert_eq!((info.wait_count, info.wait_delay_ms, info.wait_success_s), (120, 500, 10));
        assert!(info.features.contains("COPY Method"));
        assert_eq!(info.calendar_filters, ["PRODID"]);
    }

    #[test]
    fn our_own_layout_is_written_out() {
        let info = ServerInfo::parse(include_bytes!("../caldavtester/serverinfo.xml")).unwrap();
        let names = info.fixed();
        for (name, expected) in [
            ("$principal1:", "/dav/principals/user01/"),
            ("$calendarpath40:", "/dav/calendars/user40/calendar"),
            ("$inboxpath2:", "/dav/calendars/user02/inbox"),
            ("$cuaddr2:", "mailto:user02@example.com"),
            ("$cuaddrurn1:", "mailto:user01@example.com"),
            ("$username-encoded3:", "User%2003"),
            ("$rprincipaluri20:", "/dav/principals/resource20/"),
        ] {
            assert_eq!(names.get(name).map(String::as_str), Some(expected), "{name}");
        }
        assert!(info.features.contains("caldav"));
        assert!(!info.features.contains("implicit-scheduling"));
    }

    #[test]
    fn another_place_may_be_named() {
        let info = ServerInfo::parse(FILE.as_bytes()).unwrap();
        let moved = info.clone().at("http://127.0.0.1:8080/").unwrap();
        assert_eq!((moved.host.as_str(), moved.port), ("127.0.0.1", 8080));
        for wrong in ["127.0.0.1:80", "https://host", "http://host:port"] {
            assert!(info.clone().at(wrong).is_err(), "{wrong}");
        }
    }
}
