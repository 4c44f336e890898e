//! How fast commits are, each on disk before it counts: alone, and with 64 writers at once.
//!
//! Aims: half of the commits of one writer within 0.4 ms; 10,000 a second with 64 writers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::clock::{Clock, SystemClock};
use storage::engine::Commit;
use storage::{Engine, SledEngine, SledOptions};

/// Time for which each setting is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` only wants to know that it runs.
    let measured =
        if std::env::args().any(|it| it == "--bench") { MEASURED } else { Duration::ZERO };
    for writers in [1, 16, 64] {
        let folder = tempfile::tempdir()?;
        let engine = Arc::new(SledEngine::open(folder.path(), SledOptions::default())?);
        let (count, mut times) = measure(&engine, writers, measured);
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        let per_s = count * 1_000 / u64::try_from(measured.as_millis())?.max(1);
        let line = format!(
            "{writers:>3} writers: {per_s:>8} commits/s, p50 {:?}, p99 {:?}\n",
            at(50),
            at(99)
        );
        std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
        engine.close();
    }
    Ok(())
}

/// Has `writers` threads commit rows of a kilobyte until the time is up.
fn measure(engine: &Arc<SledEngine>, writers: u64, measured: Duration) -> (u64, Vec<Duration>) {
    let clock = SystemClock::start();
    let count = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..writers)
        .map(|writer| {
            let (engine, count) = (Arc::clone(engine), Arc::clone(&count));
            std::thread::spawn(move || {
                let mut times = Vec::new();
                let mut n = 0_u64;
                loop {
                    let began = clock.elapsed();
                    let key =
                        [&[7][..], &writer.to_be_bytes(), &(n % 1_000).to_be_bytes()].concat();
                    let value: Arc<[u8]> = vec![b'x'; 1_000].into();
                    let commit = Commit { writes: vec![(key, Some(value))], ..Commit::default() };
                    if !matches!(engine.submit(commit).blocking_recv(), Ok(Ok(_))) {
                        return times;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    times.push(clock.elapsed().saturating_sub(began));
                    n += 1;
                    if clock.elapsed() >= measured {
                        return times;
                    }
                }
            })
        })
        .collect();
    let times = threads.into_iter().filter_map(|it| it.join().ok()).flatten().collect();
    (count.load(Ordering::Relaxed), times)
}
