"""Nothing internal reaches a client: strings are planted in every internal field of a sprint,
then every page is crawled that a founder, a viewer or the holder of a link can reach."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import token_hash
from config.report_page import facts_of
from sprints import accepting, bulk, nudging, outside, reconsidering, requesting, storing
from sprints.commenting import change_words, comment
from sprints.evidencing import Given, hand_in
from sprints.models import Risk, Stage, StageItem
from sprints.models.activity import record
from sprints.sharing import events_for_client, hide
from sprints.telling import sentence
from sprints.triage import Word
from tests.accounts import conftest as mailed
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
    make_link,
    make_request,
    make_revision,
    make_risk,
    make_sprint,
    make_submission,
)

posted = mailed.posted
BIRD = "internalbird"
TOKEN = "c" * 43
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
        _proofs(ada, shown, hidden)
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
    make_request(ada, sprint=sprint, title=f"{BIRD}-never-sent", state="withdrawn", sent_at=None)
    make_request(ada, sprint=sprint, risk=hidden, title=f"{BIRD}-about-it")
    make_key_box(ada, request=asked, sealed=f"{BIRD}-sealed")
    make_comment(ada, sprint=sprint, request=asked, text=f"{BIRD}-comment", audience="internal")


def _proofs(ada, shown: Risk, hidden: Risk) -> None:
    for risk, title, audience in [
        (shown, "Shown picture", "client"),
        (shown, f"{BIRD}-picture", "internal"),
        (hidden, f"{BIRD}-picture", "client"),
    ]:
        stage = Stage.objects.get(sprint=risk.sprint, ordinal=risk.stage)
        given = Given(title=title, text=f"{title} and more", audience=audience)
        hand_in(stage, None, given, by=ada.consultant, risk=risk)


def _promises(ada, sprint, shown: Risk, other: Risk) -> None:
    make_acceptance(ada, risk=shown)
    make_acceptance(ada, risk=other, state="accepted", decider=ada.founder,
                    decided_at=timezone.now())  # fmt: skip
    make_decision(ada, sprint=sprint, rationale=f"{BIRD}-taken-back", state="withdrawn", number=901)
    decision = make_decision(
        ada, sprint=sprint, number=902, rationale="Shown words", inputs={"said": f"{BIRD}-inputs"}
    )
    make_condition(ada, decision=decision)


def _stages(ada, sprint) -> None:
    stage = Stage.objects.filter(sprint=sprint)[0]
    comment = {"sprint": sprint, "stage": stage, "text": f"{BIRD}-stage", "audience": "internal"}
    make_comment(ada, **comment)
    item = StageItem.objects.filter(stage=stage)[0]
    StageItem.objects.filter(pk=item.pk).update(override_reason=f"{BIRD}-override")
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


@pytest.mark.parametrize("kind", ["report", "helper"])
def test_no_page_of_a_link_shows_anything_internal(world: World, sprint, kind):
    with world.ada.as_staff():
        numbers = list(Risk.objects.filter(sprint=sprint).values_list("number", flat=True))
        make_link(world.ada, sprint=sprint, kind=kind, token_hash=token_hash(TOKEN), name="Sam",
                  risk_numbers=numbers, snapshot=facts_of(sprint))  # fmt: skip
    start = reverse(kind, kwargs={"token": TOKEN})
    visited = dict(crawl(Client(), start, ("/h/", "/r/")))
    assert "Shown risk" in visited[start]
    assert {url for url, text in visited.items() if BIRD in text} == set()


def test_what_a_founder_takes_home_holds_nothing_internal(world: World, sprint):
    with world.ada.as_staff():
        hidden = Risk.objects.get(sprint=sprint, title=f"{BIRD}-risk")
        record(sprint, "audit_finished", "Audit 1", data={"opened": [hidden.ref]})
        record(sprint, "risk_promised", hidden.ref, actor=world.ada.consultant)
    browser = Client()
    browser.force_login(world.ada.founder)
    answer = browser.get(reverse("client-export", kwargs={"sprint_id": sprint.pk}))
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "Shown risk" in texts["risks.json"]
    assert {name for name, text in texts.items() if BIRD in text} == set()
    assert hidden.ref not in texts["history.json"]


def test_no_mail_to_a_founder_says_anything_internal(world: World, sprint, posted):
    ada = world.ada
    with ada.as_staff():
        shown = make_risk(ada, sprint=sprint, title="Shown trouble")
        day = timezone.localdate() + timedelta(days=7)
        accepting.propose(shown, accepting.Proposal("Few people", day), by=ada.consultant)
        one = shown.acceptances.get()
        accepting.decide(sprint, {one.pk: accepting.Answer(1, is_yes=True)}, by=ada.founder)
        reconsidering.remind(one.pk)
        shown.refresh_from_db()
        shown.change(shown.row_version, title="Shown anew")
        draft = requesting.ask(sprint, "Which bank?", by=ada.consultant)
        requesting.send(sprint, by=ada.consultant)
        nudging.nudge(sprint, ada.founder, by=ada.consultant)
        assert draft.pk
    mails = [mail for mail in posted if mail.to == ada.founder.email]
    assert len(mails) >= 4
    assert [
        mail.subject for mail in mails if BIRD in str(mail).replace(f"{BIRD}-request", "")
    ] == []


def test_what_is_done_to_an_internal_risk_stays_in_the_staffs_history(world: World, sprint):
    ada, by = world.ada, world.ada.consultant
    with ada.as_staff():
        hidden = Risk.objects.get(sprint=sprint, title=f"{BIRD}-risk")
        before = events_for_client(sprint).count()
        said = comment(sprint, "One word", by=by, audience="internal", risk=hidden)
        change_words(said, "Another word", by=by, seen_version=1)
        for act in (
            bulk.giving(ada.founder, by),
            bulk.promising(timezone.localdate(), by),
            bulk.sorting(Word.STOPS if hidden.band != "critical" else Word.WAITS, by),
            bulk.moving("in_progress", by),
        ):
            hidden.refresh_from_db()
            bulk.apply(sprint, [bulk.Picked(hidden.number, hidden.row_version)], act)
        hidden.refresh_from_db()
        hidden.change(hidden.row_version, outside_offer="x", outside_offered_at=timezone.now())
        outside.take_back(hidden, by=by, seen_version=hidden.row_version)
        stage = Stage.objects.filter(sprint=sprint)[0]
        hand_in(stage, None, Given(text=f"{BIRD} note", audience="internal"), by=by)
        told = events_for_client(sprint)
        assert told.count() == before, [sentence(event) for event in told.order_by("-seq")[:9]]


def test_a_risk_that_waits_for_the_founder_is_not_hidden_from_them(world: World):
    with world.ada.as_staff():
        asked = make_acceptance(world.ada).risk
        offered = make_risk(world.ada, outside_offer="Later", outside_offered_at=timezone.now())
        for risk in (asked, offered):
            with pytest.raises(ValueError, match=risk.ref):
                hide(risk, by=world.ada.consultant, seen_version=risk.row_version)
