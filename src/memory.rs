//! Memory that is free goes back to the system: how the allocator is told.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What glibc reads when a program starts, and never again.
const TUNABLES: &str = "GLIBC_TUNABLES";
/// Says that this is the second start: a loader that takes the setting away, as for programs
/// with privileges of their own, must not bring about a third.
const AGAIN: &str = "BOOKDAV_SETTLED";
/// The store's buffers of four megabytes go back at once, and two cores need two arenas
/// (docs/decisions/0012). What answers are made of stays.
const SETTING: &str = "glibc.malloc.mmap_threshold=2097152:\
                       glibc.malloc.trim_threshold=2097152:glibc.malloc.arena_max=2";

/// Starts this program once more with the setting, in the same process.
///
/// Whoever has set the allocator already is left alone; so is a system that will not start the
/// program again: it only takes more memory then.
pub(crate) fn settle() {
    let is_set = [TUNABLES, AGAIN].into_iter().any(|it| env::var_os(it).is_some());
    if !cfg!(target_env = "gnu") || is_set {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // It returns only if it fails.
    let _failed = again.args(arguments).env(TUNABLES, SETTING).env(AGAIN, "1").exec();
}
