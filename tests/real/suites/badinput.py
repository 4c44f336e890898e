#!/usr/bin/env python3
"""badinput.py - black-box hostile-input battery for any CalDAV server (Python 3 stdlib only).

  badinput.py --base http://127.0.0.1:5232/alice/cal/ --user alice --password s3cret
              [--owner-base URL --owner-user U --owner-password P]   second account, for access-control cases
              [--server-cmd 'cmd ...'] [--pid N]                     start/restart the server ourselves, watch RSS
              [--groups http,auth,path,xml,report,ics,rrule,inject,size,acl] [--only SUBSTR] [--list]
              [--garbage fail|warn|ignore] [--timeout 10] [--rss-max MIB] [--corpus DIR] [--json FILE]

--base is an existing, writable calendar collection (or give --mkcalendar to create it).
A case FAILS on: 5xx (outside --allow-5xx), dropped connection where not allowed, hang > timeout,
dead server, RSS over --rss-max, secret leaked, or garbage accepted (class 'reject' answered 2xx).
Exit 0 = no failure.  Last line: 'N cases borne, N not'.
"""
import argparse, atexit, base64, gzip, json, os, random, re, select, shlex, signal, socket, ssl, subprocess
import sys, threading, time, urllib.parse, uuid
import xml.etree.ElementTree as ET

CRLF = '\r\n'
D, C = 'DAV:', 'urn:ietf:params:xml:ns:caldav'


# ---------------------------------------------------------------- raw HTTP client
class Reply:
    def __init__(s, status=None, headers=None, body=b'', err=None, secs=0.0, raw=b''):
        s.status, s.headers, s.body, s.err, s.secs, s.raw = status, headers or {}, body, err, secs, raw

    def __str__(s):
        return str(s.status) if s.status else (s.err or '?')


class Target:
    def __init__(s, base, user, password, timeout):
        u = urllib.parse.urlsplit(base)
        s.scheme, s.host, s.port = u.scheme, u.hostname, u.port or (443 if u.scheme == 'https' else 80)
        s.path = u.path if u.path.endswith('/') else u.path + '/'
        s.user, s.password, s.timeout = user, password, timeout
        s.hosthdr = f'{s.host}:{s.port}'

    def auth(s, user=None, password=None):
        raw = f'{user if user is not None else s.user}:{password if password is not None else s.password}'
        return 'Basic ' + base64.b64encode(raw.encode('utf-8')).decode()

    def connect(s, timeout=None):
        k = socket.create_connection((s.host, s.port), timeout=timeout or s.timeout)
        k.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if s.scheme == 'https':
            cx = ssl.create_default_context()
            cx.check_hostname, cx.verify_mode = False, ssl.CERT_NONE
            k = cx.wrap_socket(k, server_hostname=s.host)
        return k

    def raw(s, data, timeout=None, half_close=False, method='GET', read_all=False):
        """Send bytes (or an iterable of bytes), read one response (or all until close)."""
        t0 = time.time(); limit = timeout or s.timeout; buf = b''
        try:
            k = s.connect(limit)
        except (OSError, ssl.SSLError) as e:
            return Reply(err=f'connect:{type(e).__name__}', secs=time.time() - t0)
        try:
            try:
                for part in ([data] if isinstance(data, (bytes, bytearray)) else data):
                    k.settimeout(max(0.05, limit - (time.time() - t0)))
                    k.sendall(part)
                    if len(part) > 65536 and select.select([k], [], [], 0)[0]:
                        break                                   # early answer: stop sending
                if half_close:
                    k.shutdown(socket.SHUT_WR)
            except socket.timeout:
                return Reply(err='hang(send)', secs=time.time() - t0)
            except OSError:
                pass                                            # server answered early and closed; try to read
            while True:
                left = limit - (time.time() - t0)
                if left <= 0:
                    return s._parse(buf, t0, method) if read_all and buf else Reply(err='hang', secs=time.time() - t0, raw=buf)
                k.settimeout(left)
                try:
                    d = k.recv(262144)
                except socket.timeout:
                    return s._parse(buf, t0, method) if read_all and buf else Reply(err='hang', secs=time.time() - t0, raw=buf)
                except (ConnectionResetError, ssl.SSLError, OSError):
                    return s._parse(buf, t0, method, 'reset')
                if not d:
                    return s._parse(buf, t0, method, 'closed')
                buf += d
                if not read_all and s._complete(buf, method):
                    return s._parse(buf, t0, method)
        finally:
            try: k.close()
            except OSError: pass

    @staticmethod
    def _split(buf):
        while True:                                             # skip 1xx
            i = buf.find(b'\r\n\r\n')
            if i < 0: return None
            head = buf[:i].decode('latin-1').split('\r\n')
            m = re.match(r'HTTP/\d\.\d (\d{3})', head[0])
            if not m: return None
            st = int(m.group(1)); hs = {}
            for h in head[1:]:
                n, _, v = h.partition(':'); hs.setdefault(n.strip().lower(), v.strip())
            if 100 <= st < 200 and st != 101:
                buf = buf[i + 4:]; continue
            return st, hs, buf[i + 4:]

    @classmethod
    def _dechunk(cls, b):
        out = b''
        while True:
            i = b.find(b'\r\n')
            if i < 0: return None
            try: n = int(b[:i].split(b';')[0], 16)
            except ValueError: return None
            if n == 0: return out
            if len(b) < i + 2 + n + 2: return None
            out += b[i + 2:i + 2 + n]; b = b[i + 4 + n:]

    @classmethod
    def _complete(cls, buf, method):
        r = cls._split(buf)
        if not r: return False
        st, hs, body = r
        if method == 'HEAD' or st in (204, 304, 101): return True
        if 'chunked' in hs.get('transfer-encoding', '').lower(): return cls._dechunk(body) is not None
        if hs.get('content-length', '').isdigit(): return len(body) >= int(hs['content-length'])
        return False

    def _parse(s, buf, t0, method, err=None):
        r = s._split(buf)
        if not r:
            return Reply(err=err or 'no-http', secs=time.time() - t0, raw=buf)
        st, hs, body = r
        if 'chunked' in hs.get('transfer-encoding', '').lower():
            body = s._dechunk(body) or b''
        return Reply(st, hs, body, None, time.time() - t0, buf)

    def req(s, method, path, body=b'', headers=None, timeout=None, auth=True, user=None, password=None):
        if isinstance(body, str): body = body.encode('utf-8', 'surrogatepass')
        h = {'Host': s.hosthdr, 'Connection': 'close', 'User-Agent': 'badinput/1'}
        if auth: h['Authorization'] = s.auth(user, password)
        if body or method in ('PUT', 'REPORT', 'PROPFIND', 'PROPPATCH', 'POST', 'MKCALENDAR', 'ACL', 'LOCK'):
            h['Content-Length'] = str(len(body))
        if method == 'PUT': h['Content-Type'] = 'text/calendar; charset=utf-8'
        elif body: h['Content-Type'] = 'application/xml; charset=utf-8'
        for k, v in (headers or {}).items():
            if v is None: h.pop(k, None)
            else: h[k] = v
        head = f'{method} {path} HTTP/1.1\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in h.items()) + '\r\n'
        return s.raw([head.encode('latin-1', 'replace'), body] if body else head.encode('latin-1', 'replace'),
                     timeout, method=method)


# ---------------------------------------------------------------- payload builders
def ev(props='', uid=None, summary='x', start='20270105T100000Z', end='20270105T110000Z', extra='', pre='', eol=CRLF):
    uid = uid or str(uuid.uuid4())
    L = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//badinput//EN']
    if pre: L += pre.split('\n')
    L += ['BEGIN:VEVENT', f'UID:{uid}', 'DTSTAMP:20260101T000000Z']
    if start: L.append(f'DTSTART:{start}' if not start.startswith((';', 'DTSTART')) else
                       (start if start.startswith('DTSTART') else 'DTSTART' + start))
    if end: L.append(f'DTEND:{end}' if not end.startswith((';', 'DTEND')) else
                     (end if end.startswith('DTEND') else 'DTEND' + end))
    if summary is not None: L.append(f'SUMMARY:{summary}')
    if props: L += props.split('\n')
    L += ['END:VEVENT']
    if extra: L += extra.split('\n')
    L += ['END:VCALENDAR', '']
    return eol.join(L)


def cq(inner='', props='<D:getetag/><C:calendar-data/>', rng=None, tag='calendar-query'):
    f = inner or ('<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">' +
                  (f'<C:time-range {rng}/>' if rng else '') + '</C:comp-filter></C:comp-filter></C:filter>')
    return (f'<?xml version="1.0" encoding="utf-8"?><C:{tag} xmlns:D="{D}" xmlns:C="{C}"><D:prop>{props}</D:prop>{f}</C:{tag}>')


def fbq(start, end):
    return f'<?xml version="1.0"?><C:free-busy-query xmlns:C="{C}"><C:time-range start="{start}" end="{end}"/></C:free-busy-query>'


def sync(token='', level='1', extra=''):
    return (f'<?xml version="1.0"?><D:sync-collection xmlns:D="{D}"><D:sync-token>{token}</D:sync-token>'
            f'<D:sync-level>{level}</D:sync-level>{extra}<D:prop><D:getetag/></D:prop></D:sync-collection>')


def pf(props='<D:displayname/>', prolog='<?xml version="1.0" encoding="utf-8"?>'):
    return f'{prolog}<D:propfind xmlns:D="{D}"><D:prop>{props}</D:prop></D:propfind>'


# ---------------------------------------------------------------- cases
class Case:
    """expect: reject (4xx), any (<500), accept (2xx), bounded (any, plus follow-up reports within the limit)."""
    def __init__(s, group, name, fn, expect='any', drop_ok=False, note=''):
        s.group, s.name, s.fn, s.expect, s.drop_ok, s.note = group, name, fn, expect, drop_ok, note


