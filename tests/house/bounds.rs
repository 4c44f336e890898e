//! Objects and questions that ask for more than anybody needs: each is refused, and says why.

use model::limit::{FILTER_TEXT_MAX_BYTES, FILTERS_MAX};

use crate::client::{DEFAULT, SPACES, query_body};
use crate::event::event;
use crate::server::House;

fn numbers(from: u32, until: u32) -> String {
    (from..until).map(|it| it.to_string()).collect::<Vec<_>>().join(",")
}

/// Put as they are, two of these kept the whole server busy for ever.
#[tokio::test]
async fn a_rule_of_millions_of_times_in_one_period_is_refused_at_once() {
    let house = House::open().await;
    let seconds = format!(
        "BYSECOND={0};BYMINUTE={0};BYHOUR={1};BYMONTHDAY={2}",
        numbers(0, 60),
        numbers(0, 24),
        numbers(1, 32)
    );
    for rule in [
        format!("FREQ=YEARLY;{seconds};BYSETPOS=-1"),
        format!("FREQ=MONTHLY;{seconds};BYSETPOS=-1"),
        format!("FREQ=DAILY;{seconds}"),
    ] {
        let rule = format!("RRULE:{rule}");
        let lines = ["DTSTART:20260302T080000Z", "DURATION:PT1M", &rule, "TRANSP:TRANSPARENT"];
        let refused = house.put(&format!("{DEFAULT}a.ics"), event("a", &lines)).await.is(403);
        assert!(refused.body.contains("max-instances"), "{}", refused.body);
        assert!(refused.body.contains("in one period"), "{}", refused.body);
    }
    let pills = "RRULE:FREQ=DAILY;BYHOUR=8,12,18,22;BYMINUTE=0,30";
    house.put_new("pills.ics", event("pills", &["DTSTART:20260302T080000Z", pills])).await;
    assert_eq!(house.names(DEFAULT).await, ["pills.ics"]);
    house.assert_sound();
}

#[tokio::test]
async fn a_long_text_that_recurs_each_day_is_not_written_out_for_ever() {
    let house = House::open().await;
    let words = format!("DESCRIPTION:{}", "w".repeat(4_000_000));
    let lines = ["DTSTART:20260302T220000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", &words];
    house.put_new("a.ics", event("a", &lines)).await;
    let text = |parts: &str| {
        format!(
            "<C:calendar-query {SPACES}><D:prop><C:calendar-data>{parts}<C:expand \
             start=\"20260302T000000Z\" end=\"20270302T000000Z\"/></C:calendar-data></D:prop>\
             <C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
        )
    };
    for parts in ["", "<C:comp name=\"VCALENDAR\"><C:allprop/><C:allcomp/></C:comp>"] {
        let refused = house.report(DEFAULT, &text(parts)).await.is(403);
        let expected = "number-of-matches-within-limits";
        assert!(refused.body.contains(expected), "{parts:?}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_filter_of_thousands_of_parts_is_refused() {
    let house = House::open().await;
    house.put_new("a.ics", event("a", &["DTSTART:20260302T220000Z", "SUMMARY:Lunch"])).await;
    let words = |text: &str| {
        let matching = format!("<C:text-match>{text}</C:text-match>");
        format!("<C:prop-filter name=\"SUMMARY\">{matching}</C:prop-filter>")
    };
    let event = |inner: &str| format!("<C:comp-filter name=\"VEVENT\">{inner}</C:comp-filter>");
    let param = "<C:param-filter name=\"LANGUAGE\"><C:is-not-defined/></C:param-filter>";
    let params =
        |count| format!("<C:prop-filter name=\"SUMMARY\">{}</C:prop-filter>", param.repeat(count));
    // The outermost two count as well.
    let most = event(&words("unch").repeat(FILTERS_MAX - 2));
    assert_eq!(house.query(DEFAULT, &most).await, ["a.ics"]);
    let cases = [
        ("one more", event(&words("unch").repeat(FILTERS_MAX - 1))),
        ("20,000", event(&words("unch").repeat(20_000))),
        ("of parameters", event(&params(1_000))),
        ("of components", event("").repeat(FILTERS_MAX)),
        ("a long text", event(&words(&"w".repeat(FILTER_TEXT_MAX_BYTES + 1)))),
    ];
    for (case, filters) in cases {
        let refused = house.report(DEFAULT, &query_body(&filters)).await.is(403);
        assert!(refused.body.contains("valid-filter"), "{case}: {}", refused.body);
    }
}

/// Nobody looks so far ahead when it is put; when it comes near, nobody could remove it.
#[tokio::test]
async fn a_dense_series_that_comes_near_stops_no_job_and_can_be_removed() {
    let house = House::open().await;
    for (name, frequency) in [("a", "MINUTELY"), ("b", "SECONDLY")] {
        let rule = format!("RRULE:FREQ={frequency}");
        let lines = ["DTSTART:20280101T080000Z", "DURATION:PT1S", &rule];
        house.put_new(&format!("{name}.ics"), event(name, &lines)).await;
    }
    house.wait(500 * 86_400);
    house.app().run_due_jobs().await.unwrap();
    let lines = ["DTSTART:20280101T080000Z", "DURATION:PT1H"];
    house.put(&format!("{DEFAULT}a.ics"), event("a", &lines)).await.is(204);
    house.remove(&format!("{DEFAULT}a.ics")).await.is(204);
    house.remove(&format!("{DEFAULT}b.ics")).await.is(204);
    house.assert_sound();
}
