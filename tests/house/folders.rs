//! Folders and files: a tree that goes where it is put, and a client that hears of all of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::client::SPACES;
use crate::server::{Answered, House};
use crate::wire::{element, replies, text};

const HOME: &str = "/dav/calendars/alice/";

/// What stands in a tree: folders, and files with what is in them.
type Tree = BTreeMap<String, Option<String>>;

/// What a client does with paths below `t`.
#[derive(Clone, Debug)]
enum Act {
    MakeFolder(String),
    Put(String, u8),
    Remove(String),
    Transfer { is_move: bool, from: String, to: String, overwrites: bool },
}

fn path() -> impl Strategy<Value = String> {
    vec(prop_oneof![Just("a"), Just("b")], 1..=3).prop_map(|it| format!("t/{}", it.join("/")))
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => path().prop_map(Act::MakeFolder),
        3 => (path(), any::<u8>()).prop_map(|(path, text)| Act::Put(path, text)),
        1 => path().prop_map(Act::Remove),
        4 => (any::<bool>(), path(), path(), prop::bool::weighted(0.8)).prop_map(
            |(is_move, from, to, overwrites)| Act::Transfer { is_move, from, to, overwrites }
        ),
    ]
}

fn is_within(path: &str, outer: &str) -> bool {
    path == outer || path.starts_with(&format!("{outer}/"))
}

/// Whether something can be put at `path`.
fn has_parent(tree: &Tree, path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(parent, _)| tree.get(parent) == Some(&None))
}

/// What RFC 4918 says that becomes of a tree; nothing if it is to stay as it is.
fn after(tree: &Tree, act: &Act) -> Option<Tree> {
    let mut new = tree.clone();
    match act {
        Act::MakeFolder(path) => {
            (has_parent(tree, path) && !tree.contains_key(path)).then(|| {
                new.insert(path.clone(), None);
            })?;
        }
        Act::Put(path, text) => {
            (has_parent(tree, path) && tree.get(path) != Some(&None)).then(|| {
                new.insert(path.clone(), Some(format!("text {text}")));
            })?;
        }
        Act::Remove(path) => {
            tree.get(path)?;
            new.retain(|it, _| !is_within(it, path));
        }
        Act::Transfer { is_move, from, to, overwrites } => {
            tree.get(from)?;
            let is_there = tree.contains_key(to);
            let is_near = is_within(to, from) || is_within(from, to);
            if is_near || !has_parent(tree, to) || is_there && !overwrites {
                return None;
            }
            new.retain(|it, _| !(is_within(it, to) || *is_move && is_within(it, from)));
            let moved = tree.iter().filter(|it| is_within(it.0, from));
            new.extend(moved.map(|(it, text)| (it.replacen(from, to, 1), text.clone())));
        }
    }
    Some(new)
}

async fn carry_out(house: &House, tree: &Tree, act: &Act) -> Answered {
    let at = |path: &str| {
        let slash = if tree.get(path) == Some(&None) { "/" } else { "" };
        format!("{HOME}{path}{slash}")
    };
    match act {
        Act::MakeFolder(path) => {
            house.dav("alice", "MKCOL", &format!("{HOME}{path}/"), &[], "").await
        }
        Act::Put(path, text) => {
            let kind = [("content-type", "text/plain")];
            house.dav("alice", "PUT", &at(path), &kind, format!("text {text}")).await
        }
        Act::Remove(path) => house.remove(&at(path)).await,
        Act::Transfer { is_move, from, to, overwrites } => {
            let method = if *is_move { "MOVE" } else { "COPY" };
            let to = at(to);
            let overwrite = if *overwrites { "T" } else { "F" };
            let headers = [("destination", to.as_str()), ("overwrite", overwrite)];
            house.dav("alice", method, &at(from), &headers, "").await
        }
    }
}

