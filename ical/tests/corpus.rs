//! Every file of the shared corpus is kept to the byte or refused with a reason.

#![expect(clippy::unwrap_used, reason = "a corpus that cannot be read should stop the test")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ical::{Component, Context, Document, unescape};
use model::interval::Interval;
use model::zone::ZoneDb;

/// 2020-01-01T00:00:00Z and 2030-01-01T00:00:00Z.
const DECADE: (i64, i64) = (1_577_836_800, 1_893_456_000);
const MAX_INSTANCES: usize = 1000;

/// How often each thing happened.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    plain_calendars: usize,
    plain_calendars_accepted: usize,
    valid: usize,
    invalid: usize,
    expanded: usize,
    not_expanded: usize,
    truncated: usize,
    as_jcal: usize,
    not_as_jcal: usize,
}

#[test]
fn every_corpus_file_is_kept_to_the_byte_or_refused_with_a_reason() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.is_dir() {
        println!("corpus absent: skipped");
        return;
    }
    let zones = ZoneDb::bundled();
    let floating = zones.zone("Europe/Paris").unwrap();
    let context = Context::new(&zones, &floating);
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for path in files_under(&corpus) {
        let bytes = fs::read(&path).unwrap();
        let name = path.strip_prefix(&corpus).unwrap().display();
        let tried =
            catch_unwind(AssertUnwindSafe(|| try_file(&path, &bytes, &context, &mut tally)));
        match tried {
            Ok(Ok(())) => {}
            Ok(Err(wrong)) => failed.push(format!("{name}: {wrong}")),
            Err(_) => failed.push(format!("{name}: panicked")),
        }
    }
    println!("{tally:#?}");
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(tally.plain_calendars > 0, "no calendar was found");
    let share = tally.plain_calendars_accepted * 100 / tally.plain_calendars;
    assert!(share >= 60, "only {share} % of the plain calendars are accepted");
    let lost = tally.not_as_jcal * 100 / tally.accepted;
    assert!(lost <= 2, "{lost} % of the files do not come back from jCal");
}

fn try_file(
    path: &Path,
    bytes: &[u8],
    context: &Context<'_>,
    tally: &mut Tally,
) -> Result<(), &'static str> {
    let plain = usize::from(is_plain_calendar(path, bytes));
    tally.plain_calendars += plain;
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(malformed) => {
            tally.refused += 1;
            let said = malformed.to_string();
            return if said.trim().is_empty() { Err("refused without a reason") } else { Ok(()) };
        }
    };
    tally.accepted += 1;
    tally.plain_calendars_accepted += plain;
    if document.as_bytes() != bytes {
        return Err("altered");
    }
    try_jcal(&document, tally)?;
    if ical::validate(&document).is_err() {
        tally.invalid += 1;
        return Ok(());
    }
    tally.valid += 1;
    let decade = Interval::new(DECADE.0, DECADE.1).unwrap();
    match ical::instances(&document, decade, context, MAX_INSTANCES) {
        Ok(instances) => {
            tally.expanded += 1;
            tally.truncated += usize::from(instances.truncated);
            if instances.found.len() > MAX_INSTANCES {
                return Err("more instances than asked for");
            }
            if !instances.found.is_sorted_by_key(|it| it.start) {
                return Err("instances out of order");
            }
            if instances.found.iter().any(|it| it.end < it.start) {
                return Err("an instance ends before it starts");
            }
        }
        Err(_) => tally.not_expanded += 1,
    }
    Ok(())
}

/// There and back through jCal, nothing of what the document says may change.
fn try_jcal(document: &Document, tally: &mut Tally) -> Result<(), &'static str> {
    let jcal = ical::jcal::to_jcal(document);
    // Control characters in raw values, and names that no grammar allows, are refused.
    let Ok(back) = ical::jcal::from_jcal(&jcal) else {
        tally.not_as_jcal += 1;
        return Ok(());
    };
    tally.as_jcal += 1;
    let again = Document::parse_stream(&back).map_err(|_| "jCal gave what cannot be read")?;
    if ical::jcal::to_jcal(&again) != jcal {
        return Err("jCal changes when it is read and written again");
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    document.roots().for_each(|it| said(it, &mut before));
    again.roots().for_each(|it| said(it, &mut after));
    if before == after { Ok(()) } else { Err("jCal lost something") }
}

/// Names and values, as far as jCal may not change them: texts by what they mean.
fn said(component: Component<'_>, lines: &mut Vec<String>) {
    lines.push(component.name().to_ascii_uppercase());
    for property in component.properties() {
        let name = property.name().to_ascii_uppercase();
        let texts = ["SUMMARY", "DESCRIPTION", "UID", "LOCATION", "DTSTART", "DTEND", "RRULE"];
        let is_plain = property.params().all(|it| !it.0.eq_ignore_ascii_case("ENCODING"));
        if texts.contains(&name.as_str()) && is_plain && name != "RRULE" {
            let clean = |it: char| !it.is_control() || matches!(it, '\n' | '\t');
            let text = unescape(property.value());
            // A lone return is read as a line end.
            let text: String = text.chars().filter(|it| clean(*it)).collect();
            lines.push(format!("{name}:{}", text.trim()));
        } else {
            lines.push(name);
        }
        let mut params: Vec<String> = property
            .params()
            .filter(|it| !matches!(it.0.to_ascii_uppercase().as_str(), "VALUE" | "ENCODING"))
            .map(|it| it.0.trim().to_ascii_uppercase())
            .collect();
        params.sort();
        params.dedup();
        lines.extend(params);
    }
    component.children().for_each(|it| said(it, lines));
}

/// Whether the file is an `.ics` that holds calendars and nothing else.
fn is_plain_calendar(path: &Path, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).trim().to_ascii_uppercase();
    path.extension().is_some_and(|it| it == "ics")
        && text.starts_with("BEGIN:VCALENDAR")
        && text.ends_with("END:VCALENDAR")
}

/// All files below the folder, in the order of their names.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let list = if path.is_dir() { &mut folders } else { &mut files };
            list.push(path);
        }
    }
    files.sort();
    files
}
