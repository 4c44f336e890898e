//! The time zones that are published: their names, old and new, and what they were made of.

use std::collections::BTreeMap;

use ical::zone_text::{Truncation, calendar};
use model::zone::{LINKS, Zone};

use crate::App;
use crate::secret::short_hash;

/// All time zones that the server publishes, by name.
pub struct PublishedZones {
    zones: BTreeMap<&'static str, PublishedZone>,
}

/// A time zone, or an old name of one.
pub struct PublishedZone {
    /// Its IANA name.
    pub name: &'static str,
    /// Its rules.
    pub zone: Zone,
    /// The zone that this is an old name of.
    pub alias_of: Option<&'static str>,
    /// Its old names, in alphabetical order.
    pub aliases: Vec<&'static str>,
    /// Changes whenever its rules do; without quotes.
    pub etag: String,
    rules: [u8; 16],
}

impl PublishedZones {
    /// Those that are not old names, in alphabetical order.
    pub fn current(&self) -> impl Iterator<Item = &PublishedZone> {
        self.zones.values().filter(|it| it.alias_of.is_none())
    }

    /// The zone of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&PublishedZone> {
        let exact = self.zones.get(name);
        exact.or_else(|| self.zones.values().find(|it| it.name.eq_ignore_ascii_case(name)))
    }
}

impl PublishedZone {
    /// A calendar with its VTIMEZONE (RFC 7808 §5.3).
    pub fn text(&self, truncation: &Truncation) -> Vec<u8> {
        let text = calendar(&self.zone, self.name, truncation);
        let Some(name) = self.alias_of else { return text };
        let tzid = format!("TZID:{}\r\n", self.name);
        let at = text.windows(tzid.len()).position(|it| it == tzid.as_bytes());
        let Some(end) = at.map(|it| it + tzid.len()) else { return text };
        // RFC 7808 §7.2: whoever asks by an old name hears of the new one.
        [&text[..end], format!("TZID-ALIAS-OF:{name}\r\n").as_bytes(), &text[end..]].concat()
    }
}

impl App {
    /// The time zones that anybody may ask for; the first to ask waits until they are listed.
    pub fn published_zones(&self) -> &PublishedZones {
        self.published.get_or_init(|| {
            let mut zones: BTreeMap<_, _> =
                self.zones.names().filter_map(|it| self.published_zone(it)).collect();
            for (alias, name) in LINKS {
                let Some(rules) = zones.get(name).map(|it| it.rules) else { continue };
                // Fuller data may tell the two apart: then both are zones.
                let Some(link) = zones.get_mut(alias).filter(|it| it.rules == rules) else {
                    continue;
                };
                link.alias_of = Some(name);
                zones.entry(name).and_modify(|it| it.aliases.push(alias));
            }
            PublishedZones { zones }
        })
    }

    fn published_zone(&self, name: &'static str) -> Option<(&'static str, PublishedZone)> {
        let zone = self.zones.zone(name)?;
        let rules = short_hash(&[&calendar(&zone, "", &Truncation::default())]);
        let hash = u128::from_be_bytes(short_hash(&[&rules, name.as_bytes()]));
        let etag = format!("{hash:032x}");
        let (alias_of, aliases) = (None, Vec::new());
        Some((name, PublishedZone { name, zone, alias_of, aliases, etag, rules }))
    }
}
