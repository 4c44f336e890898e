"""Turns the report of crashloop.py into result rows: crash_rows.py REPORT.json CYCLES"""

import collections
import json
import pathlib
import sys

from table import Table

# What crashloop.py counts as a violation, and the promise that it breaks.
PROMISES = {
    "every acknowledged write is there afterwards": ("lost_write", "stale_old_version", "missing_in_listing"),
    "nothing that was deleted comes back": ("resurrected", "phantom_listed"),
    "every object is whole and as it was sent": ("torn", "wrong_body"),
    "ETags stay as they were": ("etag_changed", "listing_etag"),
    "sync from an old token arrives at the listing": ("sync_diverged", "token_rejected"),
    "a sync token names one state only": ("token_two_states",),
    "no counted update (If-Match) is lost or doubled": ("lost_update", "phantom_update"),
    "a race to create has exactly one winner": ("race_winners", "race_wrong_body"),
    "no write is refused without cause": ("write_refused", "delete_refused", "cas_rejected"),
    "the server comes up again, quickly": ("start_failed", "slow_recovery", "unavailable"),
    "the calendar is there and lists": ("calendar_lost", "listing_failed", "get_5xx"),
}


def main(report, cycles):
    table = Table()
    path = pathlib.Path(report)
    if not path.exists():
        table.check(False, "the crash loop ran to its end")
        return
    result = json.loads(path.read_text(encoding="utf-8"))
    violations, counts = result["violations"], collections.Counter(result["counts"])
    examples = {kind: text for kind, text in reversed(result["examples"])}
    for promise, kinds in PROMISES.items():
        broken = [kind for kind in kinds if violations.get(kind)]
        note = "; ".join(f"{kind} x{violations[kind]} {examples.get(kind, '')}" for kind in broken)
        table.check(not broken, promise, note)
    unknown = set(violations) - {kind for kinds in PROMISES.values() for kind in kinds}
    table.check(not unknown, "no other violation", " ".join(sorted(unknown)))
    table.check(result["crashes"] == int(cycles), "all crashes happened", f"{result['crashes']} of {cycles}")
    load = f"{counts['put']} PUT, {counts['delete']} DELETE, {counts['cas_ok']} counted updates, {counts['sync']} syncs"
    table.check(min(counts["put"], counts["delete"], counts["cas_ok"], counts["sync"]) > 0, "the load was real", load)


main(sys.argv[1], sys.argv[2])
