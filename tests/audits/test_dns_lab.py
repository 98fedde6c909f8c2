"""The DNS gatherers and checks against the small internet on loopback."""

import asyncio
import json
import socket
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from accounts.guard import Guard
from audits.catalogue import CATALOGUE
from audits.engine import Judged, judge_all
from audits.gather.dangling import gather_dangling
from audits.gather.dns import gather_dns, gather_reach
from audits.gather.dns_spread import gather_spread
from audits.gather.dnssec import gather_dnssec
from audits.gather.families import FAMILIES
from audits.gather.prefill import guess
from audits.gather.rdap import gather_registration, see_registration
from audits.gather.site import Site
from audits.gather.vendors import gather_surroundings
from audits.observations.dns import DomainExistence
from audits.observations.registration import Registration
from audits.observations.seen import FailureKind
from audits.observations.target import Host, HostKind, Surroundings, Target
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import HEALTHY_DOMAIN, PLANTED, QUIET, lab_target

pytestmark = pytest.mark.lab

MOST_QUESTIONS = 120
MOST_GUESS_QUESTIONS = 40
MOST_SECONDS = 1.5
DNS_CHECKS = tuple(rule for rule in CATALOGUE if rule.id.startswith("dns."))
DNS_PLANTED = [row for row in PLANTED if row.check.startswith("dns.")]
DNS_QUIET = [row for row in QUIET if any(row.covers(rule.id) for rule in DNS_CHECKS)]


async def look(guard: Guard, target: Target) -> list[Judged]:
    site = Site(target, guard)
    await gather_dns(site)
    await gather_reach(site)
    await gather_registration(site)
    await gather_dnssec(site)
    await gather_dangling(site)
    await gather_spread(site)
    return judge_all(DNS_CHECKS, site.seen, granted=Consent.L1, domain=target.domain)


def told(rows: list[Judged], check: str) -> list[tuple[str, str, str]]:
    return [
        (row.result.verdict.value, row.subject, row.result.message)
        for row in rows
        if row.check.id == check
    ]


@pytest.mark.parametrize("row", DNS_PLANTED, ids=lambda row: f"{row.fault}-{row.check}")
async def test_each_planted_fault_is_found_by_its_check(guard: Guard, row: Any) -> None:
    rows = await look(guard, lab_target(row.domain))
    said = told(rows, row.check)
    assert any(
        verdict == row.verdict and row.subject in {"", subject} for verdict, subject, _ in said
    ), said


@pytest.mark.parametrize("row", DNS_QUIET, ids=lambda row: row.domain)
async def test_no_check_raises_a_false_alarm(guard: Guard, row: Any) -> None:
    rows = await look(guard, lab_target(row.domain))
    alarms = [
        (judged.check.id, judged.result.verdict.value, judged.subject, judged.result.message)
        for judged in rows
        if row.covers(judged.check.id)
        and judged.result.verdict not in {Verdict.PASS, Verdict.INFO, Verdict.NA}
    ]
    assert alarms == []


SIX = ("", "www.", "app.", "api.", "admin.", "docs.")


def six_hosts(domain: str) -> Target:
    hosts = tuple(Host(f"{label}{domain}", HostKind.WEB) for label in SIX)
    return replace(lab_target(domain), hosts=hosts)


async def test_the_dns_wave_of_six_hosts_stays_within_its_budget(guard: Guard) -> None:
    site = Site(six_hosts(HEALTHY_DOMAIN), guard)
    begun = time.monotonic()
    await gather_dns(site)
    elapsed_seconds = time.monotonic() - begun
    assert elapsed_seconds < MOST_SECONDS
    await asyncio.gather(gather_reach(site), gather_surroundings(site), gather_registration(site))
    assert guard.dns_question_count <= MOST_QUESTIONS


async def test_a_resolver_that_is_away_makes_everything_unknown(in_lab: Lab) -> None:
    with override_settings(AUDIT_RESOLVERS=["127.0.0.1:1"], LAB_RESOLVER="127.0.0.1:1"):
        async with Guard.from_settings() as blind:
            rows = await look(blind, lab_target(HEALTHY_DOMAIN))
    known = [row for row in rows if row.result.verdict != Verdict.UNKNOWN]
    assert [row.result.cause for row in known] == ["apex"]


async def test_a_closed_way_to_port_53_is_unknown_and_never_lame(
    in_lab: Lab, tmp_path: Path
) -> None:
    table = json.loads(in_lab.table_file.read_text())
    closed = {
        kind: {at: to for at, to in ways.items() if not at.endswith(":53")}
        for kind, ways in table.items()
    }
    file = tmp_path / "closed.json"
    file.write_text(json.dumps(closed))
    with override_settings(LAB_TABLE=str(file)):
        async with Guard.from_settings() as inside:
            rows = await look(inside, lab_target(HEALTHY_DOMAIN))
    for check in ("dns.ns_lame", "dns.ns_tcp", "dns.ns_parent_child", "dns.soa_serial"):
        assert {verdict for verdict, _, _ in told(rows, check)} == {"unknown"}
    assert told(rows, "dns.ns_count")[0][0] == "pass"
    assert told(rows, "dns.apex_address")[0][0] == "pass"


