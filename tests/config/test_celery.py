"""Which queue a task goes to, and what the beat asks for."""

import pytest

from config.celery import QUEUES, app


@pytest.fixture(scope="module", autouse=True)
def all_tasks() -> None:
    app.loader.import_default_modules()


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("audits.tasks.take_next_run", "audit"),
        ("audits.tasks.sweep_runs", "default"),
        ("audits.tasks.make_guess", "default"),
        ("accounts.tasks.send_mails", "mail"),
        ("accounts.tasks.sweep_mails", "default"),
        ("beat_tick", "default"),
    ],
)
def test_each_task_goes_to_its_queue(task: str, queue: str):
    assert task in app.tasks
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_no_task_goes_to_a_queue_without_a_worker():
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    assert {app.amqp.router.route({}, name)["queue"].name for name in ours} <= set(QUEUES)


def test_the_beat_asks_for_tasks_that_exist():
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert asked <= set(app.tasks)


def test_every_sweep_is_asked_for():
    sweeps = {name for name in app.tasks if ".sweep_" in name}
    assert sweeps <= {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_every_task_ends_before_the_broker_hands_it_out_again():
    limits = {n: t.time_limit or app.conf.task_time_limit for n, t in app.tasks.items()}
    visibility = app.conf.broker_transport_options["visibility_timeout"]
    assert {name for name, limit in limits.items() if limit >= visibility} == set()
