"""Stale resolvers and split addresses: places are compared, and then what answers there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.guard.exchange import DnsRecord, DnsStatus
from audits.checks.dns_spread import propagation, split_providers
from audits.observations.spread import (
    AddressSpread,
    AppFace,
    Comparison,
    Propagation,
    Relation,
    Told,
    grouped,
    network_of,
    told,
)
from audits.observations.target import Host
from audits.verdicts import Confidence, Verdict
from tests.audits.dns_factories import DOMAIN, NOW, reply
from tests.audits.judging import only

APP = f"app.{DOMAIN}"
HERE, NEAR, ELSEWHERE = "198.51.100.7", "198.51.9.9", "203.0.113.9"


def says(
    *addresses: str, status: DnsStatus = DnsStatus.NOERROR, ttl: int = 300, **more: Any
) -> Told:
    return Told(
        more.pop("server", "192.0.2.1:53"), status, addresses=addresses, ttl_seconds=ttl, **more
    )


NONE = says(status=DnsStatus.NXDOMAIN)
SILENT = says(status=DnsStatus.TIMEOUT)


def face(address: str, page: str = "new", certificate: str = "", **more: Any) -> AppFace:
    facts = {"status": 200, "body_sha256": page, **more}
    return AppFace(address, certificate_sha256=certificate, **facts)


def compared(one: AppFace, other: AppFace, again: AppFace | None = None) -> Comparison:
    return Comparison(APP, one, other, again)


SAME = compared(face(HERE), face(ELSEWHERE))
CHANGING = compared(face(HERE), face(ELSEWHERE, "a"), face(HERE, "b"))
DIFFERENT = compared(face(HERE, certificate="a"), face(ELSEWHERE, "old", "b"), face(HERE))


def seen(*resolvers: Told, authority: tuple[Told, ...] = (says(HERE),), **more: Any) -> Propagation:
    return Propagation(APP, NOW, authority, resolvers, **more)


OLD = says(ELSEWHERE)
VERCEL = ("cname.vercel-dns.com",)


@pytest.mark.parametrize(
    ("view", "verdict", "cause"),
    [
        (seen(says(HERE), says(NEAR), SILENT), Verdict.PASS, ""),
        # Answers of one provider differ lawfully.
        (seen(says("151.101.1.1"), authority=(says("199.232.5.5"),)), Verdict.PASS, ""),
        (
            seen(says("76.76.21.21", chain=VERCEL), authority=(says(chain=VERCEL),)),
            Verdict.PASS,
            "",
        ),
        (seen(NONE, authority=(NONE,)), Verdict.PASS, ""),
        (seen(OLD), Verdict.INFO, "within_ttl"),
        (seen(NONE), Verdict.INFO, "within_ttl"),
        (seen(OLD, waited=(OLD,)), Verdict.WARN, "stale"),
        (seen(OLD, waited=(says(HERE),)), Verdict.INFO, "within_ttl"),
        (seen(OLD, waited=(SILENT,)), Verdict.INFO, "within_ttl"),
        (seen(OLD, waited=(OLD,), comparison=SAME), Verdict.INFO, "other_front"),
        (seen(OLD, waited=(OLD,), comparison=CHANGING), Verdict.INFO, "other_front"),
        (seen(OLD, switch_at=NOW - timedelta(seconds=301)), Verdict.WARN, "stale"),
        (seen(OLD, switch_at=NOW - timedelta(seconds=300)), Verdict.INFO, "within_ttl"),
        (seen(OLD, switch_at=NOW + timedelta(days=1)), Verdict.INFO, "within_ttl"),
        # Servers that steer by weight or place differ lawfully, unless other apps answer.
        (seen(says(HERE), authority=(says(HERE), OLD)), Verdict.INFO, "servers_vary"),
        (seen(authority=(says(HERE), OLD), comparison=SAME), Verdict.INFO, "servers_vary"),
        (seen(authority=(says(HERE), OLD), comparison=DIFFERENT), Verdict.WARN, "servers_differ"),
        (seen(says(HERE), authority=(says(HERE), NONE)), Verdict.WARN, "servers_differ"),
        (seen(says(HERE), authority=(says(HERE), says(NEAR))), Verdict.PASS, ""),
        (seen(SILENT, SILENT), Verdict.UNKNOWN, "no_answer"),
        (seen(), Verdict.NA, "no_watchers"),
        (seen(says(HERE), authority=()), Verdict.UNKNOWN, "no_authority"),
    ],
)
def test_a_difference_counts_when_it_outlives_its_ttl(
    view: Propagation, verdict: Verdict, cause: str
) -> None:
    row = only(propagation, view)
    assert (row.verdict, row.cause) == (verdict, cause)


def test_a_stale_answer_is_sure_where_the_other_place_was_seen() -> None:
    shown = only(propagation, seen(OLD, waited=(OLD,), comparison=DIFFERENT))
    assert shown.confidence == Confidence.CONFIRMED
    assert only(propagation, seen(OLD, waited=(OLD,))).confidence == Confidence.PROBABLE


def test_what_is_left_of_an_answer_is_its_least_ttl_and_of_none_the_soa() -> None:
    positive = reply(APP, "A", HERE, chain=("x.example",), ttl=60)
    assert told(positive).ttl_seconds == 60
    none = replace(
        reply(APP, "A", status=DnsStatus.NXDOMAIN),
        authority=(DnsRecord(DOMAIN, "SOA", 900, "x"),),
    )
    assert told(none).ttl_seconds == 900
    assert told(reply(APP, "A")).ttl_seconds == 0


@pytest.mark.parametrize(
    ("one", "other", "again", "relation"),
    [
        (face(HERE), face(ELSEWHERE), None, Relation.SAME),
        (face(HERE, simhash=7), face(ELSEWHERE, "b", simhash=6), None, Relation.SAME),
        (face(HERE, "a", "x"), face(ELSEWHERE, "b", "y"), face(HERE, "a"), Relation.DIFFERS),
        (face(HERE, "a"), face(ELSEWHERE, "b"), face(HERE, "a"), Relation.DIFFERS),
        (face(HERE, "a", "x"), face(ELSEWHERE, "b", "x"), face(HERE, "a"), Relation.PAGES_DIFFER),
        (face(HERE, "a"), face(ELSEWHERE, "b"), face(HERE, "c"), Relation.CHANGING),
        (face(HERE, "a"), face(ELSEWHERE, "b"), None, Relation.NOT_SEEN),
        (face(HERE), AppFace(ELSEWHERE, "connect_refused"), None, Relation.ONE_REFUSES),
        (face(HERE), AppFace(ELSEWHERE, "connect_timeout"), None, Relation.NOT_SEEN),
        (face(HERE), AppFace(ELSEWHERE, "challenged"), None, Relation.NOT_SEEN),
        (
            AppFace(HERE, "connect_refused"),
            AppFace(ELSEWHERE, "connect_refused"),
            None,
            Relation.NOT_SEEN,
        ),
        (
            face(HERE, "a", status=301, location="/en"),
            face(ELSEWHERE, "b", status=301, location="/en"),
            None,
            Relation.SAME,
        ),
    ],
)
def test_two_pages_are_compared_with_what_changes_by_itself_in_mind(
    one: AppFace, other: AppFace, again: AppFace | None, relation: Relation
) -> None:
    assert compared(one, other, again).relation == relation


def spread(*comparisons: Comparison, points_to: tuple[str, ...] = (), **more: Any) -> AddressSpread:
    facts = {"status": DnsStatus.NOERROR, "groups": ((HERE,), (ELSEWHERE,)), **more}
    return AddressSpread(Host(APP, points_to=points_to), comparisons=comparisons, **facts)


REFUSED = compared(face(HERE), AppFace(ELSEWHERE, "connect_refused"))
UNSEEN = compared(face(HERE), AppFace(ELSEWHERE, "connect_timeout"))
SHARED = compared(face(HERE, "a", "x"), face(ELSEWHERE, "b", "x"), face(HERE, "a"))


@pytest.mark.parametrize(
    ("view", "verdict", "cause"),
    [
        (spread(groups=((HERE, NEAR),)), Verdict.PASS, ""),
        (spread(groups=()), Verdict.PASS, ""),
        (spread(status=DnsStatus.SERVFAIL, groups=()), Verdict.UNKNOWN, "no_answer"),
        (spread(SAME), Verdict.PASS, ""),
        (spread(DIFFERENT), Verdict.FAIL, "two_apps"),
        (spread(SAME, DIFFERENT), Verdict.FAIL, "two_apps"),
        (spread(DIFFERENT, points_to=(HERE, ELSEWHERE)), Verdict.INFO, "declared"),
        (spread(DIFFERENT, points_to=(HERE,)), Verdict.FAIL, "two_apps"),
        (spread(SHARED), Verdict.WARN, "two_pages"),
        (spread(REFUSED), Verdict.WARN, "one_refuses"),
        (spread(UNSEEN), Verdict.UNKNOWN, "not_compared"),
        (spread(SAME, UNSEEN), Verdict.UNKNOWN, "not_compared"),
    ],
)
def test_two_places_fail_only_where_they_show_two_apps(
    view: AddressSpread, verdict: Verdict, cause: str
) -> None:
    row = only(split_providers, view)
    assert (row.verdict, row.cause) == (verdict, cause)


def test_addresses_are_grouped_by_provider_or_network() -> None:
    assert grouped(()) == ()
    assert grouped((HERE, ELSEWHERE, NEAR)) == ((HERE, NEAR), (ELSEWHERE,))
    assert grouped(("151.101.1.1", "199.232.5.5")) == (("151.101.1.1", "199.232.5.5"),)
    assert network_of("2001:db8:1::1") == "2001:db8::/32"
    assert network_of("no address") == "no address"