async def test_name_servers_that_the_guard_refuses_are_a_finding_not_a_crash(
    guard: Guard, lab: Lab
) -> None:
    domain = "inside-ns.test"
    lab.add_product(domain)
    lab.zone("test").add(domain, "NS", "ns.inside-ns.test")
    lab.zone(domain).add(domain, "NS", "ns.inside-ns.test")
    lab.zone(domain).add("ns.inside-ns.test", "A", "10.0.0.53")
    rows = await look(guard, replace(lab_target(HEALTHY_DOMAIN), domain=domain, hosts=()))
    lab.drop_product(domain)
    assert ("fail", "ns.inside-ns.test") in [row[:2] for row in told(rows, "dns.ns_lame")]


async def test_a_subdomain_is_judged_at_its_registrable_domain(guard: Guard) -> None:
    host = f"app.{HEALTHY_DOMAIN}"
    target = replace(lab_target(HEALTHY_DOMAIN), domain=host, hosts=(Host(host),))
    rows = await look(guard, target)
    assert told(rows, "dns.domain_exists")[0][:2] == ("pass", HEALTHY_DOMAIN)
    assert told(rows, "dns.registration_expiry")[0][:2] == ("pass", HEALTHY_DOMAIN)
    assert told(rows, "dns.apex_address")[0][0] == "na"
    assert told(rows, "dns.apex_cname")[0][0] == "na"


async def test_a_host_of_another_domain_is_not_asked_at_our_servers(guard: Guard) -> None:
    target = lab_target(HEALTHY_DOMAIN)
    other = replace(target, hosts=(*target.hosts, Host("app.spa.test")))
    rows = await look(guard, other)
    assert ("na", "app.spa.test") in [row[:2] for row in told(rows, "dns.cname_conflict")]
    assert ("info", "app.spa.test") in [row[:2] for row in told(rows, "dns.ttl_cutover")]


async def test_a_second_look_asks_only_for_what_it_wants(guard: Guard) -> None:
    wanted = frozenset({DomainExistence})
    site = Site(lab_target(HEALTHY_DOMAIN), guard, attempt=1, wanted=wanted)
    for family in FAMILIES:
        if family.name in {"dns", "dns_reach", "registration", "vendors"}:
            await family.gather(site)
    assert {sight.wanted for sight in site.seen.sights} == {DomainExistence}
    assert guard.dns_question_count == 2


async def registration_of(guard: Guard, domain: str) -> Any:
    return await see_registration(Site(Target(domain), guard), domain)


async def test_three_ways_to_have_no_registration_stay_apart(guard: Guard, lab: Lab) -> None:
    missing = await registration_of(guard, "nobody-has-this.test")
    assert isinstance(missing, Registration)
    assert not missing.is_found
    unlisted = await registration_of(guard, "example.zz")
    assert unlisted.kind == FailureKind.NOT_APPLICABLE
    lent = await registration_of(guard, "app.vercel.app")
    assert lent.kind == FailureKind.NOT_APPLICABLE
    try:
        lab.zone("registry.test").replace("rdap.registry.test", "A", "127.0.50.13")
        away = await registration_of(guard, HEALTHY_DOMAIN)
    finally:
        lab.zone("registry.test").replace("rdap.registry.test", "A", "127.0.60.1")
    assert away.kind in {FailureKind.NO_ANSWER, FailureKind.TIMEOUT}


async def test_the_guess_lists_the_hosts_that_answer(guard: Guard) -> None:
    made = await guess(HEALTHY_DOMAIN, guard)
    names = {host.name for host in made.hosts}
    assert {HEALTHY_DOMAIN, f"www.{HEALTHY_DOMAIN}", f"api.{HEALTHY_DOMAIN}"} <= names
    assert f"staging.{HEALTHY_DOMAIN}" not in names
    assert made.is_complete
    assert [domain.name for domain in made.mail_domains] == [HEALTHY_DOMAIN]
    assert guard.dns_question_count <= MOST_GUESS_QUESTIONS


async def test_a_wildcard_makes_no_host(guard: Guard) -> None:
    made = await guess("wildcard.test", guard)
    assert made.has_wildcard
    assert "dev.wildcard.test" not in {host.name for host in made.hosts}


async def test_a_guess_ends_in_time_though_nobody_answers(in_lab: Lab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        with override_settings(LAB_RESOLVER=f"127.0.0.1:{mute.getsockname()[1]}"):
            async with Guard.from_settings() as waiting:
                begun = time.monotonic()
                made = await guess(HEALTHY_DOMAIN, waiting, deadline=timedelta(seconds=0.2))
    assert time.monotonic() - begun < 1
    assert (made.is_complete, made.hosts) == (False, ())


async def test_an_address_or_a_bare_suffix_guesses_nothing(guard: Guard) -> None:
    assert (await guess("127.0.0.1", guard)).hosts == ()
    assert guard.dns_question_count == 0


async def test_the_surroundings_name_the_vendors_in_the_records(guard: Guard, lab: Lab) -> None:
    domain = "vendored.test"
    lab.add_product(domain)
    lab.zone(domain).replace(domain, "MX", "1 aspmx.l.google.com.")
    lab.zone(domain).replace(domain, "TXT", "v=spf1 include:sendgrid.net ~all")
    lab.zone(domain).replace(f"www.{domain}", "CNAME", "cname.vercel-dns.com.")
    lab.zone(domain).remove(f"www.{domain}", "A")
    hosts = (Host(domain), Host(f"www.{domain}"))
    site = Site(replace(lab_target(HEALTHY_DOMAIN), domain=domain, hosts=hosts), guard, consent=0)
    await gather_surroundings(site)
    lab.drop_product(domain)
    met = {v.name for seen in site.seen.values(Surroundings) for v in seen.vendors}
    assert {"Google Workspace", "SendGrid", "Vercel"} <= met
