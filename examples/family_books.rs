//! A family books a time on the web, and the host's calendar shows it: all of it in memory's reach.
//!
//! Run it with `cargo run --example family_books`.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use app::{Actor, App, ConfirmForm, Ctx, HashCost, HoldRequest, NewUser, Parts, VisitorToken};
use model::clock::{Clock, ManualClock};
use model::zone::ZoneDb;
use storage::Store;

/// Monday, 2 March 2026, 08:00 UTC.
const NOW: i64 = 1_772_438_400;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(ManualClock::at(NOW));
    let app = App::start(Parts {
        store: Store::open(folder.path())?,
        zones: ZoneDb::bundled(),
        clock: Arc::<ManualClock>::clone(&clock),
        default_zone: "Europe/Paris".into(),
        hash_cost: HashCost { memory_kib: 8, passes: 1 },
    })
    .await?;
    let server = Ctx::server(clock.now());
    app.add_user(
        &server,
        NewUser {
            name: "alice".into(),
            email: "alice@example.org".into(),
            display_name: "Alice Archer".into(),
            password: "correct horse".into(),
            zone: None,
        },
    )
    .await?;

    let family = VisitorToken([7; 16]);
    let ctx = Ctx { actor: Actor::Visitor(family), now: clock.now(), request: 1 };
    let zone = app.zones().zone("Europe/Paris").ok_or("no zone")?;
    let today = zone.local(ctx.now).date();
    let offer = app.offer(&ctx, "alice", "session", 60, &zone, (today, today.last_of_month()))?;
    let start = offer.next.ok_or("nothing is free")?;
    let request = HoldRequest {
        host: "alice",
        slug: "session",
        duration_min: 60,
        start,
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let held = app.hold(&ctx, &request).await?;
    let form = ConfirmForm {
        name: "The Berger family".into(),
        email: "berger@example.org".into(),
        phone: String::new(),
        notes: "Two children, ten and twelve.".into(),
        zone: "Europe/Paris".into(),
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let booked = app.confirm(&ctx, held.id, &form).await?;

    let alice = app.owner(&server, "alice", app::Action::Administer)?;
    let bookings = app.collection(&server, &alice, "bookings")?;
    let text = String::from_utf8(app.export(&server, &bookings)?)?;
    assert!(text.contains("The Berger family"));
    let out = format!("booked {} for {}\n\n{text}", booked.id, zone.local(start));
    std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes())?;
    Ok(())
}
