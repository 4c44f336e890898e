"""Runs the test programs of litmus on the collection of files and turns what they print into result rows."""

import os
import pathlib
import re
import subprocess

from dav import Dav
from table import Table

PROGRAMS = ("basic", "copymove", "props", "http")
LIMIT_S = 120
# `12. delete_coll........... pass`; the programs write each such line over the one before it. A test with a warning
# takes two: `9. delete_fragment....... WARNING: unsafe`, then `    ...................... pass (with 1 warning)`.
LINE = re.compile(r"^\s*(?:(\d+)\. (\w+?))?\.* (pass|FAIL|SKIPPED|WARNING)\b(.*)")
VERDICTS = {"pass": "PASS", "FAIL": "FAIL", "SKIPPED": "SKIP"}
FOLDER = os.environ["BASE_URL"] + os.environ["FILES_PATH"]


def run_program(table, program):
    """One row for each test of a program, and one that says whether it came to its end."""
    work = pathlib.Path(os.environ["WORK"], program)  # where the program leaves its debug.log
    work.mkdir()
    done = subprocess.run(
        ["litmus", FOLDER, os.environ["USER1"], os.environ["PASS1"]], env={**os.environ, "TESTS": program}, cwd=work,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
    )
    output = done.stdout.decode("utf-8", "replace")
    (work / "output.log").write_text(output, encoding="utf-8")
    for verdict, name, note in results(output):
        table.row(verdict, f"{program} {name}", note)
    summary = re.search(r"<- summary for .*", output)
    table.check(summary, f"{program} runs to its end", summary.group(0) if summary else output[-200:])


def results(output):
    """(verdict, number and name, remarks) of each test in what a program printed."""
    test, warning = "", ""
    for line in re.split(r"[\r\n]+", output):
        found = LINE.match(line)
        if found is None:
            continue
        number, name, word, note = found.groups()
        test = f"{number} {name}" if name else test
        if word == "WARNING":
            warning += note
        else:
            yield VERDICTS[word], test, f"{note} {warning}"
            warning = ""


def main():
    table = Table()
    server = Dav(FOLDER, os.environ["USER1"], os.environ["PASS1"])
    answer = server.propfind(FOLDER, ["D:resourcetype"])
    if not table.check(answer.status == 207, "there is a collection of files", f"{FOLDER} answers {answer.status}"):
        return
    classes = [name.strip() for name in (server.request("OPTIONS", FOLDER).headers.get("DAV") or "").split(",")]
    table.check("1" in classes, "OPTIONS of the collection tells class 1", " ".join(classes))
    for program in PROGRAMS:
        run_program(table, program)
    if "2" in classes:
        run_program(table, "locks")
    else:
        table.skip("locks", "the server does not offer class 2")


main()
