//! What is another user's answers alike, be it there or not.

use crate::client::{SPACES, multiget_body, query_body};
use crate::event::meeting;
use crate::server::House;
use crate::wire::{element, replies};

/// Every way to ask for something of the user in the path.
fn attempts() -> Vec<(&'static str, &'static str, String)> {
    let text = meeting("stranger", "20260303T100000Z", "20260303T110000Z");
    let set = format!(
        "<D:propertyupdate {SPACES}><D:set><D:prop><A:calendar-order>1</A:calendar-order>\
         </D:prop></D:set></D:propertyupdate>"
    );
    let sync = format!(
        "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop>\
         <D:getetag/></D:prop></D:sync-collection>"
    );
    let busy = format!(
        "<C:free-busy-query {SPACES}><C:time-range start=\"20260303T000000Z\" \
         end=\"20260304T000000Z\"/></C:free-busy-query>"
    );
    let query = query_body("<C:comp-filter name=\"VEVENT\"/>");
    vec![
        ("PROPFIND", "default/", String::new()),
        ("PROPFIND", "default/a.ics", String::new()),
        ("PROPFIND", "", String::new()),
        ("GET", "default/", String::new()),
        ("GET", "default/a.ics", String::new()),
        ("HEAD", "default/a.ics", String::new()),
        ("PUT", "default/a.ics", text.clone()),
        ("PUT", "default/new.ics", text),
        ("DELETE", "default/a.ics", String::new()),
        ("DELETE", "default/", String::new()),
        ("MKCALENDAR", "made-by-a-stranger/", String::new()),
        ("MKCALENDAR", "default/", String::new()),
        ("PROPPATCH", "default/", set.clone()),
        ("PROPPATCH", "", set),
        ("REPORT", "default/", sync),
        ("REPORT", "default/", busy),
        ("REPORT", "default/", query),
        ("OPTIONS", "default/", String::new()),
    ]
}

#[tokio::test]
async fn another_users_calendars_answer_alike_be_they_there_or_not() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    let tag = house.property("/dav/calendars/alice/", "CS:getctag").await;
    for (method, rest, body) in attempts() {
        let depth = [("depth", "1"), ("content-type", "text/calendar")];
        let depth = if method == "DELETE" { &depth[1..] } else { &depth[..] };
        let of = |rest: &str| format!("/dav/calendars/alice/{rest}");
        let there = house.dav("bob", method, &of(rest), depth, &body).await;
        let other = rest.replace("default", "missing").replace("a.ics", "z.ics");
        let missing = house.dav("bob", method, &of(&other), depth, &body).await;
        assert_eq!(there.status, missing.status, "{method} {rest}: {}", missing.body);
        let expected = match method {
            "OPTIONS" => 200,
            // RFC 4791 §7.10
            "REPORT" if body.contains("free-busy-query") => 404,
            _ => 403,
        };
        assert_eq!(there.status, expected, "{method} {rest}: {}", there.body);
        let of_nobody = format!("/dav/calendars/nobody/{rest}");
        let nobodys = house.dav("bob", method, &of_nobody, depth, &body).await;
        let expected = match method {
            "OPTIONS" => 200,
            "PUT" => 409,
            _ => 404,
        };
        assert_eq!(nobodys.status, expected, "{method} {rest}: {}", nobodys.body);
    }
    assert_eq!(house.property("/dav/calendars/alice/", "CS:getctag").await, tag);
    house.dav("bob", "PROPFIND", "/dav/principals/alice/", &[("depth", "0")], "").await.is(207);
}

