"""Dates as HTTP writes them. Pure.

Source: RFC 9110 section 5.6.7: the three forms that a recipient must read, and nothing else.
"""

import re
from datetime import UTC, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CENTURY = 100
# A two-digit year more than fifty years ahead is the past century's (RFC 9110 section 5.6.7).
FARTHEST_YEARS_AHEAD = 50
DAY, MONTH, YEAR = r"(?P<day>\d\d)", r"(?P<month>[A-Z][a-z]{2})", r"(?P<year>\d{4})"
CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
FORMS = (
    re.compile(rf"[A-Z][a-z]{{2}}, {DAY} {MONTH} {YEAR} {CLOCK} GMT"),
    re.compile(rf"[A-Z][a-z]{{5,8}}, {DAY}-{MONTH}-(?P<year>\d\d) {CLOCK} GMT"),
    re.compile(rf"[A-Z][a-z]{{2}} {MONTH} (?P<day>[ \d]\d) {CLOCK} {YEAR}"),
)


def read_http_date(text: str, *, now: datetime) -> datetime | None:
    """The moment that `text` names (UTC), or None where it is no HTTP date.

    `now` only decides the century of the old form with two digits.
    """
    for form in FORMS:
        if match := form.fullmatch(text.strip()):
            return _moment(match, now)
    return None


def _moment(match: re.Match[str], now: datetime) -> datetime | None:
    if match["month"] not in MONTHS:
        return None
    year = int(match["year"])
    if year < CENTURY:
        year += now.year - now.year % CENTURY
        if year > now.year + FARTHEST_YEARS_AHEAD:
            year -= CENTURY
    month = MONTHS.index(match["month"]) + 1
    clock = (int(match["hour"]), int(match["minute"]), min(int(match["second"]), 59))
    try:
        return datetime(year, month, int(match["day"]), *clock, tzinfo=UTC)
    except ValueError:
        return None
