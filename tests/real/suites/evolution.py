"""An account on the server in Evolution: found, synced both ways, an occurrence moved, conflict, tasks, invitations."""

import datetime
import os
import re

from dav import C, Dav, event, task, unfold
from evolution_program import Account
from table import Table, wait

SEEDED = "seeded"


class Suite:
    def __init__(self):
        self.table = Table()
        self.server = Dav(os.environ["DAV_URL"], os.environ["USER1"], os.environ["PASS1"]).discover()
        self.other = Dav(os.environ["DAV_URL"], os.environ["USER2"], os.environ["PASS2"]).discover()
        self.url = self.server.default_calendar()
        self.tasks = next((url for url, _, parts in self.server.calendars() if not parts or "VTODO" in parts), None)
        lists = {"Calendar": self.url, **({"Task List": self.tasks} if self.tasks else {})}
        self.account = Account(os.environ["USER1"], os.environ["PASS1"], lists)

    def run(self):
        self.discovery()
        if not self.table.run("the calendar opens", self.opens):
            return
        self.table.check(not self.calendar.client.is_readonly(), "the own calendar is writable")
        self.table.run("Evolution learns the address of the calendar's user", self.own_address)
        for name, step in (
            ("an event of the server arrives", self.event_in),
            ("an event made in Evolution arrives, with zone and rule", self.event_out),
            ("an edit on the server arrives in Evolution", self.server_edit),
            ("an edit in Evolution arrives", self.client_edit),
            ("a changed occurrence arrives", self.occurrence),
            ("a stale edit is refused (412), the server's copy stays", self.conflict),
        ):
            self.table.run(name, step)
        self.task()
        self.scheduling()
        self.table.run("a deletion on the server arrives in Evolution", self.server_deletion)
        self.table.run("a deletion in Evolution arrives", self.client_deletion)

    # -- finding the account

    def discovery(self):
        expected = {url.rstrip("/") for url, _, _ in self.server.calendars()}

        def found_from(url):
            calendars, addresses = self.account.discover(url)
            found = {self.server.absolute(href).rstrip("/") for href, _ in calendars}
            assert expected <= found, f"{sorted(found)} of {sorted(expected)}"
            return f"{len(calendars)} found, addresses {addresses}"

        for name, url in (
            ("the host's root", os.environ["BASE_URL"] + "/"),
            ("the CalDAV address", os.environ["DAV_URL"]),
            ("the principal", self.server.principal),
        ):
            self.table.run(f"every calendar is found from {name}", found_from, url)

    def opens(self):
        self.calendar = self.account.open("Calendar")
        return f"capabilities {self.calendar.property('capabilities')}"

    def own_address(self):
        address = self.calendar.property("cal-email-address")
        assert address == f"{os.environ['USER1']}@example.com", address

    # -- one event, edited on both sides

    def event_in(self):
        text = event(SEEDED, "seeded on server", "20270310T100000Z", "20270310T110000Z", "RRULE:FREQ=WEEKLY;COUNT=4")
        assert self.server.put(f"{self.url}{SEEDED}.ics", text).status == 201
        self.calendar.refresh()
        return bool(wait(lambda: self.calendar.object(SEEDED)))

    def event_out(self):
        self.calendar.create(event(
            "made-here", "made in Evolution é", "20270512T090000", "20270512T100000", "RRULE:FREQ=DAILY;COUNT=3",
            zone="Europe/London",
        ))
        found = wait(lambda: self.server.find(self.url, "made in Evolution é"))
        assert found, "not on the server"
        self.made, text = found[0]
        self.uid = re.search(r"UID:(\S+)", text).group(1)  # Evolution may choose its own
        for part in ("BEGIN:VTIMEZONE", "RRULE"):
            assert part in text, f"{part} is missing: {text[:300]}"
        return self.made.rsplit("/", 1)[1]

    def server_edit(self):
        self.edit_on_server("made in Evolution", "edited on server")
        self.calendar.refresh()
        return bool(wait(lambda: any("edited on server" in title for title in self.calendar.titles())))

    def client_edit(self):
        component = self.calendar.object(self.uid)
        component.set_summary("retitled in Evolution")
        self.calendar.modify(component)
        return bool(wait(lambda: "retitled in Evolution" in self.content()))

    def occurrence(self):
        self.calendar.move_occurrence(
            self.uid, "20270513T090000", "20270513T140000", "20270513T150000", "the second only"
        )
        assert wait(lambda: "the second only" in self.content()), self.content()[-200:]
        return "RECURRENCE-ID" in self.content()

    def conflict(self):
        component = self.calendar.object(self.uid)
        self.edit_on_server("retitled in Evolution", "server wins")
        component.set_summary("stale write")
        said = self.calendar.modify_unless_changed(component)
        assert said, "Evolution believes that it saved"
        assert "server wins" in self.content(), "the server's copy was overwritten"
        return said

    def edit_on_server(self, old, new):
        text = self.server.get(self.made).text
        assert old in text, f"{old!r} is not there to be edited: {text[:200]}"
        status = self.server.put(self.made, text.replace(old, new)).status
        assert status < 300, status

    def content(self):
        return unfold(self.server.get(self.made).text)

    def task(self):
        if self.tasks is None:
            self.table.skip("a task made in Evolution arrives", "no calendar takes tasks")
            return

        def task_out():
            self.account.open("Task List").create(task("task-here", "task in Evolution", "20270601"))
            return bool(wait(lambda: self.server.find(self.tasks, "task in Evolution")))

        self.table.run("a task made in Evolution arrives", task_out)

    # -- invitations between two users of the server

    def scheduling(self):
        steps = {
            "busy times of another user": self.free_busy,
            "Evolution invites, the attendee has a copy": self.invites,
            "Evolution is invited and accepts, the organiser sees it": self.is_invited,
        }
        offers = "calendar-auto-schedule" in self.server.capabilities()
        if not offers:
            for name in steps:
                self.table.skip(name, "the server does not offer scheduling")
            return
        self.me, self.them = (f"mailto:{os.environ[name]}@example.com" for name in ("USER1", "USER2"))
        self.their_calendar = self.other.default_calendar()
        for name, step in steps.items():
            self.table.run(name, step)

    def free_busy(self):
        self.other.put(self.their_calendar + "busy.ics", event("busy", "busy", "20270605T130000Z", "20270605T140000Z"))
        day = datetime.datetime(2027, 6, 5, tzinfo=datetime.timezone.utc)
        got = self.calendar.busy(day, day + datetime.timedelta(days=1), self.them.removeprefix("mailto:"))
        wait(lambda: got, 8)
        assert "20270605T130000Z" in " ".join(got), got

    def invites(self):
        people = (
            f"ORGANIZER:{self.me}\nATTENDEE;PARTSTAT=ACCEPTED:{self.me}\n"
            f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{self.them}"
        )
        text = event("invited-by-me", "invited by Evolution", "20270606T100000Z", "20270606T110000Z", people)
        self.calendar.create(text)
        homes = self.other.calendars()
        return bool(wait(lambda: [url for url, _, _ in homes if self.other.find(url, "invited by Evolution")]))

    def is_invited(self):
        people = (
            f"ORGANIZER:{self.them}\nATTENDEE;PARTSTAT=ACCEPTED:{self.them}\n"
            f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{self.me}"
        )
        url = self.their_calendar + "invites-me.ics"
        text = event("invites-me", "for Evolution", "20270607T100000Z", "20270607T110000Z", people)
        assert self.other.put(url, text).status == 201
        assert wait(lambda: (self.calendar.refresh(), self.calendar.object("invites-me"))[1]), "invitation not seen"
        self.calendar.accept("invites-me", self.me)
        line = r"ATTENDEE[^\r\n]*PARTSTAT=ACCEPTED[^\r\n]*" + re.escape(self.me)
        return bool(wait(lambda: re.search(line, unfold(self.other.get(url).text), re.I)))

    # -- the end

    def server_deletion(self):
        assert self.calendar.object(SEEDED), "it is not in Evolution to begin with"
        self.server.delete(f"{self.url}{SEEDED}.ics")
        self.calendar.refresh()
        return bool(wait(lambda: self.calendar.object(SEEDED) is None))

    def client_deletion(self):
        self.calendar.remove(self.uid)
        return bool(wait(lambda: self.server.get(self.made).status == 404))


Suite().run()
# The bindings' own thread would keep the program alive.
os._exit(0)
