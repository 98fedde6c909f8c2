"""The founder's first page: what needs them, in which order, and how much goes over the wire."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.founder_words import nothing_needed
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import (
    make_acceptance,
    make_consent,
    make_decision,
    make_project,
    make_request,
    make_risk,
    make_sprint,
    make_stage,
    make_submission,
)

pytestmark = pytest.mark.django_db
STOPS = {"consequence": 5, "likelihood": 5}
ALL_RAN = {"total": 90, "ran": 90, "unknown": [], "blocked": [], "not_consented": []}
MOST_WIRE_BYTES = 40_000


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    launch_on = timezone.localdate() + timedelta(days=10)
    return make_sprint(place, project=make_project(place, name="Brightchat", launch_on=launch_on))


@pytest.fixture
def page(place, sprint):
    def read(user=place.founder):
        browser = Browser()
        browser.force_login(user)
        return browser.get(reverse("client-sprint", args=[sprint.pk])).content.decode()

    return read


def asks(text):
    """The lines of the card, in order."""
    return re.findall(r'<li class="ask"><div><h3>(.*?)</h3>', text)


def everything(place, sprint):
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    make_risk(place, sprint=sprint, title="Yours", owner=place.founder)
    outside = make_risk(place, sprint=sprint, title="Another app")
    type(outside).objects.filter(pk=outside.pk).update(
        outside_offer="Two days more.", outside_offered_at=timezone.now()
    )
    for _ in range(4):
        make_request(place, sprint=sprint)
    make_acceptance(place, risk=make_risk(place, sprint=sprint, title="Big one", **STOPS))
    make_decision(place, sprint=sprint)


def test_the_card_begins_with_the_decision_and_ends_with_own_risks(page, place, sprint):
    everything(place, sprint)
    titles = asks(page())
    kinds = ["Launch, or not yet", "Live with it", "4 questions", "Not part of this sprint"]
    kinds += ["May we look deeper", "Yours"]
    assert len(titles) == len(kinds)
    assert all(title.startswith(kind) for title, kind in zip(titles, kinds, strict=True))


def test_what_stops_no_launch_can_be_lived_with_after_the_questions(page, place, sprint):
    make_acceptance(place, risk=make_risk(place, sprint=sprint, title="Small one"))
    make_request(place, sprint=sprint)
    titles = asks(page())
    assert [title.split()[0] for title in titles] == ["1", "Live"]


def test_several_acceptances_are_one_line_that_leads_to_all(page, place, sprint):
    make_acceptance(place, risk=make_risk(place, sprint=sprint, title="Small one"))
    make_acceptance(place, risk=make_risk(place, sprint=sprint, **STOPS))
    make_request(place, sprint=sprint)
    text = page()
    assert [title.split(" from")[0] for title in asks(text)] == [
        "Live with 2 things for now?",
        "1 question",
    ]
    assert reverse("client-acceptances", args=[sprint.pk]) in text


def test_the_first_thing_is_the_one_action_at_the_foot_of_a_phone(page, place, sprint):
    everything(place, sprint)
    text = page()
    foot = text[text.index('<div class="sticky">') :]
    assert "Read and decide" in foot[:400]


def test_questions_are_one_line_that_names_the_first(page, place, sprint):
    make_request(place, sprint=sprint, position=0, title="Invite me to the registrar")
    make_request(place, sprint=sprint, position=1)
    make_request(place, sprint=sprint, state="draft", title="Not sent")
    text = page()
    assert asks(text)[0].startswith("2 questions from")
    assert "The first: Invite me to the registrar" in text
    assert "Not sent" not in text


@pytest.mark.parametrize("is_on", [True, False])
def test_a_stage_asks_for_a_yes_only_where_the_practice_wants_one(page, place, sprint, is_on):
    type(place.practice).objects.filter(pk=place.practice.pk).update(is_stage_approval_on=is_on)
    make_submission(place, stage=make_stage(place, sprint=sprint))
    assert ("is ready for you" in page()) is is_on


def test_consent_is_asked_for_after_the_first_look_and_not_twice(page, place, sprint):
    assert "May we look deeper?" not in page()
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    assert "May we look deeper?" in page()
    make_consent(place, project=sprint.project)
    assert "May we look deeper?" not in page()


def test_a_viewer_reads_the_same_and_has_nothing_to_press(page, place, sprint):
    everything(place, sprint)
    text = page(place.viewer)
    assert len(asks(text)) == len(asks(page()))
    assert "Waits for the founder" in text
    assert "Read and decide" not in text
    assert 'class="sticky"' not in text
    assert "Tell us something is wrong" not in text


def test_where_nothing_waits_it_says_who_acts_next_and_when(page, place, sprint):
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    make_consent(place, project=sprint.project)
    due = timezone.localdate()
    make_risk(place, sprint=sprint, title="Mail is lost", owner=place.consultant, due_on=due)
    text = page()
    assert "Nothing needs you" in text
    assert "fixes “Mail is lost”, today." in text
    assert nothing_needed([]) == ""


def test_an_accepted_risk_no_longer_counts_and_is_not_forgotten(page, place, sprint):
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    until = timezone.localdate() + timedelta(days=9)
    make_risk(place, sprint=sprint, state="accepted", accepted_until=until, **STOPS)
    text = page()
    assert "Yes: nothing that we can see" in text
    assert "1 thing no longer counts: accepted, until" in text


def test_what_lies_outside_the_sprint_counts_until_it_is_accepted(page, place, sprint):
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    risk = make_risk(place, sprint=sprint, outside_offered_at=timezone.now(), **STOPS)
    assert "Not yet: 1 thing" in page()
    type(risk).objects.filter(pk=risk.pk).update(outside_accepted_at=timezone.now())
    assert "Yes: nothing that we can see" in page()


def test_what_is_internal_reaches_neither_the_answer_nor_the_card(page, place, sprint):
    make_run(place, sprint=sprint, state="done", coverage=ALL_RAN)
    risk = make_risk(
        place, sprint=sprint, title="Inside", is_internal=True, owner=place.founder, **STOPS
    )
    make_acceptance(place, risk=risk)
    text = page()
    assert "Yes: nothing that we can see" in text
    assert "Inside" not in text


def test_the_page_asks_as_often_for_many_needs_as_for_few(page, place, sprint):
    everything(place, sprint)
    page()
    with CaptureQueriesContext(connection) as few:
        page()
    for _ in range(8):
        make_risk(place, sprint=sprint, owner=place.founder)
        make_request(place, sprint=sprint)
        make_acceptance(place, risk=make_risk(place, sprint=sprint))
    with CaptureQueriesContext(connection) as many:
        page()
    assert len(many) == len(few)


def test_a_full_page_with_all_its_styles_weighs_less_than_forty_kilobytes(page, place, sprint):
    everything(place, sprint)
    for number in range(30):
        make_risk(place, sprint=sprint, title=f"Thing {number}", owner=place.consultant)
    text = page()
    sheets = re.findall(r'href="/static/(css/[^"]+)"', text)
    found = [finders.find(name) for name in sheets]
    assert len(found) > 10
    weights = [len(gzip.compress(text.encode()))]
    weights += [len(gzip.compress(Path(path).read_bytes())) for path in found if path]
    assert sum(weights) < MOST_WIRE_BYTES, weights
