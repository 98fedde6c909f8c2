"""Name servers and SOA, on both sides of each threshold."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.guard.exchange import DnsStatus
from audits.checks.dns_servers import ns_lame, ns_tcp
from audits.checks.dns_zone import (
    ns_count,
    ns_diversity,
    ns_parent_child,
    soa_serial,
    soa_values,
)
from audits.observations.dns import Delegation, NameServer, parse_soa
from audits.observations.target import Vendor
from audits.verdicts import Result, Verdict
from tests.audits.dns_factories import DOMAIN, NS1, NS2, delegation, reply, server, silence, soa
from tests.audits.judging import only

NO_ANSWER = silence(DOMAIN, "SOA")
ZONE_CHECKS = (ns_count, ns_parent_child, ns_lame, ns_tcp, ns_diversity, soa_serial, soa_values)
MANAGED = (Vendor("dns", "Cloudflare", "NS ada.ns.cloudflare.com"),)


def rows(judgement: Any) -> list[Result]:
    return [judgement] if isinstance(judgement, Result) else list(judgement)


def verdicts(judgement: Any) -> set[Verdict]:
    return {row.verdict for row in rows(judgement)}


@pytest.mark.parametrize("rule", ZONE_CHECKS, ids=lambda rule: rule.id)
def test_a_healthy_zone_raises_nothing(rule: Any) -> None:
    assert verdicts(rule.judge(delegation())) <= {Verdict.PASS, Verdict.INFO}


@pytest.mark.parametrize("rule", ZONE_CHECKS, ids=lambda rule: rule.id)
def test_no_answer_from_anybody_is_unknown_everywhere(rule: Any) -> None:
    dark = Delegation(DOMAIN)
    assert verdicts(rule.judge(dark)) == {Verdict.UNKNOWN}


@pytest.mark.parametrize("rule", ZONE_CHECKS, ids=lambda rule: rule.id)
def test_a_name_that_is_no_zone_is_not_judged_as_one(rule: Any) -> None:
    tenant = Delegation("app.platform.example", "platform.example", "192.0.2.1:53", ())
    assert verdicts(rule.judge(tenant)) == {Verdict.NA}


def test_one_name_server_fails_and_two_pass() -> None:
    one = delegation(server(child_names=(NS1,)), parent=(NS1,))
    assert only(ns_count, one).verdict == Verdict.FAIL
    assert only(ns_count, delegation()).verdict == Verdict.PASS


def test_two_names_on_one_address_fail() -> None:
    same = delegation(server(), server(NS2, "198.51.100.1"))
    assert only(ns_count, same).cause == "one_address"


def test_an_address_that_could_not_be_found_out_is_unknown_not_missing() -> None:
    zone = delegation(server(), NameServer(NS2, is_address_known=False))
    assert only(ns_count, zone).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("parent", "child", "verdict"),
    [
        ((NS1, NS2), (NS1, NS2), Verdict.PASS),
        ((NS1,), (NS1, NS2), Verdict.WARN),
        (("a.old.example", "b.old.example"), (NS1, NS2), Verdict.FAIL),
        (None, (NS1, NS2), Verdict.UNKNOWN),
        ((NS1, NS2), None, Verdict.UNKNOWN),
    ],
)
def test_parent_and_child_are_compared_only_where_both_spoke(
    parent: Any, child: Any, verdict: Verdict
) -> None:
    zone = delegation(server(child_names=child), parent=parent, resolver_names=(NS1,))
    assert only(ns_parent_child, zone).verdict == verdict


def test_other_names_for_the_same_machines_only_warn() -> None:
    zone = delegation(
        server("ns1.vanity.example", "198.51.100.1"),
        server(NS1, "198.51.100.1"),
        parent=("ns1.vanity.example",),
    )
    assert only(ns_parent_child, zone).verdict == Verdict.WARN


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        (soa(), Verdict.PASS),
        (soa(is_authoritative=False), Verdict.FAIL),
        (reply(DOMAIN, "SOA", status=DnsStatus.REFUSED), Verdict.FAIL),
        (reply(DOMAIN, "SOA", status=DnsStatus.SERVFAIL), Verdict.FAIL),
        (reply(DOMAIN, "SOA", status=DnsStatus.NXDOMAIN), Verdict.FAIL),
        (reply(DOMAIN, "SOA", status=DnsStatus.MALFORMED), Verdict.UNKNOWN),
        (NO_ANSWER, Verdict.UNKNOWN),
    ],
)
def test_a_server_is_lame_by_its_own_words_only(says: Any, verdict: Verdict) -> None:
    zone = delegation(server(), server(NS2, "203.0.113.1", says=says))
    assert rows(ns_lame.judge(zone))[1].verdict == verdict


def test_a_closed_way_out_is_never_called_lame() -> None:
    silent = server(says=NO_ANSWER, over_tcp=NO_ANSWER, child_names=None)
    zone = delegation(silent, parent=None, parent_server="", resolver_names=(NS1, NS2))
    assert verdicts(ns_lame.judge(zone)) == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("met", "verdict", "cause"),
    [
        (NameServer(NS2), Verdict.FAIL, "no_address"),
        (NameServer(NS2, is_address_known=False), Verdict.UNKNOWN, "no_answer"),
        (NameServer(NS2, "10.0.0.1", True, "not public", True), Verdict.FAIL, "not_public"),
        (NameServer(NS2, "192.0.2.9", True, "ours"), Verdict.UNKNOWN, "refused_by_guard"),
        (NameServer(NS2, "2001:db8::1"), Verdict.NA, "ipv6_only"),
    ],
)
def test_a_server_that_could_not_be_asked_is_told_apart(
    met: NameServer, verdict: Verdict, cause: str
) -> None:
    row = rows(ns_lame.judge(delegation(server(), met)))[1]
    assert (row.verdict, row.cause, row.subject) == (verdict, cause, NS2)


def test_a_server_without_tcp_warns_and_a_closed_way_here_does_not() -> None:
    deaf = server(over_tcp=NO_ANSWER)
    assert Verdict.WARN in verdicts(ns_tcp.judge(delegation(deaf)))
    closed = delegation(deaf, is_tcp_possible=False)
    assert verdicts(ns_tcp.judge(closed)) == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("addresses", "verdict"),
    [
        (("198.51.100.1", "198.51.100.2"), Verdict.WARN),
        (("198.51.100.1", "198.51.101.1"), Verdict.INFO),
        (("198.51.100.1", "198.51.100.2", "2001:db8::1"), Verdict.INFO),
        (("2001:db8::1", "2001:db8::2"), Verdict.WARN),
        (("2001:db8::1", "2001:db8:1::2"), Verdict.INFO),
        (("198.51.100.1",), Verdict.INFO),
        ((), Verdict.UNKNOWN),
    ],
)
def test_only_a_single_network_for_all_warns(addresses: Any, verdict: Verdict) -> None:
    assert only(ns_diversity, delegation(addresses=addresses)).verdict == verdict


def test_a_managed_dns_spreads_itself() -> None:
    zone = replace(delegation(addresses=("198.51.100.1", "198.51.100.2")), vendors=MANAGED)
    assert only(ns_diversity, zone).verdict == Verdict.INFO


def test_differing_serials_are_told_with_the_newest_on_the_ring() -> None:
    zone = delegation(server(says=soa(1)), server(NS2, "203.0.113.1", says=soa(2**32 - 1)))
    row = only(soa_serial, zone)
    assert row.verdict == Verdict.INFO
    assert "serial 1" in row.message


@pytest.mark.parametrize(
    ("answer", "verdict", "cause"),
    [
        (soa(expire=604800), Verdict.PASS, ""),
        (soa(expire=604799), Verdict.WARN, "expire"),
        (soa(minimum=86400, ttl=86400), Verdict.PASS, ""),
        (soa(minimum=86401, ttl=86401), Verdict.WARN, "negative_ttl"),
        (soa(minimum=172800, ttl=3600), Verdict.PASS, ""),
    ],
)
def test_soa_times_are_judged_at_their_limits(answer: Any, verdict: Verdict, cause: str) -> None:
    row = only(soa_values, delegation(server(says=answer)))
    assert (row.verdict, row.cause) == (verdict, cause)


def test_soa_times_that_a_provider_sets_are_only_told() -> None:
    zone = replace(delegation(server(says=soa(expire=1))), vendors=MANAGED)
    assert only(soa_values, zone).verdict == Verdict.INFO


@pytest.mark.parametrize("value", ["", "a b 1 2 3", "a b one 2 3 4 5", "a b 1 2 3 4 5 6"])
def test_a_soa_that_cannot_be_read_is_none(value: str) -> None:
    assert parse_soa(reply(DOMAIN, "SOA", value)) is None
    assert parse_soa(None) is None
