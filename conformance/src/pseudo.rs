//! Methods that stand for several requests: searching, counting, waiting and emptying.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::clock::{Deadline, pause_ms};
use crate::http::{Asked, quoted, unquoted};
use crate::multistatus::{Response, read};
use crate::run::{Done, Player, Stop};
use crate::script::Request;

/// How long a resource is looked at that is to change.
const CHANGE_S: u64 = 30;

/// User and password.
type Login = Option<(String, String)>;

impl Player<'_> {
    /// Does what a pseudo method does before a request can be sent.
    ///
    /// The answer says whether there is a request to send: a search ends in a `GET`.
    ///
    /// # Errors
    ///
    /// If what was searched or waited for is not there.
    pub(crate) fn before(&mut self, request: &Request, number: u32) -> Result<bool, Stop> {
        if request.became_get.get() {
            return Ok(true);
        }
        let (method, rest) = request.method.split_once(' ').unwrap_or((&request.method, ""));
        match method {
            "DELETEALL" => self.each(request, number, Self::delete_all).map(|()| false),
            "DELAY" => {
                let seconds: f64 = self.place(request, number).0.trim().parse().unwrap_or(0.0);
                let wait = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
                pause_ms(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                Ok(false)
            }
            "GETNEW" | "GETOTHER" | "GETCONTAINS" | "FINDNEW" => {
                self.locate(method, rest, request, number)?;
                request.became_get.set(method != "FINDNEW");
                Ok(method != "FINDNEW")
            }
            "WAITCOUNT" | "WAITDELETEALL" => {
                let wanted: usize = rest.trim().parse().unwrap_or(1);
                let login = self.login(request);
                for uri in &request.uris {
                    let (uri, _) = self.place_of(uri, request, number);
                    match method {
                        "WAITCOUNT" => self.await_count(&uri, &login, wanted)?,
                        _ => self.await_and_delete(&uri, &login, wanted)?,
                    }
                }
                Ok(false)
            }
            "GETCHANGED" => {
                self.await_change(request, number)?;
                request.became_get.set(true);
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn each(
        &mut self,
        request: &Request,
        number: u32,
        act: fn(&mut Self, &str, &Login) -> Done,
    ) -> Done {
        let login = self.login(request);
        for uri in &request.uris {
            let (uri, _) = self.place_of(uri, request, number);
            act(self, &uri, &login)?;
        }
        Ok(())
    }

    /// Deletes all members; a collection that is told of by another name counts as one.
    fn delete_all(&mut self, uri: &str, login: &Login) -> Done {
        for member in self.list(uri, login, "<D:getetag/>") {
            if member.href == unquoted(uri) {
                continue;
            }
            let answer = self.delete(&member.href, login).map_err(|why| self.failed(why))?;
            if !(200..300).contains(&answer) {
                return Err(self.failed(format!("DELETE {}: status {answer}", member.href)));
            }
        }
        Ok(())
    }

    fn delete(&mut self, href: &str, login: &Login) -> Result<u16, String> {
        let asked = Asked {
            method: "DELETE".into(),
            path: quoted(href),
            login: login.clone(),
            ..Asked::default()
        };
        self.send(asked).map(|it| it.status)
    }

    /// What is in a collection and the collection itself; nothing where there is no list.
    fn list(&mut self, uri: &str, login: &Login, properties: &str) -> Vec<Response> {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:propfind xmlns:D=\"DAV:\"><D:prop>\
             {properties}</D:prop></D:propfind>"
        );
        let headers = [("Depth", "1"), ("Content-Type", "text/xml")];
        let asked = Asked {
            method: "PROPFIND".into(),
            path: quoted(uri),
            login: login.clone(),
            headers: headers.map(|it| (it.0.to_owned(), it.1.to_owned())).into(),
            body: Some(body.into_bytes()),
        };
        self.send(asked).and_then(|answer| read(&answer)).unwrap_or_default()
    }

    /// What is in a collection.
    fn members(&mut self, uri: &str, login: &Login, properties: &str) -> Vec<Response> {
        let own = unquoted(uri);
        let mut members = self.list(uri, login, properties);
        members.retain(|it| it.href.trim_end_matches('/') != own.trim_end_matches('/'));
        members
    }

    fn locate(&mut self, method: &str, rest: &str, request: &Request, number: u32) -> Done {
        let login = self.login(request);
        let (uri, _) = self.place(request, number);
        let found = match method {
            "GETCONTAINS" => self.containing(&uri, &login, rest.trim()),
            "GETOTHER" => {
                let end = uri.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
                self.newest(&uri[..end], &login, Some(&uri))
            }
            _ => self.newest(&uri, &login, None),
        };
        let Some(href) = found else {
            self.located.clear();
            return Err(self.failed(format!("{method}: nothing found in {uri}")));
        };
        self.found_before.insert(href.clone());
        self.located = href;
        Ok(())
    }

    /// The newest member; of several that are equally new, the one that was not found before.
    fn newest(&mut self, uri: &str, login: &Login, except: Option<&str>) -> Option<String> {
        let mut members = self.members(uri, login, "<D:getetag/><D:getlastmodified/>");
        members.retain(|it| except != Some(it.href.as_str()));
        let changed = |it: &Response| {
            let property = it.property("{DAV:}getlastmodified")?;
            let zoned = DateTimeParser::new().relaxed_weekday(true).parse_zoned(&property.text);
            zoned.ok().map(|it| it.timestamp())
        };
        let latest: Option<Timestamp> = members.iter().filter_map(changed).max();
        let is_candidate =
            |it: &&Response| it.bad().next().is_some() || latest.is_some() && changed(it) == latest;
        let candidates: Vec<String> =
            members.iter().filter(is_candidate).map(|it| it.href.clone()).collect();
        if let [one] = candidates.as_slice() {
            return Some(one.clone());
        }
        let mut new = candidates.into_iter().filter(|it| !self.found_before.contains(it));
        new.next().filter(|_| new.next().is_none())
    }

    fn containing(&mut self, uri: &str, login: &Login, text: &str) -> Option<String> {
        let members = self.members(uri, login, "<D:getetag/>");
        members.into_iter().map(|it| it.href).find(|href| {
            let path = quoted(href);
            let asked =
                Asked { method: "GET".into(), path, login: login.clone(), ..Asked::default() };
            self.send(asked).is_ok_and(|answer| answer.text().contains(text))
        })
    }

    /// Waits until a collection has exactly `wanted` members.
    fn await_count(&mut self, uri: &str, login: &Login, wanted: usize) -> Done {
        let mut found = self.members(uri, login, "<D:getetag/>").len();
        for _ in 0..self.info.wait_count {
            if found == wanted {
                return Ok(());
            }
            pause_ms(self.info.wait_delay_ms);
            found = self.members(uri, login, "<D:getetag/>").len();
        }
        Err(self.failed(format!("{uri} has {found} members instead of {wanted}")))
    }

    /// Waits until a collection has exactly `wanted` members, then empties it.
    ///
    /// It is emptied even if the count is wrong: one message too many is one failure, and not one
    /// for each test that follows.
    fn await_and_delete(&mut self, uri: &str, login: &Login, wanted: usize) -> Done {
        let done = self.await_count(uri, login, wanted);
        for member in self.members(uri, login, "<D:getetag/>") {
            // What cannot be deleted will be counted the next time.
            let _ = self.delete(&member.href, login);
        }
        done
    }

    /// Waits until a resource has another entity tag than when it was read last.
    fn await_change(&mut self, request: &Request, number: u32) -> Done {
        let (uri, path) = self.place(request, number);
        let login = self.login(request);
        let old = self.etags.get(&uri).cloned();
        let deadline = Deadline::after_s(CHANGE_S);
        loop {
            let (path, login) = (path.clone(), login.clone());
            let asked = Asked { method: "HEAD".into(), path, login, ..Asked::default() };
            let answer = self.send(asked).map_err(|why| self.failed(why))?;
            if answer.values("ETag").next() != old.as_deref() {
                self.located = uri;
                return Ok(());
            }
            if deadline.is_over() {
                return Err(self.failed(format!("{uri} has not changed")));
            }
            pause_ms(self.info.wait_delay_ms);
        }
    }
}
