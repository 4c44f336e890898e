//! What is kept in memory answers what rows and texts would, whoever asks and whatever changed.

use ical::freebusy::{taken, text, utc_text};
use ical::{Context, Document};
use model::interval::Interval;
use model::zone::ZoneDb;

use crate::client::SPACES;
use crate::event::{component, event};
use crate::server::{House, MONDAY};

/// Where all of it happens.
const CALENDAR: &str = "/dav/calendars/alice/kept/";

/// The properties that listings are kept for, and one that nothing has.
const LISTED: &str = "<D:getetag/><D:getcontenttype/><D:resourcetype/><D:getlastmodified/>\
     <D:getcontentlength/><A:calendar-color/>";

/// A number from a row of them that is the same at every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Some object of that number.
    fn object(&mut self, number: usize) -> String {
        let (day, hour) = (1 + self.below(28), self.below(24));
        let start = match self.below(4) {
            0 => format!("DTSTART:202603{day:02}T{hour:02}0000Z"),
            1 => format!("DTSTART:202603{day:02}T{hour:02}0000"),
            2 => format!("DTSTART;VALUE=DATE:202603{day:02}"),
            _ => format!("DTSTART;TZID=Europe/Paris:202603{day:02}T{hour:02}0000"),
        };
        let rule = self.pick(&[
            "X-NONE:1",
            "RRULE:FREQ=WEEKLY",
            "RRULE:FREQ=DAILY;COUNT=9",
            "RRULE:FREQ=HOURLY;COUNT=9",
        ]);
        let gone = start.replacen("DTSTART", "EXDATE", 1);
        let gone = if self.below(3) == 0 { gone } else { "X-KEPT:1".to_owned() };
        let rest = self.pick(&["TRANSP:OPAQUE", "STATUS:TENTATIVE", "SUMMARY:a <b> & c\u{1f600}"]);
        let uid = format!("u{number}");
        if self.below(8) == 0 {
            return component("VTODO", &uid, &["DUE:20260320T100000Z", rest]);
        }
        event(&uid, &[&start, "DURATION:PT45M", rule, &gone, rest])
    }

    /// A window in the weeks around those of the objects.
    fn window(&mut self) -> Interval {
        let start = MONDAY + i64::try_from(self.below(60 * 24)).unwrap() * 3_600 - 20 * 86_400;
        let length_s = [3_600, 86_400, 7 * 86_400, 40 * 86_400][self.below(4)];
        Interval::new(start, start + length_s).unwrap()
    }
}

