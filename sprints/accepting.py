"""Living with a risk until a date: proposed by staff, decided by the founder, never for ever.

Whoever changes an acceptance holds its risk first, so that two acts can't wait for each other.
Source: engagement specification, section 2.3 (RiskAcceptance).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from sprints.impact import Band
from sprints.mailing import to_founders, to_people
from sprints.models import Acceptance, Risk, Sprint
from sprints.models.activity import record
from sprints.moments import calendar_day

CAPS: Final = {
    Band.CRITICAL: timedelta(days=14),
    Band.HIGH: timedelta(days=30),
    Band.MEDIUM: timedelta(days=90),
    Band.LOW: timedelta(days=90),
}
CHIP_DAYS: Final = (7, 14, 30)
# The days before the end on which founder and lead are reminded.
FIRST_REMINDER_DAYS: Final = 7
LAST_REMINDER_DAYS: Final = 1
ACCEPTABLE: Final = (Risk.State.OPEN, Risk.State.IN_PROGRESS)
ALIVE: Final = (Acceptance.State.PROPOSED, Acceptance.State.ACCEPTED)

# The prepared reasons: a founder reads them as they stand.
REASONS: Final = (
    ("few", "Few people will meet it before the date"),
    ("costly", "Fixing it now would cost more than it saves"),
    ("waits", "Somebody else has to move first"),
    ("watched", "We watch it and act when it happens"),
)


class ActRefusedError(Exception):
    """The act can't be done as things stand; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What staff propose; `rationale` is a prepared reason with what was added to it."""

    rationale: str
    expires_on: date
    treatment: str = Acceptance.Treatment.ACCEPT
    control: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A founder's word on one proposal, and which state of it was on the screen."""

    row_version: int
    is_yes: bool


def latest_day(risk_band: Band, today: date) -> date:
    """The last day until which a risk of this band may be accepted."""
    return today + CAPS[risk_band]


def chip_days(risk_band: Band) -> tuple[int, ...]:
    """The days to choose from, up to the band's cap."""
    return tuple(days for days in CHIP_DAYS if timedelta(days=days) <= CAPS[risk_band])


