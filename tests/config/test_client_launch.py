"""What a founder's first page says about the yes to the launch."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from sprints.moments import calendar_day
from tests.factories import World
from tests.sprints.factories import make_condition, make_decision, make_risk, make_sprint

pytestmark = pytest.mark.django_db
SEVEN = timedelta(days=7)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to("2026-11-24 11:00", tick=False)


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


@pytest.fixture
def note(place, sprint):
    """The note as text, without its tags; empty where there is none."""

    def read(user=place.founder) -> str:
        browser = Browser()
        browser.force_login(user)
        page = browser.get(reverse("client-sprint", args=[sprint.pk])).content.decode()
        met = re.search(r'<div class="notice"[^>]*>.*?</div>', page, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", met[0]).split()) if met else ""

    return read


def say_yes(place, sprint, **fields):
    now = timezone.now()
    given = {"state": "confirmed", "outcome": "go", "computed": "go", "valid_until": now + SEVEN}
    given |= {"confirmed_by": place.founder, "confirmed_at": now}
    return make_decision(place, sprint=sprint, **(given | fields))


def launch_in(sprint, days: int):
    day = timezone.localdate() + timedelta(days=days)
    type(sprint.project).objects.filter(pk=sprint.project_id).update(launch_on=day)


def test_without_a_yes_nothing_is_said(note, place, sprint):
    assert note() == ""
    make_decision(place, sprint=sprint)
    assert note() == ""


def test_a_yes_counts_until_its_day(note, place, sprint):
    say_yes(place, sprint)
    assert note() == "You said yes to the launch; it counts until Tue 1 Dec."


def test_a_viewer_reads_whose_yes_it_is(note, place, sprint):
    say_yes(place, sprint)
    name = place.founder.name.split()[0]
    assert note(place.viewer).startswith(f"{name} said yes to the launch; it counts until")


@pytest.mark.parametrize(("days", "lapses"), [(7, False), (8, True)])
def test_it_says_when_the_yes_lapses_before_the_launch_and_what_to_do(
    note, place, sprint, days, lapses
):
    say_yes(place, sprint)
    launch_in(sprint, days)
    day = calendar_day(timezone.localdate() + timedelta(days=days), timezone.localdate())
    text = note()
    assert (f"The launch is on {day}, so your yes will have lapsed by then." in text) is lapses
    assert ("recommends again in the days before; then you say yes once more" in text) is lapses


def test_a_condition_that_is_open_is_named_and_a_met_one_is_not(note, place, sprint):
    yes = say_yes(place, sprint, outcome="conditional_go")
    due = timezone.localdate() + timedelta(days=2)
    one = make_condition(place, decision=yes, text="Mail arrives", due_on=due)
    assert "By then this must hold, or the yes lapses: “Mail arrives”." in note()
    type(one).objects.filter(pk=one.pk).update(met_at=timezone.now())
    assert "Mail arrives" not in note()


def test_what_came_up_since_is_said_beside_the_yes(note, place, sprint):
    say_yes(place, sprint)
    make_risk(place, sprint=sprint, consequence=5, likelihood=5)
    assert "Since then something has come up that stops the launch" in note()


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_lapsed_yes_says_so_and_who_acts_next(note, place, sprint, is_swept):
    past = timezone.now() - timedelta(minutes=1)
    state = {"state": "lapsed", "ended_at": past} if is_swept else {}
    say_yes(place, sprint, confirmed_at=past - SEVEN, valid_until=past, **state)
    text = note()
    assert text.startswith("Your yes to the launch no longer counts. It lapsed on Tue 24 Nov.")
    assert "recommends again; then you say yes once more." in text


def test_a_lapsed_yes_tells_of_the_new_recommendation(note, place, sprint):
    past = timezone.now() - timedelta(days=1)
    say_yes(place, sprint, state="lapsed", ended_at=past, valid_until=past)
    make_decision(place, sprint=sprint, state="recommended")
    assert "has recommended again; the answer is open." in note()


def test_a_yes_that_the_launch_used_stands(note, place, sprint):
    say_yes(place, sprint, valid_until=None)
    assert note() == "You said yes to the launch; it stands."


def test_a_later_not_yet_ends_what_was_said(note, place, sprint):
    say_yes(place, sprint, state="superseded", ended_at=timezone.now())
    say_yes(place, sprint, outcome="no_go", valid_until=None)
    assert note() == ""


def test_the_yes_to_the_start_of_work_is_no_yes_to_the_launch(note, place, sprint):
    say_yes(place, sprint, kind="start")
    assert note() == ""
