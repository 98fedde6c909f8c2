"""A real Celery worker with real PostgreSQL, Valkey and the small internet, and its deaths."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse
from kombu import pools

from audits.begin import begin_run
from audits.models import AuditRun, Finding
from audits.tasks import sweep_runs
from config.celery import app
from config.embedded import Valkey
from sprints.models import Project, Risk, Sprint
from tests.databases import Servers, renamed
from tests.factories import Place, World
from tests.lab import Lab
from tests.lab.fixture import running_lab
from tests.sprints.factories import make_project, make_sprint

pytestmark = [
    pytest.mark.services,
    pytest.mark.lab,
    pytest.mark.django_db(transaction=True, databases=["default", "ops"]),
]

HEALTHY, BROKEN = "brightchat.test", "brokenchat.test"
PATIENCE_SECONDS = 45
LEASE_SECONDS = 3


@dataclass
class House:
    """A broker of our own, the lab, and the workers that were started."""

    valkey: Valkey
    lab: Lab
    servers: Servers
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        name = str(connections["default"].settings_dict["NAME"])
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ENV_FILE": "",
            "ALLOWED_HOSTS": "localhost",
            "LR_KEYS": ",".join(settings.LR_KEYS),
            "DATABASE_URL": renamed(self.servers.app, name),
            "DATABASE_OPS_URL": renamed(self.servers.ops, name),
            "REDIS_URL": self.valkey.url,
            "AUDIT_LEASE_SECONDS": str(LEASE_SECONDS),
            **self.lab.closed_environment,
        }

    def hire(self, *, slots: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker of the audit queue."""
        words = ["--app", "config", "worker", "--queues", "audit", "--loglevel", "WARNING"]
        number = len(self.workers)
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            worker = subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", "-m", "celery", "--quiet", *words),
                    *("--concurrency", str(slots), "--hostname", f"w{number}@here"),
                    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
                ],
                cwd=settings.BASE_DIR,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As the kernel would: the whole process group, at once."""
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def said(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, test_servers: Servers) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    valkey = Valkey(folder / "valkey", is_throwaway=True)
    valkey.start()
    lab = running_lab(str(tmp_path_factory.getbasetemp()))
    with at_broker(valkey.url):
        yield House(valkey, lab, test_servers, folder)
    valkey.stop()


@contextmanager
def at_broker(url: str) -> Iterator[None]:
    """This process rings the same broker, as the web does."""
    before = app.conf.broker_url
    for address in (url, before):
        pools.reset()
        # celery-types knows neither the two pools nor that a setting may be set.
        app._pool = app.amqp._producer_pool = None  # type: ignore[attr-defined]
        app.conf.broker_url = address  # type: ignore[misc]
        if address == url:
            yield


@pytest.fixture(autouse=True)
def quiet_house(house: House) -> Iterator[None]:
    yield
    for worker in house.workers:
        house.kill(worker)
    if house.valkey.process and house.valkey.process.poll() is None:
        redis.Redis.from_url(house.valkey.url).flushall()


def new_sprint(place: Place, domain: str) -> Sprint:
    """One more sprint of the one project of this domain."""
    with place.as_staff():
        project = Project.objects.filter(client=place.client, domain=domain).first()
        project = project or make_project(place, domain=domain)
        number = project.sprints.count() + 1
        return make_sprint(place, project=project, number=number, state="closed")


def new_run(place: Place, sprint: Sprint, **how) -> AuditRun:
    with place.as_staff():
        return begin_run(sprint, by=place.consultant, **how)[0]


def now_of(place: Place, run: AuditRun) -> AuditRun:
    with place.as_staff():
        return AuditRun.objects.get(pk=run.pk)


def wait_for(is_so: Callable[[], bool], house: House) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(f"It did not come about.\n{house.said()[-4000:]}")


def test_a_run_goes_from_the_click_to_the_risk_list_and_a_killed_one_is_picked_up(
    world: World, house: House
):
    place = world.ada
    first = house.hire()
    sprint = new_sprint(place, BROKEN)
    run = new_run(place, sprint)
    wait_for(lambda: now_of(place, run).state == "done", house)
    whole = now_of(place, run)
    with place.as_staff():
        found = Finding.objects.filter(run=run).count()
        risks = Risk.objects.filter(sprint=run.sprint_id).count()
    assert whole.outcome == "no_go"
    assert found > 100
    assert {row["state"] for row in whole.progress} == {"done"}

    again = new_run(place, sprint)
    wait_for(lambda: bool(now_of(place, again).progress), house)
    house.kill(first)
    cut = now_of(place, again)
    assert (cut.state, cut.attempts) == ("running", 1)
    house.hire()
    time.sleep(LEASE_SECONDS)
    sweep_runs()
    wait_for(lambda: now_of(place, again).state == "done", house)
    assert now_of(place, again).attempts == 2
    with place.as_staff():
        prints = Finding.objects.filter(run=again).values_list("fingerprint", flat=True)
        assert len(prints) == len(set(prints)) == found
        assert Risk.objects.filter(sprint=again.sprint_id).count() == risks


def test_with_the_broker_away_the_page_answers_and_the_sweep_finds_the_row(
    world: World, house: House
):
    place = world.ada
    sprint = new_sprint(place, HEALTHY)
    browser = Browser()
    browser.force_login(place.consultant)
    house.valkey.stop()
    begun = time.monotonic()
    words = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk}
    answer = browser.post(reverse("audits:run-create", kwargs=words))
    assert answer.status_code == 302
    assert time.monotonic() - begun < 3
    house.valkey.start()
    with place.as_staff():
        run = AuditRun.objects.get(sprint=sprint)
    assert run.state == "queued"

    sweep_runs()
    redis.Redis.from_url(house.valkey.url).flushall()
    house.hire()
    sweep_runs()
    wait_for(lambda: now_of(place, run).state == "done", house)


def test_two_workers_share_ten_runs_of_two_practices_fairly(world: World, house: House):
    checks = ["dns.domain_exists"]
    ours = [new_run(world.ada, new_sprint(world.ada, HEALTHY), checks=checks) for _ in range(8)]
    theirs = [new_run(world.bob, new_sprint(world.bob, HEALTHY), checks=checks) for _ in range(2)]
    for _ in range(2):
        house.hire(slots=1)
    places = {run.pk: world.ada for run in ours} | {run.pk: world.bob for run in theirs}
    everyone = [*ours, *theirs]
    wait_for(lambda: all(now_of(places[run.pk], run).state == "done" for run in everyone), house)
    begun = sorted((now_of(places[run.pk], run).started_at, run.pk) for run in everyone)
    order = [pk for _, pk in begun]
    assert max(order.index(run.pk) for run in theirs) <= 5
    assert all(now_of(places[run.pk], run).attempts == 1 for run in everyone)
