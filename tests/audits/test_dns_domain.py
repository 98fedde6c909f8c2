"""Existence, registration, bare domain and wildcard, on both sides of each threshold."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.guard.exchange import DnsStatus
from audits.checks.dns import (
    apex_address,
    apex_cname,
    domain_exists,
    registrar_lock,
    registration_expiry,
    wildcard,
)
from audits.observations.dns import ApexAddresses, ApexAlias, DomainExistence, WildcardDns
from audits.observations.registration import Registration
from audits.observations.target import Vendor
from audits.verdicts import Verdict
from tests.audits.dns_factories import DOMAIN, NOW, reply, silence, soa
from tests.audits.judging import only

MISSING = reply(DOMAIN, "SOA", status=DnsStatus.NXDOMAIN)
DEAD = silence(DOMAIN, "SOA")
BROKEN = reply(DOMAIN, "SOA", status=DnsStatus.SERVFAIL)


@pytest.mark.parametrize(
    ("replies", "verdict"),
    [
        ((soa(), soa()), Verdict.PASS),
        ((reply(DOMAIN, "SOA"),), Verdict.PASS),
        ((MISSING, MISSING), Verdict.FAIL),
        ((MISSING,), Verdict.FAIL),
        ((MISSING, soa()), Verdict.WARN),
        ((MISSING, DEAD), Verdict.UNKNOWN),
        ((BROKEN, BROKEN), Verdict.UNKNOWN),
        ((soa(), DEAD), Verdict.PASS),
        ((), Verdict.UNKNOWN),
    ],
)
def test_a_domain_is_missing_only_where_every_resolver_says_so(
    replies: Any, verdict: Verdict
) -> None:
    assert only(domain_exists, DomainExistence(DOMAIN, replies)).verdict == verdict


def registration(days_left: float | None = 90, *statuses: str, **fields: Any) -> Registration:
    ends = None if days_left is None else NOW + timedelta(days=days_left)
    made = Registration(DOMAIN, "https://rdap.example/", True, NOW, ends, statuses, "Names Inc.")
    return replace(made, **fields)


@pytest.mark.parametrize(
    ("days_left", "verdict"),
    [
        (60.1, Verdict.PASS),
        (60, Verdict.WARN),
        (15, Verdict.WARN),
        (14.9, Verdict.FAIL),
        (-1, Verdict.FAIL),
        (None, Verdict.NA),
    ],
)
def test_a_registration_is_judged_by_the_days_left(
    days_left: float | None, verdict: Verdict
) -> None:
    assert only(registration_expiry, registration(days_left)).verdict == verdict


def test_confirmed_renewal_turns_a_near_end_into_a_warning_but_not_a_past_one() -> None:
    near = registration(3, is_auto_renew_confirmed=True)
    past = registration(-3, is_auto_renew_confirmed=True)
    assert only(registration_expiry, near).verdict == Verdict.WARN
    assert only(registration_expiry, past).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    "status", ["client hold", "clientHold", "server hold", "redemption period", "pending delete"]
)
def test_a_domain_taken_out_of_dns_fails_however_long_it_is_registered(status: str) -> None:
    assert only(registration_expiry, registration(900, status)).verdict == Verdict.FAIL


def test_a_registry_that_answers_404_tells_nothing() -> None:
    unknown = registration(None, is_found=False)
    assert only(registration_expiry, unknown).verdict == Verdict.UNKNOWN
    assert only(registrar_lock, unknown).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("domain", "statuses", "verdict"),
    [
        ("example.com", ("client transfer prohibited",), Verdict.PASS),
        ("example.com", ("clientTransferProhibited",), Verdict.PASS),
        ("example.com", ("server transfer prohibited",), Verdict.PASS),
        ("example.com", ("active",), Verdict.WARN),
        ("example.com", (), Verdict.WARN),
        ("example.com", ("client delete prohibited",), Verdict.WARN),
        ("example.de", ("active",), Verdict.NA),
        ("example.us", ("client delete prohibited",), Verdict.WARN),
    ],
)
def test_a_lock_is_missed_only_where_the_registry_has_locks(
    domain: str, statuses: tuple[str, ...], verdict: Verdict
) -> None:
    assert only(registrar_lock, registration(90, *statuses, domain=domain)).verdict == verdict


def test_the_two_questions_about_a_registration_name_no_changing_value_as_cause() -> None:
    first = only(registration_expiry, registration(10))
    later = only(registration_expiry, registration(9))
    assert first.cause == later.cause


HERE = (reply(DOMAIN, "A", "198.51.100.7"), reply(DOMAIN, "AAAA"))
GONE = (reply(DOMAIN, "A"), reply(DOMAIN, "AAAA"))
HALF = (reply(DOMAIN, "A"), silence(DOMAIN, "AAAA"))
ALIAS = reply(DOMAIN, "HTTPS", "0 edge.host.example.")


@pytest.mark.parametrize(
    ("apex", "www", "https", "verdict"),
    [
        (HERE, HERE, None, Verdict.PASS),
        (HERE, GONE, None, Verdict.WARN),
        (GONE, HERE, None, Verdict.WARN),
        (GONE, GONE, None, Verdict.FAIL),
        (GONE, GONE, ALIAS, Verdict.WARN),
        (HALF, GONE, None, Verdict.UNKNOWN),
        (HERE, HALF, None, Verdict.UNKNOWN),
        ((), (), None, Verdict.UNKNOWN),
    ],
)
def test_the_bare_domain_needs_an_address(
    apex: Any, www: Any, https: Any, verdict: Verdict
) -> None:
    seen = ApexAddresses(DOMAIN, True, apex, www, https)
    assert only(apex_address, seen).verdict == verdict


def test_a_product_on_a_subdomain_is_not_judged_at_the_bare_domain() -> None:
    assert only(apex_address, ApexAddresses(DOMAIN, False)).verdict == Verdict.NA
    assert only(apex_cname, ApexAlias(DOMAIN, False)).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (reply(DOMAIN, "CNAME", "edge.host.example."), Verdict.FAIL),
        (reply(DOMAIN, "CNAME"), Verdict.PASS),
        (silence(DOMAIN, "CNAME"), Verdict.UNKNOWN),
    ],
)
def test_an_alias_at_the_bare_domain_fails(answer: Any, verdict: Verdict) -> None:
    assert only(apex_cname, ApexAlias(DOMAIN, True, (answer,))).verdict == verdict


PROBE = f"0123456789abcdef.{DOMAIN}"


def test_a_random_name_that_is_not_there_passes() -> None:
    gone = reply(PROBE, "A", status=DnsStatus.NXDOMAIN)
    assert only(wildcard, WildcardDns(DOMAIN, PROBE, (gone, gone))).verdict == Verdict.PASS


def test_a_wildcard_to_the_own_server_is_only_told() -> None:
    met = reply(PROBE, "A", "198.51.100.7")
    assert only(wildcard, WildcardDns(DOMAIN, PROBE, (met,))).verdict == Verdict.INFO


def test_a_wildcard_to_a_platform_warns() -> None:
    met = reply(PROBE, "A", "198.51.100.7", chain=("cname.vercel-dns.com",))
    vendor = Vendor("hosting", "Vercel", "CNAME cname.vercel-dns.com")
    assert only(wildcard, WildcardDns(DOMAIN, PROBE, (met,), (vendor,))).verdict == Verdict.WARN


def test_silence_about_a_random_name_is_unknown() -> None:
    seen = WildcardDns(DOMAIN, PROBE, (silence(PROBE), reply(PROBE, "AAAA")))
    assert only(wildcard, seen).verdict == Verdict.UNKNOWN
