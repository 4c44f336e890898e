"""Writes rules.txt: random RFC 5545 rules with the first starts that python-dateutil finds.

    python3 make_rules.py > rules.txt        (needs python-dateutil 2.9; always the same output)

A line is DTSTART|RULE|STARTS. Of a start only what differs from the one before is written:
[[YYYY]MMDD][Thhmmss]. Listed are the first 20 starts before 1 January, 50 years after DTSTART.
UNTIL is local time, and an UNTIL that is a DATE includes that day.

Left out, because dateutil departs from the RFC there:
- BYWEEKNO without BYDAY: it takes all seven days instead of the weekday of DTSTART;
- BYWEEKNO 52, 53 and below -51: it takes the length of the wrong year;
- INTERVAL or BYSETPOS with a week that may cross New Year: it cuts the week there;
- BYSETPOS in a WEEKLY rule whose first week is cut by DTSTART;
- BYDAY with and without ordinals at once: it intersects them instead of joining them;
- rules that DTSTART itself does not match: it does not count DTSTART then.
"""

import datetime
import random
import types

from dateutil import rrule

LINES = 1500
STARTS = 20
YEARS = 50
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# Of each frequency: its share, the longest interval, and the days in which UNTIL lies on average.
FREQUENCIES = {
    "YEARLY": (5, 5, 5000),
    "MONTHLY": (5, 19, 900),
    "WEEKLY": (3, 11, 200),
    "DAILY": (2, 100, 40),
    "HOURLY": (2, 50, 4),
    "MINUTELY": (2, 2000, 1),
}
NEW_YEAR_WEEKS = {1, -1}


def main():
    chance = random.Random(5545)
    seen = set()
    while len(seen) < LINES:
        line = one_line(chance)
        if line and line not in seen:
            seen.add(line)
            print(line)


def one_line(chance):
    """A line of the file, or None when the dice gave a rule that is to be left out."""
    parts = random_parts(chance)
    start = datetime.datetime(1990, 1, 1) + datetime.timedelta(
        days=chance.randrange(16000),
        minutes=chance.choice([0, 15, 30]) + 60 * chance.randrange(24),
        seconds=chance.choice([0, 0, 0, 17]),
    )
    ending = random_ending(chance, start, parts["FREQ"])
    try:
        first = starts(parts, start, 1)
        if not first or quirky(parts, first[0]):
            return None
        start = first[0]
        parts.update(ending)
        found = starts(parts, start, STARTS)
    except ValueError:  # dateutil saw that INTERVAL never reaches BYHOUR or BYMINUTE
        return None
    if not found or found[0] != start:
        return None
    if len(found) < 2 and "COUNT" not in parts and "UNTIL" not in parts:
        return None
    return f"{start:%Y%m%dT%H%M%S}|{text(parts)}|{compact(start, found)}"


def random_parts(chance):
    shares = [share for share, _, _ in FREQUENCIES.values()]
    frequency = chance.choices(list(FREQUENCIES), shares)[0]
    parts = {"FREQ": frequency}

    def add(name, share, values, most=3):
        if chance.random() < share:
            chosen = chance.sample(values, chance.randint(1, min(most, len(values))))
            parts[name] = ",".join(str(it) for it in chosen)

    if chance.random() < 0.45:
        longest = FREQUENCIES[frequency][1]
        parts["INTERVAL"] = str(chance.choice([2, 3, chance.randint(2, longest)]))
    add("BYMONTH", 0.3, range(1, 13))
    if frequency == "YEARLY":
        add("BYWEEKNO", 0.25, [*range(1, 52), *range(-51, 0), 1, -1])
    if frequency in ("YEARLY", "HOURLY", "MINUTELY"):
        add("BYYEARDAY", 0.15, [*range(1, 367), *range(-366, 0), 366, 365, -1, 1])
    if frequency != "WEEKLY":
        add("BYMONTHDAY", 0.3, [*range(1, 32), *range(-31, 0), 29, 30, 31, -1], 4)
    add_days(chance, parts, frequency)
    add("BYHOUR", 0.15, range(24))
    add("BYMINUTE", 0.15, range(60))
    add("BYSECOND", 0.05, range(60), 2)
    smaller = {"HOURLY": {"BYMINUTE", "BYSECOND"}, "MINUTELY": {"BYSECOND"}}.get(frequency)
    if smaller:
        if smaller & parts.keys():
            add("BYSETPOS", 0.2, [1, 2, -1], 2)
    elif any(name.startswith("BY") for name in parts):
        add("BYSETPOS", 0.2, [1, 2, 3, 4, 5, -1, -2, -3, -4, 10, -10], 2)
    if chance.random() < 0.3:
        parts["WKST"] = chance.choice(DAYS)
    return parts


def add_days(chance, parts, frequency):
    if chance.random() >= 0.5 and "BYWEEKNO" not in parts:
        return
    days = chance.sample(DAYS, chance.randint(1, 4))
    numbered = frequency in ("YEARLY", "MONTHLY") and "BYWEEKNO" not in parts
    if numbered and chance.random() < 0.5:
        far = 53 if frequency == "YEARLY" and "BYMONTH" not in parts else 5
        days = [f"{chance.choice(['', '', '+', '-'])}{chance.randint(1, far)}{day}" for day in days]
    parts["BYDAY"] = ",".join(days)


def random_ending(chance, start, frequency):
    kind = chance.random()
    if kind < 0.25:
        return {"COUNT": str(chance.randint(1, 25))}
    if kind < 0.5:
        until = start + datetime.timedelta(
            days=chance.randint(0, 2 * FREQUENCIES[frequency][2]), minutes=chance.randrange(1440)
        )
        form = chance.choice(["%Y%m%d", "%Y%m%dT%H%M00", "%Y%m%dT%H%M00Z"])
        return {"UNTIL": until.strftime(form)}
    return {}


def quirky(parts, start):
    """Whether the rule belongs to a class listed in the head of this file."""
    weeks = {int(it) for it in parts.get("BYWEEKNO", "0").split(",")}
    if weeks & NEW_YEAR_WEEKS and ("INTERVAL" in parts or "BYSETPOS" in parts):
        return True
    first_day = DAYS.index(parts.get("WKST", "MO"))
    return parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts and start.weekday() != first_day


def starts(parts, start, most):
    parts = dict(parts)
    until = parts.get("UNTIL", "")
    if until:
        parts["UNTIL"] = until.rstrip("Z") if "T" in until else until + "T235959"
    horizon = datetime.datetime(start.year + YEARS, 1, 1)
    # The search for a start that never comes ends at MAXYEAR.
    rrule.datetime = types.SimpleNamespace(**{**vars(datetime), "MAXYEAR": horizon.year})
    found = []
    for it in rrule.rrulestr(text(parts), dtstart=start):
        if it >= horizon or len(found) == most:
            break
        found.append(it)
    return found


def text(parts):
    return ";".join(f"{name}={value}" for name, value in parts.items())


def compact(start, found):
    before = start
    written = []
    for index, it in enumerate(found):
        day = "" if it.date() == before.date() and index else f"{it:%m%d}"
        if day and it.year != before.year:
            day = f"{it:%Y%m%d}"
        time = "" if it.time() == before.time() else f"{it:T%H%M%S}"
        written.append(day + time)
        before = it
    return ",".join(written)


if __name__ == "__main__":
    main()
