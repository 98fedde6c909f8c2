"""The table of planted faults: each is found by its check, and the healthy twins are quiet.

One pass audits every product of the lab, side by side; the tests read what it found.
"""

import asyncio
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace

import pytest

from audits import examine as examination
from audits.catalogue import BY_ID
from audits.examine import HARD_STOP, Report, examine
from audits.gather import site as looking
from audits.gather.families import FAMILIES
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import (
    DEMO_DOMAIN,
    HEALTHY_DOMAIN,
    HOSTILE,
    PLANTED,
    PRODUCTS,
    QUIET,
    lab_target,
)
from tests.lab.fixture import seeing

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(420)]

BETWEEN_STARTS_SECONDS = 1.5
SLOW = (*HOSTILE, "slow.test", "silent.test")
# Every product is audited with everything; these are audited in quiet, one at a time.
IN_QUIET = {HEALTHY_DOMAIN, DEMO_DOMAIN, *SLOW, *(row.domain for row in QUIET)}
QUIET_VERDICTS = {Verdict.PASS, Verdict.INFO, Verdict.NA}


@pytest.fixture(scope="module")
def inside(lab: Lab):
    """`in_lab`, for the whole module."""
    with seeing(lab):
        yield lab


@pytest.fixture(scope="module")
def reports(inside: Lab) -> dict[str, Report]:
    """The report of every domain in the table, at consent level 2."""
    named = [*SLOW, *PRODUCTS, *(row.domain for row in PLANTED), *(row.domain for row in QUIET)]
    with pytest.MonkeyPatch.context() as patch:
        # Ninety audits and the internet that they look at share two cores here, so each
        # gets the time that it has alone; the limits themselves are test_examine's.
        patient = tuple(replace(family, limit=family.limit * 4) for family in FAMILIES)
        patch.setattr(examination, "FAMILIES", patient)
        domains = list(dict.fromkeys(named))
        # What must be quiet waits until the hostile ones have let go of this process.
        first = [domain for domain in domains if domain in HOSTILE or domain not in IN_QUIET]
        found = asyncio.run(_audit(first, at_once=2))
        for name in ("PAGE_DEADLINE", "SCRIPT_DEADLINE"):
            patch.setattr(looking, name, getattr(looking, name) * 4)
        rest = [domain for domain in domains if domain not in found]
        return found | asyncio.run(_audit(rest, at_once=1))


async def _audit(domains: Collection[str], *, at_once: int) -> dict[str, Report]:
    places = asyncio.Semaphore(at_once)

    async def one(domain: str) -> tuple[str, Report]:
        if domain in SLOW:
            # They mostly wait, but all of them shaking hands at once would starve the rest.
            await asyncio.sleep(SLOW.index(domain) * BETWEEN_STARTS_SECONDS)
        async with nullcontext() if domain in SLOW else places:
            return domain, await examine(
                lab_target(domain),
                consent=Consent.L2,
                # Nobody is patient with those who only want to hold us up.
                hard_stop=HARD_STOP if domain in HOSTILE else HARD_STOP * 4,
            )

    return dict(await asyncio.gather(*(one(domain) for domain in domains)))


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
        if found.result.cause == "crashed"
        or (found.result.cause == "not_gathered" and domain not in HOSTILE)
    }
    assert not lost


def test_no_audit_asks_for_more_than_250_requests(reports):
    asked = {domain: report.request_count for domain, report in reports.items()}
    assert max(asked[domain] for domain in asked if domain not in HOSTILE) <= 250


def test_hostile_sites_end_in_time(reports):
    late = {domain: reports[domain].elapsed_ms for domain in HOSTILE}
    assert {domain for domain, elapsed_ms in late.items() if elapsed_ms > 62_000} == set()
