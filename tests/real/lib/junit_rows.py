"""Turns a pytest JUnit report into result rows: junit_rows.py REPORT.xml PREFIX"""

import sys
import xml.etree.ElementTree as ET

from table import Table


def verdict(case):
    """(verdict, note) of one <testcase>; a test expected to fail that does so is a skip."""
    for kind in ("failure", "error"):
        found = case.find(kind)
        if found is not None:
            return "FAIL", found.get("message") or found.text or kind
    found = case.find("skipped")
    if found is not None:
        return "SKIP", found.get("message") or ""
    return "PASS", ""


def main(report, prefix):
    table = Table()
    # A test whose body and clean-up both fail appears twice; the first row says enough.
    seen = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{prefix}{case.get('classname').rsplit('.', 1)[-1]}::{case.get('name')}"
        row = verdict(case)
        if name not in seen or (seen[name][0] != "FAIL" and row[0] == "FAIL"):
            seen[name] = row
    for name, (result, note) in seen.items():
        table.row(result, name, note)


main(sys.argv[1], sys.argv[2])
