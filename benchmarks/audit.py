"""How long one whole audit of the lab's products takes, and which family takes how much of it.

Every web answer of the lab comes 20 ms late. Prints requests, DNS questions, median and p95 of
the wall time, and the families by their median. Target: 8 s median, 20 s at p95, 250 requests.

Run: .venv/bin/python -m pytest benchmarks/audit.py -q -s
"""

import statistics
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from audits.examine import Progress, Report, examine
from audits.verdicts import Consent
from tests.lab import Lab
from tests.lab.faults import DEMO_DOMAIN, HEALTHY_DOMAIN, lab_target
from tests.lab.fixture import seeing

AUDITS = 15
ANSWER_SECONDS = 0.02
P95 = 0.95
SHOWN_FAMILIES = 12


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def nearest(values: list[float], share: float) -> float:
    """The nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]


async def timed(domain: str) -> tuple[Report, dict[str, float]]:
    """One audit, and the seconds from a family's start to its end in the first look."""
    begun: dict[str, float] = {}
    took: dict[str, float] = {}

    def watch(progress: Progress) -> None:
        now = time.monotonic()
        if progress.state == "looking":
            begun.setdefault(progress.title, now)
        elif progress.title in begun:
            took.setdefault(progress.title, now - begun[progress.title])

    return await examine(lab_target(domain), consent=Consent.L2, watch=watch), took


@pytest.mark.lab
@pytest.mark.parametrize("domain", [HEALTHY_DOMAIN, DEMO_DOMAIN])
async def test_one_audit(lab: Lab, domain: str) -> None:
    families: dict[str, list[float]] = defaultdict(list)
    walls: list[float] = []
    lab.web.delay_seconds = ANSWER_SECONDS
    try:
        with seeing(lab):
            for _ in range(AUDITS):
                report, took = await timed(domain)
                walls.append(report.elapsed_ms / 1000)
                for title, seconds in took.items():
                    families[title].append(seconds)
    finally:
        lab.web.delay_seconds = 0.0
    hosts = len(lab_target(domain).hosts)
    say(f"\n{domain}, {hosts} hosts, {AUDITS} audits, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    say(f"  {report.request_count} requests, {report.dns_question_count} DNS questions")
    say(f"  median {statistics.median(walls):.2f} s, p95 {nearest(walls, P95):.2f} s")
    slowest = sorted(families.items(), key=lambda one: -statistics.median(one[1]))
    for title, times in slowest[:SHOWN_FAMILIES]:
        say(f"  {statistics.median(times):6.2f} s  {title}")
