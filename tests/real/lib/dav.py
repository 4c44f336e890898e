"""A small CalDAV client (standard library only) by which suites look at the server beside the client under test."""

import base64
import http.client
import re
import xml.etree.ElementTree as ET
from urllib.parse import urljoin, urlsplit

D = "{DAV:}"
C = "{urn:ietf:params:xml:ns:caldav}"

NAMESPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
    'xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"'
)
XML_METHODS = ("PROPFIND", "REPORT", "PROPPATCH", "MKCALENDAR", "MKCOL")
REDIRECTS = (301, 302, 303, 307, 308)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def properties(self):
        """{href: {property tag: element}} of a multistatus, found properties only."""
        found = {}
        for response in ET.fromstring(self.body).iter(D + "response"):
            here = found.setdefault(response.findtext(D + "href").strip(), {})
            for propstat in response.findall(D + "propstat"):
                if " 200 " in propstat.findtext(D + "status") + " ":
                    here.update({element.tag: element for element in propstat.find(D + "prop")})
        return found


class Dav:
    """One user of the server; call discover() first."""

    def __init__(self, base, user, password):
        self.base, self.user, self.password = base, user, password

    def absolute(self, url):
        return urljoin(self.base, url)

    def request(self, method, url, body=None, headers=None, redirects_left=5):
        url = self.absolute(url)
        parts = urlsplit(url)
        credentials = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        send = {"User-Agent": "real-client-suites", "Authorization": "Basic " + credentials}
        if body is not None and method in XML_METHODS:
            send["Content-Type"] = "application/xml; charset=utf-8"
        send.update(headers or {})
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, send)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        location = answer.getheader("Location")
        if answer.status in REDIRECTS and location and redirects_left:
            return self.request(method, urljoin(url, location), body, headers, redirects_left - 1)
        return Answer(answer.status, answer.headers, content)

    def propfind(self, url, names, depth=0):
        wanted = "".join(f"<{name}/>" for name in names)
        body = f'<?xml version="1.0"?><D:propfind {NAMESPACES}><D:prop>{wanted}</D:prop></D:propfind>'
        return self.request("PROPFIND", url, body, {"Depth": str(depth)})

    def capabilities(self):
        """What the server says in `DAV` that it can do."""
        told = self.request("OPTIONS", self.principal).headers.get("DAV", "")
        return {token.strip() for token in told.split(",")}

    def discover(self):
        """Finds principal, home and addresses as clients do; returns self."""
        self.principal = self._principal()
        names = ["C:calendar-home-set", "C:calendar-user-address-set"]
        found = next(iter(self.propfind(self.principal, names).properties().values()))
        self.home = self._href(found[C + "calendar-home-set"])
        addresses = found.get(C + "calendar-user-address-set")
        self.addresses = [] if addresses is None else [href.text.strip() for href in addresses.iter(D + "href")]
        return self

    def _principal(self):
        for url in (self.base, "/.well-known/caldav", "/"):
            answer = self.propfind(url, ["D:current-user-principal"])
            if answer.status == 207:
                found = next(iter(answer.properties().values()), {})
                principal = self._href(found.get(D + "current-user-principal"))
                if principal:
                    return principal
        raise RuntimeError("no current-user-principal")

    def _href(self, element):
        href = element.find(".//" + D + "href") if element is not None else None
        return None if href is None else self.absolute(href.text.strip())

    def calendars(self):
        """[(url, displayname, set of component names)] of the home."""
        names = ["D:resourcetype", "D:displayname", "C:supported-calendar-component-set"]
        found = []
        for href, properties in self.propfind(self.home, names, 1).properties().items():
            kind = properties.get(D + "resourcetype")
            if kind is None or kind.find(C + "calendar") is None:
                continue
            name = properties.get(D + "displayname")
            components = properties.get(C + "supported-calendar-component-set")
            found.append((
                self.absolute(href),
                "" if name is None else name.text or "",
                set() if components is None else {component.get("name") for component in components},
            ))
        return found

    def default_calendar(self):
        """The calendar named Default, else the first one for events."""
        events = [(url, name) for url, name, parts in self.calendars() if not parts or "VEVENT" in parts]
        return next((url for url, name in events if name == "Default"), events[0][0])

    def make_calendar(self, name):
        url = self.home.rstrip("/") + f"/{name}/"
        body = (
            f'<?xml version="1.0"?><C:mkcalendar {NAMESPACES}><D:set><D:prop>'
            f"<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"
        )
        answer = self.request("MKCALENDAR", url, body)
        if answer.status != 201:
            raise RuntimeError(f"MKCALENDAR {answer.status} {answer.text[:200]}")
        return url

    def set_look(self, calendar, name, color):
        body = (
            f'<?xml version="1.0"?><D:propertyupdate {NAMESPACES}><D:set><D:prop><D:displayname>{name}</D:displayname>'
            f"<A:calendar-color>{color}</A:calendar-color></D:prop></D:set></D:propertyupdate>"
        )
        return self.request("PROPPATCH", calendar, body)

    def put(self, url, text):
        wire = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return self.request("PUT", url, wire, {"Content-Type": "text/calendar; charset=utf-8"})

    def get(self, url):
        return self.request("GET", url)

    def delete(self, url):
        return self.request("DELETE", url)

    def find(self, calendar, text):
        """[(url, unfolded iCalendar text)] of the resources of a calendar that contain the text."""
        found = []
        for href in self.propfind(calendar, ["D:getetag"], 1).properties():
            url = self.absolute(href)
            if url.rstrip("/") == self.absolute(calendar).rstrip("/"):
                continue
            content = unfold(self.get(url).text)
            if text in content:
                found.append((url, content))
        return found


def unfold(text):
    return re.sub(r"\r?\n[ \t]", "", text)


def event(uid, summary, start, end, extra="", zone=None):
    """An iCalendar object with one VEVENT; start and end are iCalendar date-times."""
    at = f";TZID={zone}" if zone else ""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//real-client-suites//EN", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20260101T000000Z", f"DTSTART{at}:{start}", f"DTEND{at}:{end}", f"SUMMARY:{summary}",
        *([extra] if extra else []), "END:VEVENT", "END:VCALENDAR", "",
    ]
    return "\n".join(lines)


def task(uid, summary, due):
    """An iCalendar object with one VTODO due on a date."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//real-client-suites//EN", "BEGIN:VTODO", f"UID:{uid}",
        "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary}", f"DUE;VALUE=DATE:{due}", "END:VTODO", "END:VCALENDAR", "",
    ]
    return "\n".join(lines)
