"""What waits for a founder, the most urgent first: the card "Needs you"."""

from collections.abc import Collection, Sequence

from audits.declining import is_allowed, is_answered
from audits.models import AuditRun
from config.client_finding import client_url, first_name
from config.founder_words import Asked, count, joined
from sprints.impact import Band
from sprints.models import (
    Acceptance,
    Decision,
    Request,
    Risk,
    Sprint,
    StageSubmission,
)
from sprints.moments import calendar_day
from sprints.needs import Need

MINE = (Risk.State.OPEN, Risk.State.IN_PROGRESS)


def needs_of(
    sprint: Sprint, asked: Asked, risks: Sequence[Risk], *, owners: Collection[int]
) -> list[Need]:
    """All that waits for `owners`: the founder who reads, or for a viewer every founder.

    `risks` are those that weigh on the launch, in their order.
    """
    stopping, other = _acceptances(sprint, asked)
    return [
        *_decisions(sprint),
        *stopping,
        *_submissions(sprint),
        *_requests(sprint, asked),
        *_offers(sprint, risks),
        *other,
        *_consent(sprint, asked),
        *_own_risks(sprint, asked, risks, owners),
    ]


def _decisions(sprint: Sprint) -> list[Need]:
    asked_for = Decision.objects.of(sprint.practice_id).filter(
        sprint=sprint, state=Decision.State.RECOMMENDED
    )
    titles = {
        Decision.Kind.START: "May the work start?",
        Decision.Kind.LAUNCH: "Launch, or not yet?",
    }
    return [
        Need(
            title=titles[Decision.Kind(one.kind)],
            text=f"{first_name(one.recommended_by)} recommends “{one.get_outcome_display()}”. "
            "The word is yours.",
            act="Read and decide",
            url=client_url("client-decision", sprint, number=one.number),
            since=one.recommended_at,
        )
        for one in asked_for.select_related("recommended_by")
    ]


def _acceptances(sprint: Sprint, asked: Asked) -> tuple[list[Need], list[Need]]:
    """Those about risks that stop the launch, and the others."""
    proposed = Acceptance.objects.of(sprint.practice_id).filter(
        risk__sprint=sprint, risk__is_internal=False, state=Acceptance.State.PROPOSED
    )
    proposed = proposed.exclude(risk__plain_summary="")
    stopping: list[Need] = []
    other: list[Need] = []
    rows = list(proposed.select_related("risk", "proposer").order_by("pk"))
    if len(rows) > 1:
        together = [_several(sprint, rows)]
        is_any_stopping = any(one.risk.band == Band.CRITICAL for one in rows)
        return (together, []) if is_any_stopping else ([], together)
    for one in rows:
        is_stopping = one.risk.band == Band.CRITICAL
        why = " Until you answer, it stops the launch." if is_stopping else ""
        need = Need(
            title=f"Live with it until {calendar_day(one.expires_on, asked.today)}?",
            text=f"“{one.risk.title}”, {first_name(one.proposer)} proposes.{why}",
            act="Read and answer",
            url=client_url("client-acceptance", sprint, acceptance_id=one.pk),
            since=one.proposed_at,
        )
        (stopping if is_stopping else other).append(need)
    return stopping, other


def _several(sprint: Sprint, rows: Sequence[Acceptance]) -> Need:
    """One page and one press for all of them."""
    return Need(
        title=f"Live with {count(len(rows), 'thing')} for now?",
        text=f"{first_name(rows[0].proposer)} proposes it; one press answers all.",
        act="Read and answer",
        url=client_url("client-acceptances", sprint),
        since=min(one.proposed_at for one in rows),
    )


def _submissions(sprint: Sprint) -> list[Need]:
    if not sprint.practice.is_stage_approval_on:
        return []
    pending = StageSubmission.objects.of(sprint.practice_id).filter(
        stage__sprint=sprint, state=StageSubmission.State.PENDING
    )
    return [
        Need(
            title=f"Step {one.stage.ordinal} is ready for you",
            text=f"{one.stage.name}: {first_name(one.requester)} asks for your yes.",
            act=f"Look at step {one.stage.ordinal}",
            url=client_url("client-stage", sprint, ordinal=one.stage.ordinal),
            since=one.requested_at,
        )
        for one in pending.select_related("stage", "requester").order_by("stage__ordinal")
    ]


def _requests(sprint: Sprint, asked: Asked) -> list[Need]:
    """However many there are, one line, which leads to the first."""
    sent = list(
        Request.objects.of(sprint.practice_id)
        .filter(sprint=sprint, state=Request.State.SENT)
        .exclude(risk__is_internal=True)
        .only("pk", "title", "sent_at", "created_at")
    )
    if not sent:
        return []
    words = count(len(sent), "question")
    return [
        Need(
            title=f"{words} from {_inside(asked.lead)}",
            text=f"The first: {sent[0].title}",
            act=f"Answer {words}",
            url=client_url("client-request", sprint, request_id=sent[0].pk),
            since=sent[0].sent_at or sent[0].created_at,
        )
    ]


def _offers(sprint: Sprint, risks: Sequence[Risk]) -> list[Need]:
    return [
        Need(
            title=f"Not part of this sprint: {risk.title}",
            text=risk.outside_offer,
            act="Read the offer",
            url=client_url("client-risk", sprint, number=risk.number),
            since=risk.outside_offered_at,
        )
        for risk in risks
        if risk.outside_offered_at is not None
    ]


def _consent(sprint: Sprint, asked: Asked) -> list[Need]:
    """Asked for once an audit has looked, and not again after a "not now"."""
    runs = AuditRun.objects.of(sprint.practice_id).filter(sprint=sprint, state=AuditRun.State.DONE)
    first = runs.order_by("number").only("requested_at").first()
    if first is None or is_allowed(sprint.project) or is_answered(sprint):
        return []
    return [
        Need(
            title="May we look deeper?",
            text=f"Some faults show only when somebody asks for files that must not be public. "
            f"{asked.lead} asks you first.",
            act="Read what we would do",
            url=client_url("client-consent", sprint),
            since=first.requested_at,
        )
    ]


def _own_risks(
    sprint: Sprint, asked: Asked, risks: Sequence[Risk], owners: Collection[int]
) -> list[Need]:
    return [
        Need(
            title=risk.title,
            text=joined(_whose(risk, asked), risk.band.words, asked.when(risk)),
            act="See how to fix it",
            url=client_url("client-risk", sprint, number=risk.number),
            since=risk.first_seen_at,
        )
        for risk in risks
        if risk.owner_id in owners and risk.state in MINE
    ]


def _whose(risk: Risk, asked: Asked) -> str:
    return "Yours to fix" if risk.owner_id == asked.me else f"{asked.name_of(risk)} fixes it"


def _inside(name: str) -> str:
    return name[0].lower() + name[1:] if name.startswith("Your ") else name
