"""Whether work may start and whether the product may launch: recommended, then confirmed.

Whoever decides holds the sprint, so two decide one after the other.
Source: engagement specification, sections 1.1, 1.2 and 2.4; decisions 25.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Max, Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from sprints.accepting import ActRefusedError
from sprints.mailing import first_name, founders_of, to_founders, to_people
from sprints.models import Decision, DecisionCondition, Sprint
from sprints.models.activity import record
from sprints.moments import calendar_day
from sprints.outcome import Computed, is_better

LAUNCH_HOLDS: Final = timedelta(days=7)
Kind, Outcome, State = Decision.Kind, Decision.Outcome, Decision.State

# Why a consultant recommends better than what is computed.
BETTER_REASONS: Final = (
    ("known", "We know the open points, and users won’t meet them at launch"),
    ("watched", "We watch it and can go back within the hour"),
    ("small", "The launch is to a small, known group first"),
    ("wrong", "The computed answer counts something that does not apply here"),
)
OUTCOME_WORDS: Final = {
    Outcome.GO: "Yes",
    Outcome.CONDITIONAL: "Yes, if",
    Outcome.NO_GO: "Not yet",
}


class ChangedError(Exception):
    """What the decision rests on changed since it was on the screen."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact that anybody can see, or a check, with who brings it about and by when."""

    text: str
    owner: User
    due_on: date
    check_id: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the consultant recommends."""

    outcome: str
    rationale: str = ""
    change_words: str = ""
    conditions: Sequence[Condition] = ()
    skipped: Sequence[int] = ()


def may_bind(request: HttpRequest) -> str:  # noqa: ARG001 - the rule about the session comes in here
    """Why this session can't say a binding yes; empty where it can."""
    return ""


def recommend(sprint: Sprint, computed: Computed, chosen: Chosen, *, by: User) -> Decision:
    """Put a decision before the founder; one that still waits is taken back."""
    _check_chosen(computed, chosen)
    held = hold(sprint)
    now = timezone.now()
    earlier = Decision.objects.filter(sprint=held, kind=computed.kind, state=State.RECOMMENDED)
    earlier.update(state=State.WITHDRAWN, ended_at=now)
    last = Decision.objects.filter(sprint=held).aggregate(last=Max("number"))["last"]
    ours = {"practice_id": held.practice_id, "client_id": held.client_id}
    made = Decision.objects.create(
        sprint=held,
        number=(last or 0) + 1,
        kind=computed.kind,
        computed=computed.outcome,
        outcome=chosen.outcome,
        rationale=chosen.rationale[:600],
        change_words=chosen.change_words[:400],
        skipped_stages=list(chosen.skipped),
        inputs=computed.inputs,
        inputs_sha256=computed.digest,
        recommended_by=by,
        **ours,
    )
    DecisionCondition.objects.bulk_create(
        DecisionCondition(
            decision=made,
            text=one.text[:280],
            check_id=one.check_id,
            owner=one.owner,
            due_on=one.due_on,
            **ours,
        )
        for one in chosen.conditions
    )
    _tell(made, "decision_recommended", by)
    to_founders("decision_asked", held, key=f"decision-asked:{made.pk}", answer=words_of(made),
                kind=made.get_kind_display())  # fmt: skip
    return made


def _check_chosen(computed: Computed, chosen: Chosen) -> None:
    today = timezone.localdate()
    if is_better(chosen.outcome, computed.outcome) and not chosen.rationale:
        raise ActRefusedError(
            f"“{OUTCOME_WORDS[Outcome(chosen.outcome)]}” is better than what is computed. Say why: "
            "the founder reads your reason beside the computed answer."
        )
    if chosen.outcome == Outcome.CONDITIONAL and not chosen.conditions:
        raise ActRefusedError(
            "“Yes, if” needs at least one condition: what must hold, who brings it about, "
            "and by when."
        )
    if any(one.due_on < today for one in chosen.conditions):
        raise ActRefusedError("A condition’s day has passed already. Choose today or a later day.")