#[tokio::test]
async fn who_may_see_one_calendar_finds_it_in_its_home_and_nothing_else() {
    let house = House::open().await;
    let home = "/dav/calendars/alice/";
    let open = format!("{home}open/");
    for path in [&open, &format!("{home}hidden/")] {
        house.make_calendar(path).await;
    }
    house.dav("alice", "PUT", &format!("{home}notes.txt"), &[], "alice's").await.is(201);
    let acl = |aces: &str| format!("<D:acl {SPACES}>{aces}</D:acl>");
    let read = "<D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal><D:grant>\
         <D:privilege><D:read/></D:privilege></D:grant></D:ace>";
    let busy = read.replace("<D:read/>", "<C:read-free-busy/>");
    let sync = format!(
        "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop>\
         <D:getetag/></D:prop></D:sync-collection>"
    );
    for (aces, status) in [("", 403), (&*busy, 403), (read, 207), ("", 403)] {
        house.dav("alice", "ACL", &open, &[], acl(aces)).await.is(200);
        let listed = house.dav("bob", "PROPFIND", home, &[("depth", "1")], "").await.is(status);
        if status == 207 {
            let told = replies(&listed.body);
            let hrefs: Vec<&str> = told.iter().map(|it| it.href.as_str()).collect();
            assert_eq!(hrefs, [home, &open]);
            assert_eq!(told[0].status, "HTTP/1.1 403 Forbidden", "{}", listed.body);
            let noroot = [("depth", "1"), ("prefer", "depth-noroot")];
            let listed = house.dav("bob", "PROPFIND", home, &noroot, "").await.is(207);
            assert_eq!(replies(&listed.body).len(), 1, "{}", listed.body);
        }
        // Of the home itself nothing is told.
        house.dav("bob", "PROPFIND", home, &[("depth", "0")], "").await.is(403);
        house.dav("bob", "REPORT", home, &[], &sync).await.is(403);
        house.dav("bob", "GET", home, &[], "").await.is(403);
        house.dav("bob", "GET", &format!("{home}notes.txt"), &[], "").await.is(403);
    }
}

#[tokio::test]
async fn nothing_of_another_user_comes_through_ones_own_calendar() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    let theirs = "/dav/calendars/alice/default/a.ics";
    let missing = "/dav/calendars/nobody/default/a.ics";
    for at in ["/dav/calendars/bob/default/", "/dav/calendars/bob/"] {
        let body = multiget_body(&[theirs, missing]);
        let answered = house.dav("bob", "REPORT", at, &[], body).await.is(207);
        assert_eq!(answered.body.matches("HTTP/1.1 404 Not Found").count(), 2, "{at}");
        assert!(!answered.body.contains("BEGIN:VCALENDAR"), "{at}");
    }
    for at in ["/dav/principals/", "/dav/calendars/"] {
        let answered = house.dav("bob", "PROPFIND", at, &[("depth", "1")], "").await.is(207);
        assert!(!answered.body.contains("alice"), "{at}: {}", answered.body);
    }
}

/// Whoever could read the calendar saw who else had accepted it, and what they call it.
#[tokio::test]
async fn what_somebody_calls_a_shared_calendar_is_for_their_home_alone() {
    let house = House::open().await;
    house.let_in("carol").await;
    let all = "<D:ace><D:principal><D:authenticated/></D:principal><D:grant><D:privilege><D:read/>\
               </D:privilege></D:grant></D:ace>";
    let default = "/dav/calendars/alice/default/";
    house.dav("alice", "ACL", default, &[], format!("<D:acl {SPACES}>{all}</D:acl>")).await.is(200);
    let xml = [("content-type", "application/xml")];
    let set = "<CS:set><D:href>mailto:bob@example.org</D:href><CS:read/></CS:set>";
    let share = format!("<CS:share {SPACES}>{set}</CS:share>");
    house.dav("alice", "POST", default, &xml, share).await.is(200);
    let invited = house.propfind(default, "0", "<CS:invite/>").await.remove(0);
    let uid = element(invited.with(" 200 "), "uid").unwrap().to_owned();
    let reply = format!(
        "<CS:invite-reply {SPACES}><CS:invite-accepted/><CS:in-reply-to>{uid}</CS:in-reply-to>\
         </CS:invite-reply>"
    );
    let bobs = "/dav/calendars/bob/";
    let accepted = house.dav("bob", "POST", bobs, &xml, reply).await.is(200);
    let shown = element(&accepted.body, "href").unwrap().to_owned();
    house.dav("bob", "PROPFIND", &shown, &[("depth", "0")], "").await.is(207);
    for user in ["alice", "carol"] {
        for (path, depth) in [(bobs, "1"), (&*shown, "0"), (&*shown, "1")] {
            house.dav(user, "PROPFIND", path, &[("depth", depth)], "").await.is(403);
        }
        house.dav(user, "PROPFIND", default, &[("depth", "0")], "").await.is(207);
    }
}