def build(T, O, A):
    """T: attacker/own target, O: other account's target or None, A: args."""
    L = []; p = T.path; H = T.hosthdr; au = f'Authorization: {T.auth()}\r\n'
    add = lambda *a, **k: L.append(Case(*a, **k))

    # ---- http: protocol abuse, raw bytes
    def R(data, **k): return lambda: T.raw(data.encode('latin-1') if isinstance(data, str) else data, **k)
    g = 'http'
    add(g, 'garbage-bytes', R(bytes(random.Random(1).randrange(256) for _ in range(2000)) + b'\r\n\r\n'), 'reject', True)
    add(g, 'tls-hello-on-plain' if T.scheme == 'http' else 'plain-on-tls', R(b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\0' * 500 + b'\r\n\r\n'), 'reject', True)
    add(g, 'http-0.9', R('GET /\r\n\r\n'), 'any', True)
    add(g, 'http-9.9', R(f'GET / HTTP/9.9\r\nHost: {H}\r\nConnection: close\r\n\r\n'), 'reject', True)
    add(g, 'h2-preface-cleartext', R(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + b'\0' * 9, half_close=True), 'any', True)
    add(g, 'no-host', R(f'PROPFIND {p} HTTP/1.1\r\n{au}Depth: 0\r\nConnection: close\r\n\r\n'), 'reject', note='RFC 9112 3.2')
    add(g, 'two-hosts', R(f'PROPFIND {p} HTTP/1.1\r\nHost: {H}\r\nHost: evil.example\r\n{au}Depth: 0\r\nConnection: close\r\n\r\n'), 'reject')
    add(g, 'bad-host-chars', R(f'PROPFIND {p} HTTP/1.1\r\nHost: a b<>"\r\n{au}Depth: 0\r\nConnection: close\r\n\r\n'), 'reject')
    add(g, 'absolute-uri-other-host', R(f'PROPFIND http://evil.example{p} HTTP/1.1\r\nHost: {H}\r\n{au}Depth: 0\r\nConnection: close\r\n\r\n'), 'any')
    add(g, 'request-line-64k', R(f'GET /{"a" * 65536} HTTP/1.1\r\nHost: {H}\r\n{au}Connection: close\r\n\r\n'), 'reject', True)
    add(g, 'path-9000', R(f'GET {p}{"a" * 9000}.ics HTTP/1.1\r\nHost: {H}\r\n{au}Connection: close\r\n\r\n'), 'reject', True)
    add(g, 'path-5000-segments', R(f'GET {p}{"a/" * 5000} HTTP/1.1\r\nHost: {H}\r\n{au}Connection: close\r\n\r\n'), 'reject', True)
    add(g, 'header-1MiB', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}X-Big: {"b" * (1 << 20)}\r\nConnection: close\r\n\r\n'), 'reject', True)
    add(g, 'headers-10000', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}' + ''.join(f'X-{i}: 1\r\n' for i in range(10000)) + 'Connection: close\r\n\r\n'), 'reject', True)
    add(g, 'obs-fold', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}X-A: 1\r\n  folded\r\nConnection: close\r\n\r\n'), 'any', True)
    add(g, 'nul-in-header', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}X-A: a\0b\r\nConnection: close\r\n\r\n'), 'reject', True)
    add(g, 'bare-cr-in-header', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}X-A: a\rX-B: b\r\nConnection: close\r\n\r\n'), 'reject', True)
    add(g, 'space-before-colon', R(f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}Content-Length : 5\r\nConnection: close\r\n\r\nhello'), 'reject', True, 'RFC 9112 5.1 smuggling')
    add(g, 'bare-lf-lines', R(f'OPTIONS {p} HTTP/1.1\nHost: {H}\n{au.strip()}\nConnection: close\n\n'), 'any', True)
    body = ev(); put = f'PUT {p}smug.ics HTTP/1.1\r\nHost: {H}\r\n{au}Content-Type: text/calendar\r\nConnection: close\r\n'
    chunk = f'{len(body):x}\r\n{body}\r\n0\r\n\r\n'
    add(g, 'cl-and-te', R(put + f'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}'), 'reject', True, 'request smuggling')
    add(g, 'te-chunked-identity', R(put + f'Transfer-Encoding: chunked, identity\r\n\r\n{chunk}'), 'reject', True)
    add(g, 'te-xchunked', R(put + f'Transfer-Encoding: xchunked\r\n\r\n{chunk}', half_close=True), 'reject', True)
    add(g, 'te-twice', R(put + f'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{chunk}'), 'reject', True)
    add(g, 'cl-twice-different', R(put + f'Content-Length: {len(body)}\r\nContent-Length: 5\r\n\r\n{body}'), 'reject', True)
    add(g, 'cl-list', R(put + f'Content-Length: {len(body)}, {len(body)}\r\n\r\n{body}'), 'any', True)
    add(g, 'cl-negative', R(put + f'Content-Length: -5\r\n\r\n{body}', half_close=True), 'reject', True)
    add(g, 'cl-plus', R(put + f'Content-Length: +{len(body)}\r\n\r\n{body}'), 'reject', True)
    add(g, 'cl-2^64', R(put + f'Content-Length: 18446744073709551617\r\n\r\n{body}', half_close=True), 'reject', True)
    add(g, 'cl-underscore', R(put + f'Content-Length: {len(body) // 100}_{len(body) % 100:02d}\r\n\r\n{body}', half_close=True), 'reject', True)
    add(g, 'chunk-bad-hex', R(put + f'Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n', half_close=True), 'reject', True)
    add(g, 'chunk-size-overflow', R(put + 'Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n', half_close=True), 'reject', True)
    add(g, 'chunk-ext-1MiB', R(put + f'Transfer-Encoding: chunked\r\n\r\n5;{"e" * (1 << 20)}\r\nhello\r\n0\r\n\r\n', half_close=True), 'reject', True)
    add(g, 'chunk-trailers-1MiB', R(put + f'Transfer-Encoding: chunked\r\n\r\n{chunk[:-2]}X-T: {"t" * (1 << 20)}\r\n\r\n', half_close=True), 'any', True)
    add(g, 'body-shorter-than-cl', R(put + f'Content-Length: {len(body) + 100}\r\n\r\n{body}', half_close=True), 'reject', True, 'truncated upload must not be stored')
    add(g, 'unknown-method', lambda: T.req('FROBNICATE', p), 'reject')
    add(g, 'lowercase-method', lambda: T.req('propfind', p, pf(), {'Depth': '0'}), 'reject')
    add(g, 'trace', lambda: T.req('TRACE', p), 'reject')
    add(g, 'connect', R(f'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n{au}Connection: close\r\n\r\n'), 'reject', True)
    add(g, 'expect-garbage', lambda: T.req('PUT', p + 'x.ics', ev(), {'Expect': '200-maybe'}), 'any')
    add(g, 'ce-unknown', lambda: T.req('PUT', p + 'ce.ics', ev(), {'Content-Encoding': 'x-rot13'}), 'reject', note='415')
    bomb = gzip.compress(b'BEGIN:VCALENDAR\r\n' + b'\0' * (200 << 20), 9)
    add(g, 'gzip-bomb-200MiB', lambda: T.req('PUT', p + 'gz.ics', bomb, {'Content-Encoding': 'gzip'}), 'reject', True)
    add(g, 'gzip-bomb-xml', lambda: T.req('REPORT', p, gzip.compress(b'<a>' + b' ' * (200 << 20), 9), {'Content-Encoding': 'gzip', 'Depth': '1'}), 'reject', True)
    add(g, 'depth-99', lambda: T.req('PROPFIND', p, pf(), {'Depth': '99'}), 'any')
    add(g, 'depth-negative', lambda: T.req('PROPFIND', p, pf(), {'Depth': '-1'}), 'any')
    add(g, 'depth-infinity-root', lambda: T.req('PROPFIND', '/', pf(), {'Depth': 'infinity'}), 'any')
    add(g, 'if-match-garbage', lambda: T.req('PUT', p + 'im.ics', ev(), {'If-Match': '"' + 'x' * 5000}), 'any')
    add(g, 'if-header-garbage', lambda: T.req('PUT', p + 'if.ics', ev(), {'If': '(<urn:uuid:x> [' * 200}), 'any')
    add(g, 'range-garbage', lambda: T.req('GET', p, headers={'Range': 'bytes=0-,' * 1000}), 'any')
    add(g, 'timeout-header-garbage', lambda: T.req('LOCK', p + 'l.ics', '<x/>', {'Timeout': 'Second-' + '9' * 100}), 'any')
    add(g, 'destination-garbage', lambda: T.req('MOVE', p + 'nope.ics', headers={'Destination': 'http://[::1'}), 'reject')
    add(g, 'pipeline-100', R((f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}\r\n' * 99 + f'OPTIONS {p} HTTP/1.1\r\nHost: {H}\r\n{au}Connection: close\r\n\r\n'), read_all=True), 'any', True)

    def smuggle():
        inner = f'GET /smuggled-{uuid.uuid4().hex} HTTP/1.1\r\nHost: {H}\r\nConnection: close\r\n\r\n'
        d = (f'POST {p} HTTP/1.1\r\nHost: {H}\r\n{au}Content-Length: {len(inner) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}')
        r = T.raw(d.encode(), read_all=True, timeout=4)
        n = len(re.findall(rb'HTTP/1\.[01] \d{3}', r.raw))
        if n > 1: return Reply(err='SMUGGLED: 2 responses to one CL+TE request', secs=r.secs)
        return r
    add(g, 'smuggle-cl.te-two-responses', smuggle, 'any', True)

    def slowloris():
        ks = []
        for _ in range(60):
            try:
                k = T.connect(3); k.sendall(f'PUT {p}slow.ics HTTP/1.1\r\nHost: {H}\r\nX-a: '.encode()); ks.append(k)
            except OSError: break
        r = None; worst = 0
        for _ in range(5):
            r = T.req('PROPFIND', p, pf(), {'Depth': '0'}); worst = max(worst, r.secs)
            for k in ks:
                try: k.sendall(b'b')
                except OSError: pass
            if r.err: break
            time.sleep(.3)
        for k in ks: k.close()
        if r.err: r.err = f'starved by {len(ks)} slow connections: {r.err}'
        r.secs = worst
        return r
    add(g, 'slowloris-60', slowloris, 'accept', note='a normal PROPFIND must be served meanwhile')

    def slowclose():
        k = T.connect(5); k.sendall(f'PUT {p}slow2.ics HTTP/1.1\r\nHost: {H}\r\n{au}Content-Length: 1000\r\n\r\nBEGIN'.encode())
        t0 = time.time(); k.settimeout(A.slow_limit)
        try: d = k.recv(4096)
        except socket.timeout: return Reply(err=f'body stalled {A.slow_limit}s and the connection is still held', secs=time.time() - t0)
        except OSError: d = b''
        finally: k.close()
        return T._parse(d, t0, 'PUT', 'closed')
    if A.slow_limit: add(g, 'stalled-body-is-cut', slowclose, 'any', True)

    # ---- auth
    g = 'auth'
    a401 = lambda **k: (lambda: T.req('PROPFIND', p, pf(), {'Depth': '0', **k.get('h', {})}, auth=k.get('auth', False), user=k.get('user'), password=k.get('pw')))
    add(g, 'no-credentials', a401(), 'reject')
    add(g, 'wrong-password', a401(auth=True, pw='wrong'), 'reject')
    add(g, 'empty-password', a401(auth=True, pw=''), 'reject', note='tchapi/davis#283')
    add(g, 'unknown-user', a401(auth=True, user='nobody-' + uuid.uuid4().hex), 'reject')
    for n, v in (('not-base64', 'Basic !!!!'), ('no-colon', 'Basic ' + base64.b64encode(b'alice').decode()), ('empty', 'Basic '), ('nothing', ''),
                 ('invalid-utf8', 'Basic ' + base64.b64encode(b'\xff\xfe:\xff').decode()), ('nul-user', 'Basic ' + base64.b64encode(T.user.encode() + b'\0x:' + T.password.encode()).decode()),
                 ('crlf-user', 'Basic ' + base64.b64encode(b'a\r\nX-Injected: 1:pw').decode()), ('bearer-garbage', 'Bearer ' + 'A' * 4000), ('digest-garbage', 'Digest username="'),
                 ('dotdot-user', T.auth('../' + T.user)), ('slash-user', T.auth('/' + T.user)), ('user-trailing-space', T.auth(T.user + ' ')), ('user-upper', T.auth(T.user.upper())),
                 ('colon-flood', 'Basic ' + base64.b64encode(b':' * 4000).decode())):
        add(g, 'header-' + n, (lambda v: lambda: T.req('PROPFIND', p, pf(), {'Depth': '0', 'Authorization': v}, auth=False))(v), 'reject')
    add(g, 'two-authorization-headers', R(f'PROPFIND {p} HTTP/1.1\r\nHost: {H}\r\nAuthorization: Basic eDp5\r\n{au}Depth: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'), 'any')
    add(g, 'password-1MiB', a401(auth=True, pw='x' * (1 << 20)), 'reject', True, 'header limit')
    add(g, 'password-30KiB', a401(auth=True, pw='x' * 30000), 'reject', True, 'hash cost must not grow')
    add(g, 'forged-x-remote-user', a401(h={'X-Remote-User': T.user, 'Remote-User': T.user, 'X-Forwarded-User': T.user}), 'reject')
    add(g, 'query-credentials', lambda: T.req('PROPFIND', p + '?user=' + T.user + '&password=' + T.password, pf(), {'Depth': '0'}, auth=False), 'reject')
    add(g, 'sabreAction-bypass', lambda: T.req('GET', p + '?sabreAction=asset', auth=False), 'reject', note='tchapi/davis#283')

    def timing():
        def med(u):
            ts = []
            for _ in range(A.timing_n):
                t = time.perf_counter(); T.req('PROPFIND', p, pf(), {'Depth': '0'}, user=u, password='wrong-' + uuid.uuid4().hex); ts.append(time.perf_counter() - t)
            ts.sort(); return ts[len(ts) // 2]
        a, b = med(T.user), med('nobody-' + uuid.uuid4().hex[:8]); ratio = max(a, b) / max(1e-6, min(a, b))
        txt = f'known {a * 1000:.1f} ms, unknown {b * 1000:.1f} ms, ratio {ratio:.2f}'
        return Reply(err=f'TIMING ORACLE {txt}') if ratio > A.timing_ratio and abs(a - b) > 0.003 else Reply(401, secs=max(a, b), headers={'note': txt})
    if A.timing_n: add(g, 'user-enumeration-timing', timing, 'reject', note='CVE-2017-8342 class')

    def brute():
        st = [T.req('PROPFIND', p, pf(), {'Depth': '0'}, user='victim-' + T.user, password=f'guess{i}').status for i in range(A.brute_n)]
        lim = [s for s in st if s in (429, 403, 503)]
        if not lim: return Reply(err=f'BRUTE FORCE: {len(st)} guesses, never limited')
        return Reply(429, headers={'note': f'limited after {st.index(lim[0])} guesses'})
    if A.brute_n: add(g, 'brute-force-limited', brute, 'reject')

    # ---- path
    g = 'path'
    for n, v in (('dotdot', '/../../../../etc/passwd'), ('pct-dotdot', '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd'), ('pct-slash', '/..%2f..%2f..%2f..%2fetc%2fpasswd'),
                 ('double-pct', '/%252e%252e%252f%252e%252e%252fetc/passwd'), ('backslash', '/..\\..\\..\\etc\\passwd'), ('pct-backslash', '/%2e%2e%5c%2e%2e%5cetc%5cpasswd'),
                 ('overlong-utf8', '/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd'), ('fullwidth-dots', '/%ef%bc%8e%ef%bc%8e/%ef%bc%8e%ef%bc%8e/etc/passwd'),
                 ('in-collection', p + '%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd'), ('semicolon', p + '..;/..;/etc/passwd'), ('nul', p + 'a%00.ics'), ('nul-suffix', '/etc/passwd%00.ics')):
        add(g, 'get-' + n, (lambda v: lambda: T.req('GET', v))(v), 'reject')
    for n, v in (('pct-zz', p + '%zz.ics'), ('pct-short', p + '%2'), ('invalid-utf8', p + '%ff%fe.ics'), ('crlf', p + 'a%0d%0aX-Injected:%201.ics'), ('ctl', p + '%01%1f%7f.ics'), ('dot', p + '.'), ('hidden', p + '.hidden.ics'),
                 ('win-dev', p + 'con.ics'), ('ads', p + 'a.ics::$DATA'), ('long-255', p + 'a' * 256 + '.ics'), ('long-4096', p + 'a' * 4096), ('lock-file', p + '.Radicale.lock'), ('git', p + '.git/config'), ('tilde', p + 'x.ics~'), ('props', p + '.Radicale.props')):
        add(g, 'put-' + n, (lambda v: lambda: T.req('PUT', v, ev()))(v), 'any')
    add(g, 'put-dotdot-escape', lambda: T.req('PUT', p + '%2e%2e/%2e%2e/%2e%2e/%2e%2e/tmp/badinput-escape.ics', ev()), 'reject')
    add(g, 'move-dest-escape', lambda: (T.req('PUT', p + 'mv.ics', ev()), T.req('MOVE', p + 'mv.ics', headers={'Destination': f'{T.scheme}://{H}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/tmp/badinput-escape2.ics'}))[1], 'reject')
    add(g, 'copy-dest-foreign-host', lambda: (T.req('PUT', p + 'cp.ics', ev()), T.req('COPY', p + 'cp.ics', headers={'Destination': 'http://evil.example' + p + 'cp2.ics'}))[1], 'reject', note='502/403/400')
    add(g, 'put-collection-itself', lambda: T.req('PUT', p, ev()), 'any')
    add(g, 'mkcol-in-calendar', lambda: T.req('MKCALENDAR', p + 'nested/'), 'reject', note='RFC 4791 4.2')

    def nfc():
        u = uuid.uuid4().hex[:6]; a, b = p + 'caf%C3%A9' + u + '.ics', p + 'cafe%CC%81' + u + '.ics'
        r1 = T.req('PUT', a, ev(summary='nfc')); r2 = T.req('GET', b)
        if r1.status and r1.status < 300 and r2.status == 200 and False: pass
        T.req('DELETE', a); return r2
    add(g, 'unicode-nfc-vs-nfd', nfc, 'any')

    # ---- xml
    g = 'xml'
    X = lambda body, method='PROPFIND', depth='0', **k: (lambda: T.req(method, p, body, {'Depth': depth}, **k))
    lol = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "lol">' + ''.join(f'<!ENTITY a{i} "{("&a%d;" % (i - 1)) * 10}">' for i in range(1, 10)) + ']>'
    add(g, 'malformed', X('<D:propfind xmlns:D="DAV:"><D:prop>'), 'reject')
    add(g, 'not-xml', X('hello world'), 'reject')
    add(g, 'empty-report', X('', 'REPORT'), 'reject')
    add(g, 'nul-byte', X('<D:propfind xmlns:D="DAV:"><D:prop><D:\0/></D:prop></D:propfind>'), 'reject')
    add(g, 'undeclared-prefix', X('<D:propfind><D:prop><Q:x/></D:prop></D:propfind>'), 'reject')
    add(g, 'wrong-root', X('<D:frob xmlns:D="DAV:"/>'), 'any')
    add(g, 'wrong-namespace', X('<propfind xmlns="urn:wrong"><prop/></propfind>'), 'any')
    add(g, 'duplicate-attribute', X('<D:propfind xmlns:D="DAV:" a="1" a="2"><D:prop/></D:propfind>'), 'reject')
    add(g, 'invalid-utf8', X(b'<D:propfind xmlns:D="DAV:"><D:prop><D:\xff\xfe/></D:prop></D:propfind>'), 'reject')
    add(g, 'latin1-declared', X('<?xml version="1.0" encoding="iso-8859-1"?>'.encode() + pf(prolog='').encode()), 'any')
    add(g, 'encoding-unknown', X(pf(prolog='<?xml version="1.0" encoding="x-none"?>')), 'reject')
    add(g, 'utf16-bom', X(pf(prolog='<?xml version="1.0" encoding="utf-16"?>').encode('utf-16')), 'any')
    add(g, 'utf7', X(pf(prolog='<?xml version="1.0" encoding="utf-7"?>')), 'any')
    add(g, 'xml-1.1', X(pf(prolog='<?xml version="1.1"?>')), 'any')
    add(g, 'billion-laughs', X(lol + f'<D:propfind xmlns:D="{D}"><D:prop><D:displayname>&a9;</D:displayname></D:prop></D:propfind>'), 'reject')
    add(g, 'billion-laughs-proppatch', X(lol + f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>&a9;</D:displayname></D:prop></D:set></D:propertyupdate>', 'PROPPATCH'), 'reject')
    add(g, 'quadratic-entity', X('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "' + 'a' * 50000 + f'">]><D:propfind xmlns:D="{D}"><D:prop><D:x>' + '&a;' * 50000 + '</D:x></D:prop></D:propfind>'), 'reject')
    add(g, 'harmless-doctype', X(f'<?xml version="1.0"?><!DOCTYPE D:propfind><D:propfind xmlns:D="{D}"><D:prop><D:displayname/></D:prop></D:propfind>'), 'any')

    def xxe(kind):
        def f():
            hit = []; srv = socket.create_server(('127.0.0.1', 0)); srv.settimeout(0.2); port = srv.getsockname()[1]; stop = threading.Event()
            def loop():
                while not stop.is_set():
                    try: c, _ = srv.accept(); hit.append(1); c.close()
                    except socket.timeout: pass
            th = threading.Thread(target=loop); th.start()
            ent = {'file': '<!ENTITY x SYSTEM "file:///etc/passwd">', 'http': f'<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">', 'dtd': '', 'param': f'<!ENTITY % q SYSTEM "http://127.0.0.1:{port}/q"> %q;'}[kind]
            dt = f'<!DOCTYPE D:propertyupdate SYSTEM "http://127.0.0.1:{port}/e.dtd">' if kind == 'dtd' else f'<!DOCTYPE r [{ent}]>'
            b = f'<?xml version="1.0"?>{dt}<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>{"&x;" if kind in ("file", "http") else "n"}</D:displayname></D:prop></D:set></D:propertyupdate>'
            r = T.req('PROPPATCH', p, b); r2 = T.req('PROPFIND', p, pf(), {'Depth': '0'}); time.sleep(.3); stop.set(); th.join(); srv.close()
            if hit: return Reply(err='XXE: server fetched an external entity')
            if b'root:' in r.body + r2.body: return Reply(err='XXE: /etc/passwd content returned')
            return r
        return f
    for k in ('file', 'http', 'dtd', 'param'): add(g, 'xxe-' + k, xxe(k), 'any' if k == 'dtd' else 'reject')
    add(g, 'deep-nesting-100k', X('<D:propfind xmlns:D="DAV:"><D:prop>' + '<a>' * 100000 + '</a>' * 100000 + '</D:prop></D:propfind>'), 'reject', True)
    add(g, 'attributes-100k', X('<D:propfind xmlns:D="DAV:" ' + ' '.join(f'a{i}=""' for i in range(100000)) + '><D:prop/></D:propfind>'), 'any', True, 'RUSTSEC-2026-0194 quick-xml')
    add(g, 'xmlns-100k', X('<D:propfind xmlns:D="DAV:" ' + ' '.join(f'xmlns:a{i}="u"' for i in range(100000)) + '><D:prop/></D:propfind>'), 'any', True, 'RUSTSEC-2026-0195 quick-xml')
    add(g, 'attribute-8MiB', X('<D:propfind xmlns:D="DAV:" a="' + 'x' * (8 << 20) + '"><D:prop/></D:propfind>'), 'any', True)
    add(g, 'element-name-1MiB', X('<D:propfind xmlns:D="DAV:"><D:prop><' + 'x' * (1 << 20) + '/></D:prop></D:propfind>'), 'any', True)
    add(g, 'props-10k', X(pf(''.join(f'<p{i} xmlns="urn:x"/>' for i in range(10000)))), 'any', True)
    add(g, 'elements-1M', X('<D:propfind xmlns:D="DAV:"><D:prop>' + '<a/>' * 1000000 + '</D:prop></D:propfind>'), 'any', True)
    add(g, 'proppatch-1000-props', X(f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop>' + ''.join(f'<x{i} xmlns="urn:b">v</x{i}>' for i in range(1000)) + '</D:prop></D:set></D:propertyupdate>', 'PROPPATCH'), 'any')
    add(g, 'proppatch-1MiB-value', X(f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>{"n" * (1 << 20)}</D:displayname></D:prop></D:set></D:propertyupdate>', 'PROPPATCH'), 'any', True)
    add(g, 'mkcalendar-garbage', lambda: T.req('MKCALENDAR', p.rstrip('/') + '-bad/', '<a><b></a>'), 'reject')

    def displayname_rt():
        v = 'a&lt;/D:displayname&gt;&lt;D:evil/&gt;&amp;"\' \u2028'
        T.req('PROPPATCH', p, f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>{v}</D:displayname></D:prop></D:set></D:propertyupdate>')
        r = T.req('PROPFIND', p, pf(), {'Depth': '0'})
        try: t = ET.fromstring(r.body)
        except ET.ParseError as e: return Reply(err=f'PROPFIND body not well-formed: {e}')
        if t.find('.//{DAV:}evil') is not None: return Reply(err='XML injection through displayname')
        T.req('PROPPATCH', p, f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>cal</D:displayname></D:prop></D:set></D:propertyupdate>')
        return r
    add(g, 'displayname-xml-injection', displayname_rt, 'any')

    # ---- report
    g = 'report'
    Q = lambda body, depth='1': (lambda: T.req('REPORT', p, body, {'Depth': depth}))
    add(g, 'unknown-report', Q(f'<D:frobnicate xmlns:D="{D}"/>'), 'reject')
    add(g, 'range-reversed', Q(cq(rng='start="20280101T000000Z" end="20270101T000000Z"')), 'any')
    add(g, 'range-not-utc', Q(cq(rng='start="20270101T000000" end="20280101T000000"')), 'any')
    add(g, 'range-garbage', Q(cq(rng='start="yesterday" end="99999999T999999Z"')), 'reject')
    add(g, 'range-empty', Q(cq(rng='')), 'any')
    add(g, 'range-year-0-9999', Q(cq(rng='start="00010101T000000Z" end="99991231T235959Z"')), 'any')
    add(g, 'range-month-13', Q(cq(rng='start="20271301T000000Z" end="20271401T000000Z"')), 'reject')
    add(g, 'no-filter', Q(f'<C:calendar-query xmlns:D="{D}" xmlns:C="{C}"><D:prop><D:getetag/></D:prop></C:calendar-query>'), 'any')
    add(g, 'filter-wrong-root-comp', Q(cq('<C:filter><C:comp-filter name="VEVENT"/></C:filter>')), 'any')
    add(g, 'comp-filter-nested-5000', Q(cq('<C:filter>' + '<C:comp-filter name="VCALENDAR">' * 5000 + '</C:comp-filter>' * 5000 + '</C:filter>')), 'any', True)
    add(g, 'prop-filters-5000', Q(cq('<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">' + '<C:prop-filter name="SUMMARY"><C:text-match>x</C:text-match></C:prop-filter>' * 5000 + '</C:comp-filter></C:comp-filter></C:filter>')), 'any', True)
    add(g, 'text-match-1MiB', Q(cq('<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>' + 'x' * (1 << 20) + '</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>')), 'any', True)
    add(g, 'collation-unknown', Q(cq('<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match collation="i;evil">x</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>')), 'any', note='RFC 4791 7.5.1: supported-collation')
    add(g, 'expand-9999-years', Q(cq(props=f'<D:getetag/><C:calendar-data><C:expand start="00010101T000000Z" end="99991231T235959Z"/></C:calendar-data>')), 'any')
    add(g, 'expand-garbage', Q(cq(props='<D:getetag/><C:calendar-data><C:expand start="x" end="y"/></C:calendar-data>')), 'any')
    add(g, 'timezone-garbage', Q(cq('<C:filter><C:comp-filter name="VCALENDAR"/></C:filter><C:timezone>NOT A TIMEZONE</C:timezone>')), 'any')
    add(g, 'freebusy-8000-years', Q(fbq('00010101T000000Z', '99991231T235959Z')), 'any')
    add(g, 'freebusy-reversed', Q(fbq('20280101T000000Z', '20270101T000000Z')), 'any')
    add(g, 'freebusy-no-range', Q(f'<C:free-busy-query xmlns:C="{C}"/>'), 'reject')
    mg = lambda hs: f'<C:calendar-multiget xmlns:D="{D}" xmlns:C="{C}"><D:prop><D:getetag/><C:calendar-data/></D:prop>{hs}</C:calendar-multiget>'
    add(g, 'multiget-none', Q(mg('')), 'any')
    add(g, 'multiget-10k-missing', Q(mg(''.join(f'<D:href>{p}none{i}.ics</D:href>' for i in range(10000)))), 'any', True)
    add(g, 'multiget-same-10k', Q(mg(f'<D:href>{p}smug.ics</D:href>' * 10000)), 'any', True)

    def mgpw():
        r = T.req('REPORT', p, mg('<D:href>/%2e%2e/%2e%2e/%2e%2e/etc/passwd</D:href><D:href>file:///etc/passwd</D:href><D:href>http://127.0.0.1:1/</D:href><D:href>../../../etc/passwd</D:href><D:href></D:href>'), {'Depth': '1'})
        return Reply(err='LEAK: /etc/passwd through multiget') if b'root:x' in r.body else r
    add(g, 'multiget-escape', mgpw, 'any')
    for n, t in (('garbage', 'garbage'), ('empty-uri', 'http://'), ('long', 'x' * 100000), ('sql', "' OR 1=1 --"), ('neg', '-1'), ('2^64', '18446744073709551616'), ('dotdot', '../../../../etc/passwd'), ('data', 'data:,99999999999999999999')):
        add(g, 'sync-token-' + n, Q(sync(t), '0'), 'reject', n == 'long', 'RFC 6578 3.2 valid-sync-token')

    def sync_traversal():
        r0 = T.req('REPORT', p, sync(''), {'Depth': '0'}); m = re.search(rb'<[^>]*sync-token[^>]*>([^<]+)<', r0.body)
        if not m: return Reply(204)
        tok = m.group(1).decode(); r = None
        for bad in (tok + '/../../..', tok[:-1] + ('0' if tok[-1] != '0' else '1'), re.sub(r'[0-9a-f]{8,}', '../../../../etc/passwd', tok)):
            if bad == tok: continue
            r = T.req('REPORT', p, sync(bad), {'Depth': '0'})
            if r.err or r.status >= 500 or b'root:x' in r.body: return r if r.err or r.status >= 500 else Reply(err='LEAK')
        return r or Reply(204)
    add(g, 'sync-token-tampered', sync_traversal, 'any')
    for n, x in (('level-garbage', sync('', 'banana')), ('level-infinite', sync('', 'infinite')), ('limit-0', sync('', '1', '<D:limit><D:nresults>0</D:nresults></D:limit>')), ('limit-neg', sync('', '1', '<D:limit><D:nresults>-1</D:nresults></D:limit>')), ('limit-2^65', sync('', '1', '<D:limit><D:nresults>36893488147419103232</D:nresults></D:limit>'))):
        add(g, 'sync-' + n, Q(x, '0'), 'any')
    add(g, 'expand-property-deep-1000', Q(f'<D:expand-property xmlns:D="{D}">' + '<D:property name="current-user-principal">' * 1000 + '</D:property>' * 1000 + '</D:expand-property>', '0'), 'any', True)
    add(g, 'expand-property-wide', Q(f'<D:expand-property xmlns:D="{D}">' + '<D:property name="owner"><D:property name="current-user-principal"/></D:property>' * 2000 + '</D:expand-property>', '0'), 'any', True)
    add(g, 'principal-search-empty', Q(f'<D:principal-property-search xmlns:D="{D}"><D:property-search><D:prop><D:displayname/></D:prop><D:match></D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>', '0'), 'any')
    add(g, 'acl-principal-prop-set', Q(f'<D:acl-principal-prop-set xmlns:D="{D}"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>', '0'), 'any')

    # ---- ics: each is PUT, read back if accepted, deleted
    def P(data, name=None, follow=False, ct=None, after=None):
        def f():
            path = p + (name or f'bi-{uuid.uuid4().hex[:10]}.ics')
            A.left.add(path)
            r = T.req('PUT', path, data, {'Content-Type': ct} if ct else None)
            if not r.err and 300 <= r.status < 500: A.left.discard(path)
            if r.err or r.status >= 300: return r
            worst, bad = r.secs, None
            todo = [('GET', path, b'', {})]
            if follow:
                todo += [('REPORT', p, cq(rng='start="20270101T000000Z" end="20270201T000000Z"'), {'Depth': '1'}),
                         ('REPORT', p, cq(rng='start="20500101T000000Z" end="20500102T000000Z"'), {'Depth': '1'}),
                         ('REPORT', p, cq(props='<D:getetag/><C:calendar-data><C:expand start="20270101T000000Z" end="20280101T000000Z"/></C:calendar-data>', rng='start="20270101T000000Z" end="20280101T000000Z"'), {'Depth': '1'}),
                         ('REPORT', p, fbq('20270101T000000Z', '20270301T000000Z'), {'Depth': '1'}),
                         ('REPORT', p, cq(), {'Depth': '1'})]
            for m, pa, b, h in todo:
                q = T.req(m, pa, b, h); worst = max(worst, q.secs)
                if m == 'GET' and q.status == 200 and after:
                    e = after(q)
                    if e: bad = Reply(err=e)
                if q.err or (q.status >= 500 and q.status not in A.allow):
                    bad = Reply(q.status if not q.err else None, err=q.err and f'stored, then {m} {"calendar" if m == "REPORT" else "item"}: {q.err}', secs=worst)
                    if not q.err: bad.headers['note'] = f'stored, then {m} -> {q.status}'
                    break
            d = T.req('DELETE', path)
            if d.status and d.status < 500: A.left.discard(path)
            if bad: bad.secs = worst; return bad
            if d.err or d.status >= 500: return Reply(d.status, err=d.err and 'stored, then DELETE: ' + d.err, secs=worst)
            r.secs = worst; return r
        return f
    g = 'ics'
    ok = ev()
    add(g, 'baseline-valid', P(ok, follow=True), 'accept')
    add(g, 'empty-body', P(''), 'reject'); add(g, 'not-ics', P('hello'), 'reject'); add(g, 'html', P('<html></html>'), 'reject'); add(g, 'json', P('["vcalendar",[],[]]'), 'reject')
    add(g, 'vcard', P('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nN:x;;;;\r\nUID:1\r\nEND:VCARD\r\n'), 'reject')
    add(g, 'binary', P(bytes(random.Random(2).randrange(256) for _ in range(5000))), 'reject')
    add(g, 'no-end', P(ok.replace('END:VCALENDAR\r\n', '')), 'reject'); add(g, 'no-begin', P(ok.replace('BEGIN:VCALENDAR\r\n', '')), 'reject')
    add(g, 'unbalanced', P(ok.replace('END:VEVENT', 'END:VTODO')), 'reject'); add(g, 'truncated-half', P(ok[:len(ok) // 2]), 'reject')
    add(g, 'no-components', P('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n'), 'reject', note='RFC 4791 4.1')
    add(g, 'only-vtimezone', P('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n'), 'reject')
    add(g, 'two-uids', P(ev(extra='BEGIN:VEVENT\nUID:other\nDTSTAMP:20260101T000000Z\nDTSTART:20270101T000000Z\nEND:VEVENT')), 'reject', note='RFC 4791 4.1')
    add(g, 'event-and-todo', P(ev(uid='same', extra='BEGIN:VTODO\nUID:same\nDTSTAMP:20260101T000000Z\nEND:VTODO')), 'reject')
    add(g, 'method-present', P(ev(pre='METHOD:REQUEST')), 'reject', note='RFC 4791 4.1')
    add(g, 'no-uid', P(re.sub(r'UID:.*\r\n', '', ok)), 'reject'); add(g, 'empty-uid', P(re.sub(r'UID:.*\r\n', 'UID:\r\n', ok)), 'any'); add(g, 'two-uid-lines', P(ok.replace('DTSTAMP', 'UID:second\r\nDTSTAMP')), 'reject')
    add(g, 'uid-64KiB', P(ev(uid='u' * 65536)), 'any'); add(g, 'uid-traversal', P(ev(uid='../../../../tmp/evil')), 'any'); add(g, 'uid-crlf-escaped', P(ev(uid='a\\nX: y')), 'any'); add(g, 'uid-control', P(ev(uid='a\x01b')), 'any')
    add(g, 'no-dtstart', P(ev(start='', end='')), 'reject'); add(g, 'dtstart-garbage', P(ev(start='tomorrow', end='')), 'reject'); add(g, 'dtstart-month-13', P(ev(start='20271301T000000Z', end='')), 'reject')
    add(g, 'dtstart-feb-30', P(ev(start='20270230T000000Z', end='')), 'reject'); add(g, 'dtstart-hour-25', P(ev(start='20270101T250000Z', end='')), 'reject'); add(g, 'dtstart-year-0000', P(ev(start='00000101T000000Z', end='')), 'any')
    add(g, 'dtstart-year-9999', P(ev(start='99991231T235959Z', end='99991231T235959Z'), follow=True), 'any'); add(g, 'dtstart-year-99999', P(ev(start='999990101T000000Z', end='')), 'reject'); add(g, 'dtstart-leap-second', P(ev(start='20270630T235960Z', end='')), 'any')
    add(g, 'two-dtstart', P(ok.replace('DTEND', 'DTSTART:20270106T100000Z\r\nDTEND')), 'reject'); add(g, 'dtend-before-dtstart', P(ev(end='20200101T000000Z'), follow=True), 'any')
    add(g, 'dtend-and-duration', P(ev('DURATION:PT1H')), 'reject'); add(g, 'duration-negative', P(ev('DURATION:-PT1H', end=''), follow=True), 'any'); add(g, 'duration-huge', P(ev('DURATION:P999999999999W', end=''), follow=True), 'any')
    add(g, 'duration-i64-overflow', P(ev('DURATION:PT9223372036854775807S', end=''), follow=True), 'any'); add(g, 'duration-garbage', P(ev('DURATION:P1Y2M', end='')), 'any'); add(g, 'duration-empty', P(ev('DURATION:P', end='')), 'any')
    add(g, 'date-vs-datetime-mix', P(ev(start=';VALUE=DATE:20270105', end='20270105T110000Z')), 'any'); add(g, 'value-lies', P(ev(start=';VALUE=DATE:20270105T100000Z', end='')), 'any'); add(g, 'value-unknown', P(ev(start=';VALUE=BANANA:20270105', end='')), 'any')
    add(g, 'tzid-unknown', P(ev(start=';TZID=Mars/Olympus:20270105T100000', end=''), follow=True), 'any'); add(g, 'tzid-traversal', P(ev(start=';TZID=../../../../etc/passwd:20270105T100000', end=''), follow=True), 'any'); add(g, 'tzid-64KiB', P(ev(start=f';TZID={"z" * 65536}:20270105T100000', end='')), 'any')
    add(g, 'tzid-with-z', P(ev(start=';TZID=Europe/Paris:20270105T100000Z', end='')), 'any'); add(g, 'tzid-dst-gap', P(ev(start=';TZID=Europe/Paris:20270328T023000', end=''), follow=True), 'any'); add(g, 'tzid-dst-fold', P(ev(start=';TZID=Europe/Paris:20271031T023000', end=''), follow=True), 'any')
    vtz = lambda b: f'BEGIN:VTIMEZONE\nTZID:Bad\n{b}\nEND:VTIMEZONE'
    add(g, 'vtimezone-no-tzid', P(ev(pre='BEGIN:VTIMEZONE\nEND:VTIMEZONE')), 'any'); add(g, 'vtimezone-offset-99h', P(ev(start=';TZID=Bad:20270105T100000', end='', pre=vtz('BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+9959\nTZOFFSETTO:-9959\nEND:STANDARD')), follow=True), 'any')
    add(g, 'vtimezone-rrule-secondly', P(ev(start=';TZID=Bad:20270105T100000', end='', pre=vtz('BEGIN:STANDARD\nDTSTART:19000101T000000\nRRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nEND:STANDARD')), follow=True), 'any')
    add(g, 'vtimezone-2000-observances', P(ev(start=';TZID=Bad:20270105T100000', end='', pre=vtz('\n'.join(f'BEGIN:STANDARD\nDTSTART:{1900 + i % 100}0101T000000\nRRULE:FREQ=YEARLY\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0{i % 10}00\nEND:STANDARD' for i in range(2000)))), follow=True), 'any')
    add(g, 'nested-10k', P('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n' + 'BEGIN:VEVENT\r\n' * 10000 + 'END:VEVENT\r\n' * 10000 + 'END:VCALENDAR\r\n'), 'reject', True)
    add(g, 'nested-100k-x', P('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n' + 'BEGIN:X-A\r\n' * 100000 + 'END:X-A\r\n' * 100000 + 'END:VCALENDAR\r\n'), 'reject', True, 'stack overflow = process abort in Rust')
    add(g, 'vcalendar-in-vevent', P(ok.replace('SUMMARY:x', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR')), 'reject'); add(g, 'two-vcalendars', P(ok + ev()), 'reject')
    add(g, 'line-1MiB', P(ev(summary='s' * (1 << 20))), 'any'); add(g, 'fold-every-byte', P(re.sub(r'(SUMMARY:x)', lambda m: '\r\n '.join('SUMMARY:' + 'x' * 2000), ok)), 'any'); add(g, 'fold-1M', P(ok.replace('SUMMARY:x', 'SUMMARY:' + '\r\n ' * 300000)), 'any', True)
    add(g, 'fold-inside-utf8', P(ok.encode().replace(b'SUMMARY:x', b'SUMMARY:\xc3\r\n \xa9\xf0\x9f\r\n \x98\x80')), 'any'); add(g, 'fold-first-line', P(' ' + ok), 'any'); add(g, 'fold-tab', P(ok.replace('SUMMARY:x', 'SUM\r\n\tMARY:x')), 'any')
    add(g, 'lf-only', P(ev(eol='\n')), 'any'); add(g, 'cr-only', P(ev(eol='\r')), 'any'); add(g, 'bom', P('\ufeff' + ok), 'any'); add(g, 'blank-lines', P(ok.replace('\r\n', '\r\n\r\n')), 'any'); add(g, 'trailing-garbage', P(ok + 'garbage after end\r\n'), 'any')
    add(g, 'nul-in-value', P(ev(summary='a\0b')), 'reject'); add(g, 'ctl-in-value', P(ev(summary='a\x07\x1bb\x7f')), 'any'); add(g, 'invalid-utf8', P(ok.encode().replace(b'SUMMARY:x', b'SUMMARY:\xff\xfe\xc0')), 'any'); add(g, 'utf16-body', P(ok.encode('utf-16')), 'reject'); add(g, 'surrogates', P(ok.encode().replace(b'SUMMARY:x', b'SUMMARY:\xed\xa0\x80')), 'any'); add(g, 'noncharacters', P(ev(summary='\ufffe\uffff\U0010ffff')), 'any'); add(g, 'bidi-rlo', P(ev(summary='\u202egpj.exe')), 'any')
    add(g, 'no-colon-line', P(ok.replace('SUMMARY:x', 'SUMMARY')), 'any'); add(g, 'empty-name', P(ok.replace('SUMMARY:x', ':x')), 'any'); add(g, 'name-with-space', P(ok.replace('SUMMARY:x', 'SUM MARY:x')), 'any'); add(g, 'name-nonascii', P(ok.replace('SUMMARY:x', 'SÜMMARY:x')), 'any'); add(g, 'name-1MiB', P(ok.replace('SUMMARY:x', 'X-' + 'N' * (1 << 20) + ':x')), 'any', True)
    add(g, 'param-unclosed-quote', P(ok.replace('SUMMARY:x', 'ATTENDEE;CN="abc:mailto:a@example.com')), 'any'); add(g, 'param-empty', P(ok.replace('SUMMARY:x', 'SUMMARY;;=;X=:x')), 'any'); add(g, 'param-50k', P(ok.replace('SUMMARY:x', 'SUMMARY' + ''.join(f';X-{i}=1' for i in range(50000)) + ':x')), 'any', True); add(g, 'param-1MiB-value', P(ok.replace('SUMMARY:x', 'SUMMARY;X-A="' + 'v' * (1 << 20) + '":x')), 'any', True)
    add(g, 'escape-dangling', P(ev(summary='ends with \\')), 'any'); add(g, 'escape-unknown', P(ev(summary='\\q\\x41\\;\\,\\\\\\N')), 'any'); add(g, 'caret-rfc6868', P(ok.replace('SUMMARY:x', "ATTENDEE;CN=\"a^nb^'c^^\":mailto:a@example.com")), 'any')
    add(g, 'props-100k', P(ev('\n'.join(f'X-P{i}:1' for i in range(100000)))), 'any', True); add(g, 'attendees-20k', P(ev('ORGANIZER:mailto:o@example.com\n' + '\n'.join(f'ATTENDEE:mailto:a{i}@example.com' for i in range(20000)))), 'any', True); add(g, 'alarms-5k', P(ev('\n'.join('BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT1M\nEND:VALARM' for _ in range(5000)))), 'any', True); add(g, 'alarm-repeat-2^31', P(ev('BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT1M\nREPEAT:2147483647\nDURATION:PT1S\nEND:VALARM'), follow=True), 'any'); add(g, 'alarm-trigger-garbage', P(ev('BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:soon\nEND:VALARM'), follow=True), 'any'); add(g, 'alarm-procedure', P(ev('BEGIN:VALARM\nACTION:PROCEDURE\nATTACH:file:///bin/sh\nTRIGGER:-PT1M\nEND:VALARM')), 'any')
    add(g, 'sequence-overflow', P(ev('SEQUENCE:99999999999999999999')), 'any'); add(g, 'priority-neg', P(ev('PRIORITY:-5')), 'any'); add(g, 'geo-garbage', P(ev('GEO:north;south')), 'any'); add(g, 'percent-complete-overflow', P(ev('PERCENT-COMPLETE:99999999999')), 'any'); add(g, 'request-status-long', P(ev('REQUEST-STATUS:' + '2.' * 5000 + ';x')), 'any', note='libical OSV-2025-890')
    add(g, 'base64-garbage', P(ev('ATTACH;VALUE=BINARY;ENCODING=BASE64:!!!!')), 'any'); add(g, 'base64-5MiB', P(ev('ATTACH;VALUE=BINARY;ENCODING=BASE64:' + 'QUJD' * (5 << 18))), 'any', True); add(g, 'attach-file-url', P(ev('ATTACH:file:///etc/passwd')), 'any'); add(g, 'status-unknown', P(ev('STATUS:BANANA')), 'any'); add(g, 'transp-unknown', P(ev('TRANSP:MAYBE'), follow=True), 'any'); add(g, 'version-9', P(ok.replace('VERSION:2.0', 'VERSION:9.9')), 'any'); add(g, 'vcalendar-1.0', P(ok.replace('VERSION:2.0', 'VERSION:1.0')), 'any'); add(g, 'calscale-unknown', P(ev(pre='CALSCALE:MAYAN')), 'reject')
    add(g, 'recurrence-id-without-rrule', P(ev('RECURRENCE-ID:20270105T100000Z'), follow=True), 'any'); add(g, 'recurrence-id-garbage', P(ev('RECURRENCE-ID:never')), 'reject'); add(g, 'thisandfuture-self', P(ev('RRULE:FREQ=DAILY;COUNT=5\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270105T100000Z'), follow=True), 'any')
    u = str(uuid.uuid4())
    add(g, 'overrides-5000', P(ev('RRULE:FREQ=DAILY', uid=u, extra='\n'.join(f'BEGIN:VEVENT\nUID:{u}\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:{2027 + i // 336}{1 + i // 28 % 12:02d}{1 + i % 28:02d}T100000Z\nDTSTART:{2027 + i // 336}{1 + i // 28 % 12:02d}{1 + i % 28:02d}T120000Z\nSUMMARY:o{i}\nEND:VEVENT' for i in range(5000))), follow=True), 'any', True)
    add(g, 'duplicate-override', P(ev('RRULE:FREQ=DAILY;COUNT=5', uid='dup', extra='\n'.join('BEGIN:VEVENT\nUID:dup\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:20270106T100000Z\nDTSTART:20270106T120000Z\nEND:VEVENT' for _ in range(2))), follow=True), 'any')
    add(g, 'ct-text-plain', P(ok, ct='text/plain'), 'any'); add(g, 'ct-charset-utf16', P(ok, ct='text/calendar; charset=utf-16'), 'any'); add(g, 'ct-charset-unknown', P(ok, ct='text/calendar; charset=x-none'), 'any'); add(g, 'ct-garbage', P(ok, ct=';;;/'), 'any')

    # ---- rrule: stored or refused, but every later report stays within the time limit
    g = 'rrule'
    allmin = ','.join(map(str, range(60)))
    for n, r in (('secondly', 'FREQ=SECONDLY'), ('secondly-count-1e9', 'FREQ=SECONDLY;COUNT=1000000000'), ('minutely', 'FREQ=MINUTELY'), ('daily-count-1e9', 'FREQ=DAILY;COUNT=1000000000'), ('daily-count-2^64', 'FREQ=DAILY;COUNT=18446744073709551616'),
                 ('never-matches-feb30', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), ('never-matches-secondly', 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30'), ('never-matches-setpos', 'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300'), ('never-weekno-53-month-6', 'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6'),
                 ('interval-0', 'FREQ=DAILY;INTERVAL=0'), ('interval-neg', 'FREQ=DAILY;INTERVAL=-1'), ('interval-2^31', 'FREQ=DAILY;INTERVAL=2147483648'), ('interval-i64', 'FREQ=YEARLY;INTERVAL=9223372036854775807'), ('count-0', 'FREQ=DAILY;COUNT=0'), ('count-neg', 'FREQ=DAILY;COUNT=-5'),
                 ('until-and-count', 'FREQ=DAILY;COUNT=5;UNTIL=20280101T000000Z'), ('until-before-start', 'FREQ=DAILY;UNTIL=19990101T000000Z'), ('until-9999', 'FREQ=HOURLY;UNTIL=99991231T235959Z'), ('until-garbage', 'FREQ=DAILY;UNTIL=never'), ('until-type-mismatch', 'FREQ=DAILY;UNTIL=20280101'),
                 ('no-freq', 'COUNT=5'), ('freq-unknown', 'FREQ=FORTNIGHTLY'), ('freq-twice', 'FREQ=DAILY;FREQ=WEEKLY'), ('empty', ''), ('just-semicolons', ';;;;'), ('prefix-twice', 'RRULE:FREQ=DAILY'), ('byday-garbage', 'FREQ=WEEKLY;BYDAY=XX,1ZZ'), ('byday-overflow', 'FREQ=MONTHLY;BYDAY=99999999999MO'), ('byday-monthly-500MO', 'FREQ=MONTHLY;BYDAY=500MO'),
                 ('bymonth-0-13', 'FREQ=YEARLY;BYMONTH=0,13'), ('bymonthday-0', 'FREQ=MONTHLY;BYMONTHDAY=0'), ('byyearday-367', 'FREQ=YEARLY;BYYEARDAY=367'), ('bysetpos-0', 'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0'), ('byweekno-monthly', 'FREQ=MONTHLY;BYWEEKNO=20'), ('bysecond-60', 'FREQ=DAILY;BYSECOND=60'), ('byhour-24', 'FREQ=DAILY;BYHOUR=24'),
                 ('by-cross-product', f'FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYMONTHDAY={",".join(map(str, range(1, 32)))};BYHOUR={",".join(map(str, range(24)))};BYMINUTE={allmin};BYSECOND={allmin};COUNT=1'),
                 ('bylist-100k', 'FREQ=DAILY;BYMINUTE=' + ','.join(str(i % 60) for i in range(100000))), ('rscale-unknown', 'RSCALE=KLINGON;FREQ=YEARLY'), ('rscale-hebrew', 'RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;SKIP=FORWARD'), ('wkst-garbage', 'FREQ=WEEKLY;WKST=XX'), ('start-year-1', 'FREQ=DAILY')):
        e = ev('RRULE:' + r, start='00010101T000000Z' if n == 'start-year-1' else '20270105T100000Z', end='')
        must = n in ('freq-unknown', 'interval-0', 'interval-neg', 'no-freq', 'empty', 'just-semicolons', 'byday-garbage', 'until-garbage', 'count-neg', 'until-and-count', 'freq-twice', 'prefix-twice')
        add(g, n, P(e, follow=True), 'reject' if must else 'any', note='CVE-2025-59045; Radicale#2188; node-ical#542')
    add(g, 'rrules-1000', P(ev('\n'.join('RRULE:FREQ=MINUTELY;COUNT=100000' for _ in range(1000))), follow=True), 'any', True)
    add(g, 'exrule-secondly', P(ev('RRULE:FREQ=DAILY\nEXRULE:FREQ=SECONDLY'), follow=True), 'any')
    add(g, 'exdate-all', P(ev('RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20270105T100000Z,20270106T100000Z,20270107T100000Z'), follow=True), 'any', note='no instances at all')
    dl = lambda n: ','.join(f'{2027 + i // 300000:04d}{1 + i // 25000 % 12:02d}{1 + i // 900 % 28:02d}T{i // 60 % 15:02d}{i % 60:02d}00Z' for i in range(n))
    add(g, 'exdate-100k', P(ev('RRULE:FREQ=DAILY\nEXDATE:' + dl(100000)), follow=True), 'any', True)
    add(g, 'rdate-100k', P(ev('RDATE:' + dl(100000)), follow=True), 'any', True)
    add(g, 'rdate-1M', P(ev('RDATE:' + dl(1000000)), follow=True), 'any', True)
    add(g, 'rdate-period-garbage', P(ev('RDATE;VALUE=PERIOD:20270105T100000Z/banana'), follow=True), 'any')
    add(g, 'long-event-daily', P(ev('RRULE:FREQ=DAILY\nDURATION:P3650D', end=''), follow=True), 'any', note='3650 overlapping instances')
    add(g, 'secondly-inside-todo', P('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:' + str(uuid.uuid4()) + '\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20270101T000000Z\r\nDUE:20270101T010000Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n', follow=True), 'any')

    # ---- inject
    g = 'inject'
    nohdr = lambda q: 'HEADER INJECTION' if any('injected' in k.lower() for k in q.headers) else None
    def samevals(*vals): return lambda q: nohdr(q)
    for n, e in (('html-summary', ev(summary='<script>alert(1)</script><img src=x onerror=alert(1)>')), ('crlf-in-cn', ev('ORGANIZER;CN="x\\r\\nBcc: evil@example.com":mailto:o@example.com')), ('mailto-header-injection', ev('ATTENDEE:mailto:a@example.com?bcc=evil@example.com&subject=x')), ('mailto-crlf', ev('ATTENDEE:mailto:a%0d%0aBcc:evil@example.com')), ('attendee-javascript', ev('ATTENDEE:javascript:alert(1)')), ('url-javascript', ev('URL:javascript:alert(1)')), ('location-template', ev('LOCATION:{{7*7}}${7*7}<%= 7*7 %>')), ('log-injection', ev(summary='x\\n2027-01-01 00:00:00 INFO admin login ok')), ('ansi-escape', ev(summary='\x1b[2J\x1b[31mroot')), ('csv-formula', ev(summary='=HYPERLINK("http://evil.example")')), ('sql', ev(summary="'; DROP TABLE events; --", uid="' OR '1'='1"))):
        add(g, n, P(e, after=nohdr), 'any')
    add(g, 'header-in-name', lambda: T.req('GET', p + 'x%0d%0aX-Injected:1'), 'reject')
    add(g, 'log-header', lambda: T.req('OPTIONS', p, headers={'User-Agent': 'x\x1b[31m', 'X-Forwarded-For': '127.0.0.1, ' * 200}), 'any', True)

    def icsinj():
        path = p + 'inj.ics'; r = T.req('PUT', path, ev(summary='Meeting\\nBEGIN:VALARM\\nACTION:DISPLAY\\nTRIGGER:PT0S\\nEND:VALARM'))
        if r.err or r.status >= 300: return r
        q = T.req('GET', path); T.req('DELETE', path)
        if re.search(rb'^BEGIN:VALARM', q.body, re.M): return Reply(err='ICS INJECTION: escaped newline became a real line')
        return q
    add(g, 'ics-escaped-newline', icsinj, 'any')

    # ---- size
    g = 'size'
    def big(n):
        def gen():
            yield (f'PUT {p}big.ics HTTP/1.1\r\nHost: {H}\r\n{au}Content-Type: text/calendar\r\nContent-Length: {n}\r\nConnection: close\r\n\r\n').encode()
            blk = b'X-PAD:' + b'p' * 65000 + b'\r\n'; sent = 0
            while sent < n:
                b = blk[:n - sent]; sent += len(b); yield b
        return lambda: T.raw(gen(), timeout=60)
    add(g, 'put-11MiB', lambda: T.req('PUT', p + 'b11.ics', ev('\n'.join('X-PAD:' + 'p' * 1000 for _ in range(11000))), timeout=30), 'any', True)
    add(g, 'put-100MiB', big(100 << 20), 'reject', True)

    def huge_chunked():
        def gen():
            yield (f'PUT {p}big2.ics HTTP/1.1\r\nHost: {H}\r\n{au}Content-Type: text/calendar\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n').encode()
            b = b'10000\r\n' + b'p' * 65536 + b'\r\n'
            for _ in range(1600): yield b
            yield b'0\r\n\r\n'
        return T.raw(gen(), timeout=60)
    add(g, 'put-100MiB-chunked', huge_chunked, 'reject', True)
    add(g, 'propfind-20MiB', lambda: T.req('PROPFIND', p, '<D:propfind xmlns:D="DAV:"><!--' + 'c' * (20 << 20) + '--><D:prop/></D:propfind>', {'Depth': '0'}, timeout=30), 'any', True)
    add(g, 'unauthenticated-100MiB', lambda: T.raw((x for x in [f'PUT {p}na.ics HTTP/1.1\r\nHost: {H}\r\nContent-Length: {100 << 20}\r\nConnection: close\r\n\r\n'.encode()] + [b'p' * (1 << 20)] * 100), timeout=30), 'reject', True, '401 before the body is read')

    # ---- acl: second account owns a secret event; we must not read or change it
    if O:
        g = 'acl'; secret = 'SECRET' + uuid.uuid4().hex; q = O.path; obj = 'secret.ics'; st = {}
        def setup():
            r = O.req('PUT', q + obj, ev(summary=secret, uid='secret-' + secret, props='DESCRIPTION:' + secret)); st['etag'] = O.req('GET', q + obj).headers.get('etag')
            return r
        add(g, 'setup-owner-put', setup, 'accept')
        def W(method, path, body=b'', headers=None):
            def f():
                r = T.req(method, path, body, headers)
                if secret.encode() in r.body + r.raw: return Reply(err=f'LEAK: secret readable with {method} {path[:70]}')
                return r
            return f
        seg = q.strip('/').split('/'); one = seg[0] if seg else ''
        variants = {'plain': q + obj, 'pct-letter': '/' + '%' + f'{ord(one[0]):02x}' + q[2:] + obj if one else q + obj, 'double-slash': '/' + q + obj, 'dot': '/.' + q + obj, 'via-own-dotdot': T.path + '../' * len(T.path.strip('/').split('/')) + q.lstrip('/') + obj,
                    'via-own-pct-dotdot': T.path + '%2e%2e/' * len(T.path.strip('/').split('/')) + q.lstrip('/') + obj, 'pct-slash': q.rstrip('/').replace('/', '%2f', 1).replace('%2f', '/', 1).rstrip('/') + '%2f' + obj, 'upper': q.upper() + obj, 'query': q + obj + '?sabreAction=asset', 'fragment': q + obj + '%23x', 'semicolon': q.rstrip('/') + ';x=1/' + obj, 'trailing-slash': q + obj + '/', 'trailing-dot': q + obj + '.', 'backslash': q.replace('/', '\\') + obj}
        for n, v in variants.items():
            add(g, 'get-' + n, W('GET', v), 'reject'); add(g, 'propfind-' + n, W('PROPFIND', v, pf('<D:getetag/><C:calendar-data xmlns:C="urn:ietf:params:xml:ns:caldav"/>'), {'Depth': '1'}), 'any')
        add(g, 'report-query', W('REPORT', q, cq(), {'Depth': '1'}), 'any'); add(g, 'report-freebusy', W('REPORT', q, fbq('20270101T000000Z', '20280101T000000Z'), {'Depth': '1'}), 'any'); add(g, 'report-sync', W('REPORT', q, sync(), {'Depth': '0'}), 'any')
        add(g, 'multiget-from-own', W('REPORT', p, mg(f'<D:href>{q}{obj}</D:href>'), {'Depth': '1'}), 'any'); add(g, 'expand-property', W('REPORT', '/' + (T.path.strip('/').split('/')[0]) + '/', f'<D:expand-property xmlns:D="{D}"><D:property name="principal-collection-set"><D:property name="displayname"/></D:property></D:expand-property>', {'Depth': '0'}), 'any')
        for m, h in (('PUT', {}), ('DELETE', {}), ('PROPPATCH', {}), ('MKCALENDAR', {}), ('LOCK', {}), ('ACL', {}), ('POST', {})):
            b = {'PUT': ev(), 'PROPPATCH': f'<D:propertyupdate xmlns:D="{D}"><D:set><D:prop><D:displayname>hacked</D:displayname></D:prop></D:set></D:propertyupdate>', 'LOCK': f'<D:lockinfo xmlns:D="{D}"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>', 'ACL': f'<D:acl xmlns:D="{D}"><D:ace><D:principal><D:all/></D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace></D:acl>'}.get(m, '')
            add(g, f'{m.lower()}-object', W(m, q + obj, b, h), 'reject'); add(g, f'{m.lower()}-collection', W(m, q if m != 'MKCALENDAR' else q.rstrip('/') + 'x/', b, h), 'reject')
        add(g, 'copy-out', W('COPY', q + obj, headers={'Destination': f'{T.scheme}://{H}{p}stolen.ics'}), 'reject'); add(g, 'move-out', W('MOVE', q + obj, headers={'Destination': f'{T.scheme}://{H}{p}stolen.ics'}), 'reject')
        add(g, 'copy-in', lambda: (T.req('PUT', p + 'own.ics', ev()), T.req('COPY', p + 'own.ics', headers={'Destination': f'{T.scheme}://{H}{q}planted.ics'}))[1], 'reject'); add(g, 'move-in-overwrite', lambda: (T.req('PUT', p + 'own.ics', ev()), T.req('MOVE', p + 'own.ics', headers={'Destination': f'{T.scheme}://{H}{q}{obj}', 'Overwrite': 'T'}))[1], 'reject')
        add(g, 'put-if-match-oracle', W('PUT', q + obj, ev(), {'If-Match': '"x"'}), 'reject'); add(g, 'put-if-none-match-oracle', W('PUT', q + obj, ev(), {'If-None-Match': '*'}), 'reject')

        def oracle():
            a, b = T.req('GET', q + obj), T.req('GET', q + 'definitely-not-there.ics')
            return Reply(err=f'EXISTENCE ORACLE: {a.status} for existing, {b.status} for missing') if a.status != b.status else a
        add(g, 'existence-oracle', oracle, 'reject')

        def final():
            r = O.req('GET', q + obj)
            if r.status != 200 or secret.encode() not in r.body: return Reply(err='victim object changed or gone')
            if st.get('etag') and r.headers.get('etag') != st['etag']: return Reply(err='victim ETag changed')
            l = O.req('PROPFIND', q, pf('<D:displayname/>'), {'Depth': '1'})
            if b'planted' in l.body or b'hacked' in l.body: return Reply(err='attacker planted data')
            return r
        add(g, 'victim-unchanged', final, 'accept')
    return L


# ---------------------------------------------------------------- runner
class Server:
    def __init__(s, cmd, pid): s.cmd, s.pid, s.proc = cmd, pid, None

    def start(s, T):
        if s.cmd:
            for _ in range(50):                                 # refuse to test somebody else's server on that port
                try: T.connect(1).close()
                except OSError: break
                time.sleep(.2)
            else: sys.exit(f'port {T.port} is already in use by another process')
            s.proc = subprocess.Popen(shlex.split(s.cmd), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True); s.pid = s.proc.pid
        for _ in range(150):
            r = T.req('OPTIONS', T.path, timeout=2)
            if r.status and s.alive(): return True
            time.sleep(.1)
        return False

    def stop(s):
        if s.proc:
            try: os.killpg(s.proc.pid, signal.SIGKILL)
            except ProcessLookupError: pass
            s.proc.wait(); s.proc = None

    def alive(s): return s.proc is None or s.proc.poll() is None

    def rss(s):
        if not s.pid: return 0
        tot, todo = 0, [s.pid]
        while todo:
            x = todo.pop()
            try:
                tot += int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{x}/status').read()).group(1)) // 1024
                for t in os.listdir(f'/proc/{x}/task'): todo += [int(c) for c in open(f'/proc/{x}/task/{t}/children').read().split()]
            except (OSError, AttributeError): pass
        return tot


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--base', required=True); ap.add_argument('--user', default=''); ap.add_argument('--password', default='')
    ap.add_argument('--owner-base'); ap.add_argument('--owner-user'); ap.add_argument('--owner-password')
    ap.add_argument('--mkcalendar', action='store_true'); ap.add_argument('--no-auth', action='store_true', help='server has no authentication: skip group auth')
    ap.add_argument('--groups', default='http,auth,path,xml,report,ics,rrule,inject,size,acl'); ap.add_argument('--only'); ap.add_argument('--list', action='store_true')
    ap.add_argument('--garbage', choices=('fail', 'warn', 'ignore'), default='fail'); ap.add_argument('--timeout', type=float, default=10)
    ap.add_argument('--allow-5xx', default='501,505,507'); ap.add_argument('--rss-max', type=int, default=0); ap.add_argument('--slow-limit', type=float, default=0)
    ap.add_argument('--timing-n', type=int, default=15); ap.add_argument('--timing-ratio', type=float, default=1.5); ap.add_argument('--brute-n', type=int, default=0)
    ap.add_argument('--server-cmd'); ap.add_argument('--pid', type=int); ap.add_argument('--corpus'); ap.add_argument('--json'); ap.add_argument('-v', action='store_true')
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('stopped at the time limit'))     # so that the server does not stay behind
    A = ap.parse_args(); A.left = set(); A.allow = {int(x) for x in A.allow_5xx.split(',') if x}
    T = Target(A.base, A.user, A.password, A.timeout); O = Target(A.owner_base, A.owner_user, A.owner_password, A.timeout) if A.owner_base else None
    S = Server(A.server_cmd, A.pid)
    if not A.list and not S.start(T): sys.exit('server does not answer')
    if A.mkcalendar and not A.list:
        for X in (T, O):
            if X: X.req('MKCALENDAR', X.path)
    cases = [c for c in build(T, O, A) if c.group in A.groups.split(',') and (not A.only or A.only in c.name) and not (A.no_auth and c.group == 'auth')]
    if A.corpus:
        p = T.path
        for dp, _, fs in sorted(os.walk(A.corpus)):
            for f in sorted(fs):
                fp = os.path.join(dp, f)
                if f.endswith('.tsv') or os.path.getsize(fp) > 5 << 20: continue
                if f.endswith('.xml'): fn = (lambda fp: lambda: T.req('REPORT', p, open(fp, 'rb').read(), {'Depth': '1'}))(fp)
                else:
                    def fn(fp=fp):
                        path = p + 'corpus-' + uuid.uuid4().hex[:8] + '.ics'; A.left.add(path); r = T.req('PUT', path, open(fp, 'rb').read())
                        if r.status and 300 <= r.status < 500: A.left.discard(path)
                        if r.err or r.status >= 300: return r
                        for m, pa, b, h in (('GET', path, b'', {}), ('REPORT', p, cq(rng='start="20270101T000000Z" end="20270201T000000Z"'), {'Depth': '1'}), ('REPORT', p, fbq('20270101T000000Z', '20270201T000000Z'), {'Depth': '1'})):
                            q = T.req(m, pa, b, h)
                            if q.err or q.status >= 500: q.headers['note'] = f'stored, then {m}'; return q
                        d = T.req('DELETE', path)
                        if d.status and d.status < 500: A.left.discard(path)
                        return r
                cases.append(Case('corpus', os.path.relpath(fp, A.corpus), fn, 'any'))
    if A.list:
        for c in cases: print(f'{c.group:7} {c.name:34} {c.expect:7} {c.note}')
        print(len(cases), 'cases'); return 0
    ok = bad = warn = 0; rows = []; peak = 0; by = {}
    atexit.register(S.stop)
    for c in cases:
        r = c.fn(); why = ''; rss = S.rss(); peak = max(peak, rss)
        dead = not S.alive()
        if r.err:
            if r.err in ('closed', 'reset', 'no-http') and c.drop_ok: why = ''
            elif r.err.startswith('hang'): why = f'HANG {r.secs:.0f}s'
            else: why = r.err if r.err not in ('closed', 'reset', 'no-http') else 'DROPPED ' + r.err
        elif r.status >= 500 and r.status not in A.allow: why = f'{r.status}'
        elif r.secs > A.timeout and c.group != 'size': why = f'SLOW {r.secs:.1f}s'
        elif c.expect == 'accept' and r.status >= 300: why = f'refused {r.status}'
        elif c.expect == 'reject' and 200 <= r.status < 300 and not (r.status == 207 and c.group == 'acl'): why = f'ACCEPTED {r.status}'
        if not why and A.rss_max and rss > A.rss_max: why = f'RSS {rss} MiB'
        if dead: why = 'SERVER DIED ' + why
        live = T.req('OPTIONS', T.path, timeout=5)
        if not live.status and not dead:
            time.sleep(2); live = T.req('OPTIONS', T.path, timeout=5)
            if not live.status: why = (why + ' | ' if why else '') + f'server unresponsive after ({live.err})'
        if (dead or not live.status or 'hang' in why.lower()) and A.server_cmd:   # clean slate: a hung request must not slow the next case
            S.stop(); S.start(T)
        for x in list(A.left):                                  # do not let one poisoned object fail later cases
            d = T.req('DELETE', x)
            if d.status and d.status < 500: A.left.discard(x)
            elif not why: why = f'cannot delete {x}: {d}'
        if r.headers.get('note'): why = why + (' ' if why else '') + r.headers['note'] if why else why
        g = by.setdefault(c.group, [0, 0, 0])
        if why.startswith('ACCEPTED') and A.garbage != 'fail':
            if A.garbage == 'warn': warn += 1; res = 'warn'
            else: res = 'ok'
            ok += 1; g[0] += 1; g[2] += 1
        elif why: bad += 1; g[1] += 1; res = 'FAIL'
        else: ok += 1; g[0] += 1; res = 'ok'
        rows.append(dict(group=c.group, name=c.name, expect=c.expect, got=str(r), secs=round(r.secs, 3), rss=rss, result=res, why=why, note=c.note or r.headers.get('note', '')))
        if A.v or res != 'ok': print(f'{res:4} {c.group:7} {c.name:34} want {c.expect:7} got {str(r)[:60]:12} {r.secs:6.2f}s rss {rss:5} {why[:110]}', flush=True)
    S.stop()
    print('\ngroup      passed failed accepted-garbage')
    for g, (a, b, w) in by.items(): print(f'{g:10} {a:6} {b:6} {w:6}')
    print(f'peak RSS {peak} MiB; warnings {warn}')
    if A.json: json.dump(rows, open(A.json, 'w'), indent=0)
    print(f'{ok} cases borne, {bad} not')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
