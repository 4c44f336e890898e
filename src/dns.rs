//! The DNS records by which clients find the server from a mail address (RFC 6764 §3, §4).

/// The records for `domain`, whose calendars are at `host` on `port`.
pub(crate) fn records(domain: &str, host: &str, port: u16, root: &str) -> String {
    let domain = domain.trim_end_matches('.');
    let host = host.trim_end_matches('.');
    format!(
        "; Clients that know a mail address look these up (RFC 6764).\n\
         _caldavs._tcp.{domain}. 3600 IN SRV 0 1 {port} {host}.\n\
         _caldavs._tcp.{domain}. 3600 IN TXT \"path={root}\"\n\
         ; Nothing is to be had without TLS.\n\
         _caldav._tcp.{domain}. 3600 IN SRV 0 0 0 .\n\
         ; Time zones are served as well (RFC 7808).\n\
         _timezones._tcp.{domain}. 3600 IN SRV 0 1 {port} {host}.\n\
         _timezones._tcp.{domain}. 3600 IN TXT \"path=/.well-known/timezone\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_are_those_of_the_rfc() {
        let text = records("example.com.", "cal.example.com", 443, "/dav/");
        assert!(text.contains("_caldavs._tcp.example.com. 3600 IN SRV 0 1 443 cal.example.com."));
        assert!(text.contains("_caldavs._tcp.example.com. 3600 IN TXT \"path=/dav/\""));
    }
}
