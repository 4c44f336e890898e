// What the Thunderbird suite does inside Thunderbird: calendar operations as its own windows perform them.
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const { CalEvent } = ChromeUtils.importESModule("resource:///modules/CalEvent.sys.mjs");
const { CalTodo } = ChromeUtils.importESModule("resource:///modules/CalTodo.sys.mjs");

const sleep = ms => new Promise(resolve => {
  const timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
  timer.initWithCallback(() => resolve(), ms, 0);
  globalThis.keptTimers = (globalThis.keptTimers || []).concat([timer]); // else it is collected before it fires
});
const bare = url => url.replace(/\/$/, "");
const calendarAt = url => cal.manager.getCalendars().find(c => c.type == "caldav" && bare(c.uri.spec) == bare(url));
const itemsOf = calendar => calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null);

async function until(condition, tries = 30, pause = 300) {
  for (let i = 0; i < tries; i++) {
    const value = await condition();
    if (value) return value;
    await sleep(pause);
  }
  return null;
}

// Ends with the sync: the observer of a cached calendar hears onLoad when a sync has finished.
async function refresh(calendar) {
  await new Promise(resolve => {
    const nothing = () => {};
    const observer = {
      QueryInterface: ChromeUtils.generateQI(["calIObserver"]),
      onLoad(loaded) { if (loaded.id == calendar.id) { calendar.removeObserver(observer); resolve(); } },
      onStartBatch: nothing, onEndBatch: nothing, onAddItem: nothing, onModifyItem: nothing, onDeleteItem: nothing,
      onError: nothing, onPropertyChanged: nothing, onPropertyDeleting: nothing,
    };
    calendar.addObserver(observer);
    calendar.refresh();
    sleep(8000).then(resolve);
  });
  await sleep(300);
}

function version() { return Services.appinfo.version; }

// Marionette's recommended preferences switch the password store off.
function rememberPasswords() {
  Services.prefs.setBoolPref("signon.rememberSignons", true);
  Services.prefs.setBoolPref("signon.autofillForms", true);
}

// With an identity Thunderbird may act as organiser and attendee.
function makeIdentity(email, name) {
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const account = MailServices.accounts.createAccount();
  const identity = MailServices.accounts.createIdentity();
  identity.email = email;
  identity.fullName = name;
  account.addIdentity(identity);
  account.incomingServer = MailServices.accounts.createIncomingServer(name, "localhost", "none");
}

// Exactly what "New calendar > On the network" does.
async function detect(user, password, location) {
  const { CalDavProvider } = ChromeUtils.importESModule("resource:///modules/CalDavProvider.sys.mjs");
  globalThis.detected = (await CalDavProvider.detectCalendars(user, password, location, true)) || [];
  return globalThis.detected.map(c => ({ url: c.uri.spec, name: c.name, readOnly: c.readOnly }));
}

// What the dialog's "Subscribe" does; waits until the item has come with the first sync.
async function subscribe(url, uid) {
  const calendar = globalThis.detected.find(c => bare(c.uri.spec) == bare(url));
  calendar.setProperty("cache.enabled", true);
  calendar.setProperty("imip.identity.key", "id1");
  cal.manager.registerCalendar(calendar);
  return !!(await until(async () => !uid || (await itemsOf(calendarAt(url))).some(i => i.id == uid), 60, 250));
}

function state(url) {
  const calendar = calendarAt(url);
  const outer = calendar.wrappedJSObject || calendar;
  const inner = outer.mUncachedCalendar?.wrappedJSObject || outer;
  return {
    status: calendar.getProperty("currentStatus"), disabled: !!calendar.getProperty("disabled"),
    syncs: !!inner.mHasWebdavSyncSupport, schedules: !!inner.mHasAutoScheduling,
    addresses: inner.mCalendarUserAddresses, components: inner.mSupportedItemTypes,
  };
}

async function addEvent(url, text) { await calendarAt(url).addItem(new CalEvent(text)); }

async function addTask(url, text) { await calendarAt(url).addItem(new CalTodo(text)); }

async function setTitle(url, uid, title) {
  const item = await calendarAt(url).getItem(uid);
  const changed = item.clone();
  changed.title = title;
  await calendarAt(url).modifyItem(changed, item);
}

async function titleAfterRefresh(url, uid, start) {
  const calendar = calendarAt(url);
  await refresh(calendar);
  return until(async () => {
    const item = await calendar.getItem(uid);
    return item && item.title.startsWith(start) && item.title;
  });
}

async function goneAfterRefresh(url, uid) {
  await refresh(calendarAt(url));
  return !!(await until(async () => !(await calendarAt(url).getItem(uid))));
}

// Moves the second occurrence by two hours and deletes the third.
async function changeOccurrences(url, uid, title) {
  const item = await calendarAt(url).getItem(uid);
  const changed = item.clone();
  const occurrences = changed.recurrenceInfo.getOccurrences(changed.startDate, cal.createDateTime("20270501T000000Z"), 3);
  const moved = occurrences[1].clone();
  moved.title = title;
  const start = moved.startDate.clone(), end = moved.endDate.clone();
  start.hour += 2;
  end.hour += 2;
  moved.startDate = start;
  moved.endDate = end;
  changed.recurrenceInfo.modifyException(moved, true);
  changed.recurrenceInfo.removeOccurrenceAt(occurrences[2].recurrenceId);
  await calendarAt(url).modifyItem(changed, item);
}

// A write made from an old copy: how often the user was asked, and the title afterwards.
async function staleWrite(url, uid) {
  const calendar = calendarAt(url);
  const item = await calendar.getItem(uid);
  const original = cal.provider.promptOverwrite;
  let asked = 0;
  cal.provider.promptOverwrite = () => { asked++; return false; };
  try {
    const changed = item.clone();
    changed.title = "stale write";
    await calendar.modifyItem(changed, item).catch(() => {});
    await until(() => asked, 20);
  } finally {
    cal.provider.promptOverwrite = original;
  }
  await refresh(calendar);
  return { asked, title: (await calendar.getItem(uid)).title };
}

async function remove(url, uid) { await calendarAt(url).deleteItem(await calendarAt(url).getItem(uid)); }

// [[type, start, end]] of somebody else's busy times on a day.
async function freeBusy(address, from, to) {
  return new Promise(resolve => cal.freeBusyService.getFreeBusyIntervals(
    address, cal.createDateTime(from), cal.createDateTime(to), Ci.calIFreeBusyInterval.BUSY_ALL,
    { onResult(operation, result) {
      if (operation && operation.isPending) return;
      resolve((result || []).map(i => [i.freeBusyType, i.interval.start.icalString, i.interval.end.icalString]));
    } }));
}

async function participation(url, uid, address, wanted) {
  const calendar = calendarAt(url);
  return !!(await until(async () => {
    await refresh(calendar);
    const item = await calendar.getItem(uid);
    const attendee = item && item.getAttendeeById(address);
    return attendee && attendee.participationStatus == wanted;
  }, 15));
}

async function accept(url, uid, address) {
  const item = await calendarAt(url).getItem(uid);
  const changed = item.clone();
  const attendee = changed.getAttendeeById(address).clone();
  changed.removeAttendee(changed.getAttendeeById(address));
  attendee.participationStatus = "ACCEPTED";
  changed.addAttendee(attendee);
  await calendarAt(url).modifyItem(changed, item);
}

async function showView(view, day) {
  document.getElementById("tabmail").openTab("calendar");
  await sleep(1500);
  window.goToDate(cal.createDateTime(day));
  window.switchToView(view);
  await sleep(2000);
}
