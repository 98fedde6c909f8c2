"""What a sprint waits for, from what is known of it."""

from datetime import date, timedelta

import pytest

from accounts.models import User
from config.next_step import Standing, next_step
from sprints.impact import Band
from sprints.launch import LaunchAnswer, Unseen, Weighed, answer_launch
from sprints.models import Risk, Sprint

TODAY = date(2026, 11, 24)
MAYA, JONAS = User(pk=1, name="Maya Okafor"), User(pk=2, name="Jonas Lindqvist")
NAMES = (
    "Audit",
    "Domain and edge",
    "Deployment",
    "Performance",
    "Reliability",
    "E-mail",
    "Handover",
)


def risk(**fields) -> Risk:
    given = {"number": 1, "title": "A key is readable", "score": 100, "state": "open"} | fields
    return Risk(**given)


def stages(states: str = "done " * 7):
    return [
        {"number": number, "name": name, "state": state}
        for number, (name, state) in enumerate(zip(NAMES, states.split(), strict=True), start=1)
    ]


def answer(unseen: tuple[Unseen, ...] = ()) -> LaunchAnswer:
    weighed = Weighed("R-001", "A key is readable", Band.LOW, is_unsettled=True)
    return answer_launch([weighed], unseen, has_audit=True)


def step(*, me: int = 9, lead: User | None = MAYA, state: str = "active", **known):
    given = {
        "risks": [],
        "stages": stages(),
        "answer": answer(),
        "is_looking": False,
        "has_audit": True,
    } | known
    return next_step(Standing(Sprint(lead=lead, state=state), **given), me=me, today=TODAY)


def test_a_paused_sprint_waits_to_be_taken_up():
    assert step(state="paused", risks=[risk()]).what == "Take the sprint up again"


def test_while_the_audit_looks_nobody_has_to_do_anything():
    assert step(is_looking=True, has_audit=False).whose == ""


@pytest.mark.parametrize(
    ("me", "lead", "whose"), [(1, MAYA, "You"), (9, MAYA, "Maya Okafor"), (9, None, "Nobody yet")]
)
def test_the_first_audit_is_the_leads(me, lead, whose):
    found = step(me=me, lead=lead, has_audit=False)
    assert (found.what, found.whose) == ("Run the first audit", whose)


@pytest.mark.parametrize(
    ("score", "what"),
    [
        (60, "Fix R-001: A key is readable"),
        (59, "Fix or accept R-001: A key is readable"),
    ],
)
def test_a_risk_is_fixed_or_may_be_accepted(score, what):
    assert step(risks=[risk(score=score)]).what == what


def test_a_risk_is_its_owners_turn_by_its_day():
    found = step(risks=[risk(owner=JONAS, due_on=TODAY + timedelta(days=2))])
    assert (found.whose, found.until) == ("Jonas Lindqvist", "Thu 26 Nov")


def test_what_is_said_to_be_fixed_is_the_leads_to_check():
    found = step(risks=[risk(state="fixed", owner=JONAS)])
    assert found.what.startswith("Check that R-001 is gone")
    assert found.whose == "Maya Okafor"


def test_a_stage_that_turned_red_comes_before_the_next_one():
    found = step(stages=stages("done regressed work todo todo todo todo"))
    assert found.what == "Look at Domain and edge again: a check turned red"


def test_a_look_that_did_not_get_through_is_let_through():
    unseen = (Unseen("tls.certificate", "The certificate is valid", is_blocked=True),)
    found = step(answer=answer(unseen), stages=stages("done work todo todo todo todo todo"))
    assert found.what == "Let our look through: The certificate is valid"


def test_then_the_first_stage_that_is_left():
    assert step(stages=stages("done done work todo todo todo todo")).what == (
        "Finish stage 3, Deployment"
    )


def test_at_the_end_it_launches():
    assert step().what.startswith("All seven stages are done")
