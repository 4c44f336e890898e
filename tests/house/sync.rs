//! What changed since a token, and tags that say whether anything did.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::{DEFAULT, Headers, SPACES};
use crate::event::meeting;
use crate::server::House;
use crate::wire::{element, replies};

const HOME: &str = "/dav/calendars/alice/";
const OTHER: &str = "/dav/calendars/alice/other/";
const NOTHING: [&str; 0] = [];

fn some(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}

fn path(name: &str) -> String {
    format!("{DEFAULT}{name}")
}

#[tokio::test]
async fn a_token_is_a_uri_and_leads_to_nothing_twice() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    house.put_new("b.ics", some("b")).await;
    let all = house.sync(DEFAULT, "").await;
    assert_eq!((all.changed, all.is_cut), (vec!["a.ics".into(), "b.ics".into()], false));
    assert!(all.token.contains(':'), "Evolution throws away what is no URI: {}", all.token);
    assert_eq!(house.property(DEFAULT, "D:sync-token").await, all.token);
    let none = house.sync(DEFAULT, &all.token).await;
    assert_eq!((none.changed.len(), none.removed.len()), (0, 0));
    assert_eq!(none.token, all.token);
}

#[tokio::test]
async fn what_is_gone_is_a_404_of_the_response_itself() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    house.put_new("b.ics", some("b")).await;
    let token = house.sync(DEFAULT, "").await.token;
    house.remove(&path("a.ics")).await.is(204);
    house.put(&path("b.ics"), some("b").replace("Meeting", "2")).await.is(204);
    house.put_new("c.ics", some("c")).await;
    let answered = house.ask_sync(DEFAULT, &token, "").await.is(207);
    let gone = format!(
        "<D:response><D:href>{}</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>",
        path("a.ics")
    );
    assert!(answered.body.contains(&gone), "{}", answered.body);
    let told = house.sync(DEFAULT, &token).await;
    assert_eq!(
        (told.changed, told.removed),
        (vec!["b.ics".into(), "c.ics".into()], vec!["a.ics".to_owned()])
    );
}

#[tokio::test]
async fn what_came_and_went_between_two_questions_is_told_as_gone() {
    let house = House::open().await;
    let token = house.sync(DEFAULT, "").await.token;
    house.put_new("a.ics", some("a")).await;
    house.put(&path("a.ics"), some("a").replace("Meeting", "2")).await.is(204);
    house.remove(&path("a.ics")).await.is(204);
    let told = house.sync(DEFAULT, &token).await;
    assert_eq!((told.changed.len(), told.removed), (0, vec!["a.ics".to_owned()]));
    assert_eq!(house.sync(DEFAULT, "").await.removed, NOTHING, "a first sync tells what is there");
}

#[tokio::test]
async fn what_was_changed_and_changed_back_is_told_once() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    let token = house.sync(DEFAULT, "").await.token;
    for title in ["2", "3", "Meeting"] {
        house.put(&path("a.ics"), some("a").replace("Meeting", title)).await.is(204);
    }
    let told = house.sync(DEFAULT, &token).await;
    assert_eq!((told.changed, told.removed.len()), (vec!["a.ics".to_owned()], 0));
}

#[tokio::test]
async fn what_was_removed_and_made_anew_is_told_as_changed() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    let token = house.sync(DEFAULT, "").await.token;
    house.remove(&path("a.ics")).await.is(204);
    house.put_new("a.ics", some("other uid")).await;
    let told = house.sync(DEFAULT, &token).await;
    assert_eq!((told.changed, told.removed.len()), (vec!["a.ics".to_owned()], 0));
}

/// A client that knew the first object must hear that it went, whatever came between.
#[tokio::test]
async fn what_was_removed_made_anew_and_removed_again_is_told_as_gone() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    let token = house.sync(DEFAULT, "").await.token;
    house.remove(&path("a.ics")).await.is(204);
    house.put_new("a.ics", some("a")).await;
    house.remove(&path("a.ics")).await.is(204);
    assert_eq!(house.sync(DEFAULT, &token).await.removed, ["a.ics"]);
}

