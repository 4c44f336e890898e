#!/usr/bin/env python3
"""crashloop.py - crash / power-cut durability checker for any CalDAV server (Python 3 stdlib only).

  crashloop.py --cmd 'server --config x' --base http://127.0.0.1:5232/alice/ --user alice --password pw \
               --cycles 100 --workers 6 [--mode kill|term|power] [--json out.json]

Each cycle: start server -> time to first answer -> verify everything against the model -> run mixed
PUT / conditional PUT / DELETE / GET / sync load from N workers -> kill at a random moment -> repeat.
Model: a write answered 2xx must survive; a write never answered may or may not have happened; nothing else
may change.  Checked per cycle: body and ETag of every resource, collection listing (no phantoms, no
temporary files), incremental sync from the last token seen before the crash converges to the listing,
one sync token never names two states, If-Match counters lose no update, If-None-Match:* races have
exactly one winner.

--mode kill   SIGKILL of the whole process group            (process crash)
--mode term   SIGTERM, must exit 0 within --term-limit s     (clean stop)
--mode power  needs root and loop devices: the data directory --power-dir is an ext4 (or xfs) image mounted
              through /dev/loop; at the kill moment the file system is shut down without flushing its
              log (ioctl FS_IOC_SHUTDOWN), so everything not fsync'ed is gone, as in a power cut.
--start-hook / --invariant-cmd  shell commands run before each start / after each recovery (rc != 0 = violation).
Verdict line: 'N crashes survived, M not' ; exit 0 when nothing acknowledged was lost.
"""
import argparse, base64, collections, fcntl, hashlib, http.client, json, os, random, re, shlex, signal, socket, statistics, struct
import subprocess, sys, threading, time, urllib.parse, uuid
import xml.etree.ElementTree as ET

NS = {'D': 'DAV:'}


def body_for(name, token, pad):
    d = 'DESCRIPTION:' + pad; lines = [d[:70]] + [' ' + d[i:i + 70] for i in range(70, len(d), 70)]
    return ('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//crashloop//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\n'
            'DTSTART:20270101T100000Z\r\nDTEND:20270101T110000Z\r\nSUMMARY:%s\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
            % (name, token, '\r\n'.join(lines))).encode()


def parse_body(b):
    """-> (token, md5 of description) or None when the object is torn."""
    t = re.sub(rb'\r?\n[ \t]', b'', b)
    s, d = re.search(rb'^SUMMARY:(.*?)\r?$', t, re.M), re.search(rb'^DESCRIPTION:(.*?)\r?$', t, re.M)
    if not s or not d or not re.search(rb'END:VCALENDAR\s*$', t): return None
    return s.group(1).decode('latin-1'), hashlib.md5(d.group(1)).hexdigest()


class Http:
    def __init__(s, base, user, pw, timeout=10):
        u = urllib.parse.urlsplit(base); s.tls, s.host, s.port = u.scheme == 'https', u.hostname, u.port; s.timeout = timeout; s.c = None
        s.h = {'Authorization': 'Basic ' + base64.b64encode(f'{user}:{pw}'.encode()).decode()} if user else {}

    def __call__(s, m, path, body=None, hdr=None):
        for attempt in (0, 1):
            fresh = s.c is None
            if fresh:
                if s.tls:
                    import ssl
                    cx = ssl.create_default_context(); cx.check_hostname = False; cx.verify_mode = ssl.CERT_NONE
                    s.c = http.client.HTTPSConnection(s.host, s.port, timeout=s.timeout, context=cx)
                else: s.c = http.client.HTTPConnection(s.host, s.port, timeout=s.timeout)
            try:
                s.c.request(m, path, body=body, headers={**s.h, **(hdr or {})}); r = s.c.getresponse(); b = r.read()
                hd = {k.lower(): v for k, v in r.getheaders()}
                if r.will_close: s.close()
                return r.status, hd, b
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as e:
                s.close()
                if fresh or attempt or m not in ('GET', 'PROPFIND', 'REPORT', 'OPTIONS'): raise OSError(f'no answer: {e!r}')
            except (http.client.HTTPException, socket.timeout) as e:
                s.close(); raise OSError(f'no answer: {e!r}')
            except OSError:
                s.close(); raise

    def close(s):
        if s.c: s.c.close()
        s.c = None


