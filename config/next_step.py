"""What a sprint waits for next, and whose turn it is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from sprints.launch import LaunchAnswer
from sprints.models import Risk, Sprint
from sprints.moments import day_words
from sprints.rail import RailStage

NOBODY = "Nobody yet"


@dataclass(frozen=True, slots=True)
class NextStep:
    """`whose` is empty where nobody has to do anything; a number names the risk or stage."""

    what: str
    whose: str = ""
    until: str = ""
    risk: int = 0
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a sprint when its next step is asked for.

    `risks` are those that are open and weigh on the launch, in their order.
    """

    sprint: Sprint
    risks: Sequence[Risk]
    stages: Sequence[RailStage]
    answer: LaunchAnswer
    is_looking: bool
    has_audit: bool


def next_step(standing: Standing, *, me: int, today: date) -> NextStep:
    """The first thing that stands in the way, in the order of its weight."""
    sprint = standing.sprint
    lead = name_of(sprint.lead, me)
    if sprint.state == Sprint.State.PAUSED:
        return NextStep("Take the sprint up again", lead)
    if standing.is_looking:
        return NextStep("The audit is looking; it takes about a minute")
    if not standing.has_audit:
        return NextStep("Run the first audit", lead)
    if standing.risks:
        return _of_risk(standing.risks[0], lead, me=me, today=today)
    return _of_stages(standing, lead)


def _of_risk(risk: Risk, lead: str, *, me: int, today: date) -> NextStep:
    if risk.state == Risk.State.FIXED:
        return NextStep(f"Check that {risk.ref} is gone: {risk.title}", lead, risk=risk.number)
    act = "Fix" if risk.is_blocking else "Fix or accept"
    until = day_words(risk.due_on, today) if risk.due_on else ""
    whose = name_of(risk.owner, me) if risk.owner else lead
    return NextStep(f"{act} {risk.ref}: {risk.title}", whose, until, risk=risk.number)


def _of_stages(standing: Standing, lead: str) -> NextStep:
    regressed = [stage for stage in standing.stages if stage["state"] == "regressed"]
    if regressed:
        name, ordinal = regressed[0]["name"], regressed[0]["number"]
        return NextStep(f"Look at {name} again: a check turned red", lead, stage=ordinal)
    if standing.answer.unseen:
        return NextStep(f"Let our look through: {standing.answer.unseen[0].title}", lead)
    left = [stage for stage in standing.stages if stage["state"] != "done"]
    if left:
        name, ordinal = left[0]["name"], left[0]["number"]
        return NextStep(f"Finish stage {ordinal}, {name}", lead, stage=ordinal)
    return NextStep("All seven stages are done: launch, then hand over", lead)


def name_of(user: User | None, me: int) -> str:
    """`You`, or a person's name."""
    if user is None:
        return NOBODY
    return "You" if user.pk == me else str(user)