/// The questions about a window; in those of the second kind every text is looked at.
fn questions(window: Interval) -> [(String, String); 2] {
    let (start, end) = (utc_text(window.start()), utc_text(window.end()));
    let range = format!("<C:time-range start=\"{start}\" end=\"{end}\"/>");
    // Everything has a UID: this filter passes whatever the first passes.
    let also = "<C:prop-filter name=\"UID\"/>";
    let query = |data: &str, also: &str| {
        format!(
            "<C:calendar-query {SPACES}><D:prop><D:getetag/>{data}</D:prop><C:filter>\
             <C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\">{range}{also}\
             </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        )
    };
    let whole = "<C:calendar-data/>";
    let expanded =
        format!("<C:calendar-data><C:expand start=\"{start}\" end=\"{end}\"/></C:calendar-data>");
    [(query(whole, ""), query(whole, also)), (query(&expanded, ""), query(&expanded, also))]
}

/// Asserts that what is kept answers as what is looked at does, for the owner and for a reader.
async fn check(house: &House, numbers: &mut Numbers, zone: &str) {
    let depth = [("depth", "1")];
    for user in ["alice", "bob"] {
        let window = numbers.window();
        for (quick, slow) in questions(window) {
            let quick = house.dav(user, "REPORT", CALENDAR, &depth, quick).await.is(207);
            let slow = house.dav(user, "REPORT", CALENDAR, &depth, slow).await.is(207);
            assert_eq!(quick.body, slow.body, "{user} {window:?}");
        }
        check_listing(house, user).await;
        check_busy(house, user, window, zone).await;
    }
}

/// Asserts that busy time is that of the texts.
async fn check_busy(house: &House, user: &str, window: Interval, zone: &str) {
    let zones = ZoneDb::bundled();
    let floating = zones.zone(zone).unwrap();
    let context = Context::new(&zones, &floating);
    let mut all = Vec::new();
    for name in house.names(CALENDAR).await {
        let object = house.fetch(&format!("{CALENDAR}{name}")).await.is(200);
        let document = Document::parse(&object.bytes).unwrap();
        all.extend(taken(&document, window, &context, "alice@example.org", 1_000).unwrap().0);
    }
    let (start, end) = (utc_text(window.start()), utc_text(window.end()));
    let body = format!(
        "<C:free-busy-query {SPACES}><C:time-range start=\"{start}\" end=\"{end}\"/>\
         </C:free-busy-query>"
    );
    let expected = String::from_utf8(text(window, &all, MONDAY)).unwrap();
    for time in ["worked out", "kept"] {
        let told = house.dav(user, "REPORT", CALENDAR, &[("depth", "1")], &body).await.is(200);
        assert_eq!(told.body, expected, "{time}, for {user} in {zone}");
    }
}

/// Asserts that listings tell of each member what it tells of itself.
async fn check_listing(house: &House, user: &str) {
    let body = format!("<D:propfind {SPACES}><D:prop>{LISTED}</D:prop></D:propfind>");
    let listing = house.dav(user, "PROPFIND", CALENDAR, &[("depth", "1")], &body).await.is(207);
    let sync = format!(
        "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>1</D:sync-level>\
         <D:prop>{LISTED}</D:prop></D:sync-collection>"
    );
    let synced = house.dav(user, "REPORT", CALENDAR, &[("depth", "0")], &sync).await.is(207);
    let of = |body: &str| -> Vec<String> {
        let parts = body.split("<D:response>").skip(1);
        parts.filter_map(|it| Some(it.split_once("</D:response>")?.0.to_owned())).collect()
    };
    let members: Vec<String> = of(&listing.body).into_iter().skip(1).collect();
    assert_eq!(members, of(&synced.body), "listing and synchronization");
    for member in &members {
        let href = member.split(['<', '>']).nth(2).unwrap();
        let alone = house.dav(user, "PROPFIND", href, &[("depth", "0")], &body).await.is(207);
        assert_eq!(of(&alone.body), std::slice::from_ref(member));
        let text = house.dav(user, "GET", href, &[], "").await.is(200);
        assert!(member.contains(&text.header("etag").replace('"', "")), "{member}");
    }
}

#[tokio::test]
async fn what_is_kept_answers_what_rows_and_texts_would() {
    let mut house = House::open().await;
    house.make_calendar(CALENDAR).await;
    let grant = format!(
        "<D:acl {SPACES}><D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal>\
         <D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>"
    );
    house.dav("alice", "ACL", CALENDAR, &[], grant).await.is(200);
    let mut numbers = Numbers(7);
    for number in 0..25 {
        let text = numbers.object(number);
        house.put(&format!("{CALENDAR}o%20{number}.ics"), text).await.is(201);
    }
    let mut zone = "UTC";
    for round in 0..40 {
        let number = numbers.below(30);
        let path = format!("{CALENDAR}o%20{number}.ics");
        match numbers.below(6) {
            0 => {
                house.remove(&path).await;
            }
            1 => {
                zone = numbers.pick(&["Asia/Tokyo", "America/New_York", "Europe/Paris"]);
                let set = format!(
                    "<C:calendar-timezone>BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nPRODID:-//x&#13;\n\
                     BEGIN:VTIMEZONE&#13;\nTZID:{zone}&#13;\nBEGIN:STANDARD&#13;\n\
                     DTSTART:19700101T000000&#13;\nTZOFFSETFROM:+0000&#13;\nTZOFFSETTO:+0000&#13;\n\
                     END:STANDARD&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR&#13;\n\
                     </C:calendar-timezone>"
                );
                house.proppatch(CALENDAR, &set).await.is(207);
            }
            2 => {
                let color = "<A:calendar-color>#ff0000</A:calendar-color>";
                house.proppatch(&path, color).await;
            }
            3 if round % 3 == 0 => house.reopen().await,
            _ => {
                let text = numbers.object(number);
                house.put(&path, text).await;
            }
        }
        check(&house, &mut numbers, zone).await;
    }
}
