"""Tasks carry their practice in the headers; a real worker, a real broker, and one that is away."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connections, transaction

from accounts.models import Client, Practice
from accounts.tenancy.scope import (
    Actor,
    NoPracticeContextError,
    Scope,
    bound,
    current_scope,
    practice_scope,
)
from accounts.tenancy.tasks import PracticeTask, refuse_left_scope, ring
from config.celery import app as products_app
from tests.factories import make_practice

pytestmark = pytest.mark.django_db(transaction=True)

app = Celery("tenancy-tests", set_as_current=False)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
SEEN: list[tuple[int, Scope | None, list[int]]] = []


@app.task(base=PracticeTask, name="look")
def look(practice_id: int, is_failing: bool = False) -> None:
    with transaction.atomic():
        found = sorted(set(Client.objects.values_list("practice_id", flat=True)))
    SEEN.append((practice_id, current_scope(), found))
    if is_failing:
        raise ZeroDivisionError


@app.task(base=PracticeTask, name="forget_the_transaction")
def forget_the_transaction() -> None:
    try:
        Client.objects.count()
    except NoPracticeContextError:
        SEEN.append((0, current_scope(), []))


@app.task(name="look_from_outside")
def look_from_outside() -> None:
    SEEN.append((0, current_scope(), []))


@pytest.fixture
def worker(valkey_url: str) -> Iterator[None]:
    app.conf.update(broker_url=valkey_url)
    SEEN.clear()
    with start_worker(app, perform_ping_check=False, loglevel="CRITICAL", shutdown_timeout=20):
        yield
    # Starting it made its app everybody's: later tests would ring at a closed pool.
    products_app.set_current()
    products_app.set_default()
    connections.close_all()


def wait_for(count: int) -> None:
    deadline = time.monotonic() + 60
    while len(SEEN) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(SEEN) == count


def practices(count: int) -> list[Practice]:
    made = [make_practice(f"Practice {number}") for number in range(count)]
    for practice in made:
        with practice_scope(practice.pk, actor=Actor.SYSTEM):
            Client.objects.create(practice=practice, name="one")
    return made


def test_each_task_sees_its_own_practice_whatever_the_ones_before_did(worker):
    chance = random.Random(11)  # noqa: S311 - a repeatable order, no secret
    known = practices(50)
    for _ in range(300):
        practice = chance.choice(known)
        with practice_scope(practice.pk, actor=Actor.STAFF):
            ring(look, practice.pk, chance.random() < 0.3)
    wait_for(300)
    for practice_id, scope, found in SEEN:
        assert scope == Scope(practice_id, Actor.SYSTEM)
        assert found == [practice_id]


def test_a_task_of_no_practice_runs_in_no_scope_after_those_of_one(worker):
    [practice] = practices(1)
    with bound(Scope(practice.pk, Actor.STAFF)):
        look.delay(practice.pk, True)
        forget_the_transaction.delay()
    look_from_outside.delay()
    wait_for(3)
    assert [scope for _, scope, _ in SEEN] == [
        Scope(practice.pk, Actor.SYSTEM),
        Scope(practice.pk, Actor.SYSTEM),
        None,
    ]


def test_a_task_is_not_sent_without_a_practice():
    with pytest.raises(NoPracticeContextError, match="practice_scope"):
        look.delay(1)


def test_a_message_that_names_no_practice_is_refused():
    with pytest.raises(RuntimeError, match="names no practice"):
        look.apply((1,), throw=True)


def test_called_as_a_function_it_uses_the_scope_that_is_there():
    [practice] = practices(1)
    SEEN.clear()
    with pytest.raises(NoPracticeContextError):
        look(practice.pk)
    with practice_scope(practice.pk, actor=Actor.STAFF):
        look(practice.pk)
    assert [(practice.pk, Scope(practice.pk, Actor.STAFF), [practice.pk])] == SEEN


def test_a_scope_left_behind_stops_the_worker():
    class Request:
        is_eager = False

    class Task:
        name = "look"
        request = Request()

    task: Any = Task()
    refuse_left_scope(task=task)
    with bound(Scope(1, Actor.SYSTEM)), pytest.raises(SystemExit, match="left by an earlier task"):
        refuse_left_scope(task=task)


def test_a_broker_that_is_away_is_forgiven(caplog, settings):
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS

    @away.task(base=PracticeTask, name="never")
    def never() -> None:
        raise AssertionError

    [practice] = practices(1)
    begun = time.monotonic()
    with practice_scope(practice.pk, actor=Actor.STAFF):
        Client.objects.create(practice=practice, name="kept")
        ring(never)
    assert time.monotonic() - begun < 2
    assert "The broker did not take never" in caplog.text
    with practice_scope(practice.pk, actor=Actor.STAFF):
        assert Client.objects.filter(name="kept").exists()


def test_a_bell_is_not_rung_for_an_act_taken_back(worker):
    [practice] = practices(1)
    with practice_scope(practice.pk, actor=Actor.STAFF):
        ring(look, practice.pk)
        transaction.set_rollback(True)
    with bound(Scope(practice.pk, Actor.SYSTEM)):
        look.delay(practice.pk)
    wait_for(1)
