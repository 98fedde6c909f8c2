"""What points at something gone, and whether a stranger could take its place."""

from typing import Any

import pytest

from accounts.guard.exchange import DnsStatus
from audits.checks.dns_dangling import dangling_cname, dangling_mx_srv, dangling_ns
from audits.gather.dangling import targets_in
from audits.observations.dangling import (
    Aliases,
    AliasLook,
    Holder,
    Ownership,
    PlatformPage,
    RecordTarget,
    RecordTargets,
    Subzone,
    Subzones,
    SubzoneServer,
)
from audits.observations.takeover_table import PLATFORMS, Grade, platform_of
from audits.observations.vendors import recognise
from audits.verdicts import Confidence, Result, Severity, Verdict
from tests.audits.dns_factories import DOMAIN, reply
from tests.audits.judging import every, only

HOST = f"docs.{DOMAIN}"
GONE, THERE = DnsStatus.NXDOMAIN, DnsStatus.NOERROR


def owned(holder: Holder, domain: str = "lapsed.example") -> Ownership:
    return Ownership(domain, holder)


def alias(target: str, end: DnsStatus = GONE, **more: Any) -> AliasLook:
    facts = {"host": HOST, "is_declared": True, "chain": (target,), **more}
    if end == GONE:
        facts.setdefault("ownership", owned(Holder.SOMEBODY))
    return AliasLook(end=end, **facts)


def shown(text: str, status: int = 404) -> PlatformPage:
    return PlatformPage(f"https://{HOST}/", status, text)


def judged(look: AliasLook) -> Result:
    return only(dangling_cname, Aliases(DOMAIN, 23, (look,)))


SURGE, S3 = "bright.surge.sh", f"{HOST}.s3.amazonaws.com"
NOT_FOUND = shown("<h1>project not found</h1>")


@pytest.mark.parametrize(
    ("look", "verdict", "cause"),
    [
        (alias("a.lapsed.example", ownership=owned(Holder.FREE)), Verdict.FAIL, "free_domain"),
        (alias("a.lapsed.example", ownership=owned(Holder.ABSENT)), Verdict.FAIL, "absent_domain"),
        (alias("a.held.example"), Verdict.WARN, "target_gone"),
        (alias("a.internal", ownership=owned(Holder.IMPOSSIBLE)), Verdict.PASS, ""),
        (alias(f"gone.{DOMAIN}"), Verdict.PASS, ""),
        (alias("x.us-east-1.elasticbeanstalk.com"), Verdict.FAIL, "claimable_name"),
        (alias("x.eba-7fy3.us-east-1.elasticbeanstalk.com"), Verdict.WARN, "target_gone"),
        (alias("x.westeurope.cloudapp.azure.com"), Verdict.FAIL, "claimable_name"),
        (alias("x-1.us-east-1.elb.amazonaws.com"), Verdict.PASS, ""),
        (alias("d1.cloudfront.net"), Verdict.PASS, ""),
        (alias("app.herokuapp.com"), Verdict.WARN, "target_gone"),
        (alias(SURGE, THERE, page=NOT_FOUND), Verdict.FAIL, "unclaimed_page"),
        (alias(SURGE, THERE, page=shown("project not found", 200)), Verdict.PASS, ""),
        (alias(SURGE, THERE, page=shown("Welcome", 404)), Verdict.PASS, ""),
        (alias(SURGE, THERE), Verdict.PASS, ""),
        (alias(S3, THERE, page=shown("<Code>NoSuchBucket</Code>")), Verdict.FAIL, "unclaimed_page"),
        # Nobody but the service itself is meant: the same words at somebody else's alias.
        (alias("a.held.example", THERE, page=NOT_FOUND), Verdict.PASS, ""),
        (alias(SURGE, DnsStatus.NODATA), Verdict.PASS, ""),
        (alias(SURGE, DnsStatus.SERVFAIL), Verdict.UNKNOWN, "no_answer"),
        (alias(SURGE, DnsStatus.SERVFAIL, is_declared=False), Verdict.PASS, ""),
    ],
)
def test_only_what_somebody_could_claim_fails(
    look: AliasLook, verdict: Verdict, cause: str
) -> None:
    row = judged(look)
    assert (row.verdict, row.cause) == (verdict, cause)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("cname.vercel-dns.com", "DEPLOYMENT_NOT_FOUND"),
        ("bright.netlify.app", "Not Found - Request ID: 01H"),
        ("bright.herokuapp.com", "No such app"),
        ("bright.github.io", "There isn\u2019t a GitHub Pages site here."),
        ("bright.myshopify.com", "Sorry, this shop is currently unavailable."),
        ("proxy-ssl.webflow.com", "The page you are looking for doesn't exist or has been moved."),
        ("www1.wixdns.net", "Looks Like This Domain Isn't Connected To A Website Yet!"),
        ("bright.wordpress.com", "Do you want to register bright.wordpress.com?"),
    ],
)
def test_a_platform_that_asks_for_proof_is_a_warning_and_never_a_fail(
    target: str, words: str
) -> None:
    row = judged(alias(target, THERE, page=shown(words)))
    assert (row.verdict, row.cause) == (Verdict.WARN, "guarded_page")
    assert any("CC BY 4.0" in line.value for line in row.evidence)


