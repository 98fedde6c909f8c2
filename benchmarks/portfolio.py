"""How long the portfolio takes with 200 sprints: median of 20 answers, and its questions.

Run: .venv/bin/python -m pytest benchmarks/portfolio.py -q -s
"""

import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sprints.models import Stage, StageItem
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

SPRINTS = 200
RISKS_PER_SPRINT = 6
RUNS_PER_SPRINT = 5
ANSWERS = 20
WEIGHTS = ((5, 5, 3), (4, 4, 2), (3, 3, 2), (2, 2, 2), (4, 3, 2), (1, 1, 1))


def fill(world: World) -> None:
    """200 sprints in the middle of their work, with everything that hangs below them."""
    place, now = world.ada, timezone.now()
    with place.as_staff():
        for number in range(SPRINTS):
            launch_on = timezone.localdate() + timedelta(days=number % 60)
            project = make_project(place, name=f"App {number}", launch_on=launch_on)
            sprint = make_sprint(place, project=project)
            for run in range(1, RUNS_PER_SPRINT + 1):
                make_run(place, sprint=sprint, number=run, state="done", finished_at=now)
            for c, l, r in WEIGHTS[: (number % RISKS_PER_SPRINT) + 1]:  # noqa: E741 - the formula's
                make_risk(place, sprint=sprint, consequence=c, likelihood=l, recovery=r)
        StageItem.objects.update(verdict="pass", verdict_at=now)
        Stage.objects.filter(ordinal__lte=3).update(state="done", done_at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.timeout(300)
def test_portfolio_of_200_sprints(world: World) -> None:
    fill(world)
    browser = Browser()
    browser.force_login(world.ada.consultant)
    url = reverse("portfolio", args=[world.ada.practice.slug])
    browser.get(url)
    elapsed, busy = [], []
    for _ in range(ANSWERS):
        begun, worked = time.perf_counter(), time.process_time()
        browser.get(url)
        elapsed.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    with CaptureQueriesContext(connection) as asked:
        browser.get(url)
    slow = sorted(((float(q["time"]) * 1000, q["sql"][:90]) for q in asked), reverse=True)[:5]
    print(  # noqa: T201 - the result
        f"\n{SPRINTS} sprints: median {statistics.median(elapsed):.1f} ms, "
        f"slowest {max(elapsed):.1f} ms, of it our own work {statistics.median(busy):.1f} ms; "
        f"{len(asked)} statements"
    )
    for took_ms, sql in slow:
        print(f"  {took_ms:5.1f} ms  {sql}")  # noqa: T201 - the result
