//! A script as it is written: suites of tests, each a few requests with what to verify.

use std::cell::Cell;
use std::path::Path;

use crate::tree::Element;

/// Features that must be there, and features that must not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    pub(crate) required: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) gate: Gate,
    pub(crate) start: Vec<Request>,
    pub(crate) suites: Vec<Suite>,
    pub(crate) end: Vec<Request>,
}

/// Tests that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) gate: Gate,
    pub(crate) choice: Choice,
    pub(crate) changes_uids: bool,
    pub(crate) tests: Vec<Test>,
}

/// A few requests that pass or fail together.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) gate: Gate,
    pub(crate) choice: Choice,
    pub(crate) count: u32,
    pub(crate) requests: Vec<Request>,
}

/// Whether a suite or test is left out, or leaves out the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Choice {
    Normal,
    Ignored,
    Only,
}

/// One request, which may be a pseudo method that sends several.
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute that scripts set to yes")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) gate: Gate,
    pub(crate) is_anonymous: bool,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) deletes_at_end: bool,
    pub(crate) waits_for_success: bool,
    pub(crate) iterates_data: bool,
    pub(crate) method: String,
    pub(crate) uris: Vec<String>,
    pub(crate) sends_uri_raw: bool,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) data: Option<Data>,
    pub(crate) verifiers: Vec<Verifier>,
    pub(crate) grabs: Vec<Grab>,
    /// Set when a search has found a resource: from then on the request is a `GET` of it.
    pub(crate) became_get: Cell<bool>,
}

/// A request's body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    pub(crate) content_type: String,
    pub(crate) path: String,
    pub(crate) is_generated: bool,
    pub(crate) substitutes: Vec<(String, String)>,
}

/// A question about the answer.
#[derive(Clone, Debug)]
pub(crate) struct Verifier {
    pub(crate) gate: Gate,
    pub(crate) name: String,
    pub(crate) arguments: Vec<(String, Vec<String>)>,
}

/// What is remembered of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Grab {
    Uri { variable: String },
    Count { variable: String },
    Header { name: String, variable: String },
    Property { name: String, variable: String },
    Element { path: String, parent: Option<String>, variables: Vec<String> },
    Json { pointer: String, variables: Vec<String> },
    CalendarProperty { path: String, variable: String },
    CalendarParameter { path: String, variable: String },
}

impl Script {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What in it is no script.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|it| format!("{}: {it}", path.display()))?;
        Self::parse(&bytes).map_err(|it| format!("{}: {it}", path.display()))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let root = Element::parse(bytes)?;
        if root.name != "caldavtest" {
            return Err(format!("<{}> is no script", root.name));
        }
        let requests = |name| root.child(name).map_or(Ok(Vec::new()), requests);
        let mut suites = Vec::new();
        for suite in root.all("test-suite") {
            suites.push(Suite::of(suite)?);
        }
        Ok(Self { gate: Gate::of(&root), start: requests("start")?, suites, end: requests("end")? })
    }
}

impl Suite {
    fn of(element: &Element) -> Result<Self, String> {
        let mut tests: Vec<Test> = Vec::new();
        for test in element.all("test") {
            let mut test = Test::of(test)?;
            // Two tests of one name must be told apart in lists of known failures.
            let same = tests.iter().filter(|it| without_number(&it.name) == test.name).count();
            if same > 0 {
                test.name = format!("{} #{}", test.name, same + 1);
            }
            tests.push(test);
        }
        Ok(Self {
            name: element.attribute("name").unwrap_or_default().trim().to_owned(),
            gate: Gate::of(element),
            choice: Choice::of(element),
            changes_uids: is_set(element, "change-uid"),
            tests,
        })
    }
}

fn without_number(name: &str) -> &str {
    name.split(" #").next().unwrap_or(name)
}

impl Test {
    fn of(element: &Element) -> Result<Self, String> {
        let count = element.attribute("count").unwrap_or("1");
        Ok(Self {
            name: element.attribute("name").unwrap_or_default().trim().to_owned(),
            gate: Gate::of(element),
            choice: Choice::of(element),
            count: count.parse().map_err(|_| format!("a test with count={count}"))?,
            requests: requests(element)?,
        })
    }
}

impl Gate {
    fn of(element: &Element) -> Self {
        let features = |name| {
            let within = element.all(name).flat_map(|it| it.all("feature"));
            within.map(|it| it.text.clone()).collect()
        };
        Self { required: features("require-feature"), excluded: features("exclude-feature") }
    }
}

impl Choice {
    fn of(element: &Element) -> Self {
        match (is_set(element, "ignore"), is_set(element, "only")) {
            (true, _) => Self::Ignored,
            (false, true) => Self::Only,
            (false, false) => Self::Normal,
        }
    }
}

impl Request {
    fn of(element: &Element) -> Result<Self, String> {
        let attribute = |name| element.attribute(name).unwrap_or_default().to_owned();
        let method = element.text_of("method").unwrap_or_default().to_owned();
        let mut verifiers = Vec::new();
        for verify in element.all("verify") {
            verifiers.push(Verifier::of(verify)?);
        }
        let uris: Vec<String> = element.all("ruri").map(|it| it.text.clone()).collect();
        if method.is_empty() || uris.is_empty() {
            return Err("a request without method or place".into());
        }
        Ok(Self {
            gate: Gate::of(element),
            is_anonymous: element.attribute("auth") == Some("no"),
            user: attribute("user"),
            password: attribute("pswd"),
            deletes_at_end: is_set(element, "end-delete"),
            waits_for_success: is_set(element, "wait-for-success"),
            iterates_data: is_set(element, "iterate-data"),
            method,
            uris,
            sends_uri_raw: element.all("ruri").any(|it| it.attribute("quote") == Some("no")),
            headers: element.all("header").map(|it| pair(it, "name", "value")).collect(),
            data: element.child("data").map(Data::of).transpose()?,
            verifiers,
            grabs: grabs(element)?,
            became_get: Cell::new(false),
        })
    }
}