@pytest.mark.parametrize("host", [f"_sip._tcp.{DOMAIN}", f"s1._domainkey.{DOMAIN}"])
def test_a_service_name_is_no_page_that_could_be_taken(host: str) -> None:
    assert judged(alias(SURGE, THERE, host=host, page=NOT_FOUND)).verdict == Verdict.PASS
    gone = alias("x.us-east-1.elasticbeanstalk.com", host=host)
    assert judged(gone).verdict == Verdict.PASS
    free = alias("k.lapsed.example", host=host, ownership=owned(Holder.FREE))
    assert judged(free).verdict == Verdict.FAIL


def test_what_the_registry_confirms_weighs_more_than_what_dns_suggests() -> None:
    sure = judged(alias("a.lapsed.example", ownership=owned(Holder.FREE)))
    likely = judged(alias("a.lapsed.example", ownership=owned(Holder.ABSENT)))
    assert (sure.severity, sure.confidence) == (None, Confidence.CONFIRMED)
    assert (likely.severity, likely.confidence) == (Severity.S1, Confidence.PROBABLE)


def test_an_unanswered_declared_name_is_said() -> None:
    row = only(dangling_cname, Aliases(DOMAIN, 23, (), unanswered=(HOST,)))
    assert (row.verdict, row.cause) == (Verdict.UNKNOWN, "no_answer")


def test_the_table_names_each_target_once_and_looks_for_distinctive_words() -> None:
    targets = [target for platform in PLATFORMS for target in platform.targets]
    assert len(targets) == len(set(targets))
    for platform in PLATFORMS:
        assert all(words == words.lower() and len(words) > 10 for words in platform.words)
        assert platform.words or platform.is_by_absence or platform.grade == Grade.SAFE
    assert platform_of("surge.sh.evil.example") is None


# --- subzones

SHOP = f"shop.{DOMAIN}"


def zone(*servers: SubzoneServer, brand: str = "", is_own: bool = False) -> Subzones:
    vendors = recognise(ns=(brand,)) if brand else ()
    return Subzones(DOMAIN, (Subzone(SHOP, is_own, servers, vendors),))


