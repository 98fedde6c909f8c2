"""Days and moments in words. Pure: "now" is given."""

from datetime import date, datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SATURDAY = 5
NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def day_words(day: date, today: date) -> str:
    """`today`, `tomorrow`, `Fri 4 Dec`; the year where it is another one."""
    near = NEAR_DAYS.get((day - today).days)
    return near or calendar_day(day, today)


def calendar_day(day: date, today: date) -> str:
    """`Fri 4 Dec`; the year where it is another one."""
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"


def distance(day: date, today: date) -> str:
    """`in 10 days`, `today`, `3 days ago`."""
    days = (day - today).days
    if days in NEAR_DAYS:
        return NEAR_DAYS[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def ago(at: datetime, now: datetime) -> str:
    """`just now`, `12 min ago`, `2 h ago`, `yesterday`, `Mon 23 Nov`, by the clock of `now`."""
    passed, at = now - at, at.astimezone(now.tzinfo)
    if passed < MINUTE:
        return "just now"
    if passed < HOUR:
        return f"{passed // MINUTE} min ago"
    if at.date() == now.date():
        return f"{passed // HOUR} h ago"
    return day_words(at.date(), now.date())


def working_days(first: date, last: date) -> int:
    """How many days from Monday to Friday lie between the two, both counted."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(day.weekday() < SATURDAY for day in days)