/// The tree as it is found by listing one folder after the other.
async fn found(house: &House) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec!["t".to_owned()];
    while let Some(folder) = folders.pop() {
        let own = format!("{HOME}{folder}/");
        for reply in house.propfind(&own, "1", "<D:resourcetype/>").await {
            let path = reply.href.strip_prefix(HOME).unwrap();
            if reply.href == own {
                tree.insert(folder.clone(), None);
            } else if let Some(inner) = path.strip_suffix('/') {
                folders.push(inner.to_owned());
            } else {
                let body = house.fetch(&reply.href).await.is(200).body;
                tree.insert(path.to_owned(), Some(body));
            }
        }
    }
    tree
}

/// A client that asks what changed in the home, and keeps what it hears.
#[derive(Default)]
struct Follower {
    token: String,
    known: BTreeSet<String>,
}

impl Follower {
    async fn ask(&mut self, house: &House) {
        let body = format!(
            "<D:sync-collection {SPACES}><D:sync-token>{}</D:sync-token>\
             <D:sync-level>infinite</D:sync-level><D:prop><D:getetag/></D:prop>\
             </D:sync-collection>",
            self.token
        );
        let answered = house.dav("alice", "REPORT", HOME, &[("depth", "0")], body).await;
        if answered.status == 403 && answered.body.contains("<D:valid-sync-token/>") {
            // The client begins anew (RFC 6578 §3.2).
            assert!(!std::mem::take(self).token.is_empty(), "the first question has no token");
            return Box::pin(self.ask(house)).await;
        }
        let answered = answered.is(207);
        for reply in replies(&answered.body) {
            let path = reply.href.strip_prefix(HOME).unwrap().trim_end_matches('/').to_owned();
            if reply.status.contains("404") {
                self.known.retain(|it| !is_within(it, &path));
            }
        }
        for reply in replies(&answered.body).iter().filter(|it| it.status.is_empty()) {
            let path = reply.href.strip_prefix(HOME).unwrap().trim_end_matches('/');
            self.known.insert(path.to_owned());
        }
        self.token = element(&answered.body, "sync-token").map(text).unwrap();
    }
}

async fn play(acts: &[Act]) {
    let house = House::open().await;
    house.dav("alice", "MKCOL", &format!("{HOME}t/"), &[], "").await.is(201);
    let mut tree = Tree::from([("t".to_owned(), None)]);
    let mut follower = Follower::default();
    follower.ask(&house).await;
    for (at, act) in acts.iter().enumerate() {
        let answered = carry_out(&house, &tree, act).await;
        let new = after(&tree, act);
        let (status, body) = (answered.status, &answered.body);
        assert_eq!(status < 300, new.is_some(), "{at}: {act:?}: {status} {body}");
        tree = new.unwrap_or(tree);
        assert_eq!(found(&house).await, tree, "{at}: {act:?}");
        follower.ask(&house).await;
        let known: BTreeSet<&str> =
            follower.known.iter().map(String::as_str).filter(|it| is_within(it, "t")).collect();
        let there: BTreeSet<&str> = tree.keys().map(String::as_str).collect();
        assert_eq!(known, there, "{at}: what a client heard of after {act:?}");
    }
    house.assert_sound();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_tree_is_what_its_client_made_of_it_and_every_other_client_hears_of_it(
        acts in vec(act(), 1..25)
    ) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(play(&acts));
    }
}

/// A calendar that is older than its folder had none for a moment, and the folder kept its name.
#[tokio::test]
async fn a_folder_gets_another_name_with_what_is_older_than_it() {
    let house = House::open().await;
    let home = "/dav/calendars/alice/";
    let path = |name: &str| format!("{home}{name}/");
    house.make_calendar(&path("x")).await;
    house.dav("alice", "MKCOL", &path("a"), &[], "").await.is(201);
    for (from, to) in [("x", "a/x"), ("a", "b")] {
        let to = path(to);
        house.dav("alice", "MOVE", &path(from), &[("destination", &*to)], "").await.is(201);
    }
    house.dav("alice", "PROPFIND", &path("b/x"), &[("depth", "0")], "").await.is(207);
    house.dav("alice", "PROPFIND", &path("a"), &[("depth", "0")], "").await.is(404);
    house.assert_sound();
}