#[tokio::test]
async fn a_client_that_follows_every_token_knows_what_the_server_knows() {
    let mut house = House::open().await;
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut token = String::new();
    let mut seed: u32 = 7;
    for step in 0..120_u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let name = format!("{}.ics", (seed >> 16) % 5);
        if (seed >> 24).is_multiple_of(3) {
            house.remove(&path(&name)).await;
        } else {
            house.put(&path(&name), some(&format!("{name} {step}"))).await;
        }
        if step == 60 {
            house.reopen().await;
        }
        if (seed >> 8).is_multiple_of(4) {
            let told = house.sync(DEFAULT, &token).await;
            known.extend(told.changed);
            known.retain(|it| !told.removed.contains(it));
            token = told.token;
            let there: BTreeSet<String> = house.names(DEFAULT).await.into_iter().collect();
            assert_eq!(known, there, "after step {step}");
        }
    }
}

#[tokio::test]
async fn pages_of_a_sync_go_on_until_all_is_told_once() {
    let house = House::open().await;
    let mut expected = BTreeMap::new();
    for number in 0..7 {
        let name = format!("{number}.ics");
        house.put_new(&name, some(&name)).await;
        expected.insert(name, 1);
    }
    let start = house.sync(DEFAULT, "").await.token;
    for (token, removed) in [("", 0), (start.as_str(), 2)] {
        if removed > 0 {
            for name in ["0.ics", "1.ics"] {
                house.remove(&path(name)).await.is(204);
            }
            for number in 2..7 {
                let text = some(&format!("{number}.ics")).replace("Meeting", "2");
                house.put(&path(&format!("{number}.ics")), text).await.is(204);
            }
        }
        let mut seen = BTreeMap::new();
        let (mut token, mut pages) = (token.to_owned(), 0);
        loop {
            let page = house.sync_page(DEFAULT, &token, 3).await;
            assert!(page.changed.len() + page.removed.len() <= 3, "{page:?}");
            for name in page.changed.into_iter().chain(page.removed) {
                *seen.entry(name).or_insert(0) += 1;
            }
            (token, pages) = (page.token, pages + 1);
            if !page.is_cut {
                break;
            }
        }
        assert_eq!((&seen, pages), (&expected, 3), "{removed} removed");
        assert_eq!(token, house.property(DEFAULT, "D:sync-token").await);
    }
}

#[tokio::test]
async fn a_client_that_sets_no_limit_is_told_everything() {
    let house = House::open().await;
    for number in 0..150 {
        let name = format!("{number}.ics");
        house.put_new(&name, some(&name)).await;
    }
    let all = house.sync(DEFAULT, "").await;
    assert_eq!((all.changed.len(), all.is_cut), (150, false));
    let exactly = house.sync_page(DEFAULT, "", 150).await;
    assert_eq!((exactly.changed.len(), exactly.is_cut), (150, false));
}

#[tokio::test]
async fn a_token_that_was_not_given_out_for_this_calendar_is_refused() {
    let house = House::open().await;
    house.make_calendar(OTHER).await;
    house.put_new("a.ics", some("a")).await;
    let token = house.sync(DEFAULT, "").await.token;
    let (head, number) = token.rsplit_once(':').unwrap();
    let flipped: String = token
        .char_indices()
        .map(|(at, it)| if at == 20 { if it == '0' { '1' } else { '0' } } else { it })
        .collect();
    let cases = [
        ("another calendar's", house.sync(OTHER, "").await.token),
        ("of the future", format!("{head}:{number}000000")),
        ("not a number", format!("{head}:{number}x")),
        ("negative", format!("{head}:-{number}")),
        ("cut off", format!("{head}:")),
        ("more than a number", format!("{token}:1")),
        ("one letter is wrong", flipped),
        ("capitals", token.to_uppercase()),
        ("somebody else's", "http://sabre.io/ns/sync/5".to_owned()),
        ("words", "hello".to_owned()),
        ("long", "x".repeat(100_000)),
        ("a huge number", format!("{head}:99999999999999999999999999")),
    ];
    for (case, token) in cases {
        let answered = house.ask_sync(DEFAULT, &token, "").await;
        assert_eq!(answered.status, 403, "{case}: {}", answered.body);
        let error = element(&answered.body, "error").unwrap();
        assert!(error.contains("<D:valid-sync-token/>"), "{case}: {}", answered.body);
    }
}

