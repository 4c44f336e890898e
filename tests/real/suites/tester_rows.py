"""Turns the feature report of caldav-server-tester into result rows: tester_rows.py REPORT

Full support passes; support that breaks (`ungraceful`, `broken`, `fragile`) fails; anything between, such as a
feature that is not offered, is shown and counted as skipped.
"""

import ast
import pathlib
import sys

from table import Table

ABOUT_THE_RUN = {"caldav_version", "ts", "name", "url", "error"}
BREAKS = {"ungraceful", "broken", "fragile"}


def support(value):
    """(level, remark) of one feature."""
    if isinstance(value, str):
        return value, ""
    value = value or {}
    level = value.get("support") or ("full" if value.get("enable") or value.get("value") is True else str(value))
    return level, value.get("behaviour") or value.get("description") or ""


def main(report):
    table = Table()
    features = ast.literal_eval(pathlib.Path(report).read_text(encoding="utf-8"))
    for name in sorted(set(features) - ABOUT_THE_RUN):
        level, remark = support(features[name])
        verdict = "FAIL" if level in BREAKS else "PASS" if level == "full" else "SKIP"
        table.row(verdict, name, f"{level} {remark}")


main(sys.argv[1])
