"""Signatures, forgotten records and stale answers against the small internet on loopback."""

from dataclasses import replace

import pytest

from audits.catalogue import BY_ID, CATALOGUE
from audits.engine import Judged
from audits.examine import Report, examine
from audits.observations.target import Host
from audits.verdicts import Confidence, Consent, Severity, Verdict
from tests.lab import Lab
from tests.lab.addresses import OLD_HOME
from tests.lab.faults import HEALTHY_DOMAIN, PLANTED, lab_target
from tests.lab.nameserver import Temper
from tests.lab.zones import as_set

pytestmark = pytest.mark.lab

DEPTH = tuple(
    rule
    for rule in CATALOGUE
    if rule.id.startswith(("dns.dnssec", "dns.dangling", "dns.propagation", "dns.split"))
)
DEPTH_IDS = {rule.id for rule in DEPTH}
QUIET = {Verdict.PASS, Verdict.INFO, Verdict.NA}


async def look(domain: str, consent: Consent = Consent.L1) -> Report:
    return await examine(lab_target(domain), consent=consent, checks=DEPTH)


def said(report: Report, check: str) -> dict[str, Judged]:
    return {row.subject: row for row in report.rows if row.check.id == check}


@pytest.mark.parametrize(
    "domain", ["neglected.test", "expired-signature.test", "orphan-ds.test", "brokenchat.test"]
)
async def test_each_planted_fault_is_found(in_lab: Lab, domain: str) -> None:
    report = await look(domain)
    wanted = [row for row in PLANTED if row.domain == domain and row.check in DEPTH_IDS]
    missed = [
        (row.fault, row.check, {k: v.result for k, v in said(report, row.check).items()})
        for row in wanted
        if not any(
            found.result.verdict == row.verdict and row.subject in {"", subject}
            for subject, found in said(report, row.check).items()
        )
    ]
    assert wanted
    assert not missed


@pytest.mark.parametrize("domain", [HEALTHY_DOMAIN, "signed.test", "online-signed.test"])
async def test_the_twins_are_quiet(in_lab: Lab, domain: str) -> None:
    report = await look(domain)
    assert [
        (row.check.id, row.subject, row.result.message)
        for row in report.rows
        if row.result.verdict not in QUIET
    ] == []


async def test_a_free_domain_behind_an_alias_stops_the_launch(in_lab: Lab) -> None:
    report = await look("neglected.test")
    rows = said(report, "dns.dangling_cname")
    found = rows["promo.neglected.test"]
    assert (found.severity, found.result.cause) == (Severity.S0, "free_domain")
    assert rows["old.neglected.test"].result.cause == "claimable_name"
    assert rows["help.neglected.test"].severity == Severity.S2


async def test_without_leave_to_open_pages_only_records_are_judged(in_lab: Lab) -> None:
    report = await look("neglected.test", Consent.L0)
    rows = said(report, "dns.dangling_cname")
    assert set(rows) == {"promo.neglected.test", "old.neglected.test"}
    assert said(report, "dns.split_providers")["neglected.test"].result.cause == "consent"


async def test_resolvers_that_do_not_validate_leave_it_to_our_own_look(in_lab: Lab) -> None:
    for resolver in in_lab.resolvers:
        resolver.is_validating = False
    try:
        signed, expired = await look("signed.test"), await look("expired-signature.test")
    finally:
        for resolver in in_lab.resolvers:
            resolver.is_validating = True
    found = said(signed, "dns.dnssec")["signed.test"].result
    assert (found.verdict, found.confidence) == (Verdict.PASS, Confidence.PROBABLE)
    broken = said(expired, "dns.dnssec")["expired-signature.test"].result
    assert (broken.verdict, broken.cause) == (Verdict.FAIL, "bogus")


async def test_a_resolver_says_why_it_refuses(in_lab: Lab) -> None:
    report = await look("expired-signature.test")
    found = said(report, "dns.dnssec")["expired-signature.test"].result
    assert "signatures have ended" in found.message
    assert any("EDE 7" in line.value for line in found.evidence)


async def test_a_resolver_that_is_behind_within_its_ttl_is_no_alarm(in_lab: Lab) -> None:
    name = f"www.{HEALTHY_DOMAIN}"
    memory = in_lab.watchers[0].remembered
    memory[name, "A"] = as_set(name, "A", (OLD_HOME,), 240)
    try:
        report = await look(HEALTHY_DOMAIN)
    finally:
        memory.clear()
    found = said(report, "dns.propagation")[name].result
    assert (found.verdict, found.cause) == (Verdict.INFO, "within_ttl")


async def test_resolvers_of_the_world_that_stay_silent_are_unknown(in_lab: Lab) -> None:
    for watcher in in_lab.watchers:
        watcher.temper = Temper.REFUSES
    try:
        report = await look(HEALTHY_DOMAIN)
    finally:
        for watcher in in_lab.watchers:
            watcher.temper = Temper.GOOD
    found = said(report, "dns.propagation")[HEALTHY_DOMAIN].result
    assert (found.verdict, found.cause) == (Verdict.UNKNOWN, "no_answer")


async def test_a_wildcard_alias_is_told_once(in_lab: Lab) -> None:
    domain = "wild-alias.test"
    in_lab.add_product(domain)
    in_lab.zone(domain).add(f"*.{domain}", "CNAME", "gone.lapsed-agency.test")
    try:
        target = replace(lab_target(HEALTHY_DOMAIN), domain=domain, hosts=(Host(domain),))
        report = await examine(target, checks=[BY_ID["dns.dangling_cname"]])
    finally:
        in_lab.drop_product(domain)
    assert [row.subject for row in report.rows] == [f"*.{domain}"]
    assert report.rows[0].result.verdict == Verdict.FAIL
