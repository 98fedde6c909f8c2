"""Signatures of a zone: bogus, orphaned, running out, and everything that only looks so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.dnssec
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus
from audits.checks.dns_dnssec import dnssec, dnssec_expiry, dnssec_orphan_ds
from audits.gather.dnssec import link_of
from audits.observations.dnssec import Dnssec, Link, Signature, SignedServer, parse_signature
from audits.verdicts import Confidence, Severity, Verdict
from tests.audits.dns_factories import DOMAIN, NOW, reply, silence, soa
from tests.audits.judging import only
from tests.lab.signing import Signer

DS = "47591 15 2 a30b52a5004c49a9fc4451b413634a665f595d6911e0b779274fa6ee29199dd4"
REFUSED = reply(DOMAIN, "SOA", status=DnsStatus.SERVFAIL)
ANSWERED = soa()


def signature(
    left: timedelta, covers: str = "SOA", *, lifetime: timedelta = timedelta(days=30)
) -> Signature:
    return Signature(covers, 47591, NOW + left - lifetime, NOW + left)


def at(link: Link, *signatures: Signature, server: str = "192.0.2.1") -> SignedServer:
    return SignedServer(server, link, (47591,), signatures or (signature(timedelta(days=20)),))


def seen(*servers: SignedServer, **more: Any) -> Dnssec:
    facts: dict[str, Any] = {"promised": (DS,), "asked_at_parent": True, "plain": ANSWERED, **more}
    facts.setdefault("servers", servers or (at(Link.HOLDS),))
    return Dnssec(DOMAIN, NOW, **facts)


def with_ede(code: int) -> DnsReply:
    return replace(REFUSED, extended_errors=((code, "because"),))


VALIDATED = replace(ANSWERED, is_validated=True)


@pytest.mark.parametrize(
    ("view", "verdict", "cause"),
    [
        (seen(plain=VALIDATED, is_validating=True), Verdict.PASS, ""),
        (seen(promised=()), Verdict.INFO, "unsigned"),
        (seen(is_zone=False), Verdict.NA, "no_zone"),
        (seen(at(Link.EXPIRED), plain=REFUSED, unchecked=ANSWERED), Verdict.FAIL, "bogus"),
        (seen(plain=with_ede(9), unchecked=ANSWERED), Verdict.FAIL, "bogus"),
        # A refusal that nothing of ours explains is not called bogus: EDE 22 is a network fault.
        (seen(plain=with_ede(22), unchecked=ANSWERED), Verdict.UNKNOWN, "no_validation"),
        (seen(plain=REFUSED, unchecked=ANSWERED), Verdict.UNKNOWN, "no_validation"),
        (seen(plain=REFUSED, unchecked=REFUSED), Verdict.PASS, ""),
        (seen(at(Link.SILENT), plain=silence()), Verdict.UNKNOWN, "no_validation"),
        # Without a validating resolver our own look at the last link decides.
        (seen(is_validating=False), Verdict.PASS, ""),
        (seen(at(Link.WRONG), is_validating=False), Verdict.FAIL, "bogus"),
        (seen(at(Link.NOT_YET), is_validating=False), Verdict.UNKNOWN, "no_validation"),
        (seen(at(Link.WRONG), is_validating=True), Verdict.UNKNOWN, "disagreement"),
        (seen(at(Link.WRONG), at(Link.HOLDS)), Verdict.UNKNOWN, "no_validation"),
        (seen(at(Link.NOT_COMPARABLE)), Verdict.INFO, "not_comparable"),
        (seen(promised=None, servers=()), Verdict.UNKNOWN, "no_answer"),
    ],
)
def test_only_what_is_shown_to_be_broken_is_bogus(
    view: Dnssec, verdict: Verdict, cause: str
) -> None:
    row = only(dnssec, view)
    assert (row.verdict, row.cause) == (verdict, cause)


def test_our_own_look_is_less_sure_than_a_validating_resolver() -> None:
    assert only(dnssec, seen(is_validating=False)).confidence == Confidence.PROBABLE
    assert only(dnssec, seen(plain=VALIDATED)).confidence == Confidence.CONFIRMED


@pytest.mark.parametrize(
    ("view", "verdict", "cause"),
    [
        (seen(), Verdict.PASS, ""),
        (seen(at(Link.EXPIRED)), Verdict.PASS, ""),
        (seen(at(Link.NO_KEY)), Verdict.FAIL, "orphan_ds"),
        (seen(at(Link.NO_MATCH), at(Link.NO_KEY)), Verdict.FAIL, "orphan_ds"),
        (seen(at(Link.NO_MATCH), at(Link.HOLDS)), Verdict.WARN, "one_server"),
        (seen(at(Link.NO_MATCH), at(Link.SILENT)), Verdict.FAIL, "orphan_ds"),
        (seen(at(Link.SILENT)), Verdict.UNKNOWN, "no_answer"),
        (seen(at(Link.NOT_COMPARABLE)), Verdict.NA, "not_comparable"),
        (seen(promised=()), Verdict.NA, "unsigned"),
        (seen(promised=None), Verdict.UNKNOWN, "no_answer"),
        (seen(is_zone=False), Verdict.NA, "no_zone"),
    ],
)
def test_a_promise_without_its_key_is_an_orphan(view: Dnssec, verdict: Verdict, cause: str) -> None:
    row = only(dnssec_orphan_ds, view)
    assert (row.verdict, row.cause) == (verdict, cause)


HOUR = timedelta(hours=1)
DAYS_2 = timedelta(days=2)


@pytest.mark.parametrize(
    ("signatures", "verdict"),
    [
        ((signature(48 * HOUR),), Verdict.PASS),
        ((signature(48 * HOUR - timedelta(seconds=1)),), Verdict.WARN),
        ((signature(timedelta(0)),), Verdict.WARN),
        ((signature(timedelta(seconds=-1)),), Verdict.FAIL),
        ((signature(20 * HOUR), signature(-HOUR, "DNSKEY")), Verdict.FAIL),
        # A new signature beside an old one of the same set: one that holds is enough.
        ((signature(-HOUR), signature(timedelta(days=9))), Verdict.PASS),
        # Who signs with each answer for two days is always near the end.
        ((signature(24 * HOUR, lifetime=DAYS_2),), Verdict.PASS),
        ((signature(12 * HOUR, lifetime=DAYS_2),), Verdict.PASS),
        ((signature(11 * HOUR, lifetime=DAYS_2),), Verdict.WARN),
    ],
)
def test_signatures_must_outlast_two_days_unless_they_are_made_daily(
    signatures: tuple[Signature, ...], verdict: Verdict
) -> None:
    assert only(dnssec_expiry, seen(at(Link.HOLDS, *signatures))).verdict == verdict


def test_signatures_that_nobody_checks_may_end() -> None:
    ended = at(Link.EXPIRED, signature(-HOUR))
    assert only(dnssec_expiry, seen(ended, promised=())).verdict == Verdict.NA
    bare = SignedServer("192.0.2.1", Link.NO_KEY)
    assert only(dnssec_expiry, seen(bare)).cause == "not_signed"
    unheard = SignedServer("192.0.2.1", Link.SILENT)
    assert only(dnssec_expiry, seen(unheard)).verdict == Verdict.UNKNOWN


def test_an_end_near_weighs_less_than_an_end() -> None:
    row = only(dnssec_expiry, seen(at(Link.HOLDS, signature(HOUR))))
    assert (row.verdict, row.severity) == (Verdict.WARN, None)
    assert dnssec_expiry.severity == Severity.S0


def test_hostile_reasons_are_capped() -> None:
    long = replace(REFUSED, extended_errors=((6, "<b>" * 5000),))
    row = only(dnssec, seen(plain=long, unchecked=ANSWERED))
    assert len(row.message) < 400
    assert all(len(line.value) <= 300 for line in row.evidence)


# --- the last link, with real keys


def signed(signer: Signer, rtype: str, value: str) -> DnsReply:
    records = dns.rrset.from_text(signer.origin + ".", 300, "IN", rtype, value)
    made = signer.signature(records)[0].to_text()
    answer = (DnsRecord(DOMAIN, rtype, 300, value), DnsRecord(DOMAIN, "RRSIG", 300, made))
    return DnsReply(
        DOMAIN, rtype, DnsStatus.NOERROR, answer[:1], answer=answer, is_authoritative=True
    )


OURS = Signer(DOMAIN)
ENDED = Signer(DOMAIN, timedelta(days=31), timedelta(days=-1))
EARLY = Signer(DOMAIN, timedelta(days=-1), timedelta(days=9))
SOA_VALUE = f"ns1.{DOMAIN}. h.{DOMAIN}. 1 7200 3600 1209600 300"
UNSIGNED = reply(DOMAIN, "SOA", SOA_VALUE)


@pytest.mark.parametrize(
    ("promised", "start", "link"),
    [
        ((OURS.ds_text,), signed(OURS, "SOA", SOA_VALUE), Link.HOLDS),
        ((DS, OURS.ds_text), signed(OURS, "SOA", SOA_VALUE), Link.HOLDS),
        ((DS,), signed(OURS, "SOA", SOA_VALUE), Link.NO_MATCH),
        ((OURS.ds_text,), UNSIGNED, Link.NOT_SIGNED),
        ((OURS.ds_text,), signed(ENDED, "SOA", SOA_VALUE), Link.EXPIRED),
        ((OURS.ds_text,), signed(EARLY, "SOA", SOA_VALUE), Link.NOT_YET),
        (("1 200 2 ab",), signed(OURS, "SOA", SOA_VALUE), Link.NOT_COMPARABLE),
        (("nonsense",), signed(OURS, "SOA", SOA_VALUE), Link.NOT_COMPARABLE),
    ],
    ids=("holds", "one_of_two", "no_match", "unsigned", "ended", "early", "foreign", "unread"),
)
def test_keys_and_signatures_are_really_computed(
    promised: tuple[str, ...], start: DnsReply, link: Link
) -> None:
    now, keys = datetime.now(UTC), signed(OURS, "DNSKEY", OURS.key_text)
    assert link_of(DOMAIN, promised, keys, start, now) == link


def test_a_foreign_signature_is_wrong_and_no_key_is_no_key() -> None:
    now, keys = datetime.now(UTC), signed(OURS, "DNSKEY", OURS.key_text)
    start = signed(OURS, "SOA", SOA_VALUE)
    changed = SOA_VALUE.replace(" 1 ", " 2 ")
    forged = replace(start, answer=(DnsRecord(DOMAIN, "SOA", 300, changed), start.answer[1]))
    assert link_of(DOMAIN, (OURS.ds_text,), keys, forged, now) == Link.WRONG
    assert link_of(DOMAIN, (DS,), reply(DOMAIN, "DNSKEY"), start, now) == Link.NO_KEY
    broken = reply(DOMAIN, "DNSKEY", "257 3 15 !!!")
    assert link_of(DOMAIN, (DS,), broken, start, now) == Link.NO_KEY


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_a_signature(value: str) -> None:
    parse_signature(value)


def test_a_signature_is_read_from_its_presentation() -> None:
    read = parse_signature("SOA 13 2 3600 20261201000000 20261101000000 12345 example.com. c2ln")
    assert read == Signature(
        "SOA", 12345, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    )
    assert (
        parse_signature("SOA 13 2 3600 20261301000000 20261101000000 1 example.com. c2ln") is None
    )
