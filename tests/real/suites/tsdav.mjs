// tsdav and ts-caldav, as web applications use them: discovery, a new calendar, queries, sync, conditional writes.
import { createRequire } from 'node:module';
import { run } from '../lib/table.mjs';

const require = createRequire(`${process.env.CLIENTS_HOME}/node-tsdav/`);
const tsdav = require('tsdav');
const { CalDAVClient } = require('ts-caldav');
const { BASE_URL, DAV_URL, USER1, PASS1 } = process.env;
const ROOT = `${BASE_URL}/`;
const NAME = 'made-by-tsdav';
const UID = 'tsdav-event';
const { DAV, CALDAV } = tsdav.DAVNamespaceShort;
const state = {};

await tsdavSuite();
await tsCaldavSuite();
await run('tsdav: deletes the calendar', async () => ok(await state.client.deleteObject({ url: state.calendar.url })));

// -- tsdav

async function tsdavSuite() {
  const steps = {
    'logs in from the host\'s root': () => logIn(ROOT),
    'logs in from the CalDAV address': () => logIn(DAV_URL),
    'lists calendars with ctag and sync token': listCalendars,
    'knows the user\'s addresses': addresses,
    'makes a calendar': makeCalendar,
    'lists the new calendar with its components': findCalendar,
    'creates an event': createEvent,
    'is refused a second event of that name (If-None-Match)': createAgain,
    'finds a series by an occurrence in a time range': inRange,
    'finds nothing outside its time range': outOfRange,
    'is sent occurrences with expand': expanded,
    'syncs the first time (sync-collection)': firstSync,
    'fetches by calendar-multiget': multiget,
    'sees an unchanged calendar as clean (ctag)': clean,
    'updates (If-Match)': update,
    'is refused a stale update (412)': staleUpdate,
    'sees a changed calendar as dirty (ctag)': dirty,
    'syncs only what changed': secondSync,
    'asks for busy times (free-busy-query)': freeBusy,
    'deletes': deleteEvent,
  };
  for (const [name, step] of Object.entries(steps)) await run(`tsdav: ${name}`, step);
}

async function logIn(serverUrl) {
  const credentials = { username: USER1, password: PASS1 };
  state.client = await tsdav.createDAVClient({
    serverUrl, credentials, authMethod: 'Basic', defaultAccountType: 'caldav',
  });
  state.headers = tsdav.getBasicAuthHeaders(credentials);
  state.account = await tsdav.createAccount({
    account: { serverUrl, accountType: 'caldav' }, headers: state.headers,
  });
  return state.account.homeUrl;
}

async function listCalendars() {
  const calendars = await state.client.fetchCalendars();
  must(calendars.length > 0, 'none');
  for (const it of calendars) must(it.ctag && it.syncToken && it.displayName, JSON.stringify(it));
  return calendars.map(it => it.url).join(' ');
}

async function addresses() {
  const found = await tsdav.fetchCalendarUserAddresses({ account: state.account, headers: state.headers });
  must(JSON.stringify(found).includes(`mailto:${USER1}@example.com`), JSON.stringify(found));
}

async function makeCalendar() {
  const url = `${state.account.homeUrl}${NAME}/`;
  ok((await state.client.makeCalendar({ url, props: { [`${DAV}:displayname`]: 'Made by tsdav – é' } }))[0]);
}

async function findCalendar() {
  state.calendar = (await state.client.fetchCalendars()).find(it => it.url.endsWith(`/${NAME}/`));
  must(state.calendar, 'not listed');
  must(state.calendar.displayName === 'Made by tsdav – é', `name ${state.calendar.displayName}`);
  must(state.calendar.components?.includes('VEVENT'), `components ${state.calendar.components}`);
}

async function createEvent() {
  const answer = await state.client.createCalendarObject({
    calendar: state.calendar, filename: `${UID}.ics`, iCalString: event('made by tsdav é'),
  });
  must(answer.headers.get('etag'), 'no ETag');
  ok(answer);
}

async function createAgain() {
  const answer = await state.client.createCalendarObject({
    calendar: state.calendar, filename: `${UID}.ics`, iCalString: event('another'),
  });
  must(answer.status === 412, answer.status);
}

// From a day of 2027 to another, given as MM-DD.
function range(start, end) {
  return { start: `2027-${start}T00:00:00Z`, end: `2027-${end}T00:00:00Z` };
}

function objectsIn(timeRange) {
  return state.client.fetchCalendarObjects({ calendar: state.calendar, timeRange });
}

async function inRange() {
  const found = await objectsIn(range('07-02', '07-03'));
  must(found.length === 1 && found[0].data.includes('made by tsdav é') && found[0].etag, JSON.stringify(found));
  state.object = found[0];
}

async function outOfRange() {
  const found = await objectsIn(range('08-02', '08-03'));
  must(found.length === 0, JSON.stringify(found));
}

async function expanded() {
  const found = await state.client.fetchCalendarObjects({
    calendar: state.calendar, expand: true, timeRange: range('07-01', '07-04'),
  });
  const data = found.map(it => it.data).join('');
  must((data.match(/BEGIN:VEVENT/g) || []).length === 3 && /RECURRENCE-ID/.test(data) && !/RRULE/.test(data), data);
}

function sync(syncToken, objects) {
  return state.client.smartCollectionSync({
    collection: { ...state.calendar, syncToken, objects, objectMultiGet: state.client.calendarMultiGet },
    method: 'webdav', detailedResult: true,
  });
}

