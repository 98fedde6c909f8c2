"""Pages, redirects, indexing and CORS against the small internet on loopback."""

import asyncio
import contextlib
import time
from datetime import timedelta
from typing import Any

import pytest

from accounts.guard import Guard
from audits.catalogue import CATALOGUE
from audits.engine import Judged, judge_all
from audits.gather import cors, http, http_indexing, http_redirects
from audits.gather.baseline import HostBaseline, baselines, challenge_of
from audits.gather.site import Family, Site
from audits.observations.seen import FailureKind, GatherFailure
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import DEMO_DOMAIN, HEALTHY_DOMAIN, HOSTILE, PLANTED, QUIET, lab_target

pytestmark = pytest.mark.lab

MOST_REQUESTS = 90
MOST_SECONDS = 6
FAMILIES = (
    *http_redirects.FAMILIES,
    *http.FAMILIES,
    *http_indexing.FAMILIES,
    *cors.FAMILIES,
)
OURS = ("http.", "seo.", "hdr.", "cookie.", "cors.")
CHECKS = tuple(rule for rule in CATALOGUE if rule.id.startswith(OURS))
OUR_PLANTED = [row for row in PLANTED if row.check.startswith(OURS)]
OUR_QUIET = [row for row in QUIET if any(row.covers(rule.id) for rule in CHECKS)]
CALM = {Verdict.PASS, Verdict.INFO, Verdict.NA}


LOOKS: dict[str, list[Judged]] = {}


async def gather(site: Site, *, limit: timedelta = timedelta(seconds=25)) -> None:
    """All our families at once, each cut off at its limit as the runner does it."""

    async def bounded(family: Family) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(family.gather(site), limit.total_seconds())

    await asyncio.gather(*(bounded(family) for family in FAMILIES))


async def look(domain: str) -> list[Judged]:
    """The judged results of one look; the lab doesn't change, so one look serves all tests."""
    if domain not in LOOKS:
        target = lab_target(domain)
        limit = timedelta(seconds=3 if domain in HOSTILE else 25)
        async with Guard.from_settings() as guard:
            site = Site(target, guard)
            await gather(site, limit=limit)
        LOOKS[domain] = judge_all(CHECKS, site.seen, granted=Consent.L1, domain=domain)
    return LOOKS[domain]


def told(rows: list[Judged], check: str) -> list[tuple[str, str, str]]:
    return [
        (row.result.verdict.value, row.subject, row.result.message)
        for row in rows
        if row.check.id == check
    ]


@pytest.mark.parametrize("row", OUR_PLANTED, ids=lambda row: f"{row.fault}-{row.check}")
async def test_each_planted_fault_is_found_by_its_check(in_lab: Lab, row: Any) -> None:
    said = told(await look(row.domain), row.check)
    assert any(
        verdict == row.verdict and row.subject in {"", subject} for verdict, subject, _ in said
    ), said


@pytest.mark.parametrize("row", OUR_QUIET, ids=lambda row: row.domain)
async def test_no_check_raises_a_false_alarm(in_lab: Lab, row: Any) -> None:
    alarms = [
        (judged.check.id, judged.result.verdict.value, judged.subject, judged.result.message)
        for judged in await look(row.domain)
        if row.covers(judged.check.id) and judged.result.verdict not in CALM
    ]
    assert alarms == []


@pytest.mark.parametrize("domain", HOSTILE)
async def test_a_hostile_site_is_survived(in_lab: Lab, domain: str) -> None:
    rows = await look(domain)
    assert {row.check.id for row in rows} == {rule.id for rule in CHECKS}


async def test_each_check_of_ours_speaks_about_the_healthy_product(in_lab: Lab) -> None:
    rows = await look(HEALTHY_DOMAIN)
    silent = [row.check.id for row in rows if row.result.cause == "not_gathered"]
    assert silent == []


async def test_a_challenged_host_is_blocked_and_never_failing(in_lab: Lab) -> None:
    rows = await look("challenged.test")
    assert [row.check.id for row in rows if row.result.verdict is Verdict.FAIL] == []
    assert told(rows, "http.home_ok")[0][0] == "blocked"


@pytest.mark.parametrize("domain", [HEALTHY_DOMAIN, DEMO_DOMAIN])
async def test_one_audit_stays_within_its_requests(in_lab: Lab, domain: str) -> None:
    async with Guard.from_settings() as guard:
        site = Site(lab_target(domain), guard)
        begun = time.monotonic()
        await gather(site)
        elapsed_seconds = time.monotonic() - begun
        assert guard.request_count <= MOST_REQUESTS, guard.request_count
    assert elapsed_seconds < MOST_SECONDS


async def test_a_catch_all_is_known_by_its_baseline(in_lab: Lab) -> None:
    async with Guard.from_settings() as guard:
        site = Site(lab_target("spa.test"), guard)
        found = await baselines(site, "spa.test")
        assert isinstance(found, HostBaseline)
        assert found.is_catch_all
        shell = await site.page("https://spa.test/.env")
        script = await site.page("https://spa.test/robots.txt")
        assert not isinstance(shell, GatherFailure)
        assert not isinstance(script, GatherFailure)
        assert found.looks_like_baseline(shell)


async def test_a_real_404_is_no_catch_all(in_lab: Lab) -> None:
    async with Guard.from_settings() as guard:
        site = Site(lab_target(HEALTHY_DOMAIN), guard)
        found = await baselines(site, HEALTHY_DOMAIN)
        assert isinstance(found, HostBaseline)
        assert not found.is_catch_all
        home = await site.page(f"https://{HEALTHY_DOMAIN}/")
        assert not isinstance(home, GatherFailure)
        assert not found.looks_like_baseline(home)
        assert await challenge_of(site, HEALTHY_DOMAIN) is None


async def test_baselines_of_a_challenged_host_are_a_blocked_failure(in_lab: Lab) -> None:
    async with Guard.from_settings() as guard:
        found = await baselines(Site(lab_target("challenged.test"), guard), "challenged.test")
    assert isinstance(found, GatherFailure)
    assert found.kind is FailureKind.BLOCKED
