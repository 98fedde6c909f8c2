"""Server time of the pages with 1,000 sprints and 100,000 risks: p50, p95 and their queries.

Fills a throw-away database (`filling.py`) and prints the table. "own" is the processor's time of
this process at p95, without the database's, and "least" the least of it that an answer took: on a
shared machine these are the steadier numbers. The machine's load stands below the table.

Run: .venv/bin/python -m pytest benchmarks/pages.py -q -s
"""

import logging
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection
from django.template import Template
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext, _TestState
from filling import fill

from sprints.models import Acceptance, Risk, Sprint
from tests.databases import Servers, renamed
from tests.factories import World

ANSWERS = 20
SLOWEST_SHOWN_MS = 5
LIMIT_MS = 50
OF_OWNERS = ("finished work", "settings")
OK = 200


@dataclass(frozen=True, slots=True)
class Measured:
    p50_ms: float
    p95_ms: float
    own_p95_ms: float
    own_least_ms: float
    statements: int
    slow: list[tuple[float, str]]


def measure(browser: Browser, url: str) -> Measured:
    """ANSWERS answers of the page, after one that fills the caches."""
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
    took = ((float(query["time"]) * 1000, query["sql"]) for query in asked)
    slow = sorted((one for one in took if one[0] >= SLOWEST_SHOWN_MS), reverse=True)
    return Measured(
        p50_ms=statistics.median(elapsed_ms),
        p95_ms=p95(elapsed_ms),
        own_p95_ms=p95(busy_ms),
        own_least_ms=min(busy_ms),
        statements=len(asked),
        slow=slow,
    )


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


@pytest.fixture(autouse=True)
def templates_as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests copy the context of every include to keep it; a server does not. No log lines."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    saved = vars(_TestState)["saved_data"]
    monkeypatch.setattr(Template, "_render", saved.template_render)


@pytest.fixture
def owner(test_servers: Servers) -> Iterator[psycopg.Connection]:
    """lr_owner's connection; meanwhile the application may count its rows itself."""
    owner_url = renamed(test_servers.owner, connection.settings_dict["NAME"])
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO lr_app")
        yield owner


def addresses(world: World, sprint: Sprint) -> dict[str, str]:
    """Each page that shows many things, by its name."""
    practice, client = f"/p/{world.ada.practice.slug}", f"/c/s/{sprint.pk}"
    here = f"{practice}/sprints/{sprint.pk}"
    with world.ada.as_staff():
        risk = Risk.objects.filter(sprint=sprint, number=8).get()
        acceptance = Acceptance.objects.filter(risk__sprint=sprint)[0]
    return {
        "my day": f"{practice}/",
        "portfolio 2": f"{practice}/?page=2",
        "inbox": f"{practice}/inbox/",
        "clients": f"{practice}/clients/",
        "client": f"{practice}/clients/{sprint.client_id}/",
        "project": f"{practice}/projects/{sprint.project_id}/",
        "library": f"{practice}/library/",
        "go to": f"{practice}/find/?sprint={sprint.pk}",
        "go to, words": f"{practice}/find/?sprint={sprint.pk}&q=trouble",
        "go to, nothing": f"{practice}/find/?q=zzzz",
        "go to, R-008": f"{practice}/find/?q=R-008",
        "sprint": f"{here}/",
        "risk list": f"{here}/risks/",
        "all risks": f"{here}/risks/?show=all",
        "one risk": f"{here}/risks/{risk.number}/",
        "drawer alone": f"{here}/risks/{risk.number}/drawer/",
        "requests": f"{here}/requests/",
        "stage": f"{here}/stages/2/",
        "history": f"{here}/history/",
        "decisions": f"{here}/decisions/",
        "links": f"{here}/links/",
        "client sprint": f"{client}/",
        "client risks": f"{client}/risks/",
        "client risk": f"{client}/risks/{risk.number}/",
        "client requests": f"{client}/requests/",
        "client stage": f"{client}/stages/2/",
        "client history": f"{client}/history/",
        "client accepted": f"{client}/acceptances/",
        "acceptance": f"{client}/acceptances/{acceptance.pk}/",
        "client inbox": f"{client}/inbox/",
        "account": "/account/",
        "settings": f"{practice}/settings/",
        "finished work": f"{practice}/finished/",
    }


@pytest.mark.timeout(1800)
@pytest.mark.django_db(transaction=True)
def test_pages_with_1000_sprints_and_100000_risks(world: World, owner: psycopg.Connection) -> None:
    sprint = fill(world)
    # What autovacuum does on a server: count the rows, and say which pages all may see.
    owner.execute("VACUUM ANALYZE")
    people = {who: Browser() for who in ("consultant", "owner", "founder")}
    for who, browser in people.items():
        browser.force_login(getattr(world.ada, who))
    head = f"{'page':16} {'p50':>7} {'p95':>7} {'own':>7} {'least':>7} queries, in ms"
    print(f"\n{head}")  # noqa: T201 - the result
    for name, url in addresses(world, sprint).items():
        who = "owner" if name in OF_OWNERS else "consultant"
        seen = measure(people["founder" if url.startswith("/c/") else who], url)
        times = f"{seen.p50_ms:7.1f} {seen.p95_ms:7.1f} {seen.own_p95_ms:7.1f}"
        times += f" {seen.own_least_ms:7.1f}"
        mark = "" if seen.p95_ms <= LIMIT_MS else "  <- above the limit"
        print(f"{name:16} {times} {seen.statements:7}{mark}")  # noqa: T201 - the result
        for took_ms, sql in seen.slow:
            print(f"    {took_ms:5.1f} ms {sql[:160]}")  # noqa: T201 - the result
    print("load average", *os.getloadavg())  # noqa: T201 - the result
