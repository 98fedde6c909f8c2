"""A sprint's history: whole for staff, filtered for clients, checkable, and as of a day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sprints.as_of import Line, list_as_of
from sprints.models import ActivityEvent
from sprints.models.activity import record
from sprints.views.retention import finished
from tests.sprints.factories import make_risk, make_sprint

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Said:
    verb: str
    subject: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)  # Any: JSON


NOW = [Line("R-001", "New title", 30, "verified"), Line("R-002", "Other", 83, "open")]
STORY = [
    Said("audit_finished", "Audit 1", MONDAY, {"opened": ["R-001"]}),
    Said("risk_weighed", "R-001", MONDAY + HOUR, {"before": 53, "after": 40}),
    Said("risk_weighed", "R-001", MONDAY + 2 * HOUR, {"before": 40, "after": 30}),
    Said("risk_renamed", "R-001", MONDAY + 2 * HOUR, {"before": "Old title"}),
    Said("risk_fixed", "R-001", MONDAY + 3 * HOUR),
    Said("audit_finished", "Audit 2", MONDAY + 4 * HOUR,
         {"closed": ["R-001"], "opened": ["R-002"]}),
    Said("audit_finished", "Audit 3", MONDAY + 9 * HOUR, {"came_back": ["R-001"]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (MONDAY - timedelta(microseconds=1), []),
        (MONDAY, [Line("R-001", "Old title", 53, "open")]),
        (MONDAY + HOUR, [Line("R-001", "Old title", 40, "open")]),
        (MONDAY + 2 * HOUR, [Line("R-001", "New title", 30, "open")]),
        (MONDAY + 3 * HOUR, [Line("R-001", "New title", 30, "fixed")]),
        (
            MONDAY + 4 * HOUR,
            [Line("R-002", "Other", 83, "open"), Line("R-001", "New title", 30, "verified")],
        ),
        (
            MONDAY + 9 * HOUR,
            [Line("R-002", "Other", 83, "open"), Line("R-001", "New title", 30, "open")],
        ),
    ],
)
def test_the_list_as_of_a_moment(moment, expected):
    assert list_as_of(NOW, STORY, moment) == expected


def test_a_risk_that_is_gone_from_the_list_is_left_out():
    assert list_as_of([], STORY, MONDAY + 9 * HOUR) == []


@pytest.fixture
def sprint(world):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        make_risk(world.ada, sprint=sprint, title="Nobody can pay")
        record(sprint, "risk_created", "R-001", actor=world.ada.consultant)
        record(sprint, "risk_weighed", "R-001", actor=world.ada.consultant, is_internal=True,
               data={"before": 12, "after": 53})  # fmt: skip
    return sprint


def seen_by(person, sprint, name="client-history", **query: str):
    browser = Client()
    browser.force_login(person)
    words = {"sprint_id": sprint.pk}
    if ":" in name:
        words["practice_slug"] = sprint.practice.slug
    return browser.get(reverse(name, kwargs=words), query)


def test_staff_read_all_of_it_and_a_founder_their_part(world, sprint):
    staff = seen_by(world.ada.consultant, sprint, "sprints:history").text
    founder = seen_by(world.ada.founder, sprint).text
    assert "changed the launch impact of R-001 from 12 to 53" in staff
    assert "added “Nobody can pay”" in founder
    assert "R-001" not in founder
    assert "launch impact" not in founder


def test_anybody_on_the_sprint_can_check_every_seal(world, sprint):
    for person in (world.ada.consultant, world.ada.founder, world.ada.viewer):
        name = "sprints:history" if person == world.ada.consultant else "client-history"
        assert "2 entries, every seal fits" in seen_by(person, sprint, name, check="1").text


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_changed_entry_is_named(world, sprint):
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE sprints_activityevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE sprints_activityevent SET subject = 'R-009' WHERE seq = 1")
        cursor.execute("ALTER TABLE sprints_activityevent ENABLE TRIGGER USER")
    page = seen_by(world.ada.founder, sprint, check="1").text
    assert "The seal of entry 1 does not fit." in page


def test_the_list_on_a_day_shows_the_three_words_and_no_figure(world, sprint):
    today = timezone.localdate().isoformat()
    page = seen_by(world.ada.founder, sprint, on=today).text
    assert "Nobody can pay" in page
    assert "fix before launch" in page
    before = seen_by(world.ada.founder, sprint, on="2020-01-01").text
    assert "0 open" in before


def test_an_internal_risk_is_in_no_list_of_a_founder(world, sprint):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Hidden thing", is_internal=True)
        record(sprint, "risk_created", "R-002", actor=world.ada.consultant, is_internal=True)
    today = timezone.localdate().isoformat()
    assert "Hidden thing" not in seen_by(world.ada.founder, sprint, on=today).text
    assert "Hidden thing" in seen_by(world.ada.consultant, sprint, "sprints:history", on=today).text


@pytest.mark.parametrize("asked", ["yesterday", "2026-13-01", "2026-02-30", "<b>"])
def test_what_is_no_day_gets_a_sentence(world, sprint, asked):
    page = seen_by(world.ada.founder, sprint, on=asked)
    assert page.status_code == 200
    assert "isn’t a day that we can read" in page.text


def pulse(person, sprint, name, tag=None):
    browser = Client()
    browser.force_login(person)
    words = {"sprint_id": sprint.pk}
    if ":" in name:
        words["practice_slug"] = sprint.practice.slug
    headers = {} if tag is None else {"HX-PTag": tag}
    return browser.get(reverse(name, kwargs=words), headers=headers)


def test_the_pulse_says_nothing_while_nothing_changed(world, sprint):
    first = pulse(world.ada.consultant, sprint, "sprints:pulse")
    again = pulse(world.ada.consultant, sprint, "sprints:pulse", first["HX-PTag"])
    assert (first.status_code, first["HX-PTag"], "HX-Trigger" in first) == (200, "2", False)
    assert (again.status_code, again["HX-PTag"]) == (304, "2")


def test_the_pulse_tells_of_a_change_and_a_founder_not_of_an_internal_one(world, sprint):
    founder = pulse(world.ada.founder, sprint, "client-pulse")
    assert founder["HX-PTag"] == "1"
    with world.ada.as_staff():
        record(sprint, "risk_weighed", "R-001", actor=world.ada.consultant, is_internal=True)
    assert pulse(world.ada.founder, sprint, "client-pulse", "1").status_code == 304
    staff = pulse(world.ada.consultant, sprint, "sprints:pulse", "2")
    assert (staff.status_code, staff["HX-Trigger"], staff["HX-PTag"]) == (
        200,
        "sprint-changed",
        "3",
    )


def test_moves_of_an_internal_risk_are_told_to_staff_alone(world, sprint):
    with world.ada.as_staff():
        risk = make_risk(world.ada, sprint=sprint, is_internal=True)
        risk.move("in_progress", by=world.ada.consultant, seen_version=1)
        told = ActivityEvent.objects.filter(sprint=sprint).order_by("-seq")[0]
    assert told.visibility == "internal"


@pytest.mark.parametrize(("days", "is_past"), [(30, False), (31, True)])
def test_finished_work_is_past_its_time_the_day_after_the_rule(world, days, is_past):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, state="closed")
    today = date(2026, 11, 24)
    ended_on = today - timedelta(days=days)
    one = finished(sprint, ended_on, today=today, kept=timedelta(days=30))
    assert (one.is_past, one.kept_days) == (is_past, days)


def test_an_owner_reads_what_is_finished_and_nothing_at_work(world, sprint):
    with world.ada.as_staff():
        closed = make_sprint(world.ada, state="closed")
        record(closed, "sprint_closed", "Sprint 1", actor=world.ada.owner)
    browser = Client()
    browser.force_login(world.ada.owner)
    page = browser.get(reverse("sprints:finished-work", args=[world.ada.practice.slug])).text
    assert "Still kept" in page
    assert closed.project.name in page
    assert sprint.project.name not in page
