"""Stages: the rail, what is missing, and saying that one is done."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from sprints.finishing import carried, finish, reopen
from sprints.models import ActivityEvent, Stage, StageItem
from sprints.rail import note_of, rail, state_of
from sprints.telling import sentence
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


def test_several_risks_of_one_cause_are_one_line_of_their_item(place, sprint, address, client):
    settle(sprint, "fail", key="2.2")
    result = {"checks": [["tls.chain", "app.test", "fail"]]}
    red = StageItem.objects.get(stage__sprint=sprint, key="2.2")
    make_item_run(place, item=red, audit_number=1, result=result)
    for number in range(3):
        make_risk(place, sprint=sprint, check_id="tls.chain", subject=f"h{number}.test")
    client.force_login(place.consultant)
    text = client.get(address()).content.decode()
    assert "on 3 hosts" in text
    assert text.count("risks/1/") == 1
    assert "risks/2/" not in text


# --- by hand -----------------------------------------------------------------------------


@pytest.fixture
def hand(place, sprint, client):
    client.force_login(place.consultant)
    words = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk, "ordinal": 2}

    def sending(key="D2.1", **sent):
        url = reverse("sprints:item-done", kwargs=words | {"key": key})
        return client.post(url, sent)

    return sending


def item(sprint, key="D2.1") -> StageItem:
    return StageItem.objects.get(stage__sprint=sprint, key=key)


def told() -> list[str]:
    return [sentence(event) for event in ActivityEvent.objects.order_by("seq")]


def test_a_deliverable_is_handed_in_with_what_shows_it_and_taken_back(
    place, sprint, hand, address, client
):
    assert hand(hand_note="The plan, page 2").status_code == 302
    assert item(sprint).is_settled
    assert stage_of(sprint).state == "in_progress"
    text = client.get(address()).content.decode()
    assert "Handed in" in text
    assert "The plan, page 2" in text
    assert f"{place.consultant}, just now" in text
    assert hand(to="open").status_code == 302
    assert not item(sprint).is_settled
    assert hand(to="open").status_code == 302
    assert told() == [
        f"handed in {item(sprint)}: The plan, page 2",
        f"took back {item(sprint)}.",
    ]


def test_a_stage_is_done_once_the_rest_is_settled_by_hand(place, sprint, hand):
    settle(sprint, part="check")
    for key in ("D2.1", "D2.2"):
        hand(key, hand_note="In the handover folder")
    finish(stage_of(sprint), by=place.consultant)
    assert stage_of(sprint).state == "done"


def test_a_note_that_says_nothing_is_refused_beside_its_item(sprint, hand):
    answer = hand(hand_note="  ")
    assert answer.status_code == 422
    assert "Nothing is said yet." in answer.content.decode()
    assert not item(sprint).is_settled


def test_a_note_that_is_too_long_is_refused_and_kept(sprint, hand):
    assert hand(hand_note="a" * 200).status_code == 302
    hand(to="open")
    answer = hand(hand_note="b" * 201)
    assert answer.status_code == 422
    assert "b" * 201 in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "was_looked", "verdict", "takes"),
    [
        ("manual", False, "unknown", True),
        ("hybrid", False, "unknown", True),
        ("auto", False, "unknown", False),
        ("auto", True, "unknown", True),
        ("auto", True, "blocked", True),
        ("auto", True, "fail", True),
        ("auto", True, "pass", False),
    ],
)
def test_a_person_settles_what_no_look_can(place, sprint, kind, was_looked, verdict, takes):
    StageItem.objects.filter(stage__sprint=sprint, key="2.2").update(kind=kind, verdict=verdict)
    if was_looked:
        make_item_run(place, item=item(sprint, "2.1"), audit_number=1)
    found = {one.item.key: one for one in carried(stage_of(sprint))}
    assert found["2.2"].takes_a_hand == takes


def test_an_item_with_an_open_risk_and_a_sign_of_trouble_take_no_hand(place, sprint):
    settle(sprint, "fail", key="2.2")
    result = {"checks": [["tls.chain", "app.test", "fail"]]}
    make_item_run(place, item=item(sprint, "2.2"), audit_number=1, result=result)
    make_risk(place, sprint=sprint, check_id="tls.chain")
    found = carried(stage_of(sprint))
    assert {one.item.key for one in found if one.takes_a_hand}.isdisjoint({"2.2", "F2.1"})


def test_what_waits_for_the_first_look_is_refused_by_hand(sprint, hand):
    StageItem.objects.filter(stage__sprint=sprint, key="2.2").update(kind="auto")
    answer = hand("2.2", hand_note="I am sure")
    assert answer.status_code == 422
    assert not item(sprint, "2.2").is_settled


def test_a_look_that_fails_later_wins_over_the_hand(place, sprint, hand):
    StageItem.objects.filter(stage__sprint=sprint, key="2.2").update(kind="manual")
    hand("2.2", hand_note="Looked at it")
    assert item(sprint, "2.2").is_settled
    settle(sprint, "fail", key="2.2", at=timezone.now() - timedelta(days=1))
    assert item(sprint, "2.2").is_settled
    settle(sprint, "fail", key="2.2", at=timezone.now() + timedelta(minutes=1))
    assert not item(sprint, "2.2").is_settled


def test_an_item_of_another_stage_is_not_found_under_this_one(hand):
    assert hand("D3.1", hand_note="x").status_code == 404


def test_days_and_times_are_told_by_the_persons_clock(place, sprint, address, client):
    place.consultant.time_zone = "Pacific/Kiritimati"
    place.consultant.save()
    settle(sprint)
    done_at = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    Stage.objects.filter(sprint=sprint, ordinal=2).update(state="done", done_at=done_at)
    client.force_login(place.consultant)
    text = client.get(address()).content.decode()
    assert "Done Sat 21 Nov" in text
    assert "Said on Sat 21 Nov" in text


def test_there_is_no_eighth_stage(place, address, client):
    client.force_login(place.consultant)
    assert client.get(address(ordinal=8)).status_code == 404
