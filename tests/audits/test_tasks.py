"""The audit's tasks without a worker: limits, faults of ours, lost claims, lost bells."""

import asyncio
import threading
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from audits import runs, tasks
from audits.looking import Looking
from audits.models import MAX_ATTEMPTS, AuditRun, Finding
from audits.outcome import Outcome
from audits.verdicts import Severity, Verdict
from config.celery import app
from sprints.models import Risk
from tests.audits.factories import make_guess, make_run
from tests.audits.test_outcome import row
from tests.audits.test_reports import report
from tests.factories import World
from tests.sprints.factories import make_proof

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


@pytest.fixture
def run(world: World) -> AuditRun:
    with world.ada.as_staff():
        return make_run(world.ada)


def stored(world: World) -> AuditRun:
    with world.ada.as_staff():
        return AuditRun.objects.get()


def is_anybody_looking() -> bool:
    return any(thread.name == "audit" for thread in threading.enumerate())


def examining(monkeypatch: pytest.MonkeyPatch, *, first=None, then=None, error=None) -> None:
    """Instead of the real look: what the first look knows, then a report, a fault, or silence."""

    async def examine(*_args, keep_first, **_kwargs):
        if first is not None:
            keep_first(first)
        if error is not None:
            raise error
        if then is None:
            await asyncio.sleep(3600)
        return then

    monkeypatch.setattr(runs, "examine", examine)


def met_after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The soft time limit, met while the task waits for the look."""
    wait = Looking.wait

    def limited(self, limit):
        wait(self, timedelta(seconds=seconds))
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(Looking, "wait", limited)


def test_at_the_soft_limit_the_first_look_is_kept_and_the_thread_ends(world, run, monkeypatch):
    known = report(row(Verdict.PASS, name="dns.caa"), row(Verdict.UNKNOWN, name="tls.expired"))
    examining(monkeypatch, first=known)
    met_after(monkeypatch, 0.2)
    tasks.take_next_run()
    kept = stored(world)
    assert (kept.state, kept.outcome) == ("done", Outcome.CONDITIONAL)
    with world.ada.as_staff():
        assert Finding.objects.count() == 2
    assert not is_anybody_looking()


def test_at_the_soft_limit_without_a_first_look_the_run_stops_with_a_sentence(
    world, run, monkeypatch
):
    examining(monkeypatch)
    met_after(monkeypatch, 0.2)
    tasks.take_next_run()
    kept = stored(world)
    assert kept.state == "failed"
    assert "longer than two minutes" in kept.trouble
    assert not is_anybody_looking()


def test_both_limits_stay_below_the_brokers_patience():
    assert tasks.SOFT_LIMIT_SECONDS < tasks.HARD_LIMIT_SECONDS
    assert app.conf.broker_transport_options["visibility_timeout"] > tasks.HARD_LIMIT_SECONDS


def test_a_fault_of_ours_is_tried_again_at_once_and_given_up_in_the_end(world, run, monkeypatch):
    examining(monkeypatch, error=RuntimeError("ours"))
    for attempt in range(1, MAX_ATTEMPTS):
        tasks.take_next_run()
        kept = stored(world)
        assert (kept.state, kept.attempts) == ("running", attempt)
        assert AuditRun.objects.using("ops").filter(AuditRun.FREE).exists()
    tasks.take_next_run()
    kept = stored(world)
    assert kept.state == "failed"
    assert "start it again" in kept.trouble


def test_a_worker_whose_claim_is_gone_stops_looking_and_writes_nothing(world, run, monkeypatch):
    examining(monkeypatch, first=report(row(Verdict.FAIL, Severity.S0)))
    wait = Looking.wait

    def and_another_worker_takes_it(self, limit):
        wait(self, timedelta(seconds=0.1))
        AuditRun.objects.using("ops").update(attempts=2)

    monkeypatch.setattr(Looking, "wait", and_another_worker_takes_it)
    tasks.take_next_run()
    assert stored(world).state == "running"
    with world.ada.as_staff():
        assert not Finding.objects.exists()
        assert not Risk.objects.exists()
    assert not is_anybody_looking()


@pytest.mark.parametrize(
    ("task", "queue"),
    [("take_next_run", "audit"), ("sweep_runs", "default"), ("sweep_looks", "default")],
)
def test_an_audit_has_its_own_queue_and_a_sweep_never_waits_behind_it(task, queue):
    assert app.amqp.router.route({}, f"audits.tasks.{task}")["queue"].name == queue


def test_the_beat_calls_both_sweeps_every_ten_seconds():
    said = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    for name in (tasks.sweep_runs.name, tasks.sweep_looks.name):
        assert said[name] == tasks.SWEEP_EVERY


def test_a_lost_bell_of_a_proof_or_a_guess_is_rung_again(world, monkeypatch):
    ago = timezone.now() - timedelta(seconds=8)
    with world.ada.as_staff():
        proof = make_proof(world.ada, asked_at=ago)
        make_proof(world.ada, asked_at=ago, looked_at=timezone.now())
        make_proof(world.ada, asked_at=timezone.now() - timedelta(hours=2))
        make_proof(world.ada, asked_at=timezone.now())
    with world.bob.as_staff():
        guess = make_guess(world.bob, asked_at=ago)
        make_guess(world.bob, asked_at=ago, state="done")
    rung = []
    for task in (tasks.check_proof, tasks.make_guess):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args, headers, expires, task=task: rung.append(
                (task.name, args, headers["practice_id"])
            ),
        )
    tasks.sweep_looks()
    assert rung == [
        ("audits.tasks.check_proof", (proof.pk,), world.ada.practice.pk),
        ("audits.tasks.make_guess", (guess.pk,), world.bob.practice.pk),
    ]
