"""What is due in a sprint: the sweep finds it, each piece of work runs in its practice."""

from typing import Final

from celery import shared_task
from django.db import transaction

from accounts.due import due
from accounts.tenancy.tasks import HEADER, PracticeTask
from sprints import deciding, evidencing, keybox, reconsidering, requesting

SWEEP_SECONDS: Final = 10


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def end_acceptance(acceptance_id: int) -> None:
    """Its day has passed. Safe to ring twice: the second finds it ended."""
    with transaction.atomic():
        reconsidering.expire(acceptance_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def remind_of_acceptance(acceptance_id: int) -> None:
    """Its day is near. Safe to ring twice: the second finds it said."""
    with transaction.atomic():
        reconsidering.remind(acceptance_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def end_decision(decision_id: int) -> None:
    """It no longer holds. Safe to ring twice: the second finds it lapsed."""
    with transaction.atomic():
        deciding.lapse(decision_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def expire_evidence(evidence_id: int) -> None:
    """It is too old. Safe to ring twice: the second finds it so."""
    with transaction.atomic():
        evidencing.expire(evidence_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def remind_of_requests(request_id: int) -> None:
    """A day has passed. Safe to ring twice: the second finds the mark."""
    requesting.nudge_by_itself(request_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def destroy_key(box_id: int) -> None:
    """Its 48 hours are over. Safe to ring twice: the second finds it empty."""
    with transaction.atomic():
        keybox.expire(box_id)


@shared_task
def sweep_agreements() -> None:
    """Ring for what was agreed until a day that has passed, or is near."""
    for kind, task in (
        ("acceptance_over", end_acceptance),
        ("acceptance_near", remind_of_acceptance),
        ("decision_past", end_decision),
        ("evidence_past", expire_evidence),
        ("request_quiet", remind_of_requests),
        ("key_past", destroy_key),
    ):
        for practice_id, row_id in due(kind):
            task.apply_async((row_id,), headers={HEADER: practice_id}, expires=float(SWEEP_SECONDS))
