"""The table of planted faults: each is found by its check, and the healthy twins are quiet.

One pass audits every product of the lab, side by side; the tests read what it found.
"""

import asyncio

import pytest

from audits.catalogue import BY_ID
from audits.examine import Report, examine
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import HOSTILE, PLANTED, PRODUCTS, QUIET, lab_target
from tests.lab.fixture import seeing

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab-table"), pytest.mark.timeout(240)]

AT_ONCE = 12
QUIET_VERDICTS = {Verdict.PASS, Verdict.INFO, Verdict.NA}


@pytest.fixture(scope="module")
def inside(lab: Lab):
    """`in_lab`, for the whole module."""
    with seeing(lab):
        yield lab


@pytest.fixture(scope="module")
def reports(inside: Lab) -> dict[str, Report]:
    """The report of every domain in the table, at consent level 2."""
    domains = dict.fromkeys(
        [*PRODUCTS, *(row.domain for row in PLANTED), *(row.domain for row in QUIET)]
    )
    return asyncio.run(_audit([domain for domain in domains if domain not in HOSTILE]))


async def _audit(domains: list[str]) -> dict[str, Report]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(domain: str) -> Report:
        async with places:
            return await examine(lab_target(domain), consent=Consent.L2)

    made = await asyncio.gather(*(one(domain) for domain in domains))
    return dict(zip(domains, made, strict=True))


def test_every_planted_fault_is_found_by_its_check(reports):
    missed = [
        f"{row.domain}: {row.check} should say {row.verdict} ({row.fault})"
        for row in PLANTED
        if not any(
            found.check.id == row.check
            and found.result.verdict == row.verdict
            and row.subject in {"", found.subject}
            for found in reports[row.domain].rows
        )
    ]
    assert not missed, "\n".join(missed)


def test_every_check_of_the_table_is_in_the_catalogue():
    assert not {row.check for row in PLANTED} - set(BY_ID)


def test_the_healthy_twins_are_quiet(reports):
    alarms = [
        f"{row.domain}: {found.check.id} says {found.result.verdict}: {found.result.message}"
        for row in QUIET
        for found in reports[row.domain].rows
        if row.covers(found.check.id) and found.result.verdict not in QUIET_VERDICTS
    ]
    assert not alarms, "\n".join(alarms)


def test_no_check_says_not_gathered_or_crashed(reports):
    lost = {
        (found.check.id, found.result.cause, domain)
        for domain, report in reports.items()
        for found in report.rows
        if found.result.cause in {"not_gathered", "crashed"}
    }
    assert not lost


def test_no_audit_asks_for_more_than_250_requests(reports):
    most = max(report.request_count for report in reports.values())
    assert most <= 250


def test_hostile_sites_end_in_time_and_never_in_a_crash(inside):
    made = asyncio.run(_audit(list(HOSTILE)))
    for domain, report in made.items():
        assert report.elapsed_ms <= 62_000, domain
        assert not [row for row in report.rows if row.result.cause == "crashed"], domain
