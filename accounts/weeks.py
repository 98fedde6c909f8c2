"""When the week’s mail goes: Mondays at eight where the person is. "Now" is given.

What is stored is only when to look next. That lies before Monday has begun to be eight
anywhere, so that the hour is reckoned from the zone which the person has then.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

MORNING: Final = time(8)
WEEK: Final = timedelta(days=7)
# Monday is eight o'clock first where the clock is fourteen hours ahead (IANA: Pacific/Kiritimati).
FIRST_ZONE: Final = timedelta(hours=14)
# A mail for the morning that comes later than this waits for the next week.
LATEST: Final = timedelta(hours=12)


def morning_of(day: date, zone: str) -> datetime:
    """Eight o'clock of that day in the zone, as UTC."""
    return datetime.combine(day, MORNING, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def last_monday(now: datetime, zone: str) -> date:
    """The newest Monday whose eight o'clock has come in the zone."""
    day = now.astimezone(ZoneInfo(zone)).date()
    monday = day - timedelta(days=day.weekday())
    return monday if morning_of(monday, zone) <= now else monday - WEEK


def is_time(now: datetime, zone: str) -> bool:
    """Whether it is Monday, eight or a few hours later, in the zone."""
    return now - morning_of(last_monday(now, zone), zone) <= LATEST


def look_after(now: datetime, zone: str) -> datetime:
    """When to look next, as UTC: shortly before the next Monday, else at its very hour."""
    monday = last_monday(now, zone) + WEEK
    early = datetime.combine(monday, MORNING, tzinfo=UTC) - FIRST_ZONE
    return early if early > now else morning_of(monday, zone)


def first_look() -> datetime:
    """When to look for somebody new, whose zone nobody has asked for yet."""
    return look_after(timezone.now(), "UTC")
