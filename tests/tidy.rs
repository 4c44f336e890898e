//! House rules that a compiler cannot see: layering, short files, first sentences, no leftovers.

#![expect(clippy::expect_used, reason = "an unreadable source tree should stop the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom. A crate not listed, or an import not listed, is an error.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ical", &["model"]),
    ("slots", &["model"]),
    ("storage", &["model"]),
    ("app", &["model", "ical", "slots", "storage"]),
    ("dav", &["model", "ical", "app"]),
    ("web", &["model", "app"]),
    ("remote", &["model", "ical", "app"]),
    ("conformance", &[]),
    ("bookdav", &["model", "storage", "app", "dav", "web", "remote"]),
];

/// What only one crate may import from elsewhere: the rest reaches it through that crate.
const OWNED: &[(&str, &[&str])] = &[
    ("sled", &["storage"]),
    ("rrule", &["ical"]),
    ("icalendar", &["ical"]),
    ("quick-xml", &["dav", "conformance"]),
    ("argon2", &["app"]),
    ("askama", &["web"]),
    ("hyper", &["bookdav", "conformance", "remote"]),
    ("tokio-rustls", &["bookdav", "remote"]),
    ("chrono-tz", &["model"]),
];

/// Lines in a file, its own tests not counted, before it must be split.
const MAX_FILE_LINES: usize = 500;
/// Lines of the map of the house.
const MAX_MAP_LINES: usize = 150;

#[test]
fn every_import_between_crates_points_down() {
    let mut wrong = Vec::new();
    for (name, _) in LAYERS {
        let folder = if *name == "bookdav" { root() } else { root().join(name) };
        let manifest =
            fs::read_to_string(folder.join("Cargo.toml")).expect("manifests are readable");
        wrong.extend(upward_imports(name, &manifest));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_member_of_the_workspace_has_its_layer() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is readable");
    let members = manifest.lines().find(|it| it.starts_with("members = ")).expect("members");
    for member in members.split('"').skip(1).step_by(2) {
        assert!(LAYERS.iter().any(|it| it.0 == member), "{member} has no row in LAYERS");
    }
}

#[test]
fn an_import_that_points_up_is_noticed() {
    let fixture = "[dependencies]\nmodel.workspace = true\nstorage.workspace = true\n\
                   hyper = { workspace = true }\n[dev-dependencies]\nweb.workspace = true\n";
    assert_eq!(
        upward_imports("dav", fixture),
        [
            "dav may not import storage",
            "dav may not import hyper: it belongs to bookdav and conformance and remote"
        ]
    );
}

#[test]
fn files_are_short_have_a_first_sentence_and_no_leftovers() {
    let mut untidy = Vec::new();
    for path in rust_files(&root()) {
        let source = fs::read_to_string(&path).expect("source files are readable");
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        let code = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(&source);
        if code.lines().count() > MAX_FILE_LINES {
            untidy.push(format!("{name}: over {MAX_FILE_LINES} lines"));
        }
        let first = source.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") || !first.ends_with(['.', ':', ',']) && !continues(&source) {
            untidy.push(format!("{name}: no first sentence"));
        }
        for word in leftovers() {
            if source.contains(&word) {
                untidy.push(format!("{name}: {word} left in"));
            }
        }
    }
    assert!(untidy.is_empty(), "{untidy:#?}");
}

#[test]
fn the_map_is_short_and_names_only_what_is_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    assert!(map.lines().count() <= MAX_MAP_LINES, "the map is too long to be read");
    let named = map.split('`').skip(1).step_by(2);
    let paths = named.filter(|it| {
        it.contains('/') && !it.contains([' ', '*', '<', '{']) && !it.starts_with('/')
    });
    let gone: Vec<&str> = paths.filter(|it| !root().join(it).exists()).collect();
    assert!(gone.is_empty(), "the map names what is not there: {gone:#?}");
}

#[test]
fn every_test_that_the_ledgers_name_exists() {
    let ledgers = ["docs/rfcs.md", "docs/dav-tokens.md"];
    let read = |it: &str| fs::read_to_string(root().join(it)).expect("there is a ledger");
    let ledger: String = ledgers.map(read).join("\n");
    let sources: String = rust_files(&root())
        .iter()
        .map(|it| fs::read_to_string(it).expect("source files are readable"))
        .collect();
    let rows = ledger.lines().filter(|it| it.starts_with("| ") && !it.starts_with("| section"));
    let named =
        rows.filter_map(|it| it.rsplit('|').nth(1)).flat_map(|it| it.split('`').skip(1).step_by(2));
    let exists = |it: &str| match it.contains('/') {
        true => root().join(format!("conformance/scripts/{it}.txt")).exists(),
        false => sources.contains(&format!("fn {it}(")),
    };
    let missing: Vec<&str> = named.filter(|it| !exists(it)).collect();
    assert!(missing.is_empty(), "the ledgers name tests that do not exist: {missing:#?}");
}

/// A first sentence may go on in the second line.
fn continues(source: &str) -> bool {
    source.lines().nth(1).is_some_and(|it| it.starts_with("//! ") && it.len() > 4)
}

fn leftovers() -> Vec<String> {
    // Put together here, so that this file has none of them itself.
    [
        ("FIX", "ME"),
        ("XX", "X"),
        ("HA", "CK"),
        ("todo", "!("),
        ("unimplemented", "!("),
        ("#[ign", "ore"),
    ]
    .iter()
    .map(|(one, other)| format!("{one}{other}"))
    .collect()
}

/// The imports in `manifest` that [`LAYERS`] or [`OWNED`] does not grant to `name`.
fn upward_imports(name: &str, manifest: &str) -> Vec<String> {
    let allowed = LAYERS.iter().find(|it| it.0 == name).map_or(&[][..], |it| it.1);
    let mut found = Vec::new();
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]";
        } else if in_dependencies {
            let import = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if LAYERS.iter().any(|it| it.0 == import) && !allowed.contains(&import) {
                found.push(format!("{name} may not import {import}"));
            }
            let owned = OWNED.iter().find(|it| it.0 == import && !it.1.contains(&name));
            if let Some((_, owners)) = owned {
                let owners = owners.join(" and ");
                found.push(format!("{name} may not import {import}: it belongs to {owners}"));
            }
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("source folders are readable") {
        let path = entry.expect("entries are readable").path();
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}
