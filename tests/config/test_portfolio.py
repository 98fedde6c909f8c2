"""Every sprint in one table: what it says, in which order, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audits.models import AuditRun
from sprints.models import Project, Stage, StageItem
from sprints.template import STAGES
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

# The table and, above it, the day over all sprints.
MOST_QUERIES = 32
FIRST_STAGE = STAGES[0].name
CRITICAL = {"consequence": 5, "likelihood": 5, "recovery": 3}
HIGH = {"consequence": 4, "likelihood": 4, "recovery": 2}


@pytest.fixture
def browser(world: World):
    opened = Browser()
    opened.force_login(world.ada.consultant)
    return opened


@pytest.fixture
def look(world: World, browser: Browser):
    def get(**query):
        return browser.get(reverse("portfolio", args=[world.ada.practice.slug]), query)

    return get


@pytest.fixture
def sprint_of(world: World):
    """Makes a sprint of ada's; `launch_in` in days from today."""

    def make(name: str, *, place=None, launch_in: int | None = None, audited=False, **fields):
        place = place or world.ada
        launch_on = (
            timezone.localdate() + timedelta(days=launch_in) if launch_in is not None else None
        )
        with place.as_staff():
            domain = fields.pop("domain", f"{name.lower()}.test")
            project = make_project(place, name=name, domain=domain, launch_on=launch_on)
            sprint = make_sprint(place, project=project, **fields)
            if audited:
                make_run(
                    place, sprint=sprint, state="done", outcome="go", finished_at=timezone.now()
                )
        return sprint

    return make


def names(answer) -> list[str]:
    return [row.sprint.project.name for row in answer.context["rows"]]


def row_of(answer, name: str):
    return next(row for row in answer.context["rows"] if row.sprint.project.name == name)


def test_a_new_practice_meets_the_quick_start_and_no_table(look):
    answer = look()
    assert answer.status_code == 200
    assert "Which domain goes live?" in answer.text
    assert "<table" not in answer.text


def test_the_next_launch_comes_first_then_what_is_stopped(world: World, look, sprint_of):
    sprint_of("Undated")
    sprint_of("Later", launch_in=20)
    calm = sprint_of("Calm", launch_in=3)
    stopped = sprint_of("Stopped", launch_in=3)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=stopped, **CRITICAL)
        make_risk(world.ada, sprint=calm, **HIGH)
    assert names(look()) == ["Stopped", "Calm", "Later", "Undated"]


@pytest.mark.parametrize(
    ("weight", "word", "why"),
    [
        (CRITICAL, "Not ready to launch", "1 risk stops the launch"),
        (HIGH, "Ready, with conditions", "1 to fix before launch"),
        (None, "Ready to launch", "nothing stops the launch"),
    ],
)
def test_a_row_says_whether_it_may_launch(world: World, look, sprint_of, weight, word, why):
    sprint = sprint_of("Chat", audited=True)
    if weight:
        with world.ada.as_staff():
            make_risk(world.ada, sprint=sprint, **weight)
    row = row_of(look(), "Chat")
    assert (row.word, row.why) == (word, why)


def test_every_risk_that_stops_or_binds_is_counted(world: World, look, sprint_of):
    stopped, bound = sprint_of("Stopped", audited=True), sprint_of("Bound", audited=True)
    with world.ada.as_staff():
        for sprint, weight in ((stopped, CRITICAL), (stopped, CRITICAL), (stopped, HIGH),
                               (bound, HIGH), (bound, HIGH)):  # fmt: skip
            make_risk(world.ada, sprint=sprint, **weight)
    answer = look()
    assert row_of(answer, "Stopped").why == "2 risks stop the launch"
    assert row_of(answer, "Bound").why == "2 to fix before launch"


def test_a_settled_risk_weighs_nothing(world: World, look, sprint_of):
    sprint = sprint_of("Chat", audited=True)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, state="verified", **CRITICAL)
    assert row_of(look(), "Chat").word == "Ready to launch"


def test_what_both_agreed_to_lie_outside_stops_nothing(world: World, look, sprint_of):
    sprint = sprint_of("Chat", audited=True)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, outside_accepted_at=timezone.now(), **CRITICAL)
    answer = look()
    row = row_of(answer, "Chat")
    assert (row.word, row.next.what) == ("Ready to launch", "Finish stage 1, " + FIRST_STAGE)
    assert "blocked" not in {chip.show for chip in answer.context["chips"]}


# 23:30 in Berlin of the day before; 00:30 there, on another day than in UTC, when it is told.
@pytest.mark.parametrize(("zone", "words"), [("Europe/Berlin", "yesterday"), ("UTC", "1 h ago")])
def test_an_audits_age_is_told_by_the_clock_of_who_looks(
    world: World, look, sprint_of, monkeypatch, zone, words
):
    sprint = sprint_of("Chat", audited=True)
    with world.ada.as_staff():
        seen_at = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)
        AuditRun.objects.filter(sprint=sprint).update(finished_at=seen_at)
    User.objects.filter(pk=world.ada.consultant.pk).update(time_zone=zone)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    assert row_of(look(), "Chat").audit == words


def test_without_an_audit_nothing_is_judged(look, sprint_of):
    sprint_of("Chat")
    row = row_of(look(), "Chat")
    assert (row.word, row.outcome, row.audit) == ("Not judged yet", "none", "none yet")
    assert (row.next.what, row.next.whose) == ("Run the first audit", "You")


