//! Many accounts in one TOML file: users, groups, rooms, delegates, calendars.

use app::{CollectionKind, NewCollection, NewUser, PrincipalKind, PropertyRecord, Provision};
use serde::Deserialize;

/// Accounts that one entry may stand for.
const NUMBERED_MAX: u32 = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<Account>,
}

/// An account, or several that differ by a number alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    email: String,
    #[serde(default)]
    display_name: String,
    /// Nobody can log in to an account without one.
    #[serde(default)]
    password: String,
    zone: Option<String>,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    administrator: bool,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    read_delegates: Vec<String>,
    #[serde(default)]
    write_delegates: Vec<String>,
    /// Those that users usually begin with, if this is left out.
    calendars: Option<Vec<Calendar>>,
    /// How many accounts this stands for: `##` in its texts becomes 01, 02 and so on.
    count: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Individual,
    Group,
    Resource,
    Room,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    slug: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    components: Vec<String>,
}

/// Reads a fixture file.
///
/// # Errors
///
/// What is wrong with it, for people.
pub(crate) fn read(text: &str) -> Result<Vec<Provision>, String> {
    let file: File = toml::from_str(text).map_err(|it| it.to_string())?;
    let mut all = Vec::new();
    for account in file.account {
        match account.count {
            None => all.push(provision(&account, None)),
            Some(count) if count <= NUMBERED_MAX => {
                all.extend((1..=count).map(|number| provision(&account, Some(number))));
            }
            Some(_) => return Err(format!("count is at most {NUMBERED_MAX}")),
        }
    }
    Ok(all)
}

fn provision(account: &Account, number: Option<u32>) -> Provision {
    let text = |it: &str| match number {
        Some(number) => it.replace("##", &format!("{number:02}")),
        None => it.to_owned(),
    };
    let texts = |them: &[String]| them.iter().map(|it| text(it)).collect();
    let user = NewUser {
        name: text(&account.name),
        email: text(&account.email),
        display_name: text(&account.display_name),
        password: text(&account.password),
        zone: account.zone.clone(),
    };
    Provision {
        user,
        kind: match account.kind {
            Kind::Individual => PrincipalKind::Individual,
            Kind::Group => PrincipalKind::Group,
            Kind::Resource => PrincipalKind::Resource,
            Kind::Room => PrincipalKind::Room,
        },
        is_administrator: account.administrator,
        members: texts(&account.members),
        read_delegates: texts(&account.read_delegates),
        write_delegates: texts(&account.write_delegates),
        calendars: account.calendars.as_ref().map(|it| it.iter().map(calendar).collect()),
    }
}

fn calendar(calendar: &Calendar) -> NewCollection {
    let name = match calendar.display_name.as_str() {
        "" => &calendar.slug,
        name => name,
    };
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    NewCollection {
        slug: calendar.slug.clone(),
        kind: CollectionKind::Calendar,
        components: calendar.components.clone(),
        properties: vec![PropertyRecord {
            namespace: "DAV:".into(),
            name: "displayname".into(),
            xml: format!("<displayname xmlns=\"DAV:\">{name}</displayname>"),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_a_count_stands_for_as_many_accounts() {
        let text = r#"
            [[account]]
            name = "room##"
            email = "room##@example.com"
            kind = "room"
            write_delegates = ["user##"]
            calendars = [{ slug = "calendar", components = ["VEVENT"] }]
            count = 12
        "#;
        let all = read(text).unwrap();
        assert_eq!(all.len(), 12);
        assert_eq!((all[0].user.name.as_str(), all[11].user.name.as_str()), ("room01", "room12"));
        assert_eq!(all[2].write_delegates, ["user03"]);
        assert_eq!(all[2].kind, PrincipalKind::Room);
    }

    #[test]
    fn what_is_not_known_is_named() {
        let wrong =
            read("[[account]]\nname = \"a\"\nemail = \"a@b\"\ncolour = \"red\"").err().unwrap();
        assert!(wrong.contains("colour"), "{wrong}");
        let many = "[[account]]\nname = \"a##\"\nemail = \"a@b\"\ncount = 4000000000";
        assert!(read(many).is_err());
    }
}
