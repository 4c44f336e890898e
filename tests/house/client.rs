//! What calendar clients send, in a word each; all of it is alice's.

use crate::server::{Answered, House};
use crate::wire::{Reply, element, replies, text};

/// Alice's calendar for events.
pub(crate) const DEFAULT: &str = "/dav/calendars/alice/default/";
/// Alice's calendar of bookings.
pub(crate) const BOOKINGS: &str = "/dav/calendars/alice/bookings/";

/// The namespaces of request bodies.
pub(crate) const SPACES: &str = "xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
     xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:A=\"http://apple.com/ns/ical/\"";

/// Headers of a request: names and values.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// What a `sync-collection` told.
#[derive(Clone, Debug)]
pub(crate) struct Synced {
    /// The names of members that are new or changed, in order.
    pub(crate) changed: Vec<String>,
    /// The names of members that are gone, in order.
    pub(crate) removed: Vec<String>,
    /// Whether there is more.
    pub(crate) is_cut: bool,
    /// For the next question.
    pub(crate) token: String,
}

impl House {
    /// `PUT` of a calendar object.
    pub(crate) async fn put(&self, path: &str, body: impl AsRef<[u8]>) -> Answered {
        let kind = [("content-type", "text/calendar; charset=utf-8")];
        self.dav("alice", "PUT", path, &kind, body).await
    }

    /// `PUT` into the calendar for events, which must go well.
    pub(crate) async fn put_new(&self, name: &str, body: impl AsRef<[u8]>) {
        self.put(&format!("{DEFAULT}{name}"), body).await.is(201);
    }

    /// `GET`.
    pub(crate) async fn fetch(&self, path: &str) -> Answered {
        self.dav("alice", "GET", path, &[], "").await
    }

    /// `DELETE`.
    pub(crate) async fn remove(&self, path: &str) -> Answered {
        self.dav("alice", "DELETE", path, &[], "").await
    }

    /// `MKCALENDAR` without a body, which must go well.
    pub(crate) async fn make_calendar(&self, path: &str) {
        self.dav("alice", "MKCALENDAR", path, &[], "").await.is(201);
    }

    /// `PROPFIND` for these properties, which must be answered.
    pub(crate) async fn propfind(&self, path: &str, depth: &str, properties: &str) -> Vec<Reply> {
        let body = format!("<D:propfind {SPACES}><D:prop>{properties}</D:prop></D:propfind>");
        let answered = self.dav("alice", "PROPFIND", path, &[("depth", depth)], body).await;
        replies(&answered.is(207).body)
    }

    /// `PROPPATCH` that sets these properties.
    pub(crate) async fn proppatch(&self, path: &str, properties: &str) -> Answered {
        let set = format!("<D:set><D:prop>{properties}</D:prop></D:set>");
        let body = format!("<D:propertyupdate {SPACES}>{set}</D:propertyupdate>");
        self.dav("alice", "PROPPATCH", path, &[], body).await
    }

    /// One property of one resource, as text.
    pub(crate) async fn property(&self, path: &str, name: &str) -> String {
        let replies = self.propfind(path, "0", &format!("<{name}/>")).await;
        replies[0].value(name.split(':').nth(1).unwrap_or(name)).unwrap()
    }

    /// `REPORT` with the depth that most clients send.
    pub(crate) async fn report(&self, path: &str, body: &str) -> Answered {
        self.dav("alice", "REPORT", path, &[("depth", "1")], body).await
    }

    /// `sync-collection`, as it is answered.
    pub(crate) async fn ask_sync(&self, calendar: &str, token: &str, limit: &str) -> Answered {
        let body = format!(
            "<D:sync-collection {SPACES}><D:sync-token>{token}</D:sync-token>\
             <D:sync-level>1</D:sync-level>{limit}<D:prop><D:getetag/></D:prop>\
             </D:sync-collection>"
        );
        self.report(calendar, &body).await
    }

    /// `sync-collection` without a limit, which must go well.
    pub(crate) async fn sync(&self, calendar: &str, token: &str) -> Synced {
        Synced::of(calendar, &self.ask_sync(calendar, token, "").await.is(207))
    }

    /// `sync-collection` for `limit` members at once, which must go well.
    pub(crate) async fn sync_page(&self, calendar: &str, token: &str, limit: usize) -> Synced {
        let limit = format!("<D:limit><D:nresults>{limit}</D:nresults></D:limit>");
        Synced::of(calendar, &self.ask_sync(calendar, token, &limit).await.is(207))
    }

    /// The names of the members that pass the filters within VCALENDAR, in order.
    pub(crate) async fn query(&self, calendar: &str, filters: &str) -> Vec<String> {
        let answered = self.report(calendar, &query_body(filters)).await.is(207);
        let names = replies(&answered.body).into_iter();
        names.filter_map(|it| Some(it.href.strip_prefix(calendar)?.to_owned())).collect()
    }

    /// The names of all members, in order.
    pub(crate) async fn names(&self, calendar: &str) -> Vec<String> {
        let replies = self.propfind(calendar, "1", "<D:getetag/>").await;
        let names = replies.iter().filter_map(|it| it.href.strip_prefix(calendar));
        names.filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }
}

/// The body of a `calendar-query` with these filters within VCALENDAR.
pub(crate) fn query_body(filters: &str) -> String {
    format!(
        "<C:calendar-query {SPACES}><D:prop><D:getetag/></D:prop><C:filter>\
         <C:comp-filter name=\"VCALENDAR\">{filters}</C:comp-filter></C:filter>\
         </C:calendar-query>"
    )
}

/// The body of a `calendar-multiget` for entity tags and texts.
pub(crate) fn multiget_body(hrefs: &[&str]) -> String {
    let hrefs: String = hrefs.iter().map(|it| format!("<D:href>{it}</D:href>")).collect();
    format!(
        "<C:calendar-multiget {SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}\
         </C:calendar-multiget>"
    )
}

impl Synced {
    fn of(calendar: &str, answered: &Answered) -> Self {
        let (mut changed, mut removed, mut is_cut) = (Vec::new(), Vec::new(), false);
        for reply in replies(&answered.body) {
            let name = reply.href.strip_prefix(calendar).unwrap().to_owned();
            match reply.status.as_str() {
                "" => changed.push(name),
                "HTTP/1.1 404 Not Found" => removed.push(name),
                "HTTP/1.1 507 Insufficient Storage" if name.is_empty() => is_cut = true,
                other => panic!("{name} has the status {other}"),
            }
        }
        let token = element(&answered.body, "sync-token").map(text).unwrap();
        Self { changed, removed, is_cut, token }
    }
}
