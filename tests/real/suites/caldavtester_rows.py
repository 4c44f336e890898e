"""Turns what the conformance runner told into result rows: caldavtester_rows.py FILE

A script passes if nothing in it fails but what is known to; so does the whole if enough tests pass.
"""

import pathlib
import re
import sys

from table import Table

# Of a hundred tests that are run, so many have to pass.
ENOUGH = 85

TOTALS = re.compile(r"^(\S+) +(\d+) passed +(\d+) failed +(\d+) ignored$")


def main(told):
    table = Table()
    lines = pathlib.Path(told).read_text(encoding="utf-8").splitlines()
    wrong = {}
    for line in lines:
        found = re.match(r"^(?:FAILED|!!!|no longer fails, take it from the list:) ?([^ :|]+)", line)
        if found:
            wrong.setdefault(found[1], line)
    totals = [match.groups() for match in map(TOTALS.match, lines) if match]
    for name, passed, failed, ignored in totals:
        if name == "all":
            share = 100 * int(passed) / max(1, int(passed) + int(failed))
            verdict = "PASS" if share >= ENOUGH else "FAIL"
            table.row(verdict, f"at least {ENOUGH} % of all", f"{passed} passed, {failed} failed: {share:.1f} %")
        else:
            note = wrong.get(name) or f"{passed} passed, {failed} known to fail, {ignored} left out"
            table.row("FAIL" if name in wrong else "PASS", name, note)
    if not totals:
        table.row("FAIL", "the runner told its totals", lines[-1] if lines else "it told nothing")


main(sys.argv[1])
