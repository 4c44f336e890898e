"""Turns the report of badinput.py into result rows: badinput_rows.py REPORT.json"""

import json
import pathlib
import sys

from table import Table

table = Table()
for case in json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")):
    note = case["why"] or f"{case['got']} in {case['secs']} s"
    table.check(case["result"] != "FAIL", f"{case['group']} {case['name']}", note)