impl Data {
    fn of(element: &Element) -> Result<Self, String> {
        if element.child("generator").is_some() {
            return Err("bodies by a generator are not known".into());
        }
        Ok(Self {
            content_type: element.text_of("content-type").unwrap_or_default().to_owned(),
            path: element.text_of("filepath").unwrap_or_default().to_owned(),
            is_generated: is_set(element, "generate"),
            substitutes: element.all("substitute").map(|it| pair(it, "name", "value")).collect(),
        })
    }
}

impl Verifier {
    fn of(element: &Element) -> Result<Self, String> {
        let name = element.text_of("callback").unwrap_or_default().to_owned();
        if !crate::verify::is_known(&name) {
            return Err(format!("no verifier is called {name:?}"));
        }
        let values = |it: &Element| it.all("value").map(|it| it.text.clone()).collect();
        let arguments = element
            .all("arg")
            .map(|it| (it.text_of("name").unwrap_or_default().to_owned(), values(it)))
            .collect();
        Ok(Self { gate: Gate::of(element), name, arguments })
    }
}

fn requests(element: &Element) -> Result<Vec<Request>, String> {
    element.all("request").map(Request::of).collect()
}

fn grabs(request: &Element) -> Result<Vec<Grab>, String> {
    let mut grabs = Vec::new();
    for element in &request.children {
        let name = || element.text_of("name").unwrap_or_default().to_owned();
        let variable = || element.text_of("variable").unwrap_or_default().to_owned();
        let variables = || element.all("variable").map(|it| it.text.clone()).collect();
        grabs.push(match element.name.as_str() {
            "graburi" => Grab::Uri { variable: element.text.clone() },
            "grabcount" => Grab::Count { variable: element.text.clone() },
            "grabheader" => Grab::Header { name: name(), variable: variable() },
            "grabproperty" => {
                let name = element.text_of("property").unwrap_or_default().to_owned();
                Grab::Property { name, variable: variable() }
            }
            "grabelement" => Grab::Element {
                path: name(),
                parent: element.text_of("parent").map(str::to_owned),
                variables: variables(),
            },
            "grabjson" => Grab::Json {
                pointer: element.text_of("pointer").unwrap_or_default().to_owned(),
                variables: variables(),
            },
            "grabcalproperty" => Grab::CalendarProperty { path: name(), variable: variable() },
            "grabcalparameter" => Grab::CalendarParameter { path: name(), variable: variable() },
            other if other.starts_with("grab") => return Err(format!("<{other}> is not known")),
            _ => continue,
        });
    }
    Ok(grabs)
}

fn pair(element: &Element, name: &str, value: &str) -> (String, String) {
    let text = |it| element.text_of(it).unwrap_or_default().to_owned();
    (text(name), text(value))
}

fn is_set(element: &Element, name: &str) -> bool {
    element.attribute(name) == Some("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(inner: &str) -> Result<Script, String> {
        Script::parse(format!("<caldavtest>{inner}</caldavtest>").as_bytes())
    }

    #[test]
    fn all_that_a_script_may_say_is_read() {
        let script = parsed(
            "<require-feature><feature>caldav</feature></require-feature>\
             <start><request><method>GET</method><ruri>/</ruri></request></start>\
             <test-suite name='one' change-uid='yes'><exclude-feature><feature>x</feature>\
             </exclude-feature><test name='1' count='3'><request user='u' end-delete='yes'>\
             <method>PUT</method><ruri quote='no'>/a</ruri><header><name>If-Match</name>\
             <value>*</value></header><data generate='yes'><content-type>text/calendar\
             </content-type><filepath>a.ics</filepath><substitute><name>$x:</name><value>1\
             </value></substitute></data><verify><callback>statusCode</callback><arg>\
             <name>status</name><value>201</value></arg></verify><grabheader><name>ETag</name>\
             <variable>$e:</variable></grabheader></request></test><test name='1' ignore='yes'/>\
             </test-suite>",
        )
        .unwrap();
        assert_eq!((script.gate.required.len(), script.start.len(), script.end.len()), (1, 1, 0));
        let suite = &script.suites[0];
        assert!(suite.changes_uids && suite.gate.excluded == ["x"]);
        let names: Vec<&str> = suite.tests.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["1", "1 #2"]);
        assert_eq!((suite.tests[0].count, suite.tests[1].choice), (3, Choice::Ignored));
        let request = &suite.tests[0].requests[0];
        assert!(request.deletes_at_end && request.sends_uri_raw && request.user == "u");
        assert_eq!(request.data.as_ref().unwrap().substitutes.len(), 1);
        assert_eq!(request.verifiers[0].arguments[0].1, ["201"]);
        assert!(matches!(&request.grabs[0], Grab::Header { name, .. } if name == "ETag"));
    }

    #[test]
    fn what_the_runner_does_not_know_is_an_error_and_not_left_out() {
        let verify = "<verify><callback>guess</callback></verify>";
        let grab = "<grabfoo>x</grabfoo>";
        for (case, inner) in [("a verifier", verify), ("a grab", grab)] {
            let request = format!("<request><method>GET</method><ruri>/</ruri>{inner}</request>");
            let script =
                format!("<test-suite name='s'><test name='t'>{request}</test></test-suite>");
            assert!(parsed(&script).is_err(), "{case}");
        }
    }
}
