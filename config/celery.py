"""The Celery application: queues, the beat, and what each process does at its start.

`ROUTES` puts tasks into queues by their names; what it doesn't name goes to `default`. `audit`
has a worker of its own, so that a slow audit never delays a mail.
"""

import os
import time
from datetime import timedelta

import structlog
from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
)
from django.core.cache import cache

from config.startup import refuse_strong_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("audit", "mail", "default")
# The first pattern that fits decides.
ROUTES = (
    [
        ("*.tasks.sweep_*", {"queue": "default"}),
        ("audits.tasks.take_next_run", {"queue": "audit"}),
        ("audits.tasks.measure_latency", {"queue": "audit"}),
        ("accounts.tasks.*", {"queue": "mail"}),
        ("config.tasks.*", {"queue": "mail"}),
    ],
)
BEAT_KEY = "beat-at"
BEAT_EVERY = timedelta(seconds=10)

app = Celery("launchready")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_routes = ROUTES
app.autodiscover_tasks()

# An app adds its sweeps here by the task's name. The schedule only says "now": what is due is
# a row, so three beats at once do no harm, and a tick that waited too long is dropped.
EVERY_TEN_SECONDS = (
    "beat_tick",
    "accounts.tasks.sweep_mails",
    "accounts.tasks.sweep_notices",
    "audits.tasks.sweep_runs",
    "audits.tasks.sweep_looks",
    "sprints.tasks.sweep_agreements",
    "config.tasks.sweep_weekly",
)
app.conf.beat_schedule = {
    name: {
        "task": name,
        "schedule": BEAT_EVERY,
        "options": {"expires": BEAT_EVERY.total_seconds()},
    }
    for name in EVERY_TEN_SECONDS
}


@app.task(name="beat_tick")
def beat_tick() -> None:
    """Notes that beat, the broker and a worker are alive; `/readyz` reads the note."""
    cache.set(BEAT_KEY, time.time(), timeout=None)


@beat_init.connect
def tick_at_once(**_: object) -> None:
    """The first tick would come after a whole interval, and `/readyz` would wait for it."""
    beat_tick.apply_async()


@celeryd_init.connect
def check_role(**_: object) -> None:
    refuse_strong_role()


@setup_logging.connect
def keep_our_logs(**_: object) -> None:
    """Receiving this signal is what stops Celery from setting up logs of its own."""


@before_task_publish.connect
def send_request_id(headers: dict[str, object] | None = None, **_: object) -> None:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if headers is not None and request_id:
        headers["request_id"] = request_id


# `task` is Celery's instance of the running task; its request carries our header.
@task_prerun.connect
def bind_request_id(task_id: str = "", task: object = None, **_: object) -> None:
    request_id = getattr(getattr(task, "request", None), "request_id", None)
    structlog.contextvars.bind_contextvars(
        task=getattr(task, "name", ""), task_id=task_id, request_id=request_id
    )


@task_postrun.connect
def forget_request_id(**_: object) -> None:
    structlog.contextvars.clear_contextvars()
