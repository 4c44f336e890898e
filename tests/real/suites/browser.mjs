// The booking pages in a real Chromium: booking, conflict, cancelling, without JavaScript, and together with vdirsyncer.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, run } from '../lib/table.mjs';
import { BASE, Guest } from '../lib/booking_pages.mjs';
import { look, noSidewaysScrolling, visibleFocus } from '../lib/page_look.mjs';

const require = createRequire(`${process.env.CLIENTS_HOME}/node-browser/`);
const { chromium } = require('playwright-core');
const TYPE = 'intro'; // 30 minutes
const MINUTE = 60_000;
const SYNCED = `${process.env.WORK}/sync`;
const plan = {}; // the days on which the parts book, found by `choosing`

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', headless: true, timeout: 60_000,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
try {
  check(true, 'Chromium starts', browser.version());
  for (const part of [choosing, booking, conflict, fromCalendar, withoutJavaScript]) await inPart(part);
} finally {
  await browser.close();
}

// A part that breaks is one failed row; the other parts still run.
async function inPart(part) {
  const guests = [];
  const enter = async (name, options) => {
    const guest = await Guest.enter(browser, name, options);
    guests.push(guest);
    return guest;
  };
  try {
    await part(enter);
  } catch (error) {
    check(false, `${part.name}: breaks off`, error.message);
  }
  const foreign = guests.flatMap(guest => [...guest.foreign]);
  const trouble = guests.flatMap(guest => guest.trouble);
  check(foreign.length === 0, `${part.name}: nothing is asked of another host`, foreign.join(' '));
  check(trouble.length === 0, `${part.name}: no errors in the console`, trouble.join(' | '));
  for (const guest of guests) await guest.leave();
}

// -- choosing: event types, month, day

async function choosing(enter) {
  const guest = await enter('Chooser');
  await guest.openTypes();
  const types = await guest.page.locator('a.event-type').count();
  check(types >= 2, 'the host page lists the event types', `${types}`);
  await look(guest.page, 'types');
  check(await guest.follow(guest.page.locator(`a.event-type[href*="/${TYPE}"]`).first()) === 200, 'an event type opens');
  check(await guest.page.locator('table.month').count() === 1, 'it shows a month');
  await chooseDays(guest);
  await guest.openMonth(TYPE, plan.booking.slice(0, 7));
  await closedDaysSayWhy(guest);
  await visibleFocus(guest.page, 'month: the keyboard reaches controls and shows where it is');
  await look(guest.page, 'month');
  check(await guest.follow(guest.page.locator(`a.day[href*="date=${plan.booking}"]`).first()) === 200, 'a day opens');
  const times = await guest.times();
  check(times.length > 4, 'the day shows its times', `${times.length}`);
  await look(guest.page, 'day');
  await otherZone(guest, times);
}

// Four bookable days, from next month on, so that notice and the rest of today do not matter.
async function chooseDays(guest) {
  const found = [];
  const now = new Date();
  for (const ahead of [1, 2, 0]) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 7);
    await guest.openMonth(TYPE, month);
    found.push(...await guest.days());
    if (found.length >= 4) break;
  }
  if (found.length < 4) throw new Error(`only ${found.length} bookable days in three months`);
  [plan.booking, plan.conflict, plan.calendar, plan.plain] = found;
}

async function closedDaysSayWhy(guest) {
  const reasons = await guest.page.locator('table.month span.closed').all();
  const texts = await Promise.all(reasons.map(async reason =>
    [await reason.innerText(), await reason.getAttribute('title'), await reason.getAttribute('aria-label')].join(' ')));
  const silent = texts.filter(text => !/\p{L}{3,}/u.test(text));
  const note = silent.length ? `${silent.length} of ${texts.length} do not` : texts[0];
  check(texts.length > 0 && silent.length === 0, 'closed days give a readable reason', note);
}

async function otherZone(guest, times) {
  const words = async () => guest.page.locator('form.slot').allInnerTexts();
  const inUtc = await words();
  await guest.openDay(TYPE, plan.booking, 'America/New_York');
  const same = JSON.stringify(await guest.times()) === JSON.stringify(times);
  check(same, 'another time zone shows the same instants');
  check(JSON.stringify(await words()) !== JSON.stringify(inUtc), 'in the words of that zone', (await words())[0]);
}

// -- booking, and the booking in the host's calendar

