//! Properties of WebDAV-Push: how a device can be told of changes of a calendar.

use app::Collection;

use super::{Live, Subject};
use crate::wire::out::Out;

/// Writes a property about pushes.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, collection: &Collection, live: Live) {
    match live {
        Live::PushTransports => out.element("P:transports", |out| {
            out.element("P:web-push", |out| {
                let key = subject.app.push_key().unwrap_or_default();
                out.leaf_with("P:vapid-public-key", &[("type", "p256ecdsa")], key);
            });
        }),
        Live::PushTopic => out.leaf("P:topic", &subject.app.push_topic(collection)),
        Live::PushTriggers => out.element("P:supported-triggers", |out| {
            out.element("P:content-update", |out| out.leaf("D:depth", "1"));
        }),
        _ => {}
    }
}
