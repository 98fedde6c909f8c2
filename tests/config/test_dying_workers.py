"""A worker dies in the middle of what a sweep found: the next sweep does it, and nobody is told
twice. Each kind of work is let die after each of its writes, once with its connection killed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Task
from django.db import connection
from django.utils import timezone
from psycopg.errors import AdminShutdown

from accounts import outbox
from accounts.due import KINDS, due
from accounts.models import ClientMembership, Notice
from accounts.outbox import OutgoingMail
from accounts.tasks import sweep_notices
from accounts.tenancy.scope import Actor, Scope, bound
from accounts.tenancy.tasks import HEADER, PracticeTask
from audits.mail_models import GIVEN_UP_AFTER
from audits.tasks import sweep_looks
from config.tasks import sweep_weekly
from sprints.models import ActivityEvent
from sprints.tasks import sweep_agreements
from tests.audits.factories import make_mail_test
from tests.dying import WorkerDiedError, dying_after, kill
from tests.factories import Place, World, make_notice
from tests.sprints.factories import (
    make_acceptance,
    make_decision,
    make_evidence,
    make_key_box,
    make_request,
    make_risk,
    make_sprint,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])
MONDAY = datetime(2026, 11, 30, 8, 0, 5, tzinfo=UTC)
MOST_WRITES = 40
# Looks at the network: claimed for a while, so that the next sweep finds them (tests/audits).
AUDITS = {"proof", "guess", "latency", "watch"}


@dataclass(frozen=True)
class Work:
    """What is due, the sweep that finds it, and what it leaves: history and mails."""

    make: Callable[[Place], Any]  # Any: a row of whatever model
    sweep: Task[..., Any]
    verbs: tuple[str, ...] = ()
    mail_count: int = 0
    now: datetime | None = None


def over(place: Place) -> Any:
    risk = make_risk(place, state="accepted", accepted_until=timezone.localdate())
    return make_acceptance(
        place,
        risk=risk,
        state="accepted",
        decider=place.founder,
        expires_on=timezone.localdate() - timedelta(days=1),
    )


def near(place: Place) -> Any:
    day = timezone.localdate() + timedelta(days=5)
    return make_acceptance(place, state="accepted", decider=place.founder, expires_on=day)


def decided(place: Place) -> Any:
    now = timezone.now()
    return make_decision(
        place,
        outcome="go",
        state="confirmed",
        confirmed_by=place.founder,
        confirmed_at=now - timedelta(days=8),
        valid_until=now - timedelta(days=1),
    )


def proven(place: Place) -> Any:
    return make_evidence(
        place, state="accepted", expires_on=timezone.localdate() - timedelta(days=1)
    )


def asked(place: Place) -> Any:
    return make_request(place, sent_at=timezone.now() - timedelta(hours=25))


def locked(place: Place) -> Any:
    return make_key_box(place, sealed="x", expires_at=timezone.now() - timedelta(minutes=1))


def told(place: Place) -> Any:
    return make_notice(place, mail_at=timezone.now() - timedelta(minutes=1))


def waited(place: Place) -> Any:
    return make_mail_test(place, asked_at=timezone.now() - GIVEN_UP_AFTER - timedelta(seconds=1))


def week(place: Place) -> Any:
    make_request(place, sprint=make_sprint(place))
    people = ClientMembership.objects.filter(user=place.founder)
    people.update(weekly_at=timezone.now() - timedelta(minutes=1))
    return people.get()


TABLE = {
    "acceptance_over": Work(over, sweep_agreements, ("acceptance_expired",)),
    "acceptance_near": Work(near, sweep_agreements, mail_count=2),
    "decision_past": Work(decided, sweep_agreements, ("decision_lapsed",), mail_count=2),
    "evidence_past": Work(proven, sweep_agreements, ("evidence_expired",)),
    "request_quiet": Work(asked, sweep_agreements, ("nudged",), mail_count=1),
    "key_past": Work(locked, sweep_agreements, ("key_destroyed",)),
    "notices_unread": Work(told, sweep_notices, mail_count=1),
    "mail_test": Work(waited, sweep_looks),
    "weekly": Work(week, sweep_weekly, mail_count=1, now=MONDAY),
}


@pytest.fixture(autouse=True)
def worked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bell runs its task here, in the practice that it names; nobody sends mail."""

    # `Any`: the arguments of a task.
    def run(self: PracticeTask, args: tuple[Any, ...], headers: dict[str, Any], **_: Any) -> None:
        with bound(Scope(headers[HEADER], Actor.SYSTEM)):
            self.run(*args)

    monkeypatch.setattr(PracticeTask, "apply_async", run)
    monkeypatch.setattr(outbox, "ring", lambda *_: None)


def left(place: Place) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """What was written down, mailed, and told in the inbox."""
    with place.as_staff():
        verbs = list(ActivityEvent.objects.order_by("pk").values_list("verb", flat=True))
        notices = list(Notice.objects.order_by("pk").values_list("dedup", flat=True))
    mails = OutgoingMail.objects.using("ops").order_by("recipient", "dedup_key")
    return verbs, list(mails.values_list("recipient", "dedup_key")), notices


def test_every_kind_of_work_that_a_sweep_finds_is_let_die():
    assert set(KINDS) - AUDITS == set(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_the_next_sweep_finishes_what_a_dead_worker_began(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
):
    work, place = TABLE[kind], world.ada
    if work.now is not None:
        monkeypatch.setattr(timezone, "now", lambda: work.now)
    with place.as_staff():
        row = work.make(place)
    found, before = (place.practice.pk, row.pk), left(place)
    assert found in due(kind)
    died = _die_after_each_write(work, lambda: (found in due(kind), left(place)), (True, before))
    assert died >= 1
    verbs, mails, notices = left(place)
    assert found not in due(kind)
    assert tuple(verbs[len(before[0]) :]) == work.verbs
    assert len({to for to, _ in mails}) == len(mails) == work.mail_count
    work.sweep()
    work.sweep()
    assert left(place) == (verbs, mails, notices)


def _die_after_each_write(work: Work, look: Callable[[], object], untouched: object) -> int:
    """How often a worker died before a sweep came through."""
    with pytest.raises(AdminShutdown), dying_after(1, kill):
        work.sweep()
    connection.close()
    assert look() == untouched
    for writes in range(1, MOST_WRITES):
        try:
            with dying_after(writes):
                work.sweep()
        except WorkerDiedError:
            assert look() == untouched
        else:
            return writes - 1
    raise AssertionError(f"More than {MOST_WRITES} writes; raise the bound.")
