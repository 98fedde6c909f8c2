"""Hosts: conflicts, private addresses, IPv6, cut-over, routing map, CAA."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.guard.exchange import DnsStatus
from audits.checks.dns_caa import caa
from audits.checks.dns_hosts import address_private, cname_conflict, ipv6, ttl_cutover
from audits.checks.dns_routing import points_to_expected
from audits.observations.dns import (
    AuthorityAnswer,
    CaaRecord,
    CaaView,
    HostAddresses,
    HostRecords,
    Ipv6Attempt,
    Ipv6Reach,
    JudgedAddress,
    RoutingMap,
    parse_caa,
)
from audits.observations.target import Host, HostKind
from audits.observations.vendors import recognise
from audits.verdicts import Result, Severity, Verdict
from tests.audits.dns_factories import DOMAIN, NOW, reply, silence
from tests.audits.judging import every, only

APP = f"app.{DOMAIN}"
HERE = "198.51.100.7"


def records(*replies: Any, **fields: Any) -> HostRecords:
    facts: dict[str, Any] = {
        "host": APP,
        "is_apex": False,
        "answers": (AuthorityAnswer("192.0.2.53", replies),) if replies else (),
        "cached": (),
        "is_delegated": False,
        "observed_at": NOW,
        **fields,
    }
    return HostRecords(**facts)


ALIAS = reply(APP, "CNAME", "edge.example.net.")


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (records(ALIAS, reply(APP, "A", HERE)), Verdict.FAIL),
        (records(ALIAS, reply(APP, "TXT", "v=spf1 -all")), Verdict.FAIL),
        (records(ALIAS, reply(APP, "RRSIG", "CNAME 13")), Verdict.PASS),
        (records(ALIAS, reply(APP, "A", HERE, chain=("edge.example.net",))), Verdict.PASS),
        (records(reply(APP, "A", HERE)), Verdict.PASS),
        (records(), Verdict.UNKNOWN),
        (records(is_apex=True), Verdict.NA),
        (records(is_delegated=True), Verdict.NA),
    ],
)
def test_a_record_beside_a_cname_fails(seen: HostRecords, verdict: Verdict) -> None:
    assert only(cname_conflict, seen).verdict == verdict


def test_one_of_two_servers_with_a_conflict_is_enough() -> None:
    good = AuthorityAnswer("192.0.2.1", (ALIAS,))
    bad = AuthorityAnswer("192.0.2.2", (ALIAS, reply(APP, "MX", "10 mx.example.")))
    assert only(cname_conflict, records(answers=(good, bad))).verdict == Verdict.FAIL


def addresses(*judged: JudgedAddress, kind: HostKind = HostKind.WEB, **more: Any) -> HostAddresses:
    said = reply(APP, "A", *(one.address for one in judged))
    facts = {"replies": (said, reply(APP, "AAAA")), "addresses": judged, **more}
    return HostAddresses(host=Host(APP, kind), **facts)


INSIDE = JudgedAddress("10.0.0.4", "address_not_public", "10.0.0.4 is not public.")
OURS = JudgedAddress("192.0.2.9", "address_own_network", "That is our own network.")
PUBLIC = JudgedAddress(HERE)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (addresses(PUBLIC), Verdict.PASS),
        (addresses(INSIDE), Verdict.FAIL),
        (addresses(PUBLIC, INSIDE), Verdict.FAIL),
        (addresses(INSIDE, kind=HostKind.API), Verdict.FAIL),
        (addresses(INSIDE, kind=HostKind.ADMIN), Verdict.WARN),
        (addresses(INSIDE, kind=HostKind.STAGING), Verdict.WARN),
        (addresses(OURS), Verdict.UNKNOWN),
        (addresses(), Verdict.NA),
        (addresses(replies=(silence(APP),)), Verdict.UNKNOWN),
    ],
)
def test_an_inside_address_fails_where_visitors_go(seen: HostAddresses, verdict: Verdict) -> None:
    assert only(address_private, seen).verdict == verdict


V6 = "2a00:1450::1"
HAS_V6 = reply(APP, "AAAA", V6)


@pytest.mark.parametrize(
    ("answer", "code", "is_able", "verdict"),
    [
        (HAS_V6, "", None, Verdict.PASS),
        (HAS_V6, "connect_refused", True, Verdict.WARN),
        (HAS_V6, "connect_refused", False, Verdict.WARN),
        (HAS_V6, "connect_timeout", True, Verdict.WARN),
        (HAS_V6, "connect_timeout", False, Verdict.NA),
        (HAS_V6, "connect_unreachable", False, Verdict.NA),
        (HAS_V6, "address_not_public", None, Verdict.NA),
    ],
)
def test_a_dead_ipv6_address_counts_only_where_we_have_ipv6(
    answer: Any, code: str, is_able: bool | None, verdict: Verdict
) -> None:
    seen = Ipv6Reach(APP, answer, (Ipv6Attempt(V6, code),), is_able)
    assert only(ipv6, seen).verdict == verdict


def test_no_ipv6_is_told_and_silence_is_unknown() -> None:
    assert only(ipv6, Ipv6Reach(APP, reply(APP, "AAAA"))).verdict == Verdict.INFO
    assert only(ipv6, Ipv6Reach(APP, silence(APP, "AAAA"))).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("ttl", "hours_ahead", "verdict"),
    [
        (3600, 48, Verdict.PASS),
        (3601, 48, Verdict.WARN),
        (3601, 48.1, Verdict.INFO),
        (3601, 0, Verdict.WARN),
        (3601, -1, Verdict.INFO),
        (86400, None, Verdict.INFO),
    ],
)
def test_a_long_ttl_warns_in_the_two_days_before_the_switch(
    ttl: int, hours_ahead: float | None, verdict: Verdict
) -> None:
    switch = None if hours_ahead is None else NOW + timedelta(hours=hours_ahead)
    seen = records(reply(APP, "A", HERE, ttl=ttl), switch_at=switch)
    assert only(ttl_cutover, seen).verdict == verdict


def test_a_ttl_from_a_cache_only_proves_the_bad_side() -> None:
    near = NOW + timedelta(hours=4)
    short = records(cached=(reply(APP, "A", HERE, ttl=60),), switch_at=near)
    long = records(cached=(reply(APP, "A", HERE, ttl=7200),), switch_at=near)
    assert only(ttl_cutover, short).verdict == Verdict.UNKNOWN
    assert only(ttl_cutover, long).verdict == Verdict.WARN


def test_no_record_has_no_ttl_and_silence_is_unknown() -> None:
    assert only(ttl_cutover, records(cached=(reply(APP, "A"),))).verdict == Verdict.NA
    assert only(ttl_cutover, records(cached=(silence(APP),))).verdict == Verdict.UNKNOWN


def routed(
    *met: str,
    to: tuple[str, ...] = (),
    chain: tuple[str, ...] = (),
    kind: HostKind = HostKind.WEB,
    declared: tuple[str, ...] = (),
    replies: Any = None,
) -> HostAddresses:
    return HostAddresses(
        host=Host(APP, kind, to),
        replies=replies or (reply(APP, "A", *met, chain=chain), reply(APP, "AAAA")),
        addresses=tuple(JudgedAddress(address) for address in met),
        chain=chain,
        vendors=recognise(cname_chain=chain, addresses=met),
        declared_addresses=declared,
    )


def routing(seen: HostAddresses) -> Result:
    return only(points_to_expected, RoutingMap(DOMAIN, (seen,)))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (routed(HERE, to=(HERE,)), Verdict.PASS),
        (routed(HERE, to=("198.51.100.0/24",)), Verdict.PASS),
        (routed("203.0.113.9", to=(HERE,)), Verdict.FAIL),
        (routed(HERE), Verdict.INFO),
        (routed("76.76.21.61", to=("76.76.21.21",)), Verdict.PASS),
        (routed("76.76.21.61", to=("vercel",)), Verdict.PASS),
        (routed("75.2.60.5", to=("vercel",)), Verdict.FAIL),
        (routed(HERE, chain=("cname.vercel-dns.com",), to=("my.vercel.app",)), Verdict.PASS),
        (routed(HERE, chain=("app.onrender.com",), to=("app.onrender.com",)), Verdict.PASS),
        (routed("203.0.113.9", to=("lb.example.net",), declared=("203.0.113.9",)), Verdict.PASS),
        (routed("104.16.1.1", to=("vercel",)), Verdict.UNKNOWN),
        (routed("104.16.1.1", to=("cloudflare",)), Verdict.PASS),
        (routed(to=(HERE,)), Verdict.FAIL),
        (routed(to=(HERE,), replies=(silence(APP),)), Verdict.UNKNOWN),
    ],
)
def test_a_host_is_compared_with_what_was_declared(seen: HostAddresses, verdict: Verdict) -> None:
    assert routing(seen).verdict == verdict


def test_another_tenant_on_the_very_same_addresses_is_elsewhere() -> None:
    seen = routed(
        "216.24.57.1",
        chain=("stage.onrender.com",),
        to=("app.onrender.com",),
        declared=("216.24.57.1",),
    )
    assert routing(seen).cause == "elsewhere"


def test_a_foreign_address_beside_the_declared_one_is_less_than_a_blocker() -> None:
    row = routing(routed(HERE, "203.0.113.9", to=(HERE,)))
    assert (row.verdict, row.severity, row.cause) == (
        Verdict.FAIL,
        Severity.S1,
        "partly_elsewhere",
    )


def test_hosts_that_nobody_declared_share_one_row_which_warns_only_beside_a_map() -> None:
    both = RoutingMap(DOMAIN, (routed(HERE), routed(HERE)))
    row = only(points_to_expected, both)
    assert (row.verdict, row.cause) == (Verdict.INFO, "undeclared")
    mixed = RoutingMap(DOMAIN, (routed(HERE, to=(HERE,)), routed(HERE)))
    rows = every(points_to_expected, mixed)
    assert [row.verdict for row in rows] == [Verdict.PASS, Verdict.WARN]


def test_a_missing_host_off_the_visitors_way_weighs_less() -> None:
    assert routing(routed(kind=HostKind.OTHER)).severity == Severity.S2
    assert routing(routed(kind=HostKind.API)).severity is None


LETS_ENCRYPT = ("Let's Encrypt", "E7")


def view(*values: str, issuer: tuple[str, ...] = LETS_ENCRYPT, **more: Any) -> CaaView:
    parsed = tuple(record for record in map(parse_caa, values) if record)
    return CaaView(APP, DOMAIN if parsed else "", parsed, issuer_names=issuer, **more)


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (view(), Verdict.INFO, "no_caa"),
        (view('0 issue "letsencrypt.org"'), Verdict.PASS, ""),
        (view('0 issue "LetsEncrypt.org; accounturi=https://x"'), Verdict.PASS, ""),
        (view('0 issue "pki.goog"'), Verdict.FAIL, "forbids_issuer"),
        (view('0 issue "pki.goog"', issuer=("Google Trust Services", "WE1")), Verdict.PASS, ""),
        (view('0 issue ";"'), Verdict.FAIL, "forbids_all"),
        (view('0 issue ";"', '0 issue "letsencrypt.org"'), Verdict.PASS, ""),
        (view('0 iodef "mailto:a@example.com"'), Verdict.PASS, ""),
        (view('128 issue "letsencrypt.org"'), Verdict.PASS, ""),
        (view('128 tbs "unknown"'), Verdict.FAIL, "critical_tag"),
        (view('0 tbs "unknown"'), Verdict.PASS, ""),
        (view('0 issuewild ";"'), Verdict.PASS, ""),
        (view('0 issuewild ";"', is_wildcard=True), Verdict.FAIL, "forbids_all"),
        (view('0 issue "letsencrypt.org"', is_wildcard=True), Verdict.PASS, ""),
        (view('0 issue "pki.goog"', issuer=("Nobody", "X")), Verdict.UNKNOWN, "issuer_not_known"),
        (view('0 issue "pki.goog"', issuer=()), Verdict.UNKNOWN, "no_certificate"),
        (view(unanswered=DOMAIN), Verdict.UNKNOWN, "no_answer"),
    ],
)
def test_caa_is_judged_for_the_issuer_of_the_live_certificate(
    seen: CaaView, verdict: Verdict, cause: str
) -> None:
    row = only(caa, seen)
    assert (row.verdict, row.cause) == (verdict, cause)


ACCOUNT = "accounturi=https://ca.example/acme/1; validationmethods=dns-01"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((f'0 issue "letsencrypt.org; {ACCOUNT}"',), "but only with accounturi="),
        ((f'0 issue "letsencrypt.org; {ACCOUNT}"', '0 issue "letsencrypt.org"'), "Encrypt."),
        (('0 issue "letsencrypt.org; policy=ev"',), "Encrypt."),
    ],
)
def test_a_narrowed_allowance_is_told_and_not_judged(values: Any, words: str) -> None:
    row = only(caa, view(*values))
    assert row.verdict == Verdict.PASS
    assert words in row.message


def test_a_caa_set_that_cannot_be_read_is_no_missing_set() -> None:
    row = only(caa, CaaView(APP, DOMAIN, (), issuer_names=LETS_ENCRYPT))
    assert (row.verdict, row.cause) == (Verdict.UNKNOWN, "malformed")


@pytest.mark.parametrize("value", ["", "0", "0 issue", 'x issue "a"', "issue a b"])
def test_a_malformed_caa_record_is_left_out(value: str) -> None:
    assert parse_caa(value) is None


def test_a_caa_record_keeps_its_parameters() -> None:
    parsed = parse_caa('128 Issue "ca.example; a=b"')
    assert parsed == CaaRecord(128, "issue", "ca.example; a=b")


def test_foreign_text_in_evidence_is_capped() -> None:
    long = reply(APP, "A", *["198.51.100.7"] * 500)
    row = only(address_private, addresses(PUBLIC, replies=(long,)))
    assert all(len(line.value) <= 300 for line in row.evidence)


def test_servfail_is_not_a_missing_address() -> None:
    broken = reply(APP, "A", status=DnsStatus.SERVFAIL)
    assert routing(routed(replies=(broken,))).verdict == Verdict.UNKNOWN
