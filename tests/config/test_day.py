"""My day: what comes first over all sprints, whom one waits for, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail
from config.day import MOST_ROWS
from sprints.day import DayNeed, in_order
from sprints.models import ActivityEvent, Project, Stage
from sprints.needs import Need, Turn
from sprints.nudging import NudgeRefusedError, nudge
from tests.factories import World, make_client_membership
from tests.sprints.factories import (
    make_comment,
    make_decision,
    make_evidence,
    make_item,
    make_project,
    make_request,
    make_risk,
    make_sprint,
    make_stage,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOST_QUERIES = 32
STOPS = {"consequence": 5, "likelihood": 5, "recovery": 3}


@pytest.fixture
def browser(world: World):
    opened = Browser()
    opened.force_login(world.ada.consultant)
    return opened


@pytest.fixture
def look(world: World, browser: Browser):
    def get():
        return browser.get(reverse("portfolio", args=[world.ada.practice.slug]))

    return get


@pytest.fixture
def sprints(world: World):
    with world.ada.as_staff():
        projects = [make_project(world.ada, name=f"App {n}", domain=f"a{n}.test") for n in "1234"]
        return [make_sprint(world.ada, project=project) for project in projects]


def a_need(turn: Turn, *, weight=0, overdue=0, age=0) -> DayNeed:
    need = Need("Thing", "Why", "Do it", "/", NOON - timedelta(hours=age), turn)
    return DayNeed(need, 1, "App", weight, overdue)


def shown(answer) -> list[str]:
    return [row.turn_words for row in answer.context["needs"]]


def test_the_turns_come_in_the_order_of_the_day():
    needs = [a_need(turn) for turn in reversed(Turn)]
    assert [one.need.turn for one in in_order(needs)] == list(Turn)


def test_within_a_turn_impact_comes_first_then_what_is_longest_overdue_then_the_oldest():
    heavy, late = a_need(Turn.DUE, weight=75), a_need(Turn.DUE, weight=20, overdue=3)
    old, new = a_need(Turn.DUE, weight=20, age=5), a_need(Turn.DUE, weight=20)
    assert in_order([new, old, late, heavy]) == [heavy, late, old, new]


def test_four_sprints_with_sixty_risks_show_the_right_five(world: World, sprints, look):
    today, ada = timezone.localdate(), world.ada
    with ada.as_staff():
        for number in range(60):
            make_risk(ada, sprint=sprints[number % 4])
        make_risk(ada, sprint=sprints[0], title="Due", due_on=today, owner=ada.consultant)
        make_risk(ada, sprint=sprints[1], title="Back", came_back_count=1, **STOPS)
        make_risk(ada, sprint=sprints[2], title="Later", due_on=today + timedelta(days=1))
        make_risk(ada, sprint=sprints[2], title="Theirs", due_on=today, owner=ada.founder)
        make_risk(ada, sprint=sprints[2], title="By hand", state="fixed", check_id="")
        make_request(ada, sprint=sprints[3], state="done", answered_at=timezone.now())
        make_comment(ada, sprint=sprints[3], author=ada.founder, author_name="F", text="When?")
    answer = look()
    assert shown(answer) == ["Came back", "Answered", "Due", "Waits for you", "Waits for you"]
    assert not answer.context["needs_more"]
    assert answer.context["needs"][0].project == "App 2"


def test_a_risk_that_came_back_and_is_due_stands_once(world: World, sprints, look):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprints[0], came_back_count=2, due_on=timezone.localdate())
    assert shown(look()) == ["Came back"]


def test_what_lies_outside_the_sprint_waits_for_nobody(world: World, sprints, look):
    with world.ada.as_staff():
        make_risk(
            world.ada, sprint=sprints[0], came_back_count=1, outside_accepted_at=timezone.now()
        )
    assert shown(look()) == []


def test_a_full_shelf_of_archived_work_hides_nothing_that_is_due(world: World, sprints, look):
    ada, today = world.ada, timezone.localdate()
    with ada.as_staff():
        for _ in range(MOST_ROWS + 1):
            make_risk(ada, sprint=sprints[0], due_on=today, **STOPS)
        make_risk(ada, sprint=sprints[1], title="Live", due_on=today)
        Project.objects.filter(pk=sprints[0].project_id).update(archived_at=timezone.now())
    assert [row.project for row in look().context["needs"]] == ["App 2"]


def test_more_than_a_day_holds_is_counted_as_at_least(world: World, sprints, look):
    with world.ada.as_staff():
        for number in range(MOST_ROWS + 1):
            make_risk(world.ada, sprint=sprints[number % 4], came_back_count=1)
        make_risk(world.ada, sprint=sprints[0], state="fixed", check_id="")
    answer = look()
    assert answer.context["day_headline"] == f"At least {MOST_ROWS + 1} things wait for you."
    assert len(answer.context["needs"] + answer.context["needs_more"]) == MOST_ROWS
    assert "The others come up as these are done." in answer.text


def test_what_a_client_handed_in_waits_and_what_staff_handed_in_does_not(
    world: World, sprints, look
):
    with world.ada.as_staff():
        stage = make_stage(world.ada, sprint=sprints[0])
        item = make_item(world.ada, stage=stage)
        make_evidence(world.ada, item=item, title="Theirs", created_by=world.ada.founder)
        make_evidence(world.ada, item=item, title="Ours", created_by=world.ada.owner)
    assert [row.need.title for row in look().context["needs"]] == ["“Theirs”"]


def test_a_mention_waits_until_one_answers(world: World, sprints, look):
    ada = world.ada
    with ada.as_staff():
        said = {"sprint": sprints[0], "author_name": "O"}
        make_comment(ada, author=ada.owner, mentions=[ada.consultant.pk], **said)
    assert "names you" in look().context["needs"][0].need.title
    with ada.as_staff():
        make_comment(ada, author=ada.consultant, **said)
    assert not look().context["needs"]


def test_seven_finished_stages_are_ready_to_hand_over(world: World, sprints, look):
    with world.ada.as_staff():
        Stage.objects.filter(sprint=sprints[0]).update(state=Stage.State.DONE)
        done = Stage.objects.filter(sprint=sprints[0]).count()
        for _ in range(7 - done):
            make_stage(world.ada, sprint=sprints[0], state=Stage.State.DONE)
        make_stage(world.ada, sprint=sprints[1])
    assert shown(look()) == ["Ready to hand over"]


def test_a_founder_who_was_asked_stands_beneath_with_the_days(world: World, sprints, look):
    with world.ada.as_staff():
        ago = timezone.now() - timedelta(days=3)
        make_request(world.ada, sprint=sprints[0], state="sent", sent_at=ago)
        make_decision(world.ada, sprint=sprints[0])
    (one,) = look().context["waits"]
    assert (one.waiting.person_id, one.since) == (world.ada.founder.pk, "for 3 days")
    assert one.waiting.things == ["1 request", "1 decision"]


@pytest.mark.django_db(transaction=True, databases=["default", "ops"])
def test_a_nudge_goes_once_a_day(world: World, sprints, browser, look):
    ada = world.ada
    with ada.as_staff():
        make_request(ada, sprint=sprints[0], state="sent", sent_at=timezone.now())
    url = reverse("nudge", args=[ada.practice.slug, sprints[0].pk, ada.founder.pk])
    for _ in range(2):
        assert browser.post(url).status_code == 302
    mails = OutgoingMail.objects.using("ops").filter(recipient=ada.founder.email)
    assert mails.count() == 1
    assert "Nudged within a day" in look().text
    with ada.as_staff():
        assert ActivityEvent.objects.filter(verb="nudged").count() == 1


def test_the_nudge_that_goes_by_itself_counts_for_the_one_by_hand(world: World, sprints):
    with world.ada.as_staff():
        nudge(sprints[0], world.ada.founder, by=None)
        with pytest.raises(NudgeRefusedError, match="within the last day"):
            nudge(sprints[0], world.ada.founder, by=world.ada.consultant)


def test_a_second_founder_is_nudged_on_the_same_day(world: World, sprints):
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprints[0], state="sent", sent_at=timezone.now())
        partner = make_client_membership(world.ada, role="founder").user
        nudge(sprints[0], world.ada.founder, by=world.ada.consultant)
        nudge(sprints[0], partner, by=world.ada.consultant)
        assert ActivityEvent.objects.filter(verb="nudged").count() == 2


def test_nobody_outside_the_client_is_nudged(world: World, sprints, browser):
    words = [world.ada.practice.slug, sprints[0].pk, world.ada_two.founder.pk]
    assert browser.post(reverse("nudge", args=words)).status_code == 404
    with world.ada.as_staff(), pytest.raises(NudgeRefusedError, match="isn’t a founder"):
        nudge(sprints[0], world.ada.consultant, by=None)


def test_an_empty_day_says_what_will_stand_there(sprints, look):
    answer = look()
    assert "Nothing waits for you." in answer.text
    assert "will stand here" in answer.text


def test_the_day_costs_the_same_for_two_things_and_for_twenty(world: World, sprints, look):
    def fill(count: int) -> None:
        with world.ada.as_staff():
            for number in range(count):
                sprint = sprints[number % 4]
                make_risk(world.ada, sprint=sprint, came_back_count=1)
                make_request(world.ada, sprint=sprint, state="done", answered_at=timezone.now())
                make_decision(world.ada, sprint=sprint, number=count + number, state="declined")

    fill(2)
    look()
    with CaptureQueriesContext(connection) as few:
        look()
    fill(18)
    with CaptureQueriesContext(connection) as many:
        look()
    assert len(few) == len(many) <= MOST_QUERIES
