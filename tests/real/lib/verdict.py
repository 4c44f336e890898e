"""Judges the recorded results against the known gaps and prints the closing summary.

verdict.py FOLDER KNOWN_GAPS SUITE...   FOLDER holds for each suite SUITE.tsv (its rows) and SUITE.state
                                        (`ran`, or `skipped`, or the reason why it could not run).
Exit status 0: every failure is a known gap, every known gap of these suites still fails, every suite ran.
"""

import collections
import pathlib
import sys

SuiteResult = collections.namedtuple("SuiteResult", "name state rows")


def read_suite(folder, name):
    state = folder / f"{name}.state"
    rows = []
    results = folder / f"{name}.tsv"
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            parts = line.split("\t")
            if len(parts) == 3:
                rows.append((parts[0], parts[1].strip()))
    return SuiteResult(name, state.read_text().strip() if state.exists() else "did not run", rows)


def read_gaps(path):
    """{suite: set of test names} from lines `suite: test name`; `#` starts a comment line."""
    gaps = collections.defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            suite, _, test = line.partition(":")
            gaps[suite.strip()].add(test.strip())
    return gaps


def count(suite, verdict):
    return sum(1 for row in suite.rows if row[0] == verdict)


def errors(suite, gaps):
    """What is wrong with one suite, in words."""
    if suite.state == "skipped":
        return []
    found = []
    if suite.state != "ran":
        found.append(f"{suite.name}: {suite.state}")
    elif not count(suite, "PASS") + count(suite, "FAIL"):
        found.append(f"{suite.name}: ran no test")
    failing = {name for verdict, name in suite.rows if verdict == "FAIL"}
    passing = {name for verdict, name in suite.rows if verdict == "PASS"} - failing
    found += [f"{suite.name}: not a known gap: {name}" for name in sorted(failing - gaps)]
    found += [f"{suite.name}: passes now, remove it from known-gaps.txt: {name}" for name in sorted(gaps & passing)]
    if suite.state == "ran":
        known = {name for _, name in suite.rows}
        found += [f"{suite.name}: no such test, remove it from known-gaps.txt: {name}" for name in sorted(gaps - known)]
    return found


def main(folder, gaps_path, names):
    gaps = read_gaps(gaps_path)
    suites = [read_suite(folder, name) for name in names]
    problems = [problem for suite in suites for problem in errors(suite, gaps.get(suite.name, set()))]
    print(f"\n{'suite':12} {'passed':>7} {'failed':>7} {'skipped':>8} {'known gaps':>11}  state")
    for suite in suites:
        numbers = (count(suite, "PASS"), count(suite, "FAIL"), count(suite, "SKIP"))
        known = sum(1 for verdict, name in suite.rows if verdict == "FAIL" and name in gaps.get(suite.name, set()))
        print(f"{suite.name:12} {numbers[0]:7} {numbers[1]:7} {numbers[2]:8} {known:11}  {suite.state}")
    print()
    for problem in problems:
        print(f"ERROR {problem}")
    if problems:
        print(f"{len(problems)} errors\n")
    total = [sum(count(suite, verdict) for suite in suites) for verdict in ("PASS", "FAIL")]
    print(f"{total[0]} passed, {total[1]} failed")
    return 1 if problems else 0


sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]))
