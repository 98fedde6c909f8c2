"""What one line of the portfolio says, for a whole page of sprints in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import FETCH_RAISE, Count, Exists, F, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Practice, User
from audits.models import WHOLE, AuditRun
from config.launching import answer_of
from config.next_step import NextStep, Standing, next_step
from sprints.domains import unicode_name
from sprints.impact import CRITICAL_FROM, HIGH_FROM
from sprints.launch import Answer, LaunchAnswer
from sprints.models import Risk, Sprint, Stage, StageItem
from sprints.models.risk import OPEN_STATES, RiskQuerySet
from sprints.moments import ago, calendar_day, distance
from sprints.rail import RailStage
from sprints.template import ItemPart

OUTCOMES = {Answer.NOT_KNOWN: "none"}
WORDS = {
    Answer.GO: "Ready to launch",
    Answer.CONDITIONAL: "Ready, with conditions",
    Answer.NO_GO: "Not ready to launch",
    Answer.NOT_KNOWN: "Not judged yet",
}
STATES = {Sprint.State.PAUSED: "paused", Sprint.State.HANDOVER: "handing over",
          Sprint.State.SIGNED: "signed", Sprint.State.CLOSED: "closed",
          Sprint.State.CANCELLED: "called off"}  # fmt: skip

RISK_FIELDS = (
    *("sprint", "number", "title", "score", "state", "due_on", "outside_accepted_at"),
    *("owner__name", "owner__email"),
)


class Weight(NamedTuple):
    """How many risks of a sprint stop its launch, and how many bind it to a condition."""

    stopping: int = 0
    binding: int = 0


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """One sprint as `pages/portfolio.html` shows it."""

    sprint: Sprint
    url: str
    unicode_domain: str
    state: str
    stages: list[RailStage]
    summary: str
    dots: str
    outcome: str
    word: str
    why: str
    next: NextStep
    launch: str
    launch_in: str
    audit: str
    audit_at: datetime | None


def portfolio_rows(
    practice: Practice, sprints: Sequence[Sprint], *, me: User
) -> list[PortfolioRow]:
    """The lines of `sprints`, whose project, client and lead are loaded."""
    stages, worst = stages_of(practice, sprints), worst_risks(practice, sprints)
    weights = weights_of(practice, sprints)
    done = runs_of(practice, sprints, state=AuditRun.State.DONE)
    latest = runs_of(practice, sprints)
    return [
        _row(
            sprint,
            practice.slug,
            stages=stages[sprint.pk],
            risks=[worst[sprint.pk]] if sprint.pk in worst else [],
            weight=weights.get(sprint.pk, Weight()),
            done=done.get(sprint.pk),
            latest=latest.get(sprint.pk),
            me=me.pk,
        )
        for sprint in sprints
    ]


def _row(
    sprint: Sprint,
    slug: str,
    *,
    stages: list[RailStage],
    risks: list[Risk],
    weight: Weight,
    done: AuditRun | None,
    latest: AuditRun | None,
    me: int,
) -> PortfolioRow:
    now = timezone.localtime()
    today = now.date()
    # The worst one decides the answer.
    answer = answer_of(risks, done)
    is_looking = latest is not None and not latest.is_finished
    standing = Standing(sprint, risks, stages, answer, is_looking, has_audit=done is not None)
    launch_on = sprint.project.launch_on
    return PortfolioRow(
        sprint=sprint,
        url=reverse("sprint", args=[slug, sprint.pk]),
        unicode_domain=unicode_name(sprint.project.domain),
        state=STATES.get(Sprint.State(sprint.state), ""),
        stages=stages,
        summary=summary(stages),
        dots=dots(summary(stages), tuple((stage["name"], stage["state"]) for stage in stages)),
        outcome=OUTCOMES.get(answer.answer, answer.answer),
        word=WORDS[answer.answer],
        why=why(answer, weight),
        next=next_step(standing, me=me, today=today),
        launch=calendar_day(launch_on, today) if launch_on else "",
        launch_in=distance(launch_on, today) if launch_on else "",
        audit="looking now" if is_looking else ago(done.finished_at, now)
        if done and done.finished_at else "none yet",
        audit_at=done.finished_at if done else None,
    )  # fmt: skip


def why(answer: LaunchAnswer, weight: Weight) -> str:
    """What stands in the way, in a few words."""
    if weight.stopping:
        count = weight.stopping
        return "1 risk stops the launch" if count == 1 else f"{count} risks stop the launch"
    if weight.binding:
        return f"{weight.binding} to fix before launch"
    if answer.unseen:
        count = len(answer.unseen)
        return "1 look did not get through" if count == 1 else f"{count} looks did not get through"
    return "nothing stops the launch" if answer.answer == Answer.GO else ""


def summary(stages: Sequence[RailStage]) -> str:
    """The dots in words: `2 of 7 stages done, E-mail trust turned red`."""
    done = sum(stage["state"] == "done" for stage in stages)
    red = [stage["name"] for stage in stages if stage["state"] == "regressed"]
    words = f"{done} of {len(stages)} stages done"
    return f"{words}, {' and '.join(red)} turned red" if red else words


@lru_cache(maxsize=2000)
def dots(words: str, stages: tuple[tuple[str, str], ...]) -> str:
    """The stages, each (name, state), as a row draws them; most sprints stand where others do."""
    shown = [{"name": name, "state": state} for name, state in stages]
    return render_to_string("components/dots.html", {"summary": words, "stages": shown})


def stages_of(practice: Practice, sprints: Iterable[Sprint]) -> dict[int, list[RailStage]]:
    """The seven of each sprint, judged as `sprints.rail` judges them, without their items."""
    checks = StageItem.objects.filter(
        practice=OuterRef("practice"), stage=OuterRef("pk"), part=ItemPart.CHECK
    )
    turned = checks.filter(verdict="fail", verdict_at__gt=OuterRef("done_at"))
    rows = (
        Stage.objects.of(practice)
        .filter(sprint__in=list(sprints))
        .annotate(is_begun=Exists(checks.exclude(verdict_at=None)), is_red=Exists(turned))
        .order_by("sprint", "ordinal")
        .values_list("sprint", "ordinal", "name", "state", "is_begun", "is_red")
    )
    found: dict[int, list[RailStage]] = defaultdict(list)
    for sprint_id, ordinal, name, state, is_begun, is_red in rows:
        shown = _state(state, is_begun=is_begun, is_red=is_red)
        found[sprint_id].append({"number": ordinal, "name": name, "state": shown})
    return found


def _state(state: str, *, is_begun: bool, is_red: bool) -> str:
    if state == Stage.State.DONE:
        return "regressed" if is_red else "done"
    return "work" if state == Stage.State.IN_PROGRESS or is_begun else "todo"


def _weighing(practice: Practice, sprints: Iterable[Sprint]) -> RiskQuerySet:
    """The open risks of the sprints that weigh on their launches."""
    risks: RiskQuerySet = Risk.objects.of(practice)  # type: ignore[assignment]
    return risks.filter(
        sprint__in=list(sprints), state__in=OPEN_STATES, score__gte=HIGH_FROM,
        outside_accepted_at=None,
    )  # fmt: skip


def weighing_risks(practice: Practice, sprints: Iterable[Sprint]) -> dict[int, list[Risk]]:
    """The open risks of each sprint that weigh on its launch, in their order."""
    found: dict[int, list[Risk]] = defaultdict(list)
    risks = _weighing(practice, sprints).select_related("owner").only(*RISK_FIELDS)
    for risk in risks.ranked():
        found[risk.sprint_id].append(risk)
    return found


def worst_risks(practice: Practice, sprints: Iterable[Sprint]) -> dict[int, Risk]:
    """The first of `weighing_risks` of each sprint that has one."""
    risks = _weighing(practice, sprints).select_related("owner").only(*RISK_FIELDS)
    first = risks.ranked("sprint").distinct("sprint")
    return {risk.sprint_id: risk for risk in first.fetch_mode(FETCH_RAISE)}


def weights_of(practice: Practice, sprints: Iterable[Sprint]) -> dict[int, Weight]:
    """The counts of each sprint that has a risk which weighs on its launch."""
    rows = _weighing(practice, sprints).values("sprint").order_by()
    counted = rows.annotate(
        stopping=Count("sprint", filter=Q(score__gte=CRITICAL_FROM)),
        binding=Count("sprint", filter=Q(score__lt=CRITICAL_FROM)),
    )
    return {pk: Weight(*both) for pk, *both in counted.values_list("sprint", *Weight._fields)}


# `Any`: the value of a field.
def runs_of(practice: Practice, sprints: Iterable[Sprint], **given: Any) -> dict[int, AuditRun]:
    """The newest run of the whole catalogue of each sprint."""
    runs = (
        AuditRun.objects.of(practice)
        .filter(sprint__in=list(sprints), scope=WHOLE, **given)
        .order_by("sprint", F("number").desc())
        .distinct("sprint")
        .only("sprint", "number", "state", "finished_at", "requested_at", "coverage")
    )
    return {run.sprint_id: run for run in runs}