REFUSES = SubzoneServer("ns1.brand.example", "192.0.2.1", DnsStatus.REFUSED)
SERVES = SubzoneServer("ns2.brand.example", "192.0.2.2", THERE, is_serving=True)
SILENT = SubzoneServer("ns3.brand.example", "192.0.2.3", DnsStatus.TIMEOUT)
FAILS = SubzoneServer("ns4.brand.example", "192.0.2.4", DnsStatus.SERVFAIL)
LOST = SubzoneServer("ns.lapsed.example", ownership=owned(Holder.FREE))
MAYBE = SubzoneServer("ns.lapsed.example", ownership=owned(Holder.ABSENT))
HELD = SubzoneServer("ns.held.example", ownership=owned(Holder.SOMEBODY))


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (zone(REFUSES, REFUSES, brand="ns1.digitalocean.com"), Verdict.FAIL, "refused"),
        (zone(REFUSES, brand="ns-1.awsdns-1.org"), Verdict.WARN, "refused_elsewhere"),
        (zone(REFUSES), Verdict.WARN, "refused_elsewhere"),
        (zone(REFUSES, SERVES, brand="ns1.digitalocean.com"), Verdict.PASS, ""),
        (zone(REFUSES, SILENT, brand="ns1.digitalocean.com"), Verdict.UNKNOWN, "no_answer"),
        (zone(FAILS, brand="ns1.digitalocean.com"), Verdict.UNKNOWN, "no_answer"),
        (zone(LOST, SERVES), Verdict.FAIL, "free_domain"),
        (zone(MAYBE, SERVES), Verdict.FAIL, "absent_domain"),
        (zone(LOST, is_own=True), Verdict.FAIL, "free_domain"),
        (zone(HELD, is_own=True), Verdict.PASS, ""),
        (zone(is_own=True), Verdict.PASS, ""),
        (Subzones(DOMAIN, (), is_looked_at=False), Verdict.UNKNOWN, "no_answer"),
    ],
)
def test_a_subzone_that_all_its_servers_refuse_can_be_created_by_anybody(
    seen: Subzones, verdict: Verdict, cause: str
) -> None:
    row = only(dangling_ns, seen)
    assert (row.verdict, row.cause) == (verdict, cause)


# --- targets of mail and services


def target(holder: Holder, record: str = f"MX {DOMAIN}") -> RecordTarget:
    return RecordTarget(record, "mx.lapsed.example", owned(holder))


@pytest.mark.parametrize(
    ("targets", "verdict", "cause"),
    [
        ((target(Holder.FREE),), Verdict.FAIL, "mx_free"),
        ((target(Holder.SOMEBODY), target(Holder.ABSENT)), Verdict.FAIL, "mx_absent"),
        ((target(Holder.FREE, f"SPF {DOMAIN}"),), Verdict.FAIL, "spf_free"),
        ((target(Holder.SOMEBODY),), Verdict.PASS, ""),
        ((target(Holder.IMPOSSIBLE),), Verdict.PASS, ""),
        ((target(Holder.SILENT),), Verdict.UNKNOWN, "no_answer"),
        ((), Verdict.NA, "no_target"),
    ],
)
def test_a_target_in_a_free_domain_is_somebody_elses_mail(
    targets: tuple[RecordTarget, ...], verdict: Verdict, cause: str
) -> None:
    row = only(dangling_mx_srv, RecordTargets(DOMAIN, targets))
    assert (row.verdict, row.cause) == (verdict, cause)


def test_two_records_of_one_domain_are_two_rows() -> None:
    both = (target(Holder.FREE), target(Holder.FREE, f"SRV _sip._tls.{DOMAIN}"))
    rows = every(dangling_mx_srv, RecordTargets(DOMAIN, both))
    assert [row.subject for row in rows] == [DOMAIN, f"_sip._tls.{DOMAIN}"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (reply(DOMAIN, "MX", "10 MX.example.net."), ["mx.example.net"]),
        (reply(DOMAIN, "MX", "0 .", "10 203.0.113.9."), []),
        (reply(f"_sip._tls.{DOMAIN}", "SRV", "0 0 443 sip.example.net."), ["sip.example.net"]),
        (reply(f"_sip._tls.{DOMAIN}", "SRV", "0 0 0 ."), []),
        (
            reply(DOMAIN, "TXT", "v=spf1 include:_spf.a.example redirect=b.example -all"),
            ["_spf.a.example", "b.example"],
        ),
        (reply(DOMAIN, "TXT", "v=spf1 include:%{i}.x.example -all", "include:no.example"), []),
        (reply(DOMAIN, "MX"), []),
    ],
)
def test_null_records_addresses_and_macros_name_no_target(said: Any, names: list[str]) -> None:
    assert [name for _, name in targets_in(said)] == names