def test_an_audit_at_work_is_said(world: World, look, sprint_of):
    sprint = sprint_of("Chat", audited=True)
    with world.ada.as_staff():
        make_run(world.ada, sprint=sprint, number=2, state="running")
    row = row_of(look(), "Chat")
    assert row.audit == "looking now"
    assert row.next.whose == ""


def test_the_next_step_names_the_risk_and_whose_turn_it_is(world: World, look, sprint_of):
    sprint = sprint_of("Chat", audited=True)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Two SPF records", **HIGH)
        worst = make_risk(
            world.ada,
            sprint=sprint,
            title="A key is readable",
            owner=world.ada.founder,
            due_on=timezone.localdate() + timedelta(days=1),
            **CRITICAL,
        )
    step = row_of(look(), "Chat").next
    assert step.what == f"Fix {worst.ref}: A key is readable"
    assert (step.whose, step.until) == (str(world.ada.founder), "tomorrow")


def test_dots_tell_begun_done_and_turned_red(world: World, look, sprint_of):
    sprint = sprint_of("Chat", audited=True)
    hour_ago = timezone.now() - timedelta(hours=1)
    with world.ada.as_staff():
        stages = {stage.ordinal: stage for stage in Stage.objects.filter(sprint=sprint)}
        for ordinal, verdict in ((1, "pass"), (2, "fail"), (3, "pass")):
            item = StageItem.objects.filter(stage=stages[ordinal], part="check")[0]
            StageItem.objects.filter(pk=item.pk).update(verdict=verdict, verdict_at=timezone.now())
        Stage.objects.filter(pk__in=[stages[1].pk, stages[2].pk]).update(
            state="done", done_at=hour_ago
        )
    row = row_of(look(), "Chat")
    states = [stage["state"] for stage in row.stages]
    assert states == ["done", "regressed", "work", "todo", "todo", "todo", "todo"]
    assert row.summary == f"1 of 7 stages done, {stages[2].name} turned red"


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", ["Soon", "Mine", "Stopped"]),
        ("mine", ["Mine"]),
        ("blocked", ["Stopped"]),
        ("week", ["Soon"]),
        ("archived", ["Gone", "Over"]),
        ("nonsense", ["Soon", "Mine", "Stopped"]),
    ],
)
def test_filters_narrow_the_list(world: World, look, sprint_of, show, expected):
    owner = world.ada.owner
    sprint_of("Soon", launch_in=7, lead=owner)
    sprint_of("Mine", launch_in=8)
    stopped = sprint_of("Stopped", lead=owner)
    sprint_of("Over", state="closed", lead=owner)
    gone = sprint_of("Gone", launch_in=1, lead=owner)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=stopped, **CRITICAL)
        Project.objects.filter(pk=gone.project_id).update(archived_at=timezone.now())
    answer = look(show=show)
    assert names(answer) == expected
    counts = {chip.name: chip.count for chip in answer.context["chips"]}
    assert counts["At work"] == 3
    assert next(chip for chip in answer.context["chips"] if chip.is_current).count == len(expected)


@pytest.mark.parametrize("words", ["brightchat", "BRIGHT", "chat.app", "Ada One", "münchen"])
def test_words_are_looked_for_in_client_app_and_domain(look, sprint_of, world: World, words):
    sprint_of("Brightchat", domain="brightchat.app" if words != "münchen" else "xn--mnchen-3ya.de")
    sprint_of("Other", place=world.ada_two, domain="other.test")
    assert names(look(q=words)) == ["Brightchat"]


def test_nothing_found_says_so_and_leads_back(look, sprint_of):
    sprint_of("Chat")
    answer = look(q="nowhere")
    assert "No sprint matches" in answer.text
    assert 'value="nowhere"' in answer.text


def test_an_international_name_is_shown_both_ways(look, sprint_of):
    sprint_of("Chat", domain="xn--mnchen-3ya.de")
    assert "münchen.de (xn--mnchen-3ya.de)" in look().text


def test_a_stranger_practices_sprints_never_show(world: World, look, sprint_of):
    sprint_of("Ours")
    with world.bob.as_staff():
        make_sprint(world.bob)
    answer = look()
    assert names(answer) == ["Ours"]
    assert world.bob.canary not in answer.text


def test_no_page_asks_once_per_row(world: World, look, sprint_of):
    def queries_after(*numbers: int) -> list[str]:
        for number in numbers:
            sprint = sprint_of(f"App{number}", audited=True, launch_in=number)
            with world.ada.as_staff():
                make_risk(world.ada, sprint=sprint, owner=world.ada.founder, **CRITICAL)
        with CaptureQueriesContext(connection) as asked:
            assert look().status_code == 200
        return [query["sql"] for query in asked if is_question(query["sql"])]

    few, many = queries_after(1, 2), queries_after(*range(3, 13))
    assert len(few) == len(many)
    assert len(many) <= MOST_QUERIES, "\n".join(many)


def is_question(sql: str) -> bool:
    """Not the naming of the tenant and not the frame of a transaction."""
    return not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))


def test_a_long_list_is_cut_into_pages(world: World, look, sprint_of):
    for number in range(27):
        sprint_of(f"App{number:02}", launch_in=number)
    first, second = look(), look(page="2")
    assert len(names(first)) == 25
    assert names(second) == ["App25", "App26"]
    assert "1 to 25 of 27 sprints" in first.text