class Loop:
    def __init__(s, A):
        s.A = A; s.rnd = random.Random(A.seed); u = urllib.parse.urlsplit(A.base); s.home = u.path if u.path.endswith('/') else u.path + '/'
        s.cal = s.home + A.calendar.strip('/') + '/' if A.calendar else s.home
        s.state = {}; s.pending = collections.defaultdict(list); s.seen = collections.defaultdict(set)
        s.counter = {f'ctr-{i}.ics': {'acked': 0, 'amb': 0, 'base': 0} for i in range(A.counters)}
        s.viol = collections.Counter(); s.examples = []; s.n = collections.Counter(); s.recov = []; s.proc = None
        s.token = None; s.replica = {}; s.tokmap = {}; s.lock = threading.Lock(); s.stop = threading.Event(); s.cut = False; s.lat = []

    def bad(s, kind, msg):
        with s.lock:
            s.viol[kind] += 1
            if sum(1 for e in s.examples if e[0] == kind) < 5: s.examples.append((kind, msg))

    # -- server
    def start(s):
        if s.A.start_hook: subprocess.run(s.A.start_hook, shell=True, check=False)
        s.log = open(s.A.log, 'ab') if s.A.log else subprocess.DEVNULL
        s.proc = subprocess.Popen(shlex.split(s.A.cmd), stdout=s.log, stderr=s.log, start_new_session=True)

    def wait_up(s, limit):
        t0 = time.time(); h = Http(s.A.base, s.A.user, s.A.password, 5)
        while time.time() - t0 < limit:
            if s.proc.poll() is not None: return None
            try:
                st, _, _ = h('PROPFIND', s.home, b'<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>', {'Depth': '0', 'Content-Type': 'application/xml'})
                if st < 500: return time.time() - t0
            except OSError: pass
            h.close(); time.sleep(0.01)
        return None

    def kill(s, sig=signal.SIGKILL):
        try: os.killpg(s.proc.pid, sig)
        except ProcessLookupError: pass

    def power_setup(s, fresh):
        A = s.A; os.makedirs(A.power_dir, exist_ok=True)
        if fresh:
            subprocess.run(['truncate', '-s', A.power_size, A.power_image], check=True)
            subprocess.run(['mkfs.xfs', '-q', '-f', A.power_image] if A.power_fs == 'xfs' else ['mkfs.ext4', '-q', '-F', A.power_image], check=True)
        subprocess.run(['mount', '-o', 'loop', A.power_image, A.power_dir], check=True)

    def power_cut(s):
        fd = os.open(s.A.power_dir, os.O_RDONLY); s.cut = True      # an fsync already in the kernel may still return 0: such answers count as unknown
        fcntl.ioctl(fd, 0x8004587d, struct.pack('I', 2)); os.close(fd)  # FS_IOC_SHUTDOWN, GOING_FLAGS_NOLOGFLUSH
        time.sleep(.02); s.kill(); s.proc.wait()
        for _ in range(100):
            if subprocess.run(['umount', s.A.power_dir], stderr=subprocess.DEVNULL).returncode == 0: break
            time.sleep(.05)
        s.power_setup(False)

    # -- load
    def put(s, h, name, hdr=None, token=None):
        token = token or uuid.uuid4().hex; pad = s.A.padchar * s.rnd.choice((0, 10, 300, 4000, s.A.max_body)); b = body_for(name, token, pad)
        new = ('present', token, hashlib.md5(pad.encode()).hexdigest(), None)
        with s.lock: s.pending[name].append(new)
        t = time.time(); st, hd, rb = h('PUT', s.cal + name, b, {'Content-Type': 'text/calendar; charset=utf-8', **(hdr or {})}); s.lat.append(time.time() - t)
        with s.lock:
            if st < 300 and s.cut: s.n['answered_during_cut'] += 1
            elif st < 300:
                s.seen[name].add(token); s.state[name] = new[:3] + (hd.get('etag'),); s.pending[name].clear(); s.n['put'] += 1
            elif st < 500:
                s.pending[name].remove(new); s.n[f'put-{st}'] += 1
                if st != 412: s.viol['write_refused'] += 1         # nobody else touches this name: e.g. 423 = stale lock left by the crash
            else: s.n[f'put-{st}'] += 1
        return st, hd

    def worker(s, w):
        A = s.A; h = Http(A.base, A.user, A.password, A.op_timeout); rnd = random.Random(f'{A.seed}-{w}-{time.time()}'); names = [f'w{w}-{i}.ics' for i in range(A.names)]
        try:
            while not s.stop.is_set():
                name = rnd.choice(names); x = rnd.random(); cur = s.state.get(name, ('absent',))
                if s.pending[name]:                                # unresolved after a 5xx: read back
                    s.check_one(h, name, 'inline'); continue
                if x < 0.55:
                    hdr = None
                    if cur[0] == 'absent' and rnd.random() < .5: hdr = {'If-None-Match': '*'}
                    elif cur[0] == 'present' and cur[3] and rnd.random() < .5: hdr = {'If-Match': cur[3]}
                    st, _ = s.put(h, name, hdr)
                    if st == 412: s.bad('cas_rejected', f'{name}: 412 with {hdr}, model {cur}')
                elif x < 0.75 and cur[0] == 'present':
                    with s.lock: s.pending[name].append(('absent',))
                    st, _, _ = h('DELETE', s.cal + name)
                    with s.lock:
                        if st < 300 and s.cut: s.n['answered_during_cut'] += 1
                        elif st < 300: s.state[name] = ('absent',); s.pending[name].clear(); s.n['delete'] += 1
                        elif st < 500:
                            s.pending[name].clear(); s.n[f'delete-{st}'] += 1
                            s.viol['delete_refused'] += 1
                elif x < 0.9: s.check_one(h, name, 'inline')
                elif s.counter: s.bump(h, rnd.choice(list(s.counter)))
        except OSError:
            pass
        finally: h.close()

    def bump(s, h, name):
        """read counter, PUT counter+1 with If-Match: a lost update shows as final < acknowledged."""
        st, hd, b = h('GET', s.cal + name)
        if st == 404: hdr, v = {'If-None-Match': '*'}, 0
        elif st == 200 and hd.get('etag'): hdr, v = {'If-Match': hd['etag']}, int((parse_body(b) or ('0',))[0].split('-')[0])
        else: return
        bd = body_for(name, f'{v + 1}-{uuid.uuid4().hex}', 'c')
        with s.lock: s.counter[name]['amb'] += 1
        st, _, _ = h('PUT', s.cal + name, bd, {'Content-Type': 'text/calendar', **hdr})
        with s.lock:
            if st < 300 and s.cut: pass
            elif st < 300: s.counter[name]['acked'] += 1; s.counter[name]['amb'] -= 1; s.n['cas_ok'] += 1
            elif st < 500: s.counter[name]['amb'] -= 1; s.n['cas_lost'] += 1

    def race(s):
        """N clients PUT the same new name with If-None-Match:* - exactly one may win."""
        A = s.A; name = f'race-{uuid.uuid4().hex[:8]}.ics'; bar = threading.Barrier(A.racers); res = []

        def one(i):
            h = Http(A.base, A.user, A.password, A.op_timeout)
            try:
                h('OPTIONS', s.home); bar.wait(5)
                tok = uuid.uuid4().hex; st, hd, _ = h('PUT', s.cal + name, body_for(name, tok, 'r'), {'Content-Type': 'text/calendar', 'If-None-Match': '*'})
                res.append((st, tok))
            except (OSError, threading.BrokenBarrierError): pass
            finally: h.close()
        ts = [threading.Thread(target=one, args=(i,)) for i in range(A.racers)]; [t.start() for t in ts]; [t.join() for t in ts]
        win = [t for st, t in res if st < 300]; s.n['races'] += 1
        if len(win) != 1: s.bad('race_winners', f'{name}: {len(win)} of {len(res)} racers got 2xx')
        h = Http(A.base, A.user, A.password)
        try:
            st, _, b = h('GET', s.cal + name); p = parse_body(b) if st == 200 else None
            if len(win) == 1 and (not p or p[0] != win[0]): s.bad('race_wrong_body', f'{name}: stored body is not the winner\'s')
            h('DELETE', s.cal + name)
        except OSError as e: s.bad('unavailable', f'race read-back: {e}')
        h.close()

    def sync_once(s, h):
        b = (f'<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:"><D:sync-token>{s.token or ""}</D:sync-token><D:sync-level>1</D:sync-level>'
             '<D:prop><D:getetag/></D:prop></D:sync-collection>').encode()
        st, _, rb = h('REPORT', s.cal, b, {'Content-Type': 'application/xml', 'Depth': '0'})
        if st != 207: return st
        t = ET.fromstring(rb); rep = dict(s.replica) if s.token else {}; ch = 0
        for r in t.findall('D:response', NS):
            href = urllib.parse.unquote(urllib.parse.urlsplit(r.find('D:href', NS).text).path)
            if href.rstrip('/') == s.cal.rstrip('/'): continue
            stt = r.find('D:status', NS); et = r.find('.//D:getetag', NS); ch += 1
            if stt is not None and ' 404' in stt.text: rep.pop(href, None)
            elif et is not None: rep[href] = et.text
        tok = t.find('D:sync-token', NS)
        if tok is None: return 207
        s.token, s.replica = tok.text, rep; s.n['sync'] += 1; s.n['sync_changes'] += ch
        sig = hashlib.md5(json.dumps(sorted(rep.items())).encode()).hexdigest()
        if s.tokmap.setdefault(s.token, sig) != sig: s.bad('token_two_states', f'{s.token} names two different states')
        return 207

    def syncer(s):
        h = Http(s.A.base, s.A.user, s.A.password, s.A.op_timeout)
        try:
            while not s.stop.wait(0.15):
                if s.sync_once(h) != 207: s.token = None
        except (OSError, ET.ParseError): pass
        finally: h.close()

    # -- verification
    def check_one(s, h, name, when):
        with s.lock: cur, pend = s.state.get(name, ('absent',)), list(s.pending[name])
        if when == 'inline' and (s.cut or pend and s.A.mode == 'power'): time.sleep(.01); return   # a read may show what is not durable yet
        st, hd, b = h('GET', s.cal + name); s.n['get'] += 1
        if when == 'inline' and s.cut: return
        if st >= 500: s.bad('get_5xx', f'{when} {name}: {st}'); return
        if st in (404, 410): obs = ('absent',)
        else:
            p = parse_body(b)
            if p is None: s.bad('torn', f'{when} {name}: {len(b)} bytes, not a whole object'); return
            obs = ('present',) + p + (hd.get('etag'),)
        allowed = [cur] + pend
        if not any(a[:3] == obs[:3] for a in allowed):
            if obs[0] == 'absent': k = 'lost_write'
            elif cur[0] == 'absent' and not pend: k = 'resurrected'
            elif obs[1] in s.seen[name]: k = 'stale_old_version'
            else: k = 'wrong_body'
            s.bad(k, f'{when} {name}: saw {obs[:2]}, model {cur[:2]} pending {[x[:2] for x in pend]}')
        elif obs[0] == 'present' and obs[:3] == cur[:3] and cur[3] and obs[3] and cur[3] != obs[3]:
            s.bad('etag_changed', f'{when} {name}: acked {cur[3]} now {obs[3]}')
        if pend: s.n['ambiguous_done' if obs[:3] != cur[:3] else 'ambiguous_not_done'] += 1
        with s.lock: s.state[name] = obs; s.pending[name].clear(); s.seen[name].add(obs[1] if len(obs) > 1 else '')

    def verify(s):
        h = Http(s.A.base, s.A.user, s.A.password, 30)
        for name in sorted(set(s.state) | set(s.pending)): s.check_one(h, name, 'after crash')
        for name, c in s.counter.items():
            st, _, b = h('GET', s.cal + name); v = int((parse_body(b) or ('0',))[0].split('-')[0]) if st == 200 else 0
            if v < c['acked']: s.bad('lost_update', f'{name}: {c["acked"]} acknowledged, value {v}')
            if v > c['acked'] + c['amb']: s.bad('phantom_update', f'{name}: value {v} > {c["acked"]}+{c["amb"]}')
            c['acked'] = v; c['amb'] = 0
        st, _, b = h('PROPFIND', s.cal, b'<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:resourcetype/></D:prop></D:propfind>', {'Depth': '1', 'Content-Type': 'application/xml'})
        if st != 207:
            s.bad('calendar_lost' if st == 404 else 'listing_failed', f'PROPFIND {st}')
            if st == 404:                                       # start again so that later cycles still test something
                h('MKCALENDAR', s.cal); s.state.clear(); s.pending.clear(); s.token = None; s.replica = {}
                for c in s.counter.values(): c.update(acked=0, amb=0)
            return
        ls = {}
        for r in ET.fromstring(b).findall('D:response', NS):
            href = urllib.parse.unquote(urllib.parse.urlsplit(r.find('D:href', NS).text).path); et = r.find('.//D:getetag', NS)
            if href.rstrip('/') != s.cal.rstrip('/') and r.find('.//D:collection', NS) is None: ls[href] = et.text if et is not None else None
        want = {s.cal + n for n, v in s.state.items() if v[0] == 'present'} | {s.cal + n for n in s.counter if s.counter[n]['acked']}
        extra = {x for x in set(ls) - want if '/race-' not in x}; miss = want - set(ls)
        if extra: s.bad('phantom_listed', f'{sorted(extra)[:3]} (+{len(extra)})')
        if miss: s.bad('missing_in_listing', f'{sorted(miss)[:3]} (+{len(miss)})')
        for n, v in s.state.items():
            if v[0] == 'present' and v[3] and ls.get(s.cal + n) and ls[s.cal + n] != v[3]: s.bad('listing_etag', f'{n}: GET {v[3]} PROPFIND {ls[s.cal + n]}')
        if s.A.no_sync: return
        had = s.token; st = s.sync_once(h)
        if st != 207 and had:
            s.n['token_rejected'] += 1
            if s.A.token_reject == 'fail': s.bad('token_rejected', f'{had} -> {st}')
            s.token = None; s.replica = {}; st = s.sync_once(h)
        if st == 207 and s.replica != ls:
            d = [x for x in set(ls) | set(s.replica) if ls.get(x) != s.replica.get(x)]
            s.bad('sync_diverged', f'from token {had}: {len(d)} differ, e.g. {d[0]}: sync {s.replica.get(d[0])} listing {ls.get(d[0])}')
            s.token = None; s.replica = {}; s.sync_once(h)
        h.close()

    def run(s):
        A = s.A; failed = before = 0; t00 = time.time()
        if A.mode == 'power': s.power_setup(True)
        try:
            for cyc in range(A.cycles + 1):
                s.start(); extra = 0
                while cyc and s.rnd.random() < A.kill_in_recovery and extra < 3:
                    time.sleep(s.rnd.uniform(0, A.recovery_kill_max)); s.kill(); s.proc.wait(); extra += 1; s.n['kills_in_recovery'] += 1; s.start()
                up = s.wait_up(A.start_limit)
                if up is None:
                    s.bad('start_failed', f'cycle {cyc}: server did not come up (exit {s.proc.poll()})'); s.kill(); failed += 1
                    print(f'cycle {cyc}: SERVER DID NOT START'); break
                s.recov.append(up)
                if up > A.recovery_max: s.bad('slow_recovery', f'{up:.2f}s')
                if cyc == 0:
                    h = Http(A.base, A.user, A.password)
                    if A.mkcalendar: h('MKCALENDAR', s.cal)
                    h.close()
                else:
                    try: s.verify()
                    except (OSError, ET.ParseError) as e: s.bad('unavailable', f'verify: {e!r}')
                    if A.invariant_cmd and subprocess.run(A.invariant_cmd, shell=True).returncode: s.bad('invariant', A.invariant_cmd)
                    if A.racers and cyc % 5 == 0: s.race()
                    f = sum(s.viol.values()) > before; failed += f; before = sum(s.viol.values())
                    if A.verbose or f: print(f'cycle {cyc}: up {up * 1000:.0f} ms, acked put {s.n["put"]} del {s.n["delete"]} ' + (f'VIOLATIONS {dict(s.viol)}' if f else 'ok'), flush=True)
                if cyc == A.cycles: break
                s.stop.clear(); s.cut = False; ts = [threading.Thread(target=s.worker, args=(w,)) for w in range(A.workers)]
                if not A.no_sync: ts.append(threading.Thread(target=s.syncer))
                [t.start() for t in ts]; time.sleep(s.rnd.uniform(A.load_min, A.load_max))
                if A.mode == 'power': s.power_cut()
                elif A.mode == 'term':
                    t = time.time(); s.kill(signal.SIGTERM)
                    try: s.proc.wait(A.term_limit); rc = s.proc.returncode
                    except subprocess.TimeoutExpired: s.bad('term_hang', f'> {A.term_limit}s'); s.kill(); rc = None
                    if rc not in (0, -15, 143): s.bad('term_exit', f'rc {rc}')
                    s.kill(); s.proc.wait()
                else: s.kill(); s.proc.wait()
                s.stop.set(); [t.join() for t in ts]
        finally:
            s.stop.set()
            if s.proc: s.kill(); s.proc.wait()
            if A.mode == 'power' and not A.keep: subprocess.run(['umount', A.power_dir], stderr=subprocess.DEVNULL)
        lat = sorted(s.lat) or [0]; done = max(0, len(s.recov) - 1)
        print(f'\n{done} crashes ({A.mode}), {s.n["kills_in_recovery"]} more during recovery, {time.time() - t00:.0f} s')
        print(f'acknowledged: {s.n["put"]} PUT, {s.n["delete"]} DELETE, {s.n["cas_ok"]} compare-and-swap ({s.n["cas_lost"]} refused), {s.n["races"]} create races, {s.n["sync"]} syncs with {s.n["sync_changes"]} changes; {s.n["get"]} reads checked')
        print(f'in flight at the crash: {s.n["ambiguous_done"]} took effect, {s.n["ambiguous_not_done"]} did not; sync token refused after crash: {s.n["token_rejected"]}')
        print('recovery ms: median %.0f max %.0f; PUT ms: median %.1f p99 %.1f' % (statistics.median(s.recov or [0]) * 1000, max(s.recov or [0]) * 1000, lat[len(lat) // 2] * 1000, lat[int(len(lat) * .99)] * 1000))
        other = {k: v for k, v in s.n.items() if re.match(r'(put|delete)-\d', k)}
        if other: print('refused:', other)
        for k, m in s.examples: print(f'  {k}: {m}')
        print('violations:', dict(s.viol) or 'none')
        if A.json: json.dump(dict(violations=dict(s.viol), counts=dict(s.n), recovery=s.recov, examples=s.examples, crashes=done), open(A.json, 'w'), indent=1)
        print(f'{max(0, done - failed)} crashes survived, {failed} not')
        return 1 if s.viol else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter); a = p.add_argument
    a('--cmd', required=True); a('--base', required=True, help='URL of the calendar home'); a('--user', default=''); a('--password', default='')
    a('--calendar', default='crash', help="collection under --base; '' = --base is the collection"); a('--mkcalendar', action='store_true')
    a('--cycles', type=int, default=20); a('--workers', type=int, default=4); a('--names', type=int, default=12, help='resources per worker'); a('--counters', type=int, default=2); a('--racers', type=int, default=8)
    a('--load-min', type=float, default=.3); a('--load-max', type=float, default=2.0); a('--max-body', type=int, default=40000); a('--padchar', default='x'); a('--op-timeout', type=float, default=10)
    a('--mode', choices=('kill', 'term', 'power'), default='kill'); a('--term-limit', type=float, default=10); a('--kill-in-recovery', type=float, default=.1); a('--recovery-kill-max', type=float, default=.3)
    a('--start-limit', type=float, default=30); a('--recovery-max', type=float, default=10); a('--token-reject', choices=('ok', 'fail'), default='ok'); a('--no-sync', action='store_true')
    a('--power-dir'); a('--power-image'); a('--power-size', default='512M'); a('--power-fs', choices=('ext4', 'xfs'), default='ext4'); a('--keep', action='store_true')
    a('--start-hook'); a('--invariant-cmd'); a('--seed', type=int, default=random.randrange(1 << 30)); a('--json'); a('--log'); a('-v', '--verbose', action='store_true')
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('stopped at the time limit'))   # so that server and mount do not stay behind
    sys.exit(Loop(p.parse_args()).run())


if __name__ == '__main__':
    main()
