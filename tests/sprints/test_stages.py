"""Stages: the rail, what is missing, and saying that one is done."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from sprints.finishing import carried, finish, reopen
from sprints.models import ActivityEvent, Stage, StageItem
from sprints.rail import note_of, rail, state_of
from tests.factories import World
from tests.sprints.factories import make_item_run, make_risk, make_sprint


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


def stage_of(sprint, ordinal=2) -> Stage:
    return Stage.objects.prefetch_related("items").get(sprint=sprint, ordinal=ordinal)


def settle(sprint, verdict="pass", ordinal=2, at=None, **which):
    items = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=ordinal, **which)
    items.update(verdict=verdict, verdict_at=at or timezone.now())


def test_a_stage_nobody_has_looked_at_is_not_started(sprint):
    stage = stage_of(sprint)
    assert (state_of(stage), note_of(stage)) == ("todo", "Not started")


def test_a_stage_at_work_counts_its_settled_checks(sprint):
    settle(sprint, "warn", key="2.1")
    settle(sprint, "fail", key="2.2")
    settle(sprint, "na", key="2.3")
    stage = stage_of(sprint)
    assert (state_of(stage), note_of(stage)) == ("work", "2 of 5 checks")


def test_a_done_stage_comes_back_when_a_check_turns_red_after_it(sprint, place):
    settle(sprint)
    finish(stage_of(sprint), by=place.consultant)
    assert state_of(stage_of(sprint)) == "done"
    settle(sprint, "fail", key="2.2", at=timezone.now() + timedelta(minutes=1))
    stage = stage_of(sprint)
    assert (state_of(stage), note_of(stage)) == ("regressed", "1 check turned red")


def test_a_check_that_was_red_already_does_not_turn_red(sprint, place):
    settle(sprint)
    settle(sprint, "fail", key="2.2", at=timezone.now() - timedelta(days=1))
    Stage.objects.filter(sprint=sprint, ordinal=2).update(state="done", done_at=timezone.now())
    assert state_of(stage_of(sprint)) == "done"


def test_the_rail_marks_what_came_back_before_what_is_next(sprint, place):
    settle(sprint, ordinal=6)
    finish(stage_of(sprint, 6), by=place.consultant)
    stages = Stage.objects.filter(sprint=sprint).prefetch_related("items")
    assert [step["number"] for step in rail(stages, url_of=str) if step.get("is_current")] == [1]
    settle(sprint, "fail", ordinal=6, key="6.1", at=timezone.now() + timedelta(minutes=1))
    stages = Stage.objects.filter(sprint=sprint).prefetch_related("items")
    assert [step["number"] for step in rail(stages, url_of=str) if step.get("is_current")] == [6]


def test_a_stage_is_not_done_while_something_required_is_open(sprint, place):
    settle(sprint, part="check")
    with pytest.raises(ValidationError, match=r"2 required items of stage 2 .*D2.1, D2.2"):
        finish(stage_of(sprint), by=place.consultant)
    assert stage_of(sprint).state == "not_started"


@pytest.mark.parametrize("verdict", ["unknown", "blocked", "fail"])
def test_what_is_not_settled_is_missing(sprint, verdict):
    settle(sprint)
    settle(sprint, verdict, key="2.2")
    assert [one.item.key for one in carried(stage_of(sprint)) if one.is_missing] == ["2.2"]


def test_a_red_check_carries_its_open_risk_and_no_longer_blocks(sprint, place):
    settle(sprint)
    settle(sprint, "fail", key="2.2")
    item = StageItem.objects.get(stage__sprint=sprint, key="2.2")
    result = {"checks": [["tls.chain", "app.test", "fail"]]}
    make_item_run(place, item=item, audit_number=1, result={"checks": [["tls.old", "x", "fail"]]})
    make_item_run(place, item=item, audit_number=2, result=result)
    risk = make_risk(place, sprint=sprint, check_id="tls.chain")
    make_risk(place, sprint=sprint, check_id="tls.old", state="verified")
    found = {one.item.key: one for one in carried(stage_of(sprint))}
    assert found["2.2"].risks == (risk,)
    finish(stage_of(sprint), by=place.consultant)
    assert stage_of(sprint).state == "done"


def test_a_failure_signal_is_not_required(sprint, place):
    settle(sprint)
    settle(sprint, "unknown", part="signal")
    finish(stage_of(sprint), by=place.consultant)
    assert stage_of(sprint).state == "done"


def test_done_and_open_again_stand_in_the_history(sprint, place):
    settle(sprint)
    stage = stage_of(sprint)
    finish(stage, by=place.consultant)
    reopen(stage, by=place.owner)
    assert [event.verb for event in ActivityEvent.objects.order_by("seq")] == [
        "stage_done",
        "stage_reopened",
    ]
    assert (stage_of(sprint).state, stage_of(sprint).done_at) == ("in_progress", None)


@pytest.fixture
def address(place, sprint):
    words = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk}

    def at(name="stage", ordinal=2):
        return reverse(f"sprints:{name}", kwargs=words | {"ordinal": ordinal})

    return at


def test_the_stage_page_shows_items_and_links_what_is_missing(place, sprint, address, client):
    settle(sprint, "fail", key="2.3")
    client.force_login(place.consultant)
    text = client.get(address()).content.decode()
    assert "One address, safe on every host" in text
    assert "Every subdomain is wanted and written down" in text
    assert 'href="#item-2.3"' in text
    assert 'id="item-2.3"' in text
    assert "Fails" in text
    assert "Not looked at yet" in text
    assert "By hand, later" in text
    assert "Say it is done" not in text


def test_saying_done_too_early_is_refused_with_what_is_missing(place, address, client):
    client.force_login(place.consultant)
    answer = client.post(address("stage-done"), {"to": "done"})
    assert answer.status_code == 422
    assert "7 required items of stage 2 are still open" in answer.content.decode()


def test_a_settled_stage_is_said_to_be_done_and_opened_again(place, sprint, address, client):
    settle(sprint)
    client.force_login(place.consultant)
    assert "Say it is done" in client.get(address()).content.decode()
    assert client.post(address("stage-done"), {"to": "done"}).status_code == 302
    assert "This stage is done" in client.get(address()).content.decode()
    assert client.post(address("stage-done"), {"to": "open"}).status_code == 302
    assert stage_of(sprint).state == "in_progress"


def test_there_is_no_eighth_stage(place, address, client):
    client.force_login(place.consultant)
    assert client.get(address(ordinal=8)).status_code == 404
