from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from sprints.filters import RiskFilter, chips
from sprints.impact import Band

ME, LENA = 7, 9
AGREED = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Line:
    ref: str = "R-001"
    title: str = "Two SPF records cancel each other"
    plain_summary: str = "Codes land in spam."
    subject: str = "app.test"
    check_id: str = "email.spf_multiple"
    stage: int = 6
    owner_id: int | None = None
    is_unsettled: bool = True
    is_internal: bool = False
    outside_accepted_at: datetime | None = None
    band: Band = Band.HIGH


def admits(line: Line, **query: str) -> bool:
    return RiskFilter.of(query).admits(line, me=ME)


@pytest.mark.parametrize(
    ("line", "query", "is_shown"),
    [
        (Line(), {}, True),
        (Line(is_unsettled=False), {}, False),
        (Line(is_unsettled=False), {"show": "all"}, True),
        (Line(owner_id=ME), {"show": "mine"}, True),
        (Line(owner_id=LENA), {"show": "mine"}, False),
        (Line(owner_id=LENA), {"owner": "9"}, True),
        (Line(), {"owner": "9"}, False),
        (Line(), {"stage": "6"}, True),
        (Line(), {"stage": "5"}, False),
        (Line(band=Band.CRITICAL), {"show": "stops"}, True),
        (Line(band=Band.CRITICAL, is_unsettled=False), {"show": "stops"}, False),
        (Line(), {"show": "stops"}, False),
        (Line(), {"show": "first"}, True),
        (Line(band=Band.MEDIUM), {"show": "first"}, False),
        (Line(is_internal=True), {"show": "internal"}, True),
        (Line(), {"show": "internal"}, False),
        (Line(outside_accepted_at=AGREED), {"show": "outside"}, True),
        (Line(outside_accepted_at=AGREED), {}, False),
        (Line(outside_accepted_at=AGREED), {"show": "all"}, True),
        (Line(), {"show": "outside"}, False),
        (Line(), {"q": "spf CANCEL"}, True),
        (Line(), {"q": "r-001"}, True),
        (Line(), {"q": "app.test"}, True),
        (Line(), {"q": "spf dkim"}, False),
    ],
)
def test_a_risk_is_shown_by_state_owner_stage_and_words(line, query, is_shown):
    assert admits(line, **query) == is_shown


@pytest.mark.parametrize(
    "query",
    [
        {"show": "everything"},
        {"stage": "8"},
        {"stage": "six"},
        {"stage": "²"},
        {"owner": "-1"},
        {"owner": "9" * 40},
        {"q": "   "},
    ],
)
def test_what_makes_no_sense_in_an_address_is_left_out(query):
    assert RiskFilter.of(query) == RiskFilter()


def test_a_filter_stands_in_its_address_and_comes_back():
    asked = RiskFilter.of({"show": "all", "stage": "6", "q": "two words"})
    assert asked.query == "?show=all&stage=6&q=two+words"
    assert RiskFilter().query == ""


def test_chips_count_what_they_would_show():
    lines = [Line(owner_id=ME), Line(owner_id=LENA), Line(is_unsettled=False)]
    made = chips(
        RiskFilter(), lines, me=ME, people={ME: "Maya Okafor", LENA: "Lena Brandt", 3: "Jo"}
    )
    assert [(chip.label, chip.count, chip.is_pressed) for chip in made] == [
        ("Open", 2, True),
        ("Mine", 1, False),
        ("Lena", 1, False),
        ("All", 3, False),
    ]


def test_what_stops_the_launch_has_its_chip_while_something_does():
    lines = [Line(band=Band.CRITICAL), Line(band=Band.CRITICAL), Line()]
    labels = {chip.label: chip.count for chip in chips(RiskFilter(), lines, me=ME, people={})}
    assert labels == {"Open": 3, "Mine": 0, "Stops the launch": 2, "All": 3}


def test_what_to_fix_or_accept_first_has_its_chip_only_where_it_is_asked_for():
    asked = RiskFilter(show="first")
    made = chips(asked, [Line(), Line(band=Band.LOW)], me=ME, people={})
    assert [(one.label, one.count) for one in made if one.is_pressed] == [
        ("Fix or accept first", 1)
    ]
