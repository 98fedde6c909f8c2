"""`/healthz` and `/readyz`: what they say, and to whom."""

import time

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from config import health
from config.celery import BEAT_KEY, beat_tick
from config.ports import any_free


@pytest.fixture
def ready(db: None, broker: str) -> None:
    beat_tick()


def test_healthz_asks_neither_database_nor_cache():
    # Without the `db` fixture any query raises.
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert "no-store" in answer["Cache-Control"]


def test_readyz_is_content_where_all_parts_answer(ready: None):
    answer = Client().get("/readyz")
    assert answer.json() == {"is_ready": True, "faults": {}}
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_visitor_behind_the_proxy_learns_the_status_alone(ready: None, header: str):
    answer = Client().get("/readyz", headers={header: "198.51.100.7"})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("address", ["198.51.100.7", "10.0.0.7", "", "nonsense"])
def test_another_machine_learns_the_status_alone(ready: None, address: str):
    cache.delete(BEAT_KEY)
    answer = Client(REMOTE_ADDR=address).get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"")


@pytest.mark.parametrize(("age_seconds", "is_fault"), [(119, False), (121, True)])
def test_the_beat_may_be_120_seconds_old(ready: None, age_seconds: int, is_fault: bool):
    cache.set(BEAT_KEY, time.time() - age_seconds)
    assert ("beat" in health.faults()) is is_fault


def test_a_beat_that_was_never_heard_is_a_fault(ready: None):
    cache.delete(BEAT_KEY)
    assert "never heard" in health.faults()["beat"]


def test_a_broker_that_is_away_is_named(ready: None, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{any_free()}/0"
    assert "ConnectionError" in health.faults()["broker"]


def test_without_a_broker_no_task_could_run(ready: None, settings):
    settings.REDIS_URL = ""
    assert "REDIS_URL" in health.faults()["broker"]


def test_a_migration_that_was_not_applied_is_named(ready: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "_known_migrations", lambda: frozenset({("accounts", "9999_new")}))
    assert "accounts.9999_new" in health.faults()["migrations"]


def test_a_database_that_is_away_is_told_and_not_raised(ready: None, monkeypatch):
    def refuse(_connection: object) -> list[str]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "role_faults", refuse)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == {"database": "OperationalError: connection refused"}


def test_a_role_that_row_level_security_does_not_hold_is_a_fault(ready: None, monkeypatch):
    monkeypatch.setattr(health, "role_faults", lambda _: ["postgres is a superuser."])
    assert health.faults() == {"database": "postgres is a superuser."}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_writing_is_not_allowed(path: str):
    assert Client().post(path).status_code == 405
