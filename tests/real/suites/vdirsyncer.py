"""vdirsyncer, khal and todoman as a user runs them: two-way sync, conflicts, metadata, bulk, command-line clients."""

import datetime
import os
import pathlib
import re
import subprocess
import time

from dav import Dav, event
from table import Table
from vdirsyncer_client import Vdirsyncer, files_with

BULK_ITEMS = 120
LONDON = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:STANDARD
DTSTART:19961027T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""

KHAL_CONFIG = """
[calendars]
[[synced]]
path = {folder}
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/London
default_timezone = Europe/London
[default]
default_calendar = synced
[sqlite]
path = {database}
"""

TODOMAN_CONFIG = """
path = "{folders}"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "{name}"
cache_path = "{database}"
"""


class Suite:
    def __init__(self):
        self.work = pathlib.Path(os.environ["WORK"])
        self.table = Table()
        self.server = Dav(os.environ["DAV_URL"], os.environ["USER1"], os.environ["PASS1"]).discover()
        self.client = Vdirsyncer(self.work / "sync")
        self.calendar = self.server.make_calendar("synced")

    def run(self):
        for part in (
            self.discovery, self.both_ways, self.conflict, self.metadata, self.second_device, self.deletions,
            self.bulk, self.khal, self.todoman,
        ):
            part()

    # -- looking at the server

    def on_server(self, uid, text=""):
        """How many resources of the calendar have this UID and this text."""
        return sum(1 for _, content in self.server.find(self.calendar, f"UID:{uid}\r\n") if text in content)

    def put_on_server(self, uid, summary):
        text = event(uid, summary, "20270501T100000Z", "20270501T110000Z")
        return self.server.put(f"{self.calendar}{uid}.ics", text).status < 300

    def retitle_on_server(self, uid, summary):
        url, _ = self.server.find(self.calendar, f"UID:{uid}\r\n")[0]
        retitled = re.sub("SUMMARY:.*", f"SUMMARY:{summary}", self.server.get(url).text)
        assert self.server.put(url, retitled).status < 300

    def remove_from_server(self, uid):
        for url, _ in self.server.find(self.calendar, f"UID:{uid}\r\n"):
            self.server.delete(url)

    # -- changing files as a local calendar program does

    def write_file(self, uid, text):
        (self.folder / f"{uid}.ics").write_bytes(text.replace("\n", "\r\n").encode())

    def retitle_file(self, path, summary):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        path.write_bytes(re.sub(r"SUMMARY:[^\r\n]*", f"SUMMARY:{summary}", text).encode())

    # -- the parts

    def discovery(self):
        table, client = self.table, self.client
        table.check(self.put_on_server("from-server", "from server"), "an event is put on the server")
        (client.first / "made-locally").mkdir()
        status, output = client.attempt("discover", "first")
        table.check(status == 0, "discover: collections of both sides", output[-200:] if status else "")
        table.check("synced" in output, "discover lists a new calendar")
        urls = [url for url, _, _ in self.server.calendars()]
        table.check(any("made-locally" in url for url in urls), "discover makes a local folder a calendar on the server")
        table.run("first sync", client.sync, "first")
        self.folder = client.first / "synced"
        table.check(files_with(self.folder, "UID:from-server"), "an event of the server arrives locally")

    def both_ways(self):
        table, client = self.table, self.client
        text = event("from-client", "from client é", "20270502T100000", "20270502T110000", zone="Europe/London")
        self.write_file("from-client", text.replace("BEGIN:VEVENT", LONDON + "BEGIN:VEVENT"))
        table.run("sync of a local event", client.sync, "first")
        table.check(self.on_server("from-client", "from client é") == 1, "a local event arrives on the server")

        def server_edit():
            self.retitle_on_server("from-client", "edited on server")
            client.sync("first")
            return bool(files_with(self.folder, "edited on server"))

        def client_edit():
            self.retitle_file(self.folder / "from-client.ics", "edited on client")
            client.sync("first")
            return self.on_server("from-client", "edited on client") == 1

        table.run("an edit on the server arrives locally", server_edit)
        table.run("a local edit arrives on the server (If-Match)", client_edit)

    def conflict(self):
        def refused():
            self.retitle_on_server("from-server", "conflict server")
            self.retitle_file(files_with(self.folder, "UID:from-server")[0], "conflict client")
            status, output = self.client.attempt("sync", "first")
            assert status != 0 and re.search("conflict|changed on both", output, re.I), output[-200:]

        def resolved():
            self.client.on_conflict('"b wins"')
            self.client.sync("first")
            return bool(files_with(self.folder, "conflict server"))

        self.table.run("an edit on both sides is detected and refused", refused)
        self.table.run("the conflict is resolved for the server", resolved)

    def metadata(self):
        def arrives(file, value):
            return any(value.lower() in path.read_text().lower() for path in self.client.first.glob(f"*/{file}"))

        self.server.set_look(self.calendar, "Renamed", "#123456FF")
        status, output = self.client.attempt("metasync", "first")
        self.table.check(status == 0, "metasync", output[-200:] if status else "")
        self.table.check(arrives("displayname", "Renamed"), "metasync brings the display name")
        self.table.check(arrives("color", "#123456"), "metasync brings the colour")

    def second_device(self):
        def same():
            self.client.run("discover", "second")
            self.client.sync("second")
            return bool(files_with(self.client.second, "edited on client"))

        self.table.run("a second device sees the same", same)

    def deletions(self):
        def on_server():
            self.remove_from_server("from-server")
            self.client.sync("first")
            return not files_with(self.folder, "UID:from-server")

        def locally():
            (self.folder / "from-client.ics").unlink()
            self.client.sync("first", "--force-delete")
            return self.on_server("from-client") == 0

        self.table.run("a deletion on the server removes the local file", on_server)
        self.table.run("a local deletion removes it from the server", locally)

    def bulk(self):
        first = datetime.datetime(2027, 6, 1)
        for number in range(BULK_ITEMS):
            start = first + datetime.timedelta(hours=5 * number)
            end = start + datetime.timedelta(minutes=30)
            self.write_file(
                f"bulk-{number}", event(f"bulk-{number}", "bulk", f"{start:%Y%m%dT%H%M%SZ}", f"{end:%Y%m%dT%H%M%SZ}")
            )

        def timed(pair):
            started = time.monotonic()
            self.client.sync(pair, seconds=240)
            return f"{time.monotonic() - started:.1f} s"

        def up():
            took = timed("first")
            assert self.on_server(f"bulk-{BULK_ITEMS - 1}", "bulk") == 1
            return took

        def down():
            took = timed("second")
            arrived = len(files_with(self.client.second, "SUMMARY:bulk"))
            assert arrived == BULK_ITEMS, arrived
            return took

        self.table.run(f"{BULK_ITEMS} items up", up)
        self.table.run(f"{BULK_ITEMS} items down (multiget)", down)

    def khal(self):
        config = self.work / "khal.conf"
        config.write_text(KHAL_CONFIG.format(folder=self.folder, database=self.work / "khal.db"))

        def makes_event():
            self.command_line("khal", "-c", config, "new", "-a", "synced", "2027-07-01", "10:00", "11:00", "by khal")
            self.client.sync("first")
            return len(self.server.find(self.calendar, "SUMMARY:by khal")) == 1

        def lists_event():
            self.put_on_server("for-khal", "for khal")
            self.client.sync("first")
            return "for khal" in self.command_line("khal", "-c", config, "list", "2027-05-01", "1d")

        self.table.run("khal makes an event that arrives on the server", makes_event)
        self.table.run("khal lists an event of the server", lists_event)

    def todoman(self):
        config = self.work / "todoman.py"
        name = self.folder / "displayname"
        shown = name.read_text().strip() if name.exists() else self.folder.name
        config.write_text(TODOMAN_CONFIG.format(
            folders=f"{self.client.first}/*", name=shown, database=self.work / "todoman.db"
        ))

        def makes_task():
            self.command_line("todo", "--config", config, "new", "-l", shown, "by todoman")
            self.client.sync("first")
            return len(self.server.find(self.calendar, "SUMMARY:by todoman")) == 1

        def finishes_task():
            self.command_line("todo", "--config", config, "list")
            self.command_line("todo", "--config", config, "done", "1")
            self.client.sync("first")
            _, content = self.server.find(self.calendar, "SUMMARY:by todoman")[0]
            return "STATUS:COMPLETED" in content

        self.table.run("todoman makes a task that arrives on the server", makes_task)
        self.table.run("todoman marks it done", finishes_task)

    def command_line(self, program, *arguments):
        path = f"{os.environ['CLIENTS_HOME']}/venv-khal/bin/{program}"
        done = subprocess.run(
            [path, *map(str, arguments)], env={**os.environ, "XDG_CACHE_HOME": str(self.work)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        assert done.returncode == 0, done.stdout[-300:]
        return done.stdout


Suite().run()
