"""Nothing internal reaches a client: strings are planted in every internal field of a sprint,
then every page is crawled that a founder, a viewer or the holder of a link can reach."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sprints import storing
from sprints.models import Risk, Stage, StageItem
from sprints.models.activity import record
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import (
    make_acceptance,
    make_comment,
    make_condition,
    make_decision,
    make_event,
    make_evidence,
    make_key_box,
    make_request,
    make_revision,
    make_risk,
    make_sprint,
    make_submission,
)

BIRD = "internalbird"
MOST_PAGES = 120
LINK = re.compile(r"""(?:href|src|hx-get|action)=["']([^"'#]+)""")
# What is the person's own, or leads away from the sprint.
LEFT_OUT = ("/static/", "/brand/", "/logout", "/account", "/confirm", "/login", "/privacy",
            "/terms", "/bot")  # fmt: skip


@pytest.fixture
def sprint(world: World):
    """A sprint in which everything internal holds the bird, beside things that are shown."""
    ada = world.ada
    with ada.as_staff():
        sprint = make_sprint(ada)
        shown = make_risk(ada, sprint=sprint, title="Shown risk", owner=ada.founder,
                          evidence=[["header", f"{BIRD}-evidence"]])  # fmt: skip
        other = make_risk(ada, sprint=sprint, title="Another one")
        hidden = make_risk(ada, sprint=sprint, title=f"{BIRD}-risk", is_internal=True,
                           plain_summary=f"{BIRD}-summary", remedy=f"{BIRD}-remedy")  # fmt: skip
        make_risk(ada, sprint=sprint, title=f"{BIRD}-draft", plain_summary="")
        _talk(ada, sprint, shown, hidden)
        _promises(ada, sprint, shown, other)
        _stages(ada, sprint)
        make_run(ada, sprint=sprint)
        make_event(ada, sprint=sprint)
        record(sprint, "noted", f"{BIRD}-event", actor=ada.consultant, is_internal=True)
        return sprint


def _talk(ada, sprint, shown: Risk, hidden: Risk) -> None:
    make_comment(ada, sprint=sprint, risk=shown, text="Shown words")
    for risk, audience in [(shown, "internal"), (hidden, "client"), (None, "internal")]:
        make_comment(ada, sprint=sprint, risk=risk, text=f"{BIRD}-comment", audience=audience)
    asked = make_request(ada, sprint=sprint)
    make_request(ada, sprint=sprint, title=f"{BIRD}-request", state="draft")
    make_request(ada, sprint=sprint, risk=hidden, title="A question about it")
    make_key_box(ada, request=asked, sealed=f"{BIRD}-sealed")
    make_comment(ada, sprint=sprint, request=asked, text=f"{BIRD}-comment", audience="internal")


def _promises(ada, sprint, shown: Risk, other: Risk) -> None:
    make_acceptance(ada, risk=shown)
    make_acceptance(ada, risk=other, state="accepted", decider=ada.founder,
                    decided_at=timezone.now())  # fmt: skip
    decision = make_decision(ada, sprint=sprint, inputs={"said": f"{BIRD}-inputs"})
    make_condition(ada, decision=decision)


def _stages(ada, sprint) -> None:
    stage = Stage.objects.filter(sprint=sprint)[0]
    comment = {"sprint": sprint, "stage": stage, "text": f"{BIRD}-stage", "audience": "internal"}
    make_comment(ada, **comment)
    item = StageItem.objects.filter(stage=stage)[0]
    for title, audience in [("Shown proof", "client"), (f"{BIRD}-proof", "internal")]:
        proof = make_evidence(ada, item=item, title=title, audience=audience)
        key = storing.keep(title.encode(), practice_id=ada.practice.pk, client_id=ada.client.pk)
        make_revision(ada, evidence=proof, storage_key=key, filename="a.txt", text=title)
    make_submission(ada, stage=stage, snapshot={"said": f"{BIRD}-snapshot"})


def crawl(browser: Client, start: str, below: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(address, text) of every page that can be reached by links from `start`."""
    todo, seen = [start], {start}
    while todo and len(seen) <= MOST_PAGES:
        url = todo.pop(0)
        answer = browser.get(url)
        body = answer.getvalue().decode(errors="replace")
        yield url, f"{body}\n{answer.headers}"
        for found in LINK.findall(body):
            path = urlsplit(urljoin(url, unescape(found)))
            way = f"{path.path}?{path.query}" if path.query else path.path
            if way.startswith(below) and not way.startswith(LEFT_OUT) and way not in seen:
                seen.add(way)
                todo.append(way)


@pytest.mark.parametrize("role", ["founder", "viewer"])
def test_no_page_of_the_clients_side_shows_anything_internal(world: World, sprint, role):
    browser = Client()
    browser.force_login(getattr(world.ada, role))
    start = reverse("client-sprint", kwargs={"sprint_id": sprint.pk})
    visited = dict(crawl(browser, start, ("/c/",)))
    assert len(visited) >= 10, visited.keys()
    assert any("Shown risk" in text for text in visited.values())
    assert {url for url, text in visited.items() if BIRD in text} == set()


def test_the_crawl_would_find_the_bird(world: World, sprint):
    browser = Client()
    browser.force_login(world.ada.consultant)
    start = f"/p/{world.ada.practice.slug}/sprints/{sprint.pk}/"
    found = {url for url, text in crawl(browser, start, (start,)) if BIRD in text}
    assert len(found) >= 3
