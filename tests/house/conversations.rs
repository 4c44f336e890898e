//! The conversations under `conformance/scripts`, each held in a house of its own.

use std::fs;
use std::path::{Path, PathBuf};

use conformance::{Answer, Asked, Conversation, Door, Held, Waited};
use tokio::runtime::{Builder, Runtime};

use crate::server::House;

/// The house as conversations see it.
struct HouseDoor {
    runtime: Runtime,
    house: House,
}

impl HouseDoor {
    fn open() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let house = runtime.block_on(House::open());
        Self { runtime, house }
    }
}

impl Door for HouseDoor {
    fn send(&mut self, asked: &Asked) -> Result<Answer, String> {
        let user = asked.login.as_ref().map_or("", |it| it.0.as_str());
        let headers: Vec<(&str, &str)> =
            asked.headers.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        let body = asked.body.as_deref().unwrap_or_default();
        let answered = self.house.dav(user, &asked.method, &asked.path, &headers, body);
        let answered = self.runtime.block_on(answered);
        let headers = answered.headers.iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(Answer {
            status: answered.status,
            headers: headers.collect(),
            body: answered.bytes.to_vec(),
        })
    }

    fn wait(&mut self, seconds: u64) -> Waited {
        self.house.wait(i64::try_from(seconds).unwrap());
        Waited::Gone
    }
}

#[test]
fn every_conversation_goes_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scripts");
    let scripts = scripts_in(&folder);
    assert!(scripts.len() >= 12, "the conversations are gone: {scripts:?}");
    let mut broken = Vec::new();
    for path in scripts {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let held = match Conversation::parse(&text) {
            Ok(conversation) => {
                let mut door = HouseDoor::open();
                let held = conversation.hold(&mut door);
                door.house.assert_sound();
                held.map_err(|it| format!("{name}:{}: {}\n{}", it.line, it.reason, it.talk))
            }
            Err(why) => Err(format!("{name}: {why}")),
        };
        match held {
            Ok(Held::Whole) => {}
            Ok(Held::NotHere) => broken.push(format!("{name}: was left out")),
            Err(why) => broken.push(why),
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn scripts_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(scripts_in(&path));
        } else if path.extension().is_some_and(|it| it == "txt") {
            found.push(path);
        }
    }
    found.sort();
    found
}
