//! jCal: the same calendar as JSON, in both directions (RFC 7265).
//!
//! Whatever iCalendar can say survives the way there and back; only the case of names,
//! folds and the order of properties among components are not kept (RFC 7265 §1).

mod json;
mod kind;
mod read;
mod write;

use model::limit::OBJECT_MAX_BYTES;

use crate::document::{Document, Malformed};
use crate::edit::fold;
use json::Json;
pub(crate) use kind::default_kind;

/// Bytes of a jCal text: quotes and brackets make it longer than the iCalendar text.
const JCAL_MAX_BYTES: usize = 2 * OBJECT_MAX_BYTES;

/// The media type of what [`to_jcal`] writes.
pub const MEDIA_TYPE: &str = "application/calendar+json";

/// `document` as jCal; a stream of several objects becomes a list of them (RFC 7265 §3.2).
pub fn to_jcal(document: &Document) -> Vec<u8> {
    let mut roots: Vec<Json> = document.roots().map(write::component).collect();
    let whole = match roots.len() {
        1 => roots.remove(0),
        _ => Json::List(roots),
    };
    // Lists, texts and numbers that are finite can always be written.
    serde_json::to_vec(&whole).unwrap_or_default()
}

/// The iCalendar text of a jCal object, or of a list of them.
///
/// What it gives can be read by [`Document::parse`], a list by [`Document::parse_stream`].
///
/// # Errors
///
/// [`Malformed`] with the line of the JSON text where that is known, and the reason.
pub fn from_jcal(source: &[u8]) -> Result<Vec<u8>, Malformed> {
    let whole = |why| Malformed { line: 0, why };
    if source.len() > JCAL_MAX_BYTES {
        return Err(whole("the object is too large"));
    }
    let json: Json = serde_json::from_slice(source)
        .map_err(|err| Malformed { line: err.line(), why: "this is not JSON" })?;
    let Json::List(items) = &json else { return Err(whole("a jCal object is a list")) };
    let is_stream = matches!(items.first(), Some(Json::List(_)));
    let mut lines = Vec::new();
    if is_stream {
        for item in items {
            read::component(item, 1, &mut lines).map_err(whole)?;
        }
    } else {
        read::component(&json, 1, &mut lines).map_err(whole)?;
    }
    let mut text = Vec::with_capacity(source.len());
    for line in &lines {
        fold(&mut text, line);
    }
    let read = if is_stream { Document::parse_stream(&text) } else { Document::parse(&text) };
    read.map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The properties of a VEVENT as jCal.
    fn property(line: &str) -> String {
        let text = format!("BEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\n");
        let jcal = to_jcal(&Document::parse(text.as_bytes()).unwrap());
        let jcal = String::from_utf8(jcal).unwrap();
        jcal.strip_prefix("[\"vevent\",[").unwrap().strip_suffix("],[]]").unwrap().to_owned()
    }

    /// The lines that a property given as jCal makes, unfolded.
    fn line(property: &str) -> String {
        let text = from_jcal(format!("[\"vevent\",[{property}],[]]").as_bytes()).unwrap();
        let text = String::from_utf8(text).unwrap().replace("\r\n ", "");
        let line = text.strip_prefix("BEGIN:VEVENT\r\n").unwrap();
        line.strip_suffix("\r\nEND:VEVENT\r\n").unwrap().to_owned()
    }

    /// The same as iCalendar and as jCal.
    const VALUES: &[(&str, &str, &str)] = &[
        (
            "two numbers",
            "GEO:37.386013;-122.082932",
            r#"["geo",{},"float",[37.386013,-122.082932]]"#,
        ),
        (
            "a status",
            "REQUEST-STATUS:2.0;Success",
            r#"["request-status",{},"text",["2.0","Success"]]"#,
        ),
        (
            "a status with data",
            "REQUEST-STATUS:3.7;Invalid\\; user;ATTENDEE:mailto:a@example.org",
            r#"["request-status",{},"text",["3.7","Invalid; user","ATTENDEE:mailto:a@example.org"]]"#,
        ),
        (
            "several texts",
            "CATEGORIES:Meetings,Work\\, hard",
            r#"["categories",{},"text","Meetings","Work, hard"]"#,
        ),
        (
            "parameters in order",
            "ATTENDEE;PARTSTAT=ACCEPTED;CN=B;RSVP=TRUE:mailto:a@example.org",
            r#"["attendee",{"partstat":"ACCEPTED","cn":"B","rsvp":"TRUE"},"cal-address","mailto:a@example.org"]"#,
        ),
        (
            "a parameter of several values",
            "ATTENDEE;DELEGATED-TO=\"mailto:a@x\",\"mailto:b@x\":mailto:c@x",
            r#"["attendee",{"delegated-to":["mailto:a@x","mailto:b@x"]},"cal-address","mailto:c@x"]"#,
        ),
        (
            "RFC 6868",
            "ATTENDEE;CN=\"A ^'B^'^nC^^;\":mailto:c@x",
            r#"["attendee",{"cn":"A \"B\"\nC^;"},"cal-address","mailto:c@x"]"#,
        ),
        (
            "bytes",
            "ATTACH;VALUE=BINARY;ENCODING=BASE64:SGVsbG8gV29ybGQh",
            r#"["attach",{"encoding":"BASE64"},"binary","SGVsbG8gV29ybGQh"]"#,
        ),
        ("yes or no", "X-NON-SMOKING;VALUE=BOOLEAN:TRUE", r#"["x-non-smoking",{},"boolean",true]"#),
        ("a date", "DTSTART;VALUE=DATE:20110517", r#"["dtstart",{},"date","2011-05-17"]"#),
        (
            "a local time",
            "DTSTART:20121017T120000",
            r#"["dtstart",{},"date-time","2012-10-17T12:00:00"]"#,
        ),
        (
            "a time in UTC",
            "DTSTAMP:20121017T120000Z",
            r#"["dtstamp",{},"date-time","2012-10-17T12:00:00Z"]"#,
        ),
        (
            "a time in a zone",
            "DTEND;TZID=Europe/Berlin:20111017T130000",
            r#"["dtend",{"tzid":"Europe/Berlin"},"date-time","2011-10-17T13:00:00"]"#,
        ),
        ("a duration", "DURATION:P1D", r#"["duration",{},"duration","P1D"]"#),
        ("a fraction", "X-GRADE;VALUE=FLOAT:1.3", r#"["x-grade",{},"float",1.3]"#),
        ("a number", "PERCENT-COMPLETE:95", r#"["percent-complete",{},"integer",95]"#),
        (
            "periods",
            "FREEBUSY;FBTYPE=FREE:19970308T160000Z/P1D,19970309T160000Z/19970309T170000Z",
            r#"["freebusy",{"fbtype":"FREE"},"period",["1997-03-08T16:00:00Z","P1D"],["1997-03-09T16:00:00Z","1997-03-09T17:00:00Z"]]"#,
        ),
        (
            "a rule",
            "RRULE:FREQ=YEARLY;COUNT=5;BYDAY=-1SU,2MO;BYMONTH=10",
            r#"["rrule",{},"recur",{"freq":"YEARLY","count":5,"byday":["-1SU","2MO"],"bymonth":10}]"#,
        ),
        (
            "a rule with an end",
            "RRULE:FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1;UNTIL=20131001",
            r#"["rrule",{},"recur",{"freq":"MONTHLY","interval":2,"bymonthday":[1,15,-1],"until":"2013-10-01"}]"#,
        ),
        (
            "a rule of another calendar",
            "RRULE:FREQ=YEARLY;RSCALE=HEBREW;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
            r#"["rrule",{},"recur",{"freq":"YEARLY","rscale":"HEBREW","bymonth":"5L","bymonthday":8,"skip":"FORWARD"}]"#,
        ),
        (
            "a text",
            "COMMENT:hello\\, world\\n2\\\\",
            r#"["comment",{},"text","hello, world\n2\\"]"#,
        ),
        ("a time of day", "X-TIME;VALUE=TIME:123000Z", r#"["x-time",{},"time","12:30:00Z"]"#),
        (
            "a link",
            "TZURL:http://example.org/B.ics",
            r#"["tzurl",{},"uri","http://example.org/B.ics"]"#,
        ),
        ("an offset", "TZOFFSETTO:+1245", r#"["tzoffsetto",{},"utc-offset","+12:45"]"#),
        (
            "an offset of old",
            "TZOFFSETFROM:-045602",
            r#"["tzoffsetfrom",{},"utc-offset","-04:56:02"]"#,
        ),
        (
            "unknown",
            "X-COMPLAINT-DEADLINE:20110512T120000Z",
            r#"["x-complaint-deadline",{},"unknown","20110512T120000Z"]"#,
        ),
        (
            "unknown, kept raw",
            "X-COFFEE-DATA:Stenophylla;Guinea\\,Africa",
            r#"["x-coffee-data",{},"unknown","Stenophylla;Guinea\\,Africa"]"#,
        ),
        ("an unknown kind", "X-A;VALUE=X-KIND:a\\,b", r#"["x-a",{},"x-kind","a\\,b"]"#),
        ("nothing", "X-A:", r#"["x-a",{},"unknown",""]"#),
        ("what is no time", "DTSTART:tomorrow", r#"["dtstart",{},"date-time","tomorrow"]"#),
    ];

    #[test]
    fn every_kind_of_value_is_written_and_read_as_rfc_7265_shows() {
        for (case, icalendar, jcal) in VALUES {
            assert_eq!(property(icalendar), *jcal, "{case}");
            assert_eq!(line(jcal), *icalendar, "{case}");
        }
        // RFC 7265 §5.3 and §B.1: the kind of a value that does not say it itself.
        assert_eq!(
            property("DTSTART;X-SLACK=30.3;VALUE=DATE:20110512"),
            r#"["dtstart",{"x-slack":"30.3"},"date","2011-05-12"]"#
        );
        assert_eq!(property("DTSTART:20081006"), r#"["dtstart",{},"date","2008-10-06"]"#);
    }

    #[test]
    fn both_forms_that_rfc_7265_allows_are_read() {
        let cases = [
            (
                r#"["attendee",{"delegated-to":["mailto:a@x"]},"cal-address","mailto:c@x"]"#,
                "ATTENDEE;DELEGATED-TO=\"mailto:a@x\":mailto:c@x",
            ),
            (
                r#"["rrule",{},"recur",{"bymonth":[10],"freq":"YEARLY"}]"#,
                "RRULE:FREQ=YEARLY;BYMONTH=10",
            ),
            (
                r#"["rdate",{},"period","2006-01-02T15:00:00/PT2H"]"#,
                "RDATE;VALUE=PERIOD:20060102T150000/PT2H",
            ),
            (r#"["SUMMARY",{},"TEXT","a"]"#, "SUMMARY:a"),
            (r#"["priority",{},"integer",1.0]"#, "PRIORITY:1"),
        ];
        for (jcal, expected) in cases {
            assert_eq!(line(jcal), expected);
        }
    }

    #[test]
    fn base64_of_what_is_no_bytes_is_undone() {
        let jcal = property("COMMENT;ENCODING=BASE64;VALUE=TEXT:aGVsbG8=");
        assert_eq!(jcal, r#"["comment",{},"text","hello"]"#);
        let bytes = property("ATTACH;ENCODING=BASE64;FMTTYPE=a/b:/w==");
        assert_eq!(bytes, r#"["attach",{"encoding":"BASE64","fmttype":"a/b"},"binary","/w=="]"#);
    }

    #[test]
    fn the_second_example_of_rfc_7265_goes_there_and_back() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example Corp.//Example Client//EN\r\n\
            BEGIN:VTIMEZONE\r\nLAST-MODIFIED:20040110T032845Z\r\nTZID:US/Eastern\r\n\
            BEGIN:DAYLIGHT\r\nDTSTART:20000404T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\r\n\
            TZNAME:EDT\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\n\
            END:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTAMP:20060206T001121Z\r\n\
            DTSTART;TZID=US/Eastern:20060102T120000\r\nDURATION:PT1H\r\n\
            RRULE:FREQ=DAILY;COUNT=5\r\nRDATE;TZID=US/Eastern;VALUE=PERIOD:20060102T150000/PT2H\r\n\
            SUMMARY:Event #2\r\nUID:00959BC664CA650E933C892C@example.com\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        let jcal = to_jcal(&Document::parse(text.as_bytes()).unwrap());
        let expected = concat!(
            r#"["vcalendar",[["version",{},"text","2.0"],"#,
            r#"["prodid",{},"text","-//Example Corp.//Example Client//EN"]],"#,
            r#"[["vtimezone",[["last-modified",{},"date-time","2004-01-10T03:28:45Z"],"#,
            r#"["tzid",{},"text","US/Eastern"]],[["daylight","#,
            r#"[["dtstart",{},"date-time","2000-04-04T02:00:00"],"#,
            r#"["rrule",{},"recur",{"freq":"YEARLY","byday":"1SU","bymonth":4}],"#,
            r#"["tzname",{},"text","EDT"],["tzoffsetfrom",{},"utc-offset","-05:00"],"#,
            r#"["tzoffsetto",{},"utc-offset","-04:00"]],[]]]],"#,
            r#"["vevent",[["dtstamp",{},"date-time","2006-02-06T00:11:21Z"],"#,
            r#"["dtstart",{"tzid":"US/Eastern"},"date-time","2006-01-02T12:00:00"],"#,
            r#"["duration",{},"duration","PT1H"],"#,
            r#"["rrule",{},"recur",{"freq":"DAILY","count":5}],"#,
            r#"["rdate",{"tzid":"US/Eastern"},"period",["2006-01-02T15:00:00","PT2H"]],"#,
            r#"["summary",{},"text","Event #2"],"#,
            r#"["uid",{},"text","00959BC664CA650E933C892C@example.com"]],[]]]]"#
        );
        assert_eq!(String::from_utf8(jcal.clone()).unwrap(), expected);
        let back = String::from_utf8(from_jcal(&jcal).unwrap()).unwrap();
        assert_eq!(
            back,
            text.replace("VALUE=PERIOD;", "").replace(
                "RDATE;TZID=US/Eastern;VALUE=PERIOD:",
                "RDATE;VALUE=PERIOD;TZID=US/Eastern:"
            )
        );
    }

    #[test]
    fn a_stream_is_a_list_of_objects() {
        let text = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".repeat(2);
        let jcal = to_jcal(&Document::parse(text.as_bytes()).unwrap());
        assert_eq!(jcal, br#"[["vcalendar",[],[]],["vcalendar",[],[]]]"#);
        assert_eq!(from_jcal(&jcal).unwrap(), text.as_bytes());
    }

    #[test]
    fn what_is_no_jcal_is_refused() {
        let deep = "[".repeat(100_000);
        let nested = r#"["a",[],["#.repeat(9) + &"]]".repeat(9);
        let cases = [
            ("not JSON", "[", "line 1: this is not JSON"),
            ("too deep for JSON", &deep, "line 1: this is not JSON"),
            ("too deep", &nested, "components are nested too deeply"),
            ("an object", "{}", "a jCal object is a list"),
            ("nothing", "[]", "a component is a name, properties and components"),
            ("no name", r#"["",[],[]]"#, "a name is made of letters, digits and dashes"),
            (
                "a line end in a name",
                r#"["vevent",[["x\r\nattach",{},"unknown",""]],[]]"#,
                "a name is made of letters, digits and dashes",
            ),
            (
                "a line end in a raw value",
                r#"["vevent",[["x-a",{},"unknown","1\r\nEND:VEVENT"]],[]]"#,
                "a value holds a control character",
            ),
            (
                "a line end in a rule",
                r#"["vevent",[["rrule",{},"recur",{"freq":"DAILY\nX:1"}]],[]]"#,
                "a value holds a control character",
            ),
            (
                "a VALUE parameter",
                r#"["vevent",[["dtstart",{"value":"DATE"},"date","2026-01-01"]],[]]"#,
                "the kind of a value is no parameter",
            ),
            (
                "BEGIN as a property",
                r#"["vevent",[["begin",{},"unknown","VALARM"]],[]]"#,
                "BEGIN and END are no properties",
            ),
            (
                "no value",
                r#"["vevent",[["x-a",{},"text"]],[]]"#,
                "a property is a name, parameters, a kind and values",
            ),
        ];
        for (case, jcal, expected) in cases {
            assert_eq!(from_jcal(jcal.as_bytes()).unwrap_err().to_string(), expected, "{case}");
        }
        // A line end in a text or in a parameter is text, and escaped.
        let tricky = r#"["summary",{"x-p":"a\"\nb"},"text","1\r\nEND:VEVENT"]"#;
        assert_eq!(line(tricky), "SUMMARY;X-P=a^'^nb:1\\nEND:VEVENT");
    }
}