async function booking(enter) {
  const guest = await enter('Booker');
  await guest.openDay(TYPE, plan.booking);
  const [time] = await guest.times();
  check(await guest.take(time) === 200, 'taking a time leads to the form');
  await look(guest.page, 'form');
  const title = await guest.fillAndConfirm();
  check(/confirmed/i.test(title), 'the booking is confirmed', title);
  const address = guest.page.url();
  check(/\/b\/r\//.test(address), 'the confirmation has an address of its own', new URL(address).pathname.slice(0, 12));
  await look(guest.page, 'confirmed');
  await run('the .ics download is this booking', () => download(guest, time));
  await run('the confirmation opens again', async () => { await guest.go(address); });
  await run('the booked time is no longer offered', async () => !(await offers(guest, plan.booking)).includes(time));
  await run('the booking arrives by vdirsyncer', async () => {
    sync();
    const files = filesWith(guest.email);
    if (files.length !== 1) throw new Error(`${files.length} files name the guest`);
    if (!fs.readFileSync(files[0], 'utf8').includes(stamp(time))) throw new Error('it is at another time');
    return path.basename(path.dirname(files[0]));
  });
  await run('the reschedule link opens', async () => {
    await guest.go(address);
    return await guest.follow(guest.page.locator('a.reschedule').first()) === 200;
  });
  await cancelling(guest, address, time);
}

async function cancelling(guest, address, time) {
  await guest.go(address);
  check(await guest.cancel() === 200, 'cancelling answers with a page');
  const title = await guest.title();
  check(/cancelled/i.test(title), 'the booking is cancelled', title);
  await look(guest.page, 'cancelled');
  await run('the cancelled time is offered again', async () => (await offers(guest, plan.booking)).includes(time));
  await run('the cancellation arrives by vdirsyncer', () => {
    sync();
    return filesWith(guest.email).every(file => /^STATUS:CANCELLED/m.test(fs.readFileSync(file, 'utf8')));
  });
}

async function download(guest, time) {
  const link = await guest.page.locator('a.ics').first().getAttribute('href');
  const response = await guest.page.request.get(new URL(link, BASE).href);
  const type = response.headers()['content-type'] || '';
  const text = await response.text();
  if (response.status() !== 200 || !type.startsWith('text/calendar')) throw new Error(`${response.status()} ${type}`);
  return /^BEGIN:VCALENDAR/.test(text) && /^BEGIN:VEVENT/m.test(text) && text.includes(stamp(time));
}

// -- two guests want the same time

async function conflict(enter) {
  const first = await enter('First'), second = await enter('Second');
  await first.openDay(TYPE, plan.conflict);
  await second.openDay(TYPE, plan.conflict);
  const time = (await first.times())[2];
  check(await first.take(time) === 200, 'conflict: the first guest gets the time');
  const status = await second.take(time);
  check(status === 409, 'conflict: the second guest is told so (409)', status);
  const alternatives = await second.times('.alternatives');
  check(alternatives.length >= 1 && alternatives.length <= 3, 'conflict: up to three alternatives', alternatives.length);
  check(!alternatives.includes(time), 'conflict: the taken time is not among them');
  await look(second.page, 'conflict');
  check(await second.take(alternatives[0], '.alternatives') === 200, 'conflict: an alternative can be taken');
  const confirms = guest => async () => /confirmed/i.test(await guest.fillAndConfirm());
  await run('conflict: the second guest books the alternative', confirms(second));
  await run('conflict: the first guest still books', confirms(first));
}

// -- the host's own events close times

async function fromCalendar(enter) {
  const guest = await enter('Watcher');
  const before = await offers(guest, plan.calendar);
  const busy = before[Math.floor(before.length / 2)];
  sync();
  fs.writeFileSync(`${SYNCED}/first/default/dentist.ics`, dentist(busy, busy + 30 * MINUTE));
  sync();
  const after = await offers(guest, plan.calendar);
  check(!after.includes(busy), 'an event put by vdirsyncer removes its time from the page', new Date(busy).toISOString());
  check(after.length > 0 && after.length < before.length, 'and leaves other times', `${before.length} -> ${after.length}`);
  const text = await guest.page.content();
  check(!/dentist/i.test(text), 'and does not show what the event is');
  fs.rmSync(`${SYNCED}/first/default/dentist.ics`);
  sync();
  const again = await offers(guest, plan.calendar);
  check(again.includes(busy), 'deleting it by vdirsyncer offers the time again');
}

function dentist(start, end) {
  const lines = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//real-client-suites//EN', 'BEGIN:VEVENT', 'UID:dentist',
    'DTSTAMP:20260101T000000Z', `DTSTART:${stamp(start)}Z`, `DTEND:${stamp(end)}Z`, 'SUMMARY:Dentist', 'END:VEVENT',
    'END:VCALENDAR', ''];
  return lines.join('\r\n');
}

// -- everything again without JavaScript

async function withoutJavaScript(enter) {
  const guest = await enter('Plain', { javaScriptEnabled: false });
  await guest.openTypes();
  await guest.follow(guest.page.locator(`a.event-type[href*="/${TYPE}"]`).first());
  await guest.openMonth(TYPE, plan.plain.slice(0, 7));
  await noSidewaysScrolling(guest.page, 'without JavaScript: no horizontal scrolling at 320 px');
  await guest.follow(guest.page.locator(`a.day[href*="date=${plan.plain}"]`).first());
  const [time] = await guest.times();
  check(await guest.take(time) === 200, 'without JavaScript: a time is taken');
  const title = await guest.fillAndConfirm();
  check(/confirmed/i.test(title), 'without JavaScript: the booking is confirmed', title);
  await guest.cancel();
  check(/cancelled/i.test(await guest.title()), 'without JavaScript: the booking is cancelled', await guest.title());
}

// -- shared by the parts

async function offers(guest, day) {
  await guest.openDay(TYPE, day);
  return guest.times();
}

function sync() {
  const client = `${process.env.PYTHONPATH}/vdirsyncer_client.py`;
  execFileSync('python3', [client, SYNCED], { timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] });
}

function filesWith(text) {
  return fs.readdirSync(`${SYNCED}/first`, { recursive: true })
    .filter(name => name.endsWith('.ics'))
    .map(name => path.join(SYNCED, 'first', name))
    .filter(name => fs.readFileSync(name, 'utf8').replace(/\r?\n[ \t]/g, '').includes(text));
}

// 20270105T090000, the UTC date-time of iCalendar without its Z.
function stamp(time) { return new Date(time).toISOString().replace(/[-:]|\.000Z/g, ''); }
