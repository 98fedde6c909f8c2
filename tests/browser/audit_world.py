"""A practice with audits of the small internet, served on a port, and a worker beside the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client as Browser
from django.test import override_settings
from playwright.sync_api import BrowserContext

from accounts.models import User
from audits.models import AuditRun
from audits.tasks import check_proof, make_guess, take_next_run
from tests.lab import Lab


@contextmanager
def seeing(lab: Lab) -> Iterator[None]:
    """Settings with which the guard sees this lab and nothing else."""
    told = lab.closed_environment
    with override_settings(
        LAB=True,
        LAB_RESOLVER=told["LAB_RESOLVER"],
        LAB_WATCH_RESOLVERS=told["LAB_WATCH_RESOLVERS"].split(","),
        LAB_TABLE=told["LAB_TABLE"],
        AUDIT_CA_FILE=told["AUDIT_CA_FILE"],
        RDAP_BOOTSTRAP_FILE=told["RDAP_BOOTSTRAP_FILE"],
        AUDIT_RESOLVERS=told["AUDIT_RESOLVERS"].split(","),
        ALLOWED_HOSTS=["localhost", "testserver"],
    ):
        yield


def beside(work, *args) -> None:
    """Do it in a thread of its own: the browser's loop runs in this one."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work(*args)
        except BaseException as error:  # handed on below
            failed.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def work_off() -> None:
    """What an audit worker does until nothing waits."""

    def work() -> None:
        while AuditRun.objects.using("ops").filter(AuditRun.FREE).exists():
            take_next_run()

    beside(work)


@pytest.fixture
def no_bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
    """No broker: the bells that were rung, in order."""
    rung: list[tuple[str, tuple[object, ...]]] = []
    for task in (take_next_run, check_proof, make_guess):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args=(), task=task, **_: rung.append((task.name.rpartition(".")[2], args)),
        )
    return rung


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    """Give the browser a session of this person."""
    browser = Browser()

    def log_in() -> None:
        browser.force_login(user)

    beside(log_in)
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": browser.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": address,
            }
        ]
    )
