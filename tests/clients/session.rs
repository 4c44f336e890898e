//! One client of a house: its name, its headers, and the ways that several clients go.

use crate::server::{Answered, House};
use crate::told::Multistatus;
use crate::xml::Node;

/// Alice's principal.
pub(crate) const ALICE: &str = "/dav/principals/alice/";
/// Bob's principal.
pub(crate) const BOB: &str = "/dav/principals/bob/";
/// Alice's calendar home.
pub(crate) const HOME: &str = "/dav/calendars/alice/";
/// Alice's calendar for events.
pub(crate) const DEFAULT: &str = "/dav/calendars/alice/default/";
/// Alice's list of tasks.
pub(crate) const TASKS: &str = "/dav/calendars/alice/tasks/";

/// Names and values.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// A program that keeps somebody's calendars.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    house: &'a House,
    user: &'a str,
    agent: &'a str,
    xml_type: &'a str,
}

impl<'a> Client<'a> {
    /// A program of `user` that calls itself `agent`, and its bodies `xml_type`.
    pub(crate) fn new(house: &'a House, user: &'a str, agent: &'a str, xml_type: &'a str) -> Self {
        Self { house, user, agent, xml_type }
    }

    /// The same program of another user; of nobody, if `user` is empty.
    pub(crate) fn of(self, user: &'a str) -> Self {
        Self { user, ..self }
    }

    /// Sends a request, at first to where the well-known address leads.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: &str,
    ) -> Answered {
        let path = dav::well_known(path).unwrap_or(path);
        let mut all = vec![("user-agent", self.agent), ("accept", "*/*")];
        let has_type = headers.iter().any(|it| it.0 == "content-type");
        if method == "PUT" && !has_type {
            all.push(("content-type", "text/calendar; charset=utf-8"));
        } else if !body.is_empty() && !has_type {
            all.push(("content-type", self.xml_type));
        }
        all.extend(headers);
        self.house.dav(self.user, method, path, &all, body).await
    }

    /// Sends a request that a multistatus answers.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: &str,
    ) -> Multistatus {
        Multistatus::of(&self.send(method, path, headers, body).await)
    }

    /// `PROPFIND` of a resource alone.
    pub(crate) async fn look(&self, path: &str, body: &str) -> Multistatus {
        self.ask("PROPFIND", path, &[("depth", "0")], body).await
    }

    /// `PROPFIND` of a collection and what is in it.
    pub(crate) async fn list(&self, path: &str, body: &str) -> Multistatus {
        self.ask("PROPFIND", path, &[("depth", "1")], body).await
    }

    /// `PUT` of what must not be there yet; its entity tag.
    pub(crate) async fn create(&self, path: &str, text: &str) -> String {
        let answered = self.send("PUT", path, &[("if-none-match", "*")], text).await.is(201);
        tag_of(&answered)
    }

    /// `PUT` in place of what has that entity tag.
    pub(crate) async fn replace(&self, path: &str, etag: &str, text: &str) -> Answered {
        self.send("PUT", path, &[("if-match", etag)], text).await
    }
}

/// The entity tag of an answer: strong and quoted.
#[track_caller]
pub(crate) fn tag_of(answered: &Answered) -> String {
    let etag = answered.header("etag").to_owned();
    assert!(etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'), "{etag:?}");
    etag
}

/// The capabilities that `OPTIONS` tells at `path`.
pub(crate) async fn capabilities(client: &Client<'_>, path: &str) -> Vec<String> {
    let answered = client.send("OPTIONS", path, &[], "").await.is(200);
    answered.header("dav").split(',').map(|it| it.trim().to_owned()).collect()
}

/// The conditions that an error names.
#[track_caller]
pub(crate) fn conditions(answered: &Answered) -> Vec<String> {
    let error = Node::read(&answered.body);
    assert_eq!(error.name, "D:error", "{}", answered.body);
    error.names().into_iter().map(str::to_owned).collect()
}

/// Lets bob read alice's calendar for events, as RFC 3744 §8.1 has it.
pub(crate) async fn share_for_reading(house: &House) {
    let body = r#"<?xml version="1.0" encoding="utf-8"?>
<D:acl xmlns:D="DAV:"><D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal>
<D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>"#;
    let kind = [("content-type", "text/xml")];
    house.dav("alice", "ACL", DEFAULT, &kind, body).await.is(200);
}

/// Makes bob alice's delegate: caldav-proxy §5.2, by the principal found in hers.
pub(crate) async fn make_bob_a_delegate(house: &House, kind: &str) {
    let alice = Client::new(house, "alice", "delegation", "text/xml");
    let body = r#"<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>"#;
    let found = alice.list(ALICE, body).await;
    let is_it = |it: &&crate::told::Told| it.has("D:resourcetype").child(kind).is_some();
    let group = found.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} in {found:#?}"));
    let body = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:group-member-set>
<D:href>/dav/principals/bob/</D:href></D:group-member-set></D:prop></D:set></D:propertyupdate>"#;
    let set = alice.ask("PROPPATCH", &group.href, &[], body).await;
    assert_eq!(set.only().outcome("D:group-member-set"), Some(200));
}