def confirm(decision: Decision, *, seen: str, now: Computed, by: User) -> Decision:
    """The founder's yes. `seen` is the digest of what was on the screen, `now` what holds.

    Raises ChangedError where that is not the same: the page shows what changed and asks again.
    """
    held = _waiting(decision, by)
    if seen != now.digest:
        raise ChangedError
    if is_better(held.outcome, now.outcome) and is_better(held.computed, now.outcome):
        raise ActRefusedError(
            "Something new stands in the way since this was recommended. "
            f"{first_name(held.sprint.lead)} looks at it first and recommends again."
        )
    at = timezone.now()
    same = Decision.objects.filter(sprint=held.sprint_id, kind=held.kind, state=State.CONFIRMED)
    same.update(state=State.SUPERSEDED, ended_at=at)
    held.inputs, held.inputs_sha256, held.computed = now.inputs, now.digest, now.outcome
    held.state, held.confirmed_by, held.confirmed_at = State.CONFIRMED, by, at
    held.valid_until = holds_until(held)
    held.save()
    _tell(held, "decision_confirmed", by)
    _answered(held, by, news=f"{first_name(by)} says: {words_of(held).lower()}", words="")
    return held


def talk_first(decision: Decision, words: str, *, by: User) -> Decision:
    """The founder wants to talk before saying yes."""
    held = _waiting(decision, by)
    held.state, held.ended_at, held.answer_reason = State.DECLINED, timezone.now(), words[:400]
    held.save()
    _tell(held, "decision_declined", by)
    said = f"“{held.answer_reason}”" if words else "Call them, then recommend again."
    _answered(held, by, news=f"{first_name(by)} wants to talk first", words=said)
    return held


def withdraw_decision(decision: Decision, *, by: User) -> None:
    """Staff take a recommendation back that nobody has answered."""
    held = _held(decision)
    if held.state != State.RECOMMENDED:
        raise ActRefusedError(f"This is {held.state} already; there is nothing to take back.")
    held.state, held.ended_at = State.WITHDRAWN, timezone.now()
    held.save()
    _tell(held, "decision_withdrawn", by)


def meet(condition: DecisionCondition, *, by: User | None) -> None:
    """Say that the condition holds; without a person, a check saw it."""
    held = _held(condition.decision)
    rows = DecisionCondition.objects.filter(pk=condition.pk, met_at=None)
    is_alive = held.state in (State.RECOMMENDED, State.CONFIRMED)
    if not is_alive or not rows.update(met_at=timezone.now(), met_by=by):
        raise ActRefusedError(f"“{condition.text}” is settled already.")
    if held.state == State.CONFIRMED:
        held.valid_until = holds_until(held)
        held.save(update_fields=["valid_until"])
    record(held.sprint, "condition_met", f"“{condition.text}”", actor=by)


def meet_checked(sprint: Sprint, passing: Collection[str]) -> None:
    """A run saw these checks pass: their conditions hold."""
    rows = DecisionCondition.objects.filter(decision__sprint=sprint, met_at=None)
    alive = rows.filter(decision__state__in=(State.RECOMMENDED, State.CONFIRMED))
    for one in alive.filter(check_id__in=passing).exclude(check_id="").order_by("pk"):
        meet(one, by=None)


def holds_until(decision: Decision) -> datetime | None:
    """The moment at which a confirmed yes ends by itself: a launch's seven days, or the end of
    the first day by which a condition still has to be met."""
    if decision.outcome == Outcome.NO_GO or decision.confirmed_at is None:
        return None
    ends = []
    if decision.kind == Kind.LAUNCH:
        ends.append(decision.confirmed_at + LAUNCH_HOLDS)
    unmet = decision.conditions.filter(met_at=None).order_by("due_on").first()
    if unmet is not None:
        ends.append(timezone.make_aware(datetime.combine(unmet.due_on, time.max)))
    return min(ends, default=None)


def is_past() -> Q:
    """The confirmed decisions that no longer hold."""
    return Q(state=State.CONFIRMED, valid_until__lt=timezone.now())


