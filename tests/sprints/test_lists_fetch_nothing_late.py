"""Every page that lists things asks the same for two and for ten of them, and nothing late.

A row that came from the database with others and fetches a field or a relation by itself stops
the page here: that is the one query per row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.db import connection
from django.db.models import query
from django.db.models.fetch_modes import FetchMode
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sprints.models import Decision, Risk, Sprint, Stage, StageItem
from sprints.models.activity import record
from tests.audits.factories import make_finding, make_run
from tests.factories import Place, World, make_notice, make_user
from tests.sprints.factories import (
    make_acceptance,
    make_comment,
    make_condition,
    make_decision,
    make_evidence,
    make_key_box,
    make_link,
    make_project,
    make_request,
    make_revision,
    make_risk,
    make_sighting,
    make_sprint,
    make_template,
)

type Fill = Callable[[Place, Sprint, int], object]

FEW, MANY = 2, 10


class RowsStayWhole(FetchMode):
    """A row that came alone may fetch more; one of several must not."""

    track_peers = True

    def fetch(self, fetcher, instance):
        if len(instance._state.peers) > 1:
            raise FieldFetchBlocked(
                f"{type(instance).__name__}.{fetcher.field.name} is fetched once per row"
            )
        fetcher.fetch_one(instance)


@dataclass(frozen=True)
class Page:
    """A list: its address, who looks, and what puts the n-th row on it."""

    name: str
    fill: Fill
    who: str = "consultant"
    words: tuple[str, ...] = ()
    query: str = ""


def add_risk(place: Place, sprint: Sprint, number: int) -> Risk:
    risk = make_risk(
        place,
        sprint=sprint,
        owner=(place.consultant, place.founder, None)[number % 3],
        check_id=("", "dns.caa")[number % 2],
        due_on=timezone.localdate() - timedelta(days=1),
        came_back_count=number % 2,
    )
    make_sighting(place, risk=risk)
    make_comment(place, sprint=sprint, risk=risk, author=place.founder, author_name="F")
    return risk


def add_request(place: Place, sprint: Sprint, number: int) -> None:
    state = ("sent", "done", "not_found")[number % 3]
    asked = make_request(
        place,
        sprint=sprint,
        state=state,
        kind=("access", "key")[number % 2],
        answered_by=None if state == "sent" else place.founder,
        answered_at=None if state == "sent" else timezone.now(),
    )
    if asked.kind == "key":
        make_key_box(place, request=asked)
    make_comment(place, sprint=sprint, request=asked, author=place.founder, author_name="F")


def add_event(place: Place, sprint: Sprint, number: int) -> None:
    person = (place.consultant, place.founder, make_user("Helper"))[number % 3]
    record(sprint, "risk_started", f"R-{number:03}", actor=person)


def add_link(place: Place, sprint: Sprint, number: int) -> None:
    make_link(
        place,
        sprint=sprint,
        kind=("report", "helper")[number % 2],
        name=f"Sam {number}",
        last_opened_at=timezone.now(),
        revoked_at=timezone.now() if number % 3 == 0 else None,
        created_by=(place.consultant, place.owner)[number % 2],
    )


def add_decision(place: Place, sprint: Sprint, number: int) -> None:
    decided = make_decision(
        place,
        sprint=sprint,
        number=number,
        state=("declined", "withdrawn")[number % 2],
        recommended_by=(place.consultant, place.owner)[number % 2],
    )
    make_condition(place, decision=decided, owner=(place.consultant, place.founder)[number % 2])


def add_evidence(place: Place, sprint: Sprint, number: int) -> None:
    item = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=1)[number % 3]
    shown = make_evidence(
        place, item=item, created_by=(place.founder, place.consultant)[number % 2]
    )
    make_revision(place, evidence=shown, by=(place.founder, place.viewer)[number % 2])


def add_acceptance(place: Place, sprint: Sprint, number: int) -> None:
    state = ("accepted", "proposed")[number % 2]
    make_acceptance(
        place,
        risk=add_risk(place, sprint, number),
        state=state,
        proposer=(place.consultant, place.owner)[number % 2],
        decider=place.founder if state == "accepted" else None,
        decided_at=timezone.now() if state == "accepted" else None,
    )


def add_template(place: Place, _: Sprint, number: int) -> None:
    make_template(place, changed_by=(place.consultant, place.owner, None)[number % 3])


def add_finished(place: Place, _: Sprint, number: int) -> None:
    state = ("closed", "cancelled")[number % 2]
    record(make_sprint(place, state=state), "risk_started", "R-001", actor=place.consultant)


def add_notice(place: Place, sprint: Sprint, number: int) -> None:
    for person, is_for_client in ((place.consultant, False), (place.founder, True)):
        make_notice(
            place,
            person=person,
            sprint_ref=sprint.pk,
            is_for_client=is_for_client,
            dedup=f"notice {number}",
        )


def add_work(place: Place, sprint: Sprint, number: int) -> None:
    """One more sprint, with one of everything that can wait for a consultant."""
    other = make_sprint(
        place,
        project=make_project(place, launch_on=timezone.localdate() + timedelta(days=number)),
        lead=(place.consultant, place.owner)[number % 2],
    )
    for one in (sprint, other):
        add_request(place, one, number)
        add_evidence(place, one, number)
        add_acceptance(place, one, number)
        decided = Decision.objects.filter(sprint=one).first() or make_decision(
            place, sprint=one, number=number, state="confirmed"
        )
        make_condition(place, decision=decided, owner=place.consultant)
        make_comment(place, sprint=one, author=place.founder, author_name="F")
    Stage.objects.filter(sprint=other).update(state="done", done_at=timezone.now())
    make_run(place, sprint=other, state="done", finished_at=timezone.now())


def add_run(place: Place, sprint: Sprint, number: int) -> None:
    by = (place.consultant, place.founder, None)[number % 3]
    run = make_run(place, sprint=sprint, state="done", finished_at=timezone.now(), requested_by=by)
    make_finding(place, run=run)


PAGES = (
    Page("portfolio", add_work),
    Page("portfolio", add_work, query="?page=1&show=mine"),
    Page("sprint", add_work),
    Page("sprints:request-list", add_request),
    Page("sprints:history", add_event),
    Page("sprints:link-list", add_link),
    Page("sprints:decision-list", add_decision),
    Page("sprints:library", add_template),
    Page("sprints:library-pick", add_template),
    Page("sprints:finished-work", add_finished, who="owner"),
    Page("inbox", add_notice),
    Page("sprints:risk-list", add_risk, query="?show=all"),
    Page("sprints:stage", add_evidence, words=("ordinal",)),
    Page("sprints:client-list", add_finished),
    Page("sprints:client-detail", add_work, words=("client_id",)),
    Page("sprints:project-detail", add_run, words=("project_id",)),
    Page("audits:run-list", add_run),
    Page("sprints:call-view", add_work),
    Page("client-sprint", add_work, who="founder"),
    Page("client-requests", add_request, who="founder"),
    Page("client-history", add_event, who="founder"),
    Page("client-risk-list", add_risk, who="founder"),
    Page("client-stage", add_evidence, who="founder", words=("ordinal",)),
    Page("client-acceptances", add_acceptance, who="founder"),
    Page("client-inbox", add_notice, who="founder"),
)
OF_THE_PRACTICE = (
    *("portfolio", "inbox", "sprints:library", "sprints:finished-work", "sprints:client-list"),
    *("sprints:client-detail", "sprints:project-detail"),
)


def address(page: Page, place: Place, sprint: Sprint) -> str:
    known = {"ordinal": 1, "client_id": place.client.pk, "project_id": sprint.project_id}
    words: dict[str, object] = {name: known[name] for name in page.words}
    if page.name not in OF_THE_PRACTICE:
        words["sprint_id"] = sprint.pk
    if page.who != "founder":
        words["practice_slug"] = place.practice.slug
    return reverse(page.name, kwargs=words) + page.query


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.name}{page.query}")
def test_a_list_of_ten_costs_what_a_list_of_two_costs(world: World, monkeypatch, page: Page):
    place, browser = world.ada, Browser()
    browser.force_login(getattr(place, page.who))
    with place.as_staff():
        sprint = make_sprint(place)

    def asked_for(numbers: range) -> list[str]:
        with place.as_staff():
            for number in numbers:
                page.fill(place, sprint, number)
        with monkeypatch.context() as patch, CaptureQueriesContext(connection) as asked:
            patch.setattr(query, "DEFAULT_FETCH_MODE", RowsStayWhole())
            assert browser.get(address(page, place, sprint)).status_code == 200
        return [one["sql"] for one in asked]

    asked_for(range(1, FEW + 1))
    few = asked_for(range(0))
    many = asked_for(range(FEW + 1, MANY + 1))
    assert len(few) == len(many), "\n".join(sql[:200] for sql in many)


def test_a_row_among_others_is_caught_fetching_late(world: World, monkeypatch):
    """The guard of this file itself."""
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        alone = make_risk(world.ada, sprint=sprint)
        monkeypatch.setattr(query, "DEFAULT_FETCH_MODE", RowsStayWhole())
        assert Risk.objects.get(pk=alone.pk).sprint == sprint
        make_risk(world.ada, sprint=sprint)
        with pytest.raises(FieldFetchBlocked, match=r"Risk\.sprint is fetched once per row"):
            [risk.sprint for risk in Risk.objects.all()]
