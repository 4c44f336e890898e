"""A real Thunderbird with an account on the server: found, synced both ways, conflicts, tasks, invitations."""

import json
import os
import re

from dav import Dav, event, task, unfold
from free_port import free_port
from table import Table, wait
from thunderbird_program import Thunderbird

ALARM = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT15M\nEND:VALARM"
WEEKLY = f"RRULE:FREQ=WEEKLY;COUNT=6\n{ALARM}"
DAILY = f"RRULE:FREQ=DAILY;COUNT=3\nLOCATION:Room 1\n{ALARM}"


class Suite:
    def __init__(self):
        self.table = Table()
        self.user, self.password = os.environ["USER1"], os.environ["PASS1"]
        self.server = Dav(os.environ["DAV_URL"], self.user, self.password).discover()
        self.other = Dav(os.environ["DAV_URL"], os.environ["USER2"], os.environ["PASS2"]).discover()
        self.calendar = self.server.default_calendar()
        self.thunderbird = Thunderbird(os.environ["WORK"], free_port())

    def run(self):
        try:
            self.start()
            self.account()
            self.subscription()
            self.both_ways()
            self.conflict()
            self.tasks()
            self.invitations()
            self.table.run("screenshots of the calendar tab", self.screenshots)
            self.deletions()
        finally:
            self.thunderbird.stop()

    def start(self):
        self.thunderbird.connect()
        self.call = self.thunderbird.call
        self.table.run("Thunderbird starts", self.call, "version")
        self.call("rememberPasswords")
        self.call("makeIdentity", f"{self.user}@example.com", self.user)

    # -- finding the account

    def account(self):
        found = []

        def detect(location):
            calendars = self.call("detect", self.user, self.password, location)
            found[:] = calendars or found
            return ", ".join(calendar["name"] for calendar in calendars) or False

        self.table.run("account found from the host's root", detect, os.environ["BASE_URL"] + "/")
        self.table.run("account found from the CalDAV address", detect, os.environ["DAV_URL"])
        expected = {url.rstrip("/") for url, _, _ in self.server.calendars()}
        self.table.check(
            expected <= {calendar["url"].rstrip("/") for calendar in found}, "every calendar of the home is found",
            f"{len(found)} of {len(expected)}",
        )
        read_only = [calendar["name"] for calendar in found if calendar["readOnly"]]
        self.table.check(found and not read_only, "own calendars are writable", read_only)

    def subscription(self):
        self.server.put(
            self.calendar + "seed.ics", event("seed", "from server", "20270310T100000Z", "20270310T110000Z", WEEKLY)
        )
        self.table.run(
            "event in: the first sync brings an event of the server", self.call, "subscribe", self.calendar, "seed"
        )
        self.state = self.call("state", self.calendar)
        healthy = not self.state["disabled"] and self.state["status"] in (0, None)
        self.table.check(healthy, "the calendar is healthy in Thunderbird", json.dumps(self.state))
        self.table.check(self.state["syncs"], "Thunderbird uses sync-collection, not polling of ctags")

    # -- one event, edited on both sides

    def both_ways(self):
        self.table.run("event out: an event made in Thunderbird arrives", self.event_out)
        self.table.run("an edit on the server arrives in Thunderbird", self.server_edit)
        self.table.run("an edit in Thunderbird arrives (If-Match)", self.client_edit)
        self.table.run("a moved and a deleted occurrence arrive", self.occurrences)

    def event_out(self):
        self.call("addEvent", self.calendar, event(
            "made-here", "made in Thunderbird – ünïcode, \\;commas\\,", "20270329T090000", "20270329T103000", DAILY,
            zone="Europe/London",
        ))
        found = wait(lambda: self.server.find(self.calendar, "UID:made-here"))
        assert found, "not on the server"
        self.url, content = found[0]
        for part in ("TZID=Europe/London", "RRULE", "VTIMEZONE", "ünïcode"):
            assert part in content, f"{part} is missing: {content[:300]}"

    def server_edit(self):
        edited = self.server.get(self.url).text.replace("made in Thunderbird", "edited on server")
        status = self.server.put(self.url, edited).status
        assert status in (200, 201, 204), status
        return self.call("titleAfterRefresh", self.calendar, "made-here", "edited on server") or False

    def client_edit(self):
        self.call("setTitle", self.calendar, "made-here", "retitled in Thunderbird")
        return bool(wait(lambda: "SUMMARY:retitled in Thunderbird" in self.content()))

    def occurrences(self):
        self.call("changeOccurrences", self.calendar, "made-here", "second moved")
        assert wait(lambda: "second moved" in self.content()), self.content()
        return "RECURRENCE-ID" in self.content() and "EXDATE" in self.content()

    def content(self):
        return unfold(self.server.get(self.url).text)

    def conflict(self):
        def asked():
            edited = self.server.get(self.url).text.replace("retitled in Thunderbird", "server wins")
            assert self.server.put(self.url, edited).status < 300
            outcome = self.call("staleWrite", self.calendar, "made-here")
            assert outcome["asked"], "no conflict prompt"
            return f"asked; title now: {outcome['title']}"

        self.table.run("a stale edit makes Thunderbird ask (412)", asked)
        self.table.check("server wins" in self.content(), "the refused edit changed nothing on the server")

    # -- tasks

    def tasks(self):
        lists = [url for url, _, components in self.server.calendars() if not components or "VTODO" in components]
        if not lists:
            self.table.skip("a task made in Thunderbird arrives", "no calendar takes tasks")
            return

        def task_out():
            if lists[0] != self.calendar:
                self.call("detect", self.user, self.password, os.environ["DAV_URL"])
                self.call("subscribe", lists[0], None)
            self.call("addTask", lists[0], task("task-here", "task in Thunderbird", "20270401"))
            return bool(wait(lambda: self.server.find(lists[0], "UID:task-here")))

        self.table.run("a task made in Thunderbird arrives", task_out)

    # -- invitations between two users of the server

    def invitations(self):
        names = (
            "busy times of another user", "Thunderbird invites, the other accepts, Thunderbird sees it",
            "Thunderbird is invited and accepts, the organiser sees it",
        )
        if not (self.state["schedules"] and self.state["addresses"]):
            for name in names:
                self.table.skip(name, "the server does not offer scheduling to Thunderbird")
            return
        self.me = self.state["addresses"][0]
        self.them = next(address for address in self.other.addresses if address.lower().startswith("mailto:"))
        self.their_calendar = self.other.default_calendar()
        for name, step in zip(names, (self.free_busy, self.invites, self.is_invited)):
            self.table.run(name, step)

    def free_busy(self):
        self.other.put(self.their_calendar + "busy.ics", event("busy", "busy", "20270405T130000Z", "20270405T140000Z"))
        intervals = self.call("freeBusy", self.them, "20270405T000000Z", "20270406T000000Z")
        assert any(interval[1] == "20270405T130000Z" for interval in intervals), intervals
        return json.dumps(intervals)

    def invites(self):
        self.call("addEvent", self.calendar, event(
            "invited-by-me", "invited by Thunderbird", "20270406T100000Z", "20270406T110000Z",
            people(organizer=self.me, attendee=self.them),
        ))
        found = wait(lambda: [
            copy for url, _, _ in self.other.calendars() for copy in self.other.find(url, "UID:invited-by-me")
        ])
        assert found, "no copy in the attendee's calendars"
        url, content = found[0]
        accepted = re.sub(
            r"(ATTENDEE[^\n]*?)PARTSTAT=NEEDS-ACTION([^\n]*" + re.escape(self.them) + ")", r"\1PARTSTAT=ACCEPTED\2",
            content, flags=re.I,
        )
        assert accepted != content, f"no line to accept: {content}"
        status = self.other.put(url, accepted).status
        assert status < 300, status
        return self.call("participation", self.calendar, "invited-by-me", self.them, "ACCEPTED")

    def is_invited(self):
        url = self.their_calendar + "invites-me.ics"
        status = self.other.put(url, event(
            "invites-me", "invitation for Thunderbird", "20270407T100000Z", "20270407T110000Z",
            people(organizer=self.them, attendee=self.me),
        )).status
        assert status < 300, status
        assert self.call("participation", self.calendar, "invites-me", self.me, "NEEDS-ACTION"), "invitation never seen"
        self.call("showView", "week", "20270407T100000Z")
        self.thunderbird.screenshot("invitation")
        self.call("accept", self.calendar, "invites-me", self.me)
        line = r"ATTENDEE[^\r\n]*PARTSTAT=ACCEPTED[^\r\n]*" + re.escape(self.me)
        return bool(wait(lambda: re.search(line, unfold(self.other.get(url).text), re.I)))

    # -- the end

    def screenshots(self):
        for view in ("week", "month"):
            self.call("showView", view, "20270329T100000Z")
            self.thunderbird.screenshot(view)

    def deletions(self):
        def on_server():
            self.server.delete(self.calendar + "seed.ics")
            return self.call("goneAfterRefresh", self.calendar, "seed")

        def in_thunderbird():
            self.call("remove", self.calendar, "made-here")
            return bool(wait(lambda: self.server.get(self.url).status == 404))

        self.table.run("a deletion on the server arrives in Thunderbird", on_server)
        self.table.run("a deletion in Thunderbird arrives", in_thunderbird)


def people(organizer, attendee):
    return (
        f"ORGANIZER:{organizer}\nATTENDEE;PARTSTAT=ACCEPTED:{organizer}\n"
        f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{attendee}"
    )


Suite().run()