async function firstSync() {
  const { syncToken, objects } = await sync(undefined, []);
  must(objects.created.length === 1 && syncToken, JSON.stringify(objects));
  state.syncToken = syncToken;
}

async function multiget() {
  const found = await state.client.calendarMultiGet({
    url: state.calendar.url, props: { [`${DAV}:getetag`]: {}, [`${CALDAV}:calendar-data`]: {} },
    objectUrls: [new URL(state.object.url).pathname], depth: '1',
  });
  must(found.length === 1 && JSON.stringify(found).includes(UID), JSON.stringify(found));
}

async function clean() {
  [state.calendar] = (await state.client.fetchCalendars()).filter(it => it.url === state.calendar.url);
  must((await state.client.isCollectionDirty({ collection: state.calendar })).isDirty === false, 'dirty');
}

async function update() {
  const calendarObject = { ...state.object, data: state.object.data.replace('made by tsdav', 'changed') };
  ok(await state.client.updateCalendarObject({ calendarObject }));
}

async function staleUpdate() {
  const calendarObject = { ...state.object, data: state.object.data.replace('made by tsdav', 'stale') };
  const answer = await state.client.updateCalendarObject({ calendarObject });
  must(answer.status === 412, answer.status);
}

async function dirty() {
  must((await state.client.isCollectionDirty({ collection: state.calendar })).isDirty === true, 'clean');
}

async function secondSync() {
  const { created, updated, deleted } = (await sync(state.syncToken, [state.object])).objects;
  const counts = [created, updated, deleted].map(it => it.length).join(' ');
  must(counts === '0 1 0', `created, updated, deleted: ${counts}`);
}

async function freeBusy() {
  const answer = JSON.stringify(await state.client.freeBusyQuery({
    url: state.calendar.url, timeRange: range('07-01', '07-04'),
  }));
  must(/FREEBUSY/.test(answer), answer);
}

async function deleteEvent() {
  const [calendarObject] = await state.client.fetchCalendarObjects({ calendar: state.calendar });
  ok(await state.client.deleteCalendarObject({ calendarObject }));
  must((await state.client.fetchCalendarObjects({ calendar: state.calendar })).length === 0, 'still there');
}

// -- ts-caldav, in the same calendar

async function tsCaldavSuite() {
  const steps = {
    'finds principal and home': findHome,
    'lists the calendar': listed,
    'creates a weekly event with an alarm': createWeekly,
    'finds it in a time range': weeklyInRange,
    'updates it and sees the change by ctag': updateWeekly,
    'creates a task and finds it': tasks,
    'deletes the event': deleteWeekly,
  };
  for (const [name, step] of Object.entries(steps)) await run(`ts-caldav: ${name}`, step);
}

async function findHome() {
  state.other = await CalDAVClient.create({
    baseUrl: BASE_URL, auth: { type: 'basic', username: USER1, password: PASS1 },
  });
  return state.other.getCalendarHome();
}

async function listed() {
  state.url = (await state.other.getCalendars()).find(it => it.url.includes(NAME))?.url;
  must(state.url, 'not listed');
}

async function createWeekly() {
  const made = await state.other.createEvent(state.url, {
    summary: 'made by ts-caldav', start: new Date('2027-07-05T09:00:00Z'), end: new Date('2027-07-05T10:00:00Z'),
    recurrenceRule: { freq: 'WEEKLY', count: 2 },
    alarms: [{ action: 'DISPLAY', trigger: '-PT30M', description: 'soon' }],
  });
  must(made.etag, 'no ETag in the answer');
}

async function weeklyInRange() {
  const found = await state.other.getEvents(state.url, {
    start: new Date('2027-07-12T00:00:00Z'), end: new Date('2027-07-13T00:00:00Z'),
  });
  state.weekly = found.find(it => it.summary === 'made by ts-caldav');
  must(state.weekly, `${found.length} others`);
}

async function updateWeekly() {
  const { href, etag } = state.weekly;
  const ctag = await state.other.getCtag(state.url);
  await state.other.updateEvent(state.url, { ...state.weekly, summary: 'changed by ts-caldav' });
  const changes = await state.other.syncChanges(state.url, ctag, [{ href, etag }]);
  must(changes.changed && changes.updatedEvents.length === 1, JSON.stringify(changes));
}

async function tasks() {
  await state.other.createTodo(state.url, { summary: 'a task', due: new Date('2027-07-09T00:00:00Z') });
  const found = await state.other.getTodos(state.url, {});
  must(found.some(it => it.summary === 'a task'), JSON.stringify(found));
}

async function deleteWeekly() {
  await state.other.deleteEvent(state.url, state.weekly.uid);
  must((await state.other.getEvents(state.url)).length === 0, 'still there');
}

// --

function event(summary) {
  return [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//real-client-suites//EN', 'BEGIN:VEVENT', `UID:${UID}`,
    'DTSTAMP:20260101T000000Z', 'DTSTART:20270701T090000Z', 'DTEND:20270701T100000Z', `SUMMARY:${summary}`,
    'RRULE:FREQ=DAILY;COUNT=3', 'END:VEVENT', 'END:VCALENDAR', '',
  ].join('\r\n');
}

function must(condition, words) {
  if (!condition) throw new Error(words);
}

function ok(answer) {
  must(answer.ok, `answered ${answer.status}`);
  return `${answer.status}`;
}
