"""How long the pages of a sprint with 200 risks take: median of 20 answers, and their questions.

Fills a throw-away database through the tests' factories; the risks share causes as an audit's do.

Run: .venv/bin/python -m pytest benchmarks/pages.py -q -s
"""

import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.template import Template
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext, _TestState
from django.utils import timezone

from sprints.models import Sprint, StageItem
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import (
    make_event,
    make_item_run,
    make_project,
    make_risk,
    make_sighting,
    make_sprint,
)

RISKS = 200
RISKS_PER_CAUSE = 4
EVENTS = 30
ANSWERS = 20
LIMIT_MS = 50
OK = 200
WEIGHTS = ((5, 5, 3), (4, 4, 2), (3, 3, 2), (2, 2, 2), (4, 3, 2), (1, 1, 1))
COVERAGE = {"total": 90, "ran": 88, "unknown": ["dns.caa"], "blocked": [], "not_consented": ["x"]}


def fill(world: World) -> Sprint:
    """One sprint in the middle of its work, with everything that hangs below it."""
    place, now = world.ada, timezone.now()
    with place.as_staff():
        launch_on = timezone.localdate() + timedelta(days=10)
        sprint = make_sprint(place, project=make_project(place, launch_on=launch_on))
        make_run(place, sprint=sprint, state="done", finished_at=now, coverage=COVERAGE)
        for number in range(RISKS):
            cause = number // RISKS_PER_CAUSE
            c, l, r = WEIGHTS[cause % len(WEIGHTS)]  # noqa: E741 - the formula's
            risk = make_risk(
                place,
                sprint=sprint,
                title=f"Trouble {cause}",
                check_id=f"email.check_{cause}",
                subject=f"host{number}.test",
                observed="2 records begin with v=spf1",
                remedy="Merge the two records",
                owner=(place.consultant, place.founder, None)[cause % 3],
                consequence=c,
                likelihood=l,
                recovery=r,
            )
            make_sighting(place, risk=risk)
        for _ in range(EVENTS):
            make_event(place, sprint=sprint)
        items = StageItem.objects.filter(stage__sprint=sprint)
        items.update(verdict="fail", verdict_at=now)
        checks = [[f"email.check_{cause}", "x", "fail"] for cause in range(10)]
        for item in items.filter(stage__ordinal=2):
            make_item_run(place, item=item, result={"checks": checks})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sprint


def measure(browser: Browser, url: str) -> tuple[float, float, float, int]:
    """Median, slowest and own work (without the database) in ms, and the number of statements."""
    browser.get(url)
    elapsed_ms, busy_ms = [], []
    for _ in range(ANSWERS):
        begun, worked = time.perf_counter(), time.process_time()
        answer = browser.get(url)
        elapsed_ms.append((time.perf_counter() - begun) * 1000)
        busy_ms.append((time.process_time() - worked) * 1000)
        assert answer.status_code == OK, url  # noqa: S101 - what is measured must be the page
    with CaptureQueriesContext(connection) as asked:
        browser.get(url)
    return statistics.median(elapsed_ms), max(elapsed_ms), statistics.median(busy_ms), len(asked)


@pytest.fixture(autouse=True)
def templates_as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests copy the context of every include to keep it; a server does not."""
    saved = vars(_TestState)["saved_data"]
    monkeypatch.setattr(Template, "_render", saved.template_render)


@pytest.mark.timeout(300)
def test_pages_of_a_sprint_with_200_risks(world: World) -> None:
    sprint = fill(world)
    here = f"/p/{world.ada.practice.slug}/sprints/{sprint.pk}"
    staff, founder = Browser(), Browser()
    staff.force_login(world.ada.consultant)
    founder.force_login(world.ada.founder)
    pages = {
        "sprint": (staff, f"{here}/"),
        "risk list": (staff, f"{here}/risks/"),
        "all risks": (staff, f"{here}/risks/?show=all"),
        "one risk": (staff, f"{here}/risks/7/"),
        "drawer alone": (staff, f"{here}/risks/7/drawer/"),
        "stage": (staff, f"{here}/stages/2/"),
        "founder": (founder, f"/c/s/{sprint.pk}/"),
    }
    print()  # noqa: T201 - the result
    for name, (browser, url) in pages.items():
        median, slowest, own, statements = measure(browser, url)
        print(  # noqa: T201 - the result
            f"{name:13} median {median:5.1f} ms, slowest {slowest:5.1f} ms, own {own:5.1f} ms, "
            f"{statements} statements{'' if median <= LIMIT_MS else '  <- above the limit'}"
        )
