"""The doorbells of the audit queue. The rows are the truth; a lost bell costs seconds."""

import logging
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.db.models.functions import Now

from audits.models import MAX_ATTEMPTS, AuditRun
from audits.runs import carry_out, give_up

SWEEP_EVERY: Final = timedelta(seconds=10)
SOFT_LIMIT_SECONDS: Final = 120
HARD_LIMIT_SECONDS: Final = 150

log = logging.getLogger(__name__)


@shared_task(
    name="audits.take_next_run",
    queue="audit",
    soft_time_limit=SOFT_LIMIT_SECONDS,
    time_limit=HARD_LIMIT_SECONDS,
)
def take_next_run() -> None:
    """Carry out the run whose turn it is. Safe to ring twice: the second finds none."""
    run = AuditRun.objects.claim_next()
    if run is not None:
        carry_out(run)


@shared_task(name="audits.sweep_runs", queue="default")
def sweep_runs() -> None:
    """Ring for every run that waits or whose worker died; end those that died too often."""
    dead = AuditRun.objects.using("ops").filter(
        state=AuditRun.State.RUNNING, lease_until__lt=Now(), attempts__gte=MAX_ATTEMPTS
    )
    for run_id, practice_id in dead.values_list("pk", "practice_id"):
        log.error("audit run %s stopped %s times and is given up", run_id, MAX_ATTEMPTS)
        give_up(
            run_id,
            practice_id,
            f"The audit stopped {MAX_ATTEMPTS} times before it could finish. "
            "Nothing was changed; start it again, and tell us if it happens twice.",
        )
    for _ in range(AuditRun.objects.using("ops").filter(AuditRun.FREE).count()):
        take_next_run.delay()
