from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sprints.moments import ago, calendar_day, day_words, distance, working_days

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=14), "14 h ago"),
        (timedelta(hours=14, seconds=1), "yesterday"),
        (timedelta(days=2), "Sun 22 Nov"),
        (timedelta(days=365), "Mon 24 Nov 2025"),
    ],
)
def test_a_moment_is_said_as_people_say_it(passed, words):
    assert ago(NOW - passed, NOW) == words


@pytest.mark.parametrize(
    ("days", "words", "how_far"),
    [
        (-3, "Sat 21 Nov", "3 days ago"),
        (-1, "yesterday", "yesterday"),
        (0, "today", "today"),
        (1, "tomorrow", "tomorrow"),
        (10, "Fri 4 Dec", "in 10 days"),
        (45, "Fri 8 Jan 2027", "in 45 days"),
    ],
)
def test_a_day_is_said_as_people_say_it(days, words, how_far):
    day = TODAY + timedelta(days=days)
    assert (day_words(day, TODAY), distance(day, TODAY)) == (words, how_far)


def test_a_calendar_day_is_never_near():
    assert calendar_day(TODAY, TODAY) == "Tue 24 Nov"


def test_working_days_leave_out_the_weekend():
    assert working_days(date(2026, 11, 20), date(2026, 11, 24)) == 3
    assert working_days(TODAY, TODAY) == 1
    assert working_days(TODAY, TODAY - timedelta(days=1)) == 0


def test_a_moment_is_told_by_the_clock_of_who_asks():
    at = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    now = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    assert ago(at, now) == "yesterday"
    assert ago(at, now.astimezone(ZoneInfo("Europe/Berlin"))) == "yesterday"
    assert ago(at, now.astimezone(ZoneInfo("Asia/Tokyo"))) == "3 h ago"
