//! A visitor's browser: cookies, forms and links, without a script.

use app::VisitorToken;

use crate::server::{Answered, House, Jar};

/// The Tuesday after the house opens.
pub(crate) const TUESDAY: &str = "2026-03-03";
/// When half an hour can be booked on a day with nothing in it.
pub(crate) const ALL_TIMES: &str = "09:00 09:30 10:00 10:30 11:00 11:30 \
                                    13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";

/// A visitor.
pub(crate) struct Browser<'a> {
    house: &'a House,
    pub(crate) jar: Jar,
}

/// A form of a page.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: String,
    /// Its hidden fields.
    pub(crate) fields: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    /// A visitor who was never here.
    pub(crate) fn of(house: &'a House) -> Self {
        Self { house, jar: house.new_jar() }
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Answered {
        let path = path.split('#').next().unwrap_or_default();
        self.house.page(&mut self.jar, "GET", path, "").await
    }

    /// Sends these fields and nothing else.
    pub(crate) async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        self.house.page(&mut self.jar, "POST", path, &encoded(fields)).await
    }

    /// Sends these fields with the token that pages put into forms.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let token = self.token().await;
        self.post_bare(path, &[fields, &[("token", token.as_str())]].concat()).await
    }

    /// Sends a form as it stands on its page, with what the visitor typed.
    pub(crate) async fn submit(&mut self, form: &Form, typed: &[(&str, &str)]) -> Answered {
        let hidden: Vec<(&str, &str)> =
            form.fields.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        self.post_bare(&form.action, &[&hidden[..], typed].concat()).await
    }

    /// What proves that a form was made for this visitor.
    pub(crate) async fn token(&mut self) -> String {
        if self.jar.cookie.is_none() {
            self.get("/b/alice").await.is(200);
        }
        let cookie = self.jar.cookie.as_deref().unwrap().strip_prefix("visitor=").unwrap();
        let visitor = u128::from_str_radix(cookie, 16).unwrap();
        self.house.app().form_token(VisitorToken(visitor.to_be_bytes()))
    }

    /// Asks for half an hour with alice to be held, on Tuesday at `time`.
    pub(crate) async fn hold(&mut self, time: &str) -> Answered {
        self.hold_at("/b/alice/intro", "30", &at(time)).await
    }

    /// Asks for any time of anything to be held.
    pub(crate) async fn hold_at(&mut self, page: &str, minutes: &str, start: &str) -> Answered {
        let fields = [("start", start), ("duration", minutes), ("tz", "UTC")];
        self.post(&format!("{page}/hold"), &fields).await
    }

    /// Sends the form of a time that is held.
    pub(crate) async fn confirm(&mut self, held: &Answered) -> Answered {
        let hold = held_id(held);
        let fields = [("hold", hold.as_str()), ("tz", "UTC")];
        let typed = [("name", "Vera Visitor"), ("email", "vera@example.net")];
        self.post("/b/alice/intro/confirm", &[fields, typed].concat()).await
    }

    /// Books half an hour with alice on Tuesday; returns the path of the booking.
    pub(crate) async fn book(&mut self, time: &str) -> String {
        self.book_at(&at(time)).await
    }

    /// Books half an hour with alice; returns the path of the booking.
    pub(crate) async fn book_at(&mut self, start: &str) -> String {
        let held = self.hold_at("/b/alice/intro", "30", start).await.is(303);
        self.confirm(&held).await.is(303).header("location").to_owned()
    }

    /// The times at which half an hour with alice can be booked on `date`, in UTC.
    pub(crate) async fn times(&mut self, date: &str) -> String {
        let page = self.get(&format!("/b/alice/intro?date={date}&tz=UTC")).await.is(200);
        times_of(&page.body)
    }
}

/// `HH:MM` on Tuesday, as forms carry it.
pub(crate) fn at(time: &str) -> String {
    format!("{TUESDAY}T{time}:00Z")
}

/// The identity of the hold that an answer leads to.
pub(crate) fn held_id(held: &Answered) -> String {
    let location = held.header("location");
    let (_, hold) = location.split_once("hold=").unwrap();
    hold.split('&').next().unwrap_or_default().to_owned()
}

/// The times of the slots of a page, in order.
pub(crate) fn times_of(page: &str) -> String {
    let slots = slots(page);
    let starts = slots.iter().filter_map(|it| it.value("start")?.get(11..16));
    starts.collect::<Vec<_>>().join(" ")
}

/// The forms with which a page offers times.
pub(crate) fn slots(page: &str) -> Vec<Form> {
    forms(page).into_iter().filter(|it| it.value("start").is_some()).collect()
}

/// The forms of a page.
pub(crate) fn forms(page: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for part in page.split("<form").skip(1) {
        let part = part.split("</form>").next().unwrap_or_default();
        let inputs = part.split("<input").skip(1).filter_map(|it| it.split('>').next());
        let hidden = inputs.filter(|it| it.contains("type=\"hidden\""));
        let fields = hidden.map(|it| (attribute(it, "name"), attribute(it, "value"))).collect();
        let tag = part.split('>').next().unwrap_or_default();
        forms.push(Form { action: attribute(tag, "action"), fields });
    }
    forms
}

/// The value of the first link of a page whose tag has that beginning.
pub(crate) fn link(page: &str, class: &str) -> String {
    let (_, after) = page.split_once(&format!("class=\"{class}\"")).unwrap();
    attribute(after.split('>').next().unwrap_or_default(), "href")
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag.split_once(&format!(" {name}=\"")).map(|it| it.1);
    let value = value.and_then(|it| it.split('"').next()).unwrap_or_default();
    let value = value.replace("&#34;", "\"").replace("&#39;", "'");
    let value = value.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    value.replace("&quot;", "\"")
}

impl Form {
    /// The value of a hidden field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|it| format!("{}={}", percent(it.0), percent(it.1)));
    pairs.collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"-._".contains(&it);
    let letters = text.bytes();
    letters
        .map(|it| if is_plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}
