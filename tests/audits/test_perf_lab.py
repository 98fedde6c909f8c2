"""Speed, weight and protocols against the small internet on loopback."""

import pytest

from audits.catalogue import CATALOGUE
from audits.engine import Judged
from audits.examine import examine
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import HEALTHY_DOMAIN, PLANTED, lab_target

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("in_lab")]

CHECKS = tuple(rule for rule in CATALOGUE if rule.id.startswith("perf."))
CALM = {Verdict.PASS, Verdict.INFO, Verdict.NA}
FAULTY = {row.domain for row in PLANTED if row.check.startswith("perf.")}


async def look(domain: str) -> list[Judged]:
    report = await examine(lab_target(domain), consent=Consent.L1, checks=CHECKS)
    return list(report.rows)


async def test_the_healthy_product_is_quick_light_and_packed(lab: Lab):
    rows = await look(HEALTHY_DOMAIN)
    assert not [row for row in rows if row.result.verdict not in CALM]
    said = {row.check.id: row.result.verdict for row in rows}
    for name in ("perf.quick", "perf.compression", "perf.page_weight", "perf.http2"):
        assert said[name] == Verdict.PASS, name


@pytest.mark.parametrize("domain", sorted(FAULTY))
async def test_planted_faults_are_found(lab: Lab, domain: str):
    rows = await look(domain)
    found = {(row.check.id, str(row.result.verdict)) for row in rows}
    planted = {(p.check, p.verdict) for p in PLANTED if p.domain == domain and p.consent <= 1}
    assert {pair for pair in planted if pair[0].startswith("perf.")} <= found
