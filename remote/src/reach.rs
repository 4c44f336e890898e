//! Which machines messages may go to: those of the public network, never those beside the server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far messages go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// To public addresses only: users name where, and must not knock at doors within.
    Public,
    /// To any address.
    Anywhere,
}

impl Reach {
    /// Whether messages may go to that address.
    pub fn includes(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Anywhere, _) => true,
            (Self::Public, IpAddr::V4(it)) => is_public(it),
            (Self::Public, IpAddr::V6(it)) => match embedded(it) {
                Some(it) => is_public(it),
                // Global unicast but documentation (RFC 4291 §2.4, RFC 3849) and tunnels.
                None => {
                    let [first, second, ..] = it.segments();
                    first & 0xe000 == 0x2000
                        && !(first == 0x2001 && (second == 0xdb8 || second == 0))
                        && first != 0x2002
                }
            },
        }
    }
}

/// The address of the older kind that an address of the newer one stands for.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let (start, rest) = octets.split_last_chunk::<4>()?;
    let is_mapped = start == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    let is_translated = start == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
    (is_mapped || is_translated).then(|| Ipv4Addr::from(*rest))
}

/// Whether an address is none of those set aside (RFC 6890, RFC 6598).
fn is_public(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    let is_shared = a == 100 && b & 0xc0 == 64;
    let is_special = a == 0 || a >= 240 || (a, b, c) == (192, 0, 0) || a == 198 && b & 0xfe == 18;
    !(it.is_private()
        || it.is_loopback()
        || it.is_link_local()
        || it.is_documentation()
        || it.is_multicast()
        || is_shared
        || is_special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_reached() {
        let within = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
        ];
        for address in within {
            assert!(!Reach::Public.includes(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1"] {
            assert!(Reach::Public.includes(address.parse().unwrap()), "{address}");
        }
        assert!(Reach::Anywhere.includes("127.0.0.1".parse().unwrap()));
    }
}