#[tokio::test]
async fn a_token_of_a_calendar_that_went_is_none_of_the_one_made_in_its_place() {
    let house = House::open().await;
    house.make_calendar(OTHER).await;
    house.put(&format!("{OTHER}a.ics"), some("a")).await.is(201);
    let token = house.sync(OTHER, "").await.token;
    house.remove(OTHER).await.is(204);
    house.make_calendar(OTHER).await;
    let answered = house.ask_sync(OTHER, &token, "").await.is(403);
    assert!(answered.body.contains("<D:valid-sync-token/>"), "{}", answered.body);
}

#[tokio::test]
async fn tokens_survive_closing_and_opening() {
    let mut house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    house.put_new("b.ics", some("b")).await;
    let before = house.sync(DEFAULT, "").await.token;
    house.reopen().await;
    let none = house.sync(DEFAULT, &before).await;
    assert_eq!((none.changed.len(), none.removed.len()), (0, 0));
    house.remove(&path("a.ics")).await.is(204);
    house.reopen().await;
    let told = house.sync(DEFAULT, &before).await;
    assert_eq!((told.changed.len(), told.removed), (0, vec!["a.ics".to_owned()]));
}

#[tokio::test]
async fn every_way_in_which_clients_ask_for_a_sync_is_understood() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    let level = "<D:sync-level>1</D:sync-level>";
    let depths: [(&str, Headers, &str); 4] = [
        ("Thunderbird", &[("depth", "1")], level),
        ("DAVx5, Outlook", &[("depth", "0")], level),
        ("no depth", &[], level),
        ("an old Mac", &[("depth", "1")], ""),
    ];
    for (client, headers, level) in depths {
        let body = format!(
            "<D:sync-collection {SPACES}><D:sync-token/>{level}<D:prop><D:getetag/>\
             <D:getcontenttype/></D:prop></D:sync-collection>"
        );
        let answered = house.dav("alice", "REPORT", DEFAULT, headers, body).await;
        assert_eq!(answered.status, 207, "{client}");
        assert_eq!(answered.body.matches("<D:response>").count(), 1, "{client}");
    }
}

