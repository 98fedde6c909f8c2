"""A founder's yes to leaving a risk outside: proved where it stops the launch, and only for
what it was."""

import time

import pytest
from django.urls import reverse

from accounts.notices import Notice
from sprints.impact import Weight
from sprints.models import ActivityEvent, Risk
from sprints.outside import agree, offer
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint

CRITICAL = {"consequence": 5, "likelihood": 5, "recovery": 2, "score": 83}
HIGH = {"consequence": 4, "likelihood": 4, "recovery": 2, "score": 53}
STOPS, BEFORE, WAITS = Weight(5, 5, 2), Weight(4, 4, 2), Weight(1, 1, 1)
NOW = "2026-11-24 10:00"


@pytest.fixture
def offered(world: World):
    def offering(**weight) -> Risk:
        with world.ada.as_staff():
            sprint = make_sprint(world.ada, lead=world.ada.consultant)
            risk = make_risk(world.ada, sprint=sprint, **weight)
            offer(risk, "A project of its own", by=world.ada.consultant, seen_version=1)
        return risk

    return offering


@pytest.fixture
def press(world: World, client):
    """The founder's press, so many minutes after the proof."""

    def pressing(risk: Risk, *, minutes: float | None = None):
        client.force_login(world.ada.founder)
        if minutes is not None:
            session = client.session
            session["stepup:proven"] = {"act": "*", "at": time.time() - minutes * 60}
            session.save()
        words = {"sprint_id": risk.sprint_id, "number": risk.number}
        return client.post(reverse("client-outside", kwargs=words))

    return pressing


def fresh(world: World, risk: Risk) -> Risk:
    with world.ada.as_staff():
        return Risk.objects.select_related("sprint").get(pk=risk.pk)


@pytest.mark.parametrize(("minutes", "is_agreed"), [(15, True), (16, False), (None, False)])
def test_what_stops_the_launch_needs_a_proof_of_the_last_fifteen_minutes(
    world, offered, press, time_machine, minutes, is_agreed
):
    time_machine.move_to(NOW, tick=False)
    risk = offered(**CRITICAL)
    answer = press(risk, minutes=minutes)
    assert (answer["Location"] == reverse("stepup")) != is_agreed
    now = fresh(world, risk)
    assert (now.outside_accepted_at is not None, now.is_blocking) == (is_agreed, not is_agreed)


def test_a_lesser_risk_needs_no_proof(world, offered, press):
    risk = offered(**HIGH)
    assert press(risk)["Location"] != reverse("stepup")
    assert fresh(world, risk).outside_accepted_at is not None


def test_what_began_to_stop_the_launch_before_the_press_needs_one(world, offered, press):
    risk = offered(**HIGH)
    with world.ada.as_staff():
        fresh(world, risk).weigh(STOPS, seen_version=2, by=world.ada.consultant)
    assert press(risk)["Location"] == reverse("stepup")
    assert fresh(world, risk).outside_accepted_at is None


@pytest.mark.parametrize(
    ("first", "then", "counts"),
    [
        (BEFORE, STOPS, True),
        (WAITS, BEFORE, True),
        (Weight(3, 3, 2), BEFORE, False),
        (BEFORE, WAITS, False),
        (STOPS, Weight(5, 5, 3), False),
    ],
)
def test_a_yes_holds_until_the_risk_weighs_more_in_the_founders_words(
    world, offered, first, then, counts
):
    risk = offered()
    with world.ada.as_staff():
        risk.weigh(first, seen_version=2, by=world.ada.consultant)
        agree(risk, by=world.ada.founder, seen_version=3)
        now = fresh(world, risk)
        now.weigh(then, seen_version=4, by=world.ada.consultant)
        told = ActivityEvent.objects.filter(verb="outside_over").count()
    stored = fresh(world, risk)
    assert (stored.outside_accepted_at is None) == counts
    assert stored.outside_offered_at is not None
    assert now.row_version == stored.row_version == (6 if counts else 5)
    assert told == int(counts)


def test_both_sides_hear_that_it_counts_again_and_the_founder_is_asked_anew(
    world, offered, press, client
):
    risk = offered(**HIGH)
    press(risk)
    with world.ada.as_staff():
        fresh(world, risk).weigh(STOPS, seen_version=3, by=world.ada.owner)
        notes = Notice.objects.filter(kind="outside_over")
        told = {note.person_id: note.text for note in notes}
    assert set(told) == {world.ada.founder.pk, world.ada.consultant.pk}
    assert "counts" in told[world.ada.founder.pk]
    assert "it stops the launch now" in told[world.ada.founder.pk]
    assert fresh(world, risk).is_blocking
    assert press(risk)["Location"] == reverse("stepup")
    press(risk, minutes=1)
    assert not fresh(world, risk).is_blocking


@pytest.mark.parametrize(("weight", "counts"), [(STOPS, True), (BEFORE, False)])
def test_a_yes_whose_weight_nobody_noted_holds_for_what_needs_no_proof(
    world, offered, weight, counts
):
    risk = offered(**HIGH)
    with world.ada.as_staff():
        risk.change(2, outside_accepted_at=risk.outside_offered_at)
        risk.weigh(Weight(4, 4, 1), seen_version=3, by=world.ada.consultant)
        risk.weigh(weight, seen_version=4, by=world.ada.consultant)
    assert (fresh(world, risk).outside_accepted_at is None) == counts


def test_a_hidden_risk_counts_again_without_a_word_to_the_client(world, offered):
    risk = offered(**HIGH)
    with world.ada.as_staff():
        agree(risk, by=world.ada.founder, seen_version=2)
        Risk.objects.filter(pk=risk.pk).update(is_internal=True)
        fresh(world, risk).weigh(STOPS, seen_version=3, by=world.ada.consultant)
        event = ActivityEvent.objects.get(verb="outside_over")
        assert event.visibility == "internal"
        assert not Notice.objects.filter(kind="outside_over", is_for_client=True).exists()