def lapse(decision_id: int) -> None:
    """A condition's day passed unmet, or the seven days did. Told once; twice does no harm."""
    found = Decision.objects.filter(pk=decision_id).select_related("sprint").first()
    if found is None:
        return
    held = _held(found)
    if not Decision.objects.filter(is_past(), pk=held.pk).exists():
        return
    unmet = held.conditions.filter(met_at=None, due_on__lt=timezone.localdate()).first()
    if unmet is None and _was_used(held):
        # The launch fell into its days: the yes was used and stands.
        held.valid_until = None
        held.save(update_fields=["valid_until"])
        return
    why = f"“{unmet.text}” was not met by its day." if unmet else "Its seven days have passed."
    held.state, held.ended_at = State.LAPSED, timezone.now()
    held.save()
    _tell(held, "decision_lapsed", None, reason=why)
    people = {held.recommended_by, held.confirmed_by}
    kind = held.get_kind_display()
    to_people("decision_lapsed", held.sprint, people, key=f"decision-lapsed:{held.pk}",
              kind=kind, why=why)  # fmt: skip


def _was_used(decision: Decision) -> bool:
    launch_on: date | None = decision.sprint.project.launch_on
    if launch_on is None or decision.confirmed_at is None or decision.valid_until is None:
        return False
    first, last = decision.confirmed_at, decision.valid_until
    return timezone.localdate(first) <= launch_on <= timezone.localdate(last)


def current(sprint: Sprint, kind: str) -> Decision | None:
    """The decision that holds."""
    found = Decision.objects.of(sprint.practice_id).filter(sprint=sprint, kind=kind)
    return found.filter(state=State.CONFIRMED).first()


def may_work(sprint: Sprint) -> bool:
    """Whether work may start: the founder said so, or nobody has joined who could."""
    rows = Decision.objects.of(sprint.practice_id).filter(sprint=sprint, kind=Kind.START)
    yes = rows.exclude(outcome=Outcome.NO_GO)
    if yes.filter(state=State.CONFIRMED).exists():
        return True
    return yes.filter(state=State.RECOMMENDED).exists() and not founders_of(sprint)


def words_of(decision: Decision) -> str:
    """`Yes`, `Yes, if` or `Not yet`."""
    return OUTCOME_WORDS[Outcome(decision.outcome)]


def holds_words(decision: Decision) -> str:
    """`until Tue 1 Dec`, or nothing where it does not end by itself."""
    if decision.valid_until is None:
        return ""
    return f"until {calendar_day(timezone.localdate(decision.valid_until), timezone.localdate())}"


def hold(sprint: Sprint) -> Sprint:
    """The sprint, locked: whoever decides next waits."""
    sprints = Sprint.objects.select_for_update(of=("self",)).select_related("project", "lead")
    return sprints.get(pk=sprint.pk)


def _held(decision: Decision) -> Decision:
    sprint = hold(decision.sprint)
    held = Decision.objects.select_for_update().get(pk=decision.pk)
    held.sprint = sprint
    return held


def _waiting(decision: Decision, by: User) -> Decision:
    held = _held(decision)
    if held.recommended_by_id == by.pk:
        raise ActRefusedError("You recommended this, so somebody else has to say yes.")
    if held.state != State.RECOMMENDED:
        raise ActRefusedError("This is answered already. Here is what holds now.")
    return held


def _answered(decision: Decision, by: User, *, news: str, words: str) -> None:
    people = {decision.recommended_by}
    key, kind = f"decision-answered:{decision.pk}", decision.get_kind_display()
    to_people("decision_answered", decision.sprint, people, key=key, by=by, kind=kind, news=news,
              words=words or "The sprint’s page shows what holds now.")  # fmt: skip


def _tell(decision: Decision, verb: str, by: User | None, **data: str) -> None:
    said = {"answer": words_of(decision), "number": decision.number} | data
    record(decision.sprint, verb, f"the {decision.get_kind_display()}", actor=by, data=said)
