// The public booking pages as a guest walks through them, named by what the guest does.

const REDIRECTS = [301, 302, 303, 307, 308];

export const BASE = process.env.BASE_URL;
export const HOST = process.env.USER1;

export class Guest {
  constructor(context, page, name) {
    Object.assign(this, { context, page, name, email: `${name.toLowerCase()}@guest.example` });
    this.trouble = [];
    this.foreign = new Set();
    page.on('pageerror', error => this.trouble.push(`${page.url()}: ${error.message}`));
    page.on('console', message => this.noteConsole(message));
    page.on('request', request => this.noteRequest(request));
    page.setDefaultTimeout(10_000);
  }

  static async enter(browser, name, options = {}) {
    const usual = { locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1280, height: 900 } };
    const context = await browser.newContext({ ...usual, ...options });
    return new Guest(context, await context.newPage(), name);
  }

  leave() { return this.context.close(); }

  // The browser itself reports each refused form (409) as a console error.
  noteConsole(message) {
    if (message.type() === 'error' && !/status of 409/.test(message.text())) this.trouble.push(message.text());
  }

  noteRequest(request) {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== BASE) this.foreign.add(url.origin);
  }

  async go(path) {
    const response = await this.page.goto(new URL(path, BASE).href, { waitUntil: 'load' });
    if (response.status() !== 200) throw new Error(`GET ${path} answered ${response.status()}`);
  }

  // Clicks what leads to another page; the status of the page that it ends at.
  async follow(locator) {
    const arrived = this.page.waitForEvent('response', response => response.request().isNavigationRequest() &&
      response.frame() === this.page.mainFrame() && !REDIRECTS.includes(response.status()));
    arrived.catch(() => {}); // a failed click is reported by itself
    await locator.click();
    const response = await arrived;
    await this.page.waitForLoadState('load');
    return response.status();
  }

  openTypes() { return this.go(`/b/${HOST}`); }

  openMonth(type, month) { return this.go(`/b/${HOST}/${type}?month=${month}&tz=UTC`); }

  openDay(type, day, zone = 'UTC') {
    return this.go(`/b/${HOST}/${type}?month=${day.slice(0, 7)}&tz=${encodeURIComponent(zone)}&date=${day}`);
  }

  // The bookable days of the month shown, as YYYY-MM-DD.
  async days() {
    const links = await this.page.locator('table.month a.day').all();
    const addresses = await Promise.all(links.map(link => link.getAttribute('href')));
    return addresses.map(address => new URL(address, BASE).searchParams.get('date')).sort();
  }

  // The times shown (or, within `.alternatives`, those proposed), as milliseconds.
  async times(within = '') {
    const fields = await this.page.locator(`${within} form.slot [name=start]`).all();
    const values = await Promise.all(fields.map(field => field.getAttribute('value')));
    return values.map(value => Date.parse(value)).sort((a, b) => a - b);
  }

  // Takes one of the times shown; the status of the page that answers.
  async take(time, within = '') {
    for (const form of await this.page.locator(`${within} form.slot`).all()) {
      const value = await form.locator('[name=start]').first().getAttribute('value');
      if (Date.parse(value) === time) return this.follow(form.locator('button').first());
    }
    throw new Error(`${new Date(time).toISOString()} is not offered`);
  }

  async fillAndConfirm() {
    await this.page.fill('[name=name]', this.name);
    await this.page.fill('[name=email]', this.email);
    await this.page.fill('[name=phone]', '+44 20 7946 0000');
    await this.page.fill('[name=notes]', `Notes of ${this.name}, with ünïcode; and, commas`);
    const status = await this.follow(this.page.locator('button.confirm'));
    if (status !== 200) throw new Error(`confirm answered ${status}: ${(await this.page.content()).slice(0, 100)}`);
    return this.title();
  }

  cancel() { return this.follow(this.page.locator('form.cancel button').first()); }

  async title() { return (await this.page.locator('h1').first().innerText()).trim(); }
}
