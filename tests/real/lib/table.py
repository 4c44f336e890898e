"""Result rows for suites written in Python, in the same form as lib/suite.sh writes them."""

import os
import signal
import sys
import time

# A suite that is stopped at its time limit still ends the programs it started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped at the time limit"))


class Table:
    """Prints each row and appends it to the file named by RESULTS."""

    def row(self, verdict, name, note=""):
        note = " ".join(str(note).split())[:200]
        print(f"{verdict:5} {name:64} {note}", flush=True)
        with open(os.environ["RESULTS"], "a", encoding="utf-8") as results:
            results.write(f"{verdict}\t{name}\t{note}\n")

    def check(self, condition, name, note=""):
        self.row("PASS" if condition else "FAIL", name, note)
        return bool(condition)

    def skip(self, name, note=""):
        self.row("SKIP", name, note)

    def run(self, name, step, *arguments):
        """A step fails by returning False or by raising; a returned text becomes the note."""
        try:
            value = step(*arguments)
        except Exception as error:  # any failure of a step is a row, not the end of the suite
            return self.check(False, name, f"{type(error).__name__}: {error}")
        return self.check(value is not False, name, value if isinstance(value, str) else "")


def wait(condition, seconds=20, pause=0.5):
    """The first true value of condition(), or its last value when the time is over."""
    end = time.time() + seconds
    while True:
        value = condition()
        if value or time.time() > end:
            return value
        time.sleep(pause)
