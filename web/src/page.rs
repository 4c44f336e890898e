//! The pages, each in a file of its own, and what they share.

pub(crate) mod booking;
pub(crate) mod checkout;
pub(crate) mod host;
pub(crate) mod month;

use askama::Template;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use model::interval::{Instant, Interval};
use model::zone::Zone;

use crate::route::Asking;
use crate::{Answer, problem, when};

/// A page with a few words.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) back: Option<String>,
}

/// A time to choose: a form with one button.
pub(crate) struct Slot {
    pub(crate) action: String,
    pub(crate) start: String,
    pub(crate) duration: String,
    pub(crate) zone: String,
    pub(crate) token: String,
    /// What the visitor typed already.
    pub(crate) kept: Vec<(&'static str, String)>,
    pub(crate) day: String,
    pub(crate) label: String,
    /// The same time for the host, where that differs.
    pub(crate) host_label: String,
}

/// What all slots of one page share.
pub(crate) struct Slots<'a> {
    pub(crate) action: &'a str,
    pub(crate) duration_min: u16,
    pub(crate) zone: &'a Zone,
    pub(crate) host_zone: &'a Zone,
    pub(crate) token: &'a str,
    pub(crate) kept: &'a [(&'static str, String)],
}

impl Slots<'_> {
    /// The form for one start; `with_day` puts the date on the button.
    pub(crate) fn slot(&self, start: Instant, with_day: bool, with_zone: bool) -> Slot {
        let (local, host) = (self.zone.local(start), self.host_zone.local(start));
        let mut label = when::time(local);
        if with_zone {
            label = format!("{label} {}", self.zone.abbreviation(start));
        }
        if with_day {
            label = format!("{} {label}", local.strftime("%a %-d %b"));
        }
        let differs = local != host;
        let day = if local.date() == host.date() { "" } else { "%a " };
        let host_label = format!("host {}", host.strftime(&format!("{day}%H:%M")));
        Slot {
            action: self.action.to_owned(),
            start: when::utc(start),
            duration: self.duration_min.to_string(),
            zone: self.zone.name().to_owned(),
            token: self.token.to_owned(),
            kept: self.kept.to_vec(),
            day: when::long_date(local.date()),
            label,
            host_label: if differs { host_label } else { String::new() },
        }
    }
}

/// The page at the root: this is a server, its guests have links.
pub(crate) fn welcome() -> Answer {
    problem::message(
        StatusCode::OK,
        "Welcome",
        "This is a calendar server. To book a time, use the link that your host gave you. \
         To connect a calendar program, give it the address of this server.",
        None,
    )
}

/// A page as an answer.
pub(crate) fn html(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Bytes::copy_from_slice(text.as_bytes()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// A template as an answer.
pub(crate) fn render(status: StatusCode, page: &impl Template) -> Answer {
    match page.render() {
        Ok(text) => html(status, &text),
        Err(cause) => problem::refused(&app::Refusal::Broken(cause.to_string()), None),
    }
}

impl Asking<'_> {
    /// The zone that the visitor wants times in, and whether they named one that is not known.
    pub(crate) fn zone(&self, named: Option<&str>, host_zone: &Zone) -> (Zone, bool) {
        let found = named.map(|it| self.app.zones().zone(it));
        let is_unknown = matches!(found, Some(None));
        (found.flatten().unwrap_or_else(|| host_zone.clone()), is_unknown)
    }

    /// The zone of a host's hours.
    pub(crate) fn zone_of(&self, schedule_zone: &str) -> Zone {
        self.app.zones().zone(schedule_zone).unwrap_or_else(Zone::utc)
    }

    /// What proves that a form was made for this visitor.
    pub(crate) fn token(&self) -> String {
        self.app.form_token(self.visitor)
    }
}

/// A time for the visitor, and for the host where that reads differently.
pub(crate) fn in_both_zones(span: Interval, zone: &Zone, host_zone: &Zone) -> (String, String) {
    let own = when::span(span, zone);
    let same = zone.local(span.start()) == host_zone.local(span.start());
    let host = format!("For the host: {}", when::span(span, host_zone));
    (own, if same { String::new() } else { host })
}

/// The first letter of a name, for the round mark beside it.
pub(crate) fn initial(name: &str) -> String {
    name.chars().next().map(|it| it.to_uppercase().collect()).unwrap_or_default()
}