#[tokio::test]
async fn the_tag_of_a_calendar_never_has_a_value_twice() {
    let mut house = House::open().await;
    let mut seen = vec![house.property(DEFAULT, "CS:getctag").await];
    for round in 0..3 {
        house.put_new("a.ics", some("a")).await;
        seen.push(house.property(DEFAULT, "CS:getctag").await);
        house.put(&path("a.ics"), some("a").replace("Meeting", "2")).await.is(204);
        seen.push(house.property(DEFAULT, "CS:getctag").await);
        house.remove(&path("a.ics")).await.is(204);
        seen.push(house.property(DEFAULT, "CS:getctag").await);
        if round == 1 {
            house.reopen().await;
        }
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:#?}");
}

#[tokio::test]
async fn the_tag_of_a_home_never_has_a_value_twice() {
    let house = House::open().await;
    let home = "/dav/calendars/alice/";
    let mut seen = vec![house.property(home, "CS:getctag").await];
    for _ in 0..2 {
        house.make_calendar(OTHER).await;
        seen.push(house.property(home, "CS:getctag").await);
        house.put(&format!("{OTHER}a.ics"), some("a")).await.is(201);
        seen.push(house.property(home, "CS:getctag").await);
        house.remove(OTHER).await.is(204);
        seen.push(house.property(home, "CS:getctag").await);
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:#?}");
}

#[tokio::test]
async fn what_is_refused_or_only_read_changes_no_tag() {
    let house = House::open().await;
    house.put_new("a.ics", some("a")).await;
    let tag = house.property(DEFAULT, "CS:getctag").await;
    house.put(&path("b.ics"), some("a")).await.is(403);
    house.put(&path("b.ics"), "nonsense").await.is(403);
    house.remove(&path("missing.ics")).await.is(404);
    let known = [("if-none-match", "*")];
    house.dav("alice", "PUT", &path("a.ics"), &known, some("a")).await.is(412);
    house.fetch(&path("a.ics")).await.is(200);
    let elsewhere = some("x").replace(":202603", ":202604");
    house.put("/dav/calendars/alice/bookings/x.ics", elsewhere).await.is(201);
    assert_eq!(house.property(DEFAULT, "CS:getctag").await, tag);
}

/// A copy puts hundreds of members in one commit, and all of them came at once.
#[tokio::test]
async fn a_page_ends_within_what_one_commit_did() {
    let house = House::open().await;
    for number in 0..6 {
        house.put_new(&format!("{number}.ics"), some(&format!("{number}"))).await;
    }
    house.dav("alice", "COPY", DEFAULT, &[("destination", OTHER)], "").await.is(201);
    let (mut token, mut told) = (String::new(), Vec::new());
    loop {
        let page = house.sync_page(OTHER, &token, 2).await;
        assert!(page.changed.len() <= 2, "{:?}", page.changed);
        told.extend(page.changed);
        token = page.token;
        if told.len() == 2 {
            house.put(&format!("{OTHER}0.ics"), some("0").replace("Meeting", "2")).await.is(204);
        }
        if !page.is_cut {
            break;
        }
    }
    told.sort();
    assert_eq!(told, ["0.ics", "0.ics", "1.ics", "2.ics", "3.ics", "4.ics", "5.ics"]);
}

/// `sync-collection` of alice's home with all in it, one change at a time: the hrefs, the token,
/// and whether there is more; nothing if the token is refused.
async fn home_page(house: &House, token: &str) -> Option<(Vec<String>, String, bool)> {
    let body = format!(
        "<D:sync-collection {SPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>infinite\
         </D:sync-level><D:limit><D:nresults>1</D:nresults></D:limit><D:prop><D:getetag/></D:prop>\
         </D:sync-collection>"
    );
    let answered = house.report(HOME, &body).await;
    if answered.status == 403 {
        assert!(answered.body.contains("<D:valid-sync-token/>"), "{}", answered.body);
        return None;
    }
    let answered = answered.is(207);
    let token = element(&answered.body, "sync-token").unwrap().to_owned();
    let hrefs: Vec<String> = replies(&answered.body).into_iter().map(|it| it.href).collect();
    let is_cut = answered.body.contains("HTTP/1.1 507");
    Some((hrefs, token, is_cut))
}

/// The token of every page was refused that was older than a calendar made in another's place.
#[tokio::test]
async fn pages_of_a_home_lead_to_the_end_though_a_calendar_was_made_anew() {
    let house = House::open().await;
    let [one, two] = ["k1/", "k2/"].map(|it| format!("{HOME}{it}"));
    house.make_calendar(&one).await;
    house.make_calendar(&two).await;
    house.put(&format!("{one}1.ics"), some("1")).await.is(201);
    house.put(&format!("{two}old.ics"), some("old")).await.is(201);
    house.remove(&two).await.is(204);
    house.put(&format!("{one}2.ics"), some("2")).await.is(201);
    house.make_calendar(&two).await;
    house.put(&format!("{two}new.ics"), some("new")).await.is(201);
    let (mut token, mut told, mut is_cut) = (String::new(), BTreeSet::new(), true);
    while is_cut {
        let page = home_page(&house, &token).await.expect("a token that was just given out");
        told.extend(page.0);
        (token, is_cut) = (page.1, page.2);
    }
    for path in [&one, &two, &format!("{one}2.ics"), &format!("{two}new.ics")] {
        assert!(told.contains(path.as_str()), "{path} of {told:?}");
    }
    assert!(home_page(&house, &token).await.unwrap().0.is_empty());
    // What was told may have been in the calendar that went.
    let (_, first, _) = home_page(&house, "").await.unwrap();
    house.remove(&two).await.is(204);
    house.make_calendar(&two).await;
    assert!(home_page(&house, &first).await.is_none());
    assert!(home_page(&house, &token).await.is_none());
}

/// What a first sync began with is not asked of what went before it.
#[tokio::test]
async fn forgotten_deletions_stop_no_first_sync_and_take_no_tag_back() {
    let house = House::open().await;
    for name in ["a", "b", "c"] {
        house.put_new(&format!("{name}.ics"), some(name)).await;
    }
    let tag = house.property(DEFAULT, "CS:getctag").await;
    for name in ["d", "e"] {
        house.put_new(&format!("{name}.ics"), some(name)).await;
        house.remove(&path(&format!("{name}.ics"))).await.is(204);
    }
    let last = house.property(DEFAULT, "CS:getctag").await;
    house.wait(200 * 86_400);
    house.app().run_due_jobs().await.unwrap();
    assert_eq!(house.property(DEFAULT, "CS:getctag").await, last);
    assert_ne!(last, tag);
    let (mut token, mut told) = (String::new(), Vec::new());
    loop {
        let page = house.sync_page(DEFAULT, &token, 1).await;
        assert!(page.removed.is_empty(), "nobody was told of {:?}", page.removed);
        told.extend(page.changed);
        token = page.token;
        if !page.is_cut {
            break;
        }
    }
    assert_eq!(told, ["a.ics", "b.ics", "c.ics"]);
    assert!(house.sync(DEFAULT, &token).await.changed.is_empty());
    let (mut token, mut is_cut) = (String::new(), true);
    while is_cut {
        let page = home_page(&house, &token).await.expect("a token that was just given out");
        (token, is_cut) = (page.1, page.2);
    }
    assert!(home_page(&house, &token).await.unwrap().0.is_empty());
}

/// Its removal stood on a later page, and was not told as it was there again.
#[tokio::test]
async fn a_calendar_made_anew_between_two_pages_is_not_taken_for_the_one_that_was_told() {
    let house = House::open().await;
    let [one, two] = ["k1/", "k2/"].map(|it| format!("{HOME}{it}"));
    house.make_calendar(&two).await;
    house.put(&format!("{two}old.ics"), some("old")).await.is(201);
    house.make_calendar(&one).await;
    for name in ["1", "2", "3", "4"] {
        house.put(&format!("{one}{name}.ics"), some(name)).await.is(201);
    }
    let mut token = String::new();
    for page in 0.. {
        let (hrefs, next, _) = home_page(&house, &token).await.unwrap();
        token = next;
        if hrefs.iter().any(|it| it.ends_with("/k2/old.ics")) {
            break;
        }
        assert!(page < 10, "the old one is told of");
    }
    house.remove(&two).await.is(204);
    let (hrefs, token, is_cut) = home_page(&house, &token).await.unwrap();
    assert!(is_cut && !hrefs.contains(&two), "its removal comes later: {hrefs:?}");
    house.make_calendar(&two).await;
    house.put(&format!("{two}new.ics"), some("new")).await.is(201);
    assert!(home_page(&house, &token).await.is_none(), "the client has to begin anew");
}
