"""A stage put before the founder, with everything as it was then, and the answer to it.

Whoever submits or answers holds the stage, so of two answers at once one counts. The answer
names the digest of what was on the screen: if the stage has changed since, it is asked again.
Source: engagement specification, sections 1.2 and 2.4 (Approval).
"""

from collections.abc import Iterable
from typing import Final

from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from sprints.evidencing import EvidenceRefusedError
from sprints.leaks import find_leak
from sprints.mailing import founders_of, to_founders, to_people
from sprints.models import Sprint, Stage, StageItem, StageSubmission
from sprints.models.activity import record
from sprints.snapshot import Snapshot, changes, snapshot_of

State = StageSubmission.State
CHANGE_REASONS: Final = (
    ("unclear", "I don’t see how this shows it"),
    ("missing", "Something is missing"),
    ("differs", "It looks different on my side"),
    ("talk", "I want to talk about it first"),
)


class SubmissionRefusedError(EvidenceRefusedError):
    """It can't be put forward or answered as things stand; the sentence says why."""


class StageChangedError(Exception):
    """The stage is no longer what was on the screen; `changes` says what is different."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__("; ".join(changes))
        self.changes = changes


def pending(stage: Stage) -> StageSubmission | None:
    """The submission that waits for the founder."""
    waiting = StageSubmission.objects.filter(stage=stage, state=State.PENDING)
    return waiting.select_related("requester").first()


def last_answered(stage: Stage) -> StageSubmission | None:
    """The submission that the founder answered last."""
    answered = StageSubmission.objects.filter(
        stage=stage, state__in=(State.APPROVED, State.CHANGES)
    )
    return answered.select_related("approver").order_by("-number").first()


def submit(stage: Stage, note: str, *, by: User) -> StageSubmission:
    """Put the stage before the founder."""
    held = _held(stage)
    sprint = held.sprint
    if not sprint.practice.is_stage_approval_on:
        raise SubmissionRefusedError(
            "In this practice you say yourselves when a stage is done; approvals are off."
        )
    if held.state == Stage.State.DONE or pending(held) is not None:
        where = held.get_state_display()
        raise SubmissionRefusedError(f"Stage {held.ordinal} is {where} already.")
    if not founders_of(sprint):
        raise SubmissionRefusedError(
            "No founder has joined yet, so nobody can answer. Invite one first."
        )
    if find_leak(note):
        raise SubmissionRefusedError("The note holds a key or password. Take it out.")
    now = snapshot_of(held)
    _refuse_missing(held, now)
    made = _submitted(held, now, note, by)
    _set(held, Stage.State.IN_REVIEW)
    record(sprint, "stage_submitted", _named(held), actor=by)
    to_founders("stage_asked", sprint, key=f"stage-asked:{made.pk}", stage=held.name)
    return made


def withdraw(stage: Stage, *, by: User) -> None:
    """Take back what waits for the founder."""
    held = _held(stage)
    waiting = _waiting(held)
    _end(waiting, State.WITHDRAWN)
    _set(held, Stage.State.IN_PROGRESS)
    record(held.sprint, "stage_withdrawn", _named(held), actor=by)


def approve(stage: Stage, seen_sha256: str, *, by: User) -> None:
    """The founder's yes to what was on the screen; raises StageChangedError if it has changed.

    Where it changed between the submission and the screen, the submission no longer counts
    and what was on the screen is approved in its place.
    """
    held = _held(stage)
    waiting = _waiting(held)
    now = snapshot_of(held)
    if seen_sha256 != now.sha256:
        raise StageChangedError(changes(waiting.snapshot, now.data))
    _refuse_missing(held, now)
    if waiting.snapshot_sha256 != now.sha256:
        _end(waiting, State.VOIDED, reason="The stage changed after it was handed in.")
        waiting = _submitted(held, now, waiting.note, waiting.requester)
    _end(waiting, State.APPROVED, by=by)
    held.done_at, held.regressed_at = timezone.now(), None
    _set(held, Stage.State.DONE)
    record(held.sprint, "stage_approved", _named(held), actor=by)
    _tell_staff(waiting, "said yes to")


def ask_changes(stage: Stage, reason: str, *, by: User) -> None:
    """The founder wants something else first."""
    held = _held(stage)
    waiting = _waiting(held)
    if not reason:
        raise SubmissionRefusedError(
            "Nothing is said yet about what should change. Choose a reason, so that your "
            "consultant knows where to begin."
        )
    if find_leak(reason):
        raise SubmissionRefusedError("Your text holds a key or password. Take it out.")
    _end(waiting, State.CHANGES, by=by, reason=reason)
    _set(held, Stage.State.CHANGES)
    record(held.sprint, "stage_changes", _named(held), actor=by, data={"reason": reason})
    _tell_staff(waiting, "asked for changes in")


def tell_red(items: Iterable[StageItem]) -> None:
    """Required items that a run turned red: a stage that was done came back, and stays done."""
    by_stage: dict[int, list[str]] = {}
    for item in items:
        if item.is_required:
            by_stage.setdefault(item.stage_id, []).append(item.title)
    done = Stage.objects.select_for_update(of=("self",)).filter(
        pk__in=by_stage, state=Stage.State.DONE, regressed_at=None
    )
    for stage in done.select_related("sprint"):
        stage.regressed_at = timezone.now()
        stage.save(update_fields=["regressed_at"])
        data = {"reason": ", ".join(by_stage[stage.pk])[:300]}
        record(stage.sprint, "stage_came_back", _named(stage), data=data)


def _held(stage: Stage) -> Stage:
    rows = Stage.objects.select_for_update(of=("self",))
    return rows.select_related("sprint__practice", "sprint__project", "sprint__lead").get(
        pk=stage.pk
    )


def _waiting(stage: Stage) -> StageSubmission:
    waiting = pending(stage)
    if waiting is None:
        raise SubmissionRefusedError(
            f"Stage {stage.ordinal} does not wait for an answer: it is "
            f"{stage.get_state_display()}. Nothing was changed."
        )
    return waiting


def _refuse_missing(stage: Stage, now: Snapshot) -> None:
    if now.missing:
        titles = ", ".join(item.title for item in now.missing)
        raise SubmissionRefusedError(
            f"Stage {stage.ordinal} is not ready: {titles}. A yes to it is what the launch "
            "relies on."
        )


def _submitted(stage: Stage, now: Snapshot, note: str, by: User) -> StageSubmission:
    last = StageSubmission.objects.filter(stage=stage).aggregate(last=Max("number"))["last"]
    return StageSubmission.objects.create(
        practice_id=stage.practice_id,
        client_id=stage.client_id,
        stage=stage,
        number=(last or 0) + 1,
        snapshot=now.data,
        snapshot_sha256=now.sha256,
        note=note[:400],
        requester=by,
    )


def _end(waiting: StageSubmission, state: str, *, by: User | None = None, reason: str = "") -> None:
    waiting.state, waiting.reason = State(state), reason[:400]
    waiting.approver, waiting.decided_at = by, timezone.now()
    waiting.save(update_fields=["state", "reason", "approver", "decided_at"])


def _set(stage: Stage, state: str) -> None:
    stage.state = Stage.State(state)
    stage.save(update_fields=["state", "done_at", "regressed_at"])


def _named(stage: Stage) -> str:
    return f"stage {stage.ordinal}, {stage.name}"


def _tell_staff(answered: StageSubmission, answer: str) -> None:
    sprint: Sprint = answered.stage.sprint
    people = {sprint.lead or answered.requester, answered.requester}
    key = f"stage-answered:{answered.pk}"
    to_people("stage_answered", sprint, people, key=key, by=answered.approver,
              stage=answered.stage.name, answer=answer)  # fmt: skip
