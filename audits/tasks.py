"""The doorbells of the audit queue. The rows are the truth; a lost bell costs seconds."""

import logging
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.db import transaction
from django.db.models.functions import Now

from accounts.due import due
from accounts.tenancy.tasks import HEADER, PracticeTask
from audits import guesses, latency, mail_tests, proofs, watching
from audits.begin import begin_what_waited
from audits.models import MAX_ATTEMPTS, AuditRun
from audits.runs import carry_out, crashed, give_up

SWEEP_EVERY: Final = timedelta(seconds=10)
SOFT_LIMIT_SECONDS: Final = 120
HARD_LIMIT_SECONDS: Final = 150
MOST_BELLS: Final = 50

log = logging.getLogger(__name__)


@shared_task(soft_time_limit=SOFT_LIMIT_SECONDS, time_limit=HARD_LIMIT_SECONDS)
def take_next_run() -> None:
    """Carry out the run whose turn it is. Safe to ring twice: the second finds none."""
    run = AuditRun.objects.claim_next()
    if run is None:
        return
    try:
        carry_out(run)
    except Exception:
        # The task's own boundary: the run goes back into the queue, or ends with a sentence.
        log.exception("audit run %s crashed", run.pk)
        crashed(run)


@shared_task(base=PracticeTask, soft_time_limit=30, time_limit=45)
def check_proof(proof_id: int) -> None:
    """Look for one proof of control. Safe to ring twice: the second finds it looked at."""
    proofs.look(proof_id, on_consent=begin_what_waited)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def make_guess(guess_id: int) -> None:
    """Look at a typed domain. Safe to ring twice: the second finds it done."""
    guesses.make(guess_id)


@shared_task(
    base=PracticeTask,
    soft_time_limit=latency.SOFT_LIMIT_SECONDS,
    time_limit=latency.HARD_LIMIT_SECONDS,
)
def measure_latency(run_id: int) -> None:
    """Measure one latency baseline. Safe to ring twice: the second finds it claimed."""
    latency.measure(run_id)


@shared_task(base=PracticeTask, soft_time_limit=45, time_limit=55)
def look_at_watch(watch_id: int) -> None:
    """Look once whether a change is live. Safe to ring twice: the second finds it taken."""
    watching.look(watch_id)


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def settle_mail_test(test_id: int) -> None:
    """Give up on a mail, or forget one. Safe to ring twice: the second finds it settled."""
    with transaction.atomic():
        mail_tests.settle(test_id)


@shared_task
def sweep_runs() -> None:
    """Ring for every run that waits or whose worker died; end those that died too often."""
    dead = AuditRun.objects.using("ops").filter(
        state=AuditRun.State.RUNNING, lease_until__lt=Now(), attempts__gte=MAX_ATTEMPTS
    )
    for run_id, practice_id in dead.values_list("pk", "practice_id"):
        log.error("audit run %s stopped %s times and is given up", run_id, MAX_ATTEMPTS)
        give_up(run_id, practice_id)
    waiting = AuditRun.objects.free()[:MOST_BELLS].count()
    for _ in range(waiting):
        # A bell that nobody heard before the next sweep is not needed any more.
        take_next_run.apply_async(expires=SWEEP_EVERY.total_seconds())


@shared_task
def sweep_looks() -> None:
    """Ring for what is due by the clock, and where a bell was lost or a worker died."""
    kinds = (
        ("proof", check_proof),
        ("guess", make_guess),
        ("latency", measure_latency),
        ("watch", look_at_watch),
        ("mail_test", settle_mail_test),
    )
    for kind, task in kinds:
        for practice_id, row_id in due(kind):
            task.apply_async(
                (row_id,), headers={HEADER: practice_id}, expires=SWEEP_EVERY.total_seconds()
            )
