// Asks for the page in the visitor's own time zone, once, where the address names none.
const page = new URL(location.href);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const shown = document.documentElement.dataset.zone;
if (zone && shown && zone !== shown && !page.searchParams.has("tz")) {
  page.searchParams.set("tz", zone);
  location.replace(page);
}
