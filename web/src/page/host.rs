//! `/b/HOST`: what can be booked with a host.

use askama::Template;
use http::StatusCode;

use super::{initial, render};
use crate::link::segment;
use crate::route::Asking;
use crate::{Answer, problem, when};

#[derive(Template)]
#[template(path = "host.html")]
struct Page {
    host: String,
    initial: String,
    types: Vec<TypeLine>,
}

struct TypeLine {
    href: String,
    title: String,
    length: String,
    description: String,
}

pub(crate) fn show(asking: &Asking<'_>, host: &str) -> Answer {
    let page = match asking.app.host_page(&asking.ctx, host) {
        Ok(page) => page,
        Err(refusal) => return problem::refused(&refusal, None),
    };
    let line = |it: &app::OfferedType| {
        let lengths = it.event_type.durations_min.iter().map(|it| when::length(i64::from(*it)));
        TypeLine {
            href: format!("/b/{}/{}", segment(host), segment(&it.event_type.slug)),
            title: it.event_type.title.clone(),
            length: lengths.collect::<Vec<_>>().join(" or "),
            description: it.event_type.description.clone(),
        }
    };
    let name = page.host.display_name.clone();
    let types = page.types.iter().map(line).collect();
    render(StatusCode::OK, &Page { initial: initial(&name), host: name, types })
}
