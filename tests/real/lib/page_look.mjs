// How a page looks: accessibility by axe-core in light and dark, narrow screens, pictures for people to look at.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { check } from './table.mjs';

const require = createRequire(`${process.env.CLIENTS_HOME}/node-browser/`);
const axe = require('axe-core');
const SCREENS = `${process.env.CLIENTS_HOME}/screens`;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 375, height: 812 };
const NARROWEST = { width: 320, height: 640 };

fs.rmSync(SCREENS, { recursive: true, force: true });
fs.mkdirSync(SCREENS, { recursive: true });

// Looks at the page that is open, in every way, and leaves it as it was.
export async function look(page, name) {
  await page.evaluate(axe.source);
  await noFading(page, `${name}: colours change at once`);
  await noViolations(page, `${name}: axe-core, light`);
  await picture(page, DESKTOP, `${name}-1280`);
  await page.setViewportSize(PHONE);
  await noViolations(page, `${name}: axe-core, phone`);
  await picture(page, PHONE, `${name}-375`);
  await noSidewaysScrolling(page, `${name}: no horizontal scrolling at 320 px`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, DESKTOP, `${name}-dark`);
  await noViolations(page, `${name}: axe-core, dark`);
  await page.emulateMedia({ colorScheme: null });
}

async function noViolations(page, row) {
  const found = await page.evaluate(async rules => {
    const result = await globalThis.axe.run(document, { runOnly: rules });
    return result.violations.map(rule => `${rule.id} (${rule.impact}) x${rule.nodes.length}: ${rule.nodes[0].target}`);
  }, RULES);
  check(found.length === 0, row, found.join('; '));
}

// A ground that fades behind text that has already changed leaves the text unreadable for a moment.
async function noFading(page, row) {
  const fading = await page.evaluate(() => [...document.querySelectorAll('*')]
    .filter(element => getComputedStyle(element).transitionDuration !== '0s').map(element => element.tagName));
  check(fading.length === 0, row, [...new Set(fading)].join(' '));
}

export async function noSidewaysScrolling(page, row) {
  const before = page.viewportSize();
  await page.setViewportSize(NARROWEST);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(over <= 0, row, over > 0 ? `${over} px too wide` : '');
  await page.setViewportSize(before);
}

async function picture(page, size, name) {
  await page.setViewportSize(size);
  await page.screenshot({ path: `${SCREENS}/${name}.png`, fullPage: true });
}

// Walks the controls with the Tab key; each must show that it has the focus.
export async function visibleFocus(page, row) {
  const hidden = [];
  let reached = 0;
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    const control = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
      return { name: element.tagName + '.' + element.className, shown: outlined || style.boxShadow !== 'none' };
    });
    if (control) reached++;
    if (control && !control.shown) hidden.push(control.name);
  }
  check(reached > 0 && hidden.length === 0, row, hidden.length ? hidden.join(' ') : `${reached} reached`);
}