def digest_of(risk: Risk) -> str:
    """What a founder accepts: its words, its weight, what was seen. Figures in what was seen
    change from look to look and say nothing new."""
    said = {
        "title": risk.title,
        "plain_summary": risk.plain_summary,
        "remedy": risk.remedy,
        "weight": [risk.consequence, risk.likelihood, risk.recovery],
        "strength": str(risk.strength),
        "observed": re.sub(r"\d+", "#", risk.observed),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def propose(risk: Risk, proposal: Proposal, *, by: User) -> Acceptance:
    """Ask the founder to live with the risk until a day."""
    held = hold_risks([risk.pk])[risk.pk]
    _check_proposal(held, proposal)
    ours = {"practice_id": held.practice_id, "client_id": held.client_id}
    made = Acceptance.objects.create(
        risk=held,
        treatment=proposal.treatment,
        rationale=proposal.rationale[:400],
        control=proposal.control[:400],
        conditions=list(proposal.conditions),
        expires_on=proposal.expires_on,
        proposer=by,
        risk_sha256=digest_of(held),
        score_at=held.score,
        band_at=held.band.value,
        **ours,
    )
    tell(made, "acceptance_proposed", by)
    to_founders("acceptance_asked", held.sprint, key=f"acceptances-asked:{timezone.localdate()}")
    return made


def _check_proposal(risk: Risk, proposal: Proposal) -> None:
    today = timezone.localdate()
    last = latest_day(risk.band, today)
    if risk.is_internal or not risk.plain_summary:
        raise ActRefusedError(
            f"{risk.ref} is not for the founder to see yet, so they can’t decide on it. Say what "
            "it does to users and open it to the client first."
        )
    if risk.state not in ACCEPTABLE:
        raise ActRefusedError(
            f"{risk.ref} is {risk.get_state_display()}: only an open risk can be accepted."
        )
    if not today < proposal.expires_on <= last:
        days = CAPS[risk.band].days
        raise ActRefusedError(
            f"{calendar_day(proposal.expires_on, today)} is not possible: what "
            f"{risk.band.words} may stay for at most {days} days. Choose a day from tomorrow to "
            f"{calendar_day(last, today)}."
        )
    if risk.acceptances.filter(state__in=ALIVE).exists():
        raise ActRefusedError(
            f"{risk.ref} is proposed already. Take that back before you propose another date."
        )


def withdraw(acceptance: Acceptance, *, by: User) -> None:
    """Staff take a proposal back before the founder has answered."""
    one = held(acceptance)
    if one.state != Acceptance.State.PROPOSED:
        raise ActRefusedError(f"{one.risk.ref} is answered already; nothing is left to take back.")
    end(one, Acceptance.State.WITHDRAWN)
    tell(one, "acceptance_withdrawn", by)


def decide(sprint: Sprint, answers: Mapping[int, Answer], *, by: User) -> list[Acceptance]:
    """The founder's answers to one or several proposals: all are kept, or none."""
    shown = Acceptance.objects.filter(risk__sprint=sprint, risk__is_internal=False)
    rows = shown.filter(pk__in=answers).exclude(risk__plain_summary="")
    risks = hold_risks(rows.values_list("risk_id", flat=True))
    found = list(rows.select_for_update().order_by("pk"))
    for one in found:
        one.risk = risks[one.risk_id]
        _check_answer(one, answers[one.pk], by)
    if len(found) != len(answers):
        raise ActRefusedError("Nothing waits for your answer any more. Here is what holds now.")
    for one in found:
        _answer(one, is_yes=answers[one.pk].is_yes, by=by)
    people = {one.proposer for one in found}
    key = "-".join(f"{one.pk}" for one in found)[:120]
    to_people("acceptance_answered", sprint, people, key=f"acceptances-answered:{key}", by=by)
    return found


def _check_answer(one: Acceptance, answer: Answer, by: User) -> None:
    if one.proposer_id == by.pk:
        raise ActRefusedError(
            f"You proposed this for {one.risk.ref}, so somebody else has to decide on it."
        )
    if one.state != Acceptance.State.PROPOSED or one.row_version != answer.row_version:
        raise ActRefusedError(
            f"“{one.risk.title}” was answered or taken back meanwhile. Here is what holds now."
        )
    if answer.is_yes and (
        one.expires_on < timezone.localdate()
        or one.risk.state not in ACCEPTABLE
        or one.risk_sha256 != digest_of(one.risk)
    ):
        raise ActRefusedError(
            f"“{one.risk.title}” changed since this was proposed. Your consultant proposes it "
            "again if it still makes sense."
        )


def _answer(one: Acceptance, *, is_yes: bool, by: User) -> None:
    now, today = timezone.now(), timezone.localdate()
    one.decider, one.decided_at = by, now
    one.row_version += 1
    if not is_yes:
        one.state, one.ended_at = Acceptance.State.REJECTED, now
        one.save()
        tell(one, "acceptance_rejected", by)
        return
    one.state = Acceptance.State.ACCEPTED
    left = (one.expires_on - today).days
    # Whoever has just chosen a near date needs no mail that it is near.
    if left <= LAST_REMINDER_DAYS:
        one.reminded_days = LAST_REMINDER_DAYS
    elif left <= FIRST_REMINDER_DAYS:
        one.reminded_days = FIRST_REMINDER_DAYS
    one.save()
    _move(one.risk, Risk.State.ACCEPTED, one.expires_on)
    tell(one, "acceptance_accepted", by, until=one.expires_on.isoformat())


def revoke(acceptance: Acceptance, *, by: User) -> None:
    """The founder no longer wants to live with it."""
    one = held(acceptance)
    if one.state != Acceptance.State.ACCEPTED:
        raise ActRefusedError(f"“{one.risk.title}” is not accepted any more.")
    end(one, Acceptance.State.REVOKED)
    tell(one, "acceptance_revoked", by)
    people = {one.proposer}
    key = f"acceptance-revoked:{one.pk}"
    to_people("acceptance_over", one.risk.sprint, people, key=key, risk=one.risk.title,
              why="The founder wants it fixed after all.")  # fmt: skip


def hold_risks(risk_ids: Iterable[int]) -> dict[int, Risk]:
    """The risks, locked in one order."""
    risks = Risk.objects.select_for_update(of=("self",)).select_related("sprint__project")
    return {risk.pk: risk for risk in risks.filter(pk__in=list(risk_ids)).order_by("pk")}


def held(acceptance: Acceptance) -> Acceptance:
    """The acceptance as it is now, locked after its risk."""
    risk = hold_risks([acceptance.risk_id])[acceptance.risk_id]
    found = Acceptance.objects.select_for_update().get(pk=acceptance.pk)
    found.risk = risk
    return found


def end(one: Acceptance, state: Acceptance.State, reason: str = "") -> None:
    """Close it; a risk that was accepted by it is open again."""
    was_accepted = one.state == Acceptance.State.ACCEPTED
    one.state, one.ended_at, one.end_reason = state, timezone.now(), reason[:280]
    one.row_version += 1
    one.save()
    if was_accepted and one.risk.state == Risk.State.ACCEPTED:
        _move(one.risk, Risk.State.OPEN, None)
    elif was_accepted and one.risk.accepted_until:
        _move(one.risk, Risk.State(one.risk.state), None)


def _move(risk: Risk, state: Risk.State, until: date | None) -> None:
    rows = Risk.objects.filter(pk=risk.pk)
    rows.update(state=state, accepted_until=until, row_version=F("row_version") + 1)
    risk.state, risk.accepted_until = state, until
    risk.row_version += 1


def tell(one: Acceptance, verb: str, by: User | None, **data: str) -> None:
    """Write it into the sprint's history."""
    is_internal = one.risk.is_internal or not one.risk.plain_summary
    record(one.risk.sprint, verb, one.risk.ref, actor=by, data=dict(data), is_internal=is_internal)
