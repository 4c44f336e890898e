"""Evolution data server as a client: accounts found, a calendar and a task list opened, objects asked for."""

import os
import pathlib
import threading
from urllib.parse import urlsplit

import gi

for _name, _version in (("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(_name, _version)
from gi.repository import ECal, EDataServer, GLib, ICalGLib, GObject  # noqa: E402

SOURCE = """[Data Source]
DisplayName={name}
Enabled=true
Parent=caldav-stub

[Authentication]
Host={host}
Method=plain/password
Port={port}
ProxyUid=system-proxy
RememberPassword=false
User={user}

[Offline]
StaySynchronized=true

[Refresh]
Enabled=true
IntervalMinutes=60

[Security]
Method=none

[WebDAV Backend]
AvoidIfmatch=false
CalendarAutoSchedule=true
DisplayName={name}
EmailAddress={user}@example.com
ResourcePath={path}

[{kind}]
BackendName=caldav
Color=#3584e4
Selected=true
"""
KINDS = {"Calendar": ECal.ClientSourceType.EVENTS, "Task List": ECal.ClientSourceType.TASKS}
LONDON = "Europe/London"


class Account:
    """One user's calendars in Evolution; needs a D-Bus session."""

    def __init__(self, user, password, calendars):
        """`calendars` maps "Calendar" and "Task List" to addresses."""
        self.user, self.password = user, password
        self._write_sources(calendars)
        loop = GLib.MainLoop()
        threading.Thread(target=loop.run, daemon=True).start()
        self.registry = EDataServer.SourceRegistry.new_sync(None)

    def _write_sources(self, calendars):
        folder = pathlib.Path(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
        folder.mkdir(parents=True, exist_ok=True)
        for kind, url in calendars.items():
            parts = urlsplit(url)
            text = SOURCE.format(
                name=f"tested {kind}", host=parts.hostname, port=parts.port, user=self.user, path=parts.path, kind=kind
            )
            (folder / f"{source_name(kind)}.source").write_text(text, encoding="utf-8")

    def credentials(self):
        parameters = EDataServer.NamedParameters.new()
        parameters.set("username", self.user)
        parameters.set("password", self.password)
        return parameters

    def discover(self, url):
        """([(address, name)], [mail address]): what the account assistant finds."""
        parts = urlsplit(url)
        source = EDataServer.Source.new(None, None)
        authentication = source.get_extension("Authentication")
        authentication.set_host(parts.hostname)
        authentication.set_port(parts.port)
        authentication.set_user(self.user)
        source.get_extension("WebDAV Backend").set_resource_path(parts.path or "/")
        source.get_extension("Security").set_secure(parts.scheme == "https")
        answer = EDataServer.webdav_discover_sources_sync(source, url, 0, self.credentials(), None)
        lists = [part for part in answer if isinstance(part, list)]
        return [(found.href, found.display_name) for found in lists[0]], lists[1] if len(lists) > 1 else []

    def open(self, kind):
        """A connected calendar or task list."""
        source = self.registry.ref_source(source_name(kind))
        assert source, "Evolution does not know the account"

        def answer_question(asking, *_):
            asking.invoke_authenticate(self.credentials(), None, None, None)

        source.connect("credentials-required", answer_question)
        return Collection(ECal.Client.connect_sync(source, KINDS[kind], 30, None))


class Collection:
    """A calendar or task list that is open in Evolution."""

    def __init__(self, client):
        self.client = client

    def property(self, name):
        return self.client.get_backend_property_sync(name, None)[1]

    def refresh(self):
        self.client.refresh_sync(None)

    def objects(self):
        return self.client.get_object_list_sync("#t", None)[1]

    def object(self, uid):
        """The object with that UID, or None."""
        return next((found for found in self.objects() if found.get_uid() == uid), None)

    def titles(self):
        return [found.get_summary() or "" for found in self.objects()]

    def create(self, text):
        """Adds the component of an iCalendar object; Evolution wants it without the VCALENDAR."""
        lines = text.replace("\r\n", "\n").splitlines()
        inner = "\n".join(lines[lines.index("BEGIN:VCALENDAR") + 3 : lines.index("END:VCALENDAR")]) + "\n"
        if LONDON in inner:
            self.client.add_timezone_sync(ICalGLib.Timezone.get_builtin_timezone(LONDON), None)
        self.client.create_object_sync(ICalGLib.Component.new_from_string(inner), ECal.OperationFlags.NONE, None)

    def modify(self, component):
        self.client.modify_object_sync(component, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)

    def modify_unless_changed(self, component):
        """What Evolution says when the server's copy is another one by now; empty if it saved."""
        try:
            self.client.modify_object_sync(component, ECal.ObjModType.ALL, ECal.OperationFlags.CONFLICT_FAIL, None)
        except GLib.Error as error:
            return error.message
        return ""

    def move_occurrence(self, uid, old, new_start, new_end, title):
        """Gives one occurrence of a series in London's time another time and title."""
        changed = self.object(uid).clone()
        changed.set_summary(title)
        changed.remove_property(changed.get_first_property(ICalGLib.PropertyKind.RRULE_PROPERTY))
        changed.add_property(ICalGLib.Property.new_recurrenceid(ICalGLib.Time.new_from_string(old)))
        changed.set_dtstart(ICalGLib.Time.new_from_string(new_start))
        changed.set_dtend(ICalGLib.Time.new_from_string(new_end))
        for kind in ("DTSTART_PROPERTY", "DTEND_PROPERTY", "RECURRENCEID_PROPERTY"):
            line = changed.get_first_property(getattr(ICalGLib.PropertyKind, kind))
            line.remove_parameter_by_kind(ICalGLib.ParameterKind.TZID_PARAMETER)
            line.set_parameter(ICalGLib.Parameter.new_tzid(LONDON))
        self.client.modify_object_sync(changed, ECal.ObjModType.THIS, ECal.OperationFlags.NONE, None)

    def remove(self, uid):
        self.client.remove_object_sync(uid, None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)

    def accept(self, uid, address):
        """Says yes for that attendee."""
        component = self.object(uid)
        line = component.get_first_property(ICalGLib.PropertyKind.ATTENDEE_PROPERTY)
        while line:
            if line.get_attendee().lower() == address.lower():
                line.set_parameter(ICalGLib.Parameter.new_partstat(ICalGLib.ParameterPartstat.ACCEPTED))
            line = component.get_next_property(ICalGLib.PropertyKind.ATTENDEE_PROPERTY)
        self.modify(component)

    def busy(self, start, end, address):
        """The free-busy texts that arrive for another user between two moments, as far as they came by now."""
        got = []

        # The bindings hand back no list: the answer comes by a signal, possibly later.
        def arrived(_, components):
            got.extend(component.get_as_string() for component in components)

        GObject.Object.connect(self.client, "free-busy-data", arrived)
        answer = self.client.get_free_busy_sync(int(start.timestamp()), int(end.timestamp()), [address], None)
        if isinstance(answer, tuple) and answer[1]:
            got.extend(component.get_as_string() for component in answer[1])
        return got


def source_name(kind):
    """The name of the account's part in Evolution's registry."""
    return "tested-" + kind.split()[0].lower()
