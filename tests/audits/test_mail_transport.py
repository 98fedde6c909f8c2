"""Mail in transit: TLS policies, reports, servers' names, STARTTLS and keys in the DNS."""

import hashlib
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsStatus
from audits.checks.email_posture import subdomain_gap
from audits.checks.email_servers import dane, mx_ptr, starttls
from audits.checks.email_transport import bimi, mta_sts, tls_rpt
from audits.gather.mail import identities_of
from audits.gather.mail_transport import gather_transport
from audits.observations.dns_answers import Answer, Said
from audits.observations.mail_transport import (
    MailServer,
    MailTransport,
    ReverseName,
    SmtpTalk,
    StsFile,
)
from audits.observations.mta_sts import parse_sts_policy, sts_id, tls_rpt_uris
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import MailDomain, Target
from audits.observations.tlsa import CertificateDigests, Tlsa, parse_tlsa
from tests.audits.judging import every
from tests.audits.mail_world import World, WorldSite, look, only

MX = "mx.example.test"
NOTHING = Answer(Said.NO_NAME)
SILENT = Answer(Said.SILENT, reason="timeout")
URL = "https://mta-sts.example.test/.well-known/mta-sts.txt"
GOOD = f"version: STSv1\nmode: enforce\nmx: {MX}\nmax_age: 604800\n"
STS = Answer(Said.FOUND, ("v=STSv1; id=20261101;",))
CHAIN = (
    CertificateDigests("aa" * 32, "ab" * 64, "ac" * 32, "ad" * 64),
    CertificateDigests("ba" * 32, "bb" * 64, "bc" * 32, "bd" * 64),
)
TALK = SmtpTalk(has_starttls=True, chain=CHAIN)


def transport(**facts: Any) -> MailTransport:  # Any: the fields of a transport
    values: dict[str, Any] = {
        "sts": NOTHING,
        "tls_rpt": NOTHING,
        "bimi": NOTHING,
        "mx": (MX,),
    } | facts
    return MailTransport("example.test", **values)


def answers(*texts):
    return Answer(Said.FOUND, texts)


def policy(body=GOOD, status=200, kind="text/plain"):
    return transport(sts=STS, sts_file=StsFile(URL, status, kind, body))


def failed(code, kind=FailureKind.NO_ANSWER):
    return transport(sts=STS, sts_file=GatherFailure(kind, "It failed.", code))


def said(check, seen):
    return [(str(result.verdict), result.cause) for result in every(check, seen)]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (transport(), [("info", "none")]),
        (transport(sts=SILENT), [("unknown", "silent")]),
        (transport(sts=answers("v=STSv1x; id=1")), [("info", "none")]),
        (transport(sts=answers("v=STSv1; id=1", "v=STSv1; id=2")), [("warn", "several")]),
        (transport(sts=answers("v=STSv1;")), [("fail", "bad_id")]),
        (transport(sts=answers("v=STSv1; id=a-b;")), [("fail", "bad_id")]),
        (transport(sts=STS), [("unknown", "not_fetched")]),
        (policy(), [("pass", "")]),
        (policy(GOOD.replace("\n", "\r\n")), [("pass", "")]),
        (policy(GOOD.replace(MX, "*.example.test")), [("pass", "")]),
        (policy(GOOD.replace(MX, "*.test")), [("fail", "mx_left_out")]),
        (policy(GOOD.replace(MX, "example.test")), [("fail", "mx_left_out")]),
        (policy(GOOD.replace("enforce", "testing")), [("warn", "testing")]),
        (
            policy(GOOD.replace("enforce", "testing").replace(MX, "b.test")),
            [("warn", "mx_left_out")],
        ),
        (policy("version: STSv1\nmode: none\nmax_age: 86400\n"), [("info", "mode_none")]),
        (policy(kind="text/plain; charset=utf-8"), [("pass", "")]),
        (policy(kind="application/octet-stream"), [("pass", ""), ("warn", "media_type")]),
        (policy(status=301), [("fail", "redirect")]),
        (policy(status=404), [("fail", "no_policy")]),
        (policy("<!DOCTYPE html>"), [("fail", "bad_policy")]),
        (policy(GOOD.replace(f"mx: {MX}\n", "")), [("fail", "bad_policy")]),
        (policy(GOOD.replace("604800", "31557600")), [("pass", "")]),
        (policy(GOOD.replace("604800", "31557601")), [("fail", "bad_policy")]),
        (policy(GOOD.replace("604800", "a week")), [("fail", "bad_policy")]),
        (policy(GOOD.replace("STSv1", "STSv2")), [("fail", "bad_policy")]),
        (policy(GOOD.replace("enforce", "Enforce")), [("fail", "bad_policy")]),
        (failed("tls_untrusted"), [("fail", "certificate")]),
        (failed("dns_nxdomain"), [("fail", "no_policy")]),
        (failed("connect_refused"), [("fail", "no_policy")]),
        (failed("read_timeout", FailureKind.TIMEOUT), [("unknown", "silent")]),
        (failed("", FailureKind.BLOCKED), [("blocked", "silent")]),
    ],
)
def test_a_tls_policy_is_judged_as_senders_read_it(seen, expected):
    assert said(mta_sts, seen) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (transport(), ("info", "none")),
        (transport(sts=STS), ("warn", "sts_unwatched")),
        (transport(tls_rpt=SILENT), ("unknown", "silent")),
        (transport(tls_rpt=answers("v=TLSRPTv1; rua=mailto:a@b.test")), ("pass", "")),
        (
            transport(tls_rpt=answers("v=TLSRPTv1;rua=https://b.test/x,mailto:a@b.test")),
            ("pass", ""),
        ),
        (transport(tls_rpt=answers("v=TLSRPTv1; rua=a@b.test")), ("warn", "bad_rua")),
        (transport(tls_rpt=answers("v=TLSRPTv1;")), ("warn", "bad_rua")),
        (transport(tls_rpt=answers("v=TLSRPTv1;", "v=TLSRPTv1;")), ("warn", "several")),
        (transport(tls_rpt=answers("v=spf1 -all")), ("info", "none")),
    ],
)
def test_reports_about_tls_are_wanted_where_a_policy_stands(seen, expected):
    assert said(tls_rpt, seen) == [expected]


def test_a_logo_is_told_and_never_judged():
    assert said(bimi, transport()) == [("info", "none")]
    record = "v=BIMI1; l=https://example.test/logo.svg; a=https://example.test/mark.pem"
    (result,) = every(bimi, transport(bimi=answers(record)))
    assert (str(result.verdict), result.cause) == ("info", "published")
    assert "certificate of the mark" in result.message
    (result,) = every(bimi, transport(bimi=answers("v=BIMI1; l=; a=;")))
    assert "declined" in result.message


def server(**facts):
    return transport(servers=(MailServer(MX, **facts),))


def enforced(**facts):
    return replace(policy(), servers=(MailServer(MX, **facts),))


def reverse(said_, *names, confirmed):
    return server(is_own=True, reverse=(ReverseName("192.0.2.1", said_, names, confirmed),))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (server(), ("na", "not_own")),
        (server(vendor="Google Workspace"), ("na", "not_own")),
        (reverse(Said.FOUND, "mx.example.test", confirmed=True), ("pass", "")),
        (reverse(Said.FOUND, "other.test", confirmed=False), ("warn", "mismatch")),
        (reverse(Said.NO_NAME, confirmed=False), ("warn", "none")),
        (reverse(Said.EMPTY, confirmed=False), ("warn", "none")),
        (reverse(Said.SILENT, confirmed=None), ("unknown", "silent")),
    ],
)
def test_only_own_addresses_need_a_name_that_leads_back(seen, expected):
    assert said(mx_ptr, seen) == [expected]


NOT_REACHED = GatherFailure(FailureKind.TIMEOUT, "Port 25 said nothing.", "connect_timeout")


@pytest.mark.parametrize(
    ("talk", "loose", "strict"),
    [
        (TALK, ("pass", ""), ("pass", "")),
        (SmtpTalk(), ("warn", "absent"), ("fail", "absent")),
        (SmtpTalk(has_starttls=True, tls_error="no"), ("warn", "broken"), ("fail", "broken")),
        (replace(TALK, verify_error="expired"), ("pass", ""), ("fail", "untrusted")),
        (replace(TALK, verify_error=""), ("pass", ""), ("pass", "")),
        (SmtpTalk(refusal="554 no"), ("unknown", "refused"), ("unknown", "refused")),
        (NOT_REACHED, ("unknown", "unreachable"), ("unknown", "unreachable")),
    ],
)
def test_tls_at_the_server_weighs_more_where_a_policy_enforces_it(talk, loose, strict):
    assert said(starttls, server(talk=talk)) == [loose]
    assert said(starttls, enforced(talk=talk)) == [strict]


def test_a_vendors_servers_are_not_called():
    assert said(starttls, server(vendor="Fastmail")) == [("na", "vendor")]
    assert said(starttls, transport()) == [("na", "no_server")]


def tlsa(*records, talk=TALK, is_validated=True):
    return server(tlsa=records, is_tlsa_validated=is_validated, talk=talk)


EXACT = hashlib.sha256(bytes.fromhex("0102")).hexdigest()


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (server(talk=TALK, tlsa_said=Said.EMPTY), ("info", "none")),
        (server(tlsa_said=Said.SILENT), ("unknown", "silent")),
        (tlsa(Tlsa(3, 1, 1, "ac" * 32)), ("pass", "")),
        (tlsa(Tlsa(3, 0, 1, "aa" * 32)), ("pass", "")),
        (tlsa(Tlsa(3, 1, 2, "ad" * 64)), ("pass", "")),
        (tlsa(Tlsa(3, 0, 2, "ab" * 64)), ("pass", "")),
        (tlsa(Tlsa(3, 1, 1, "bc" * 32)), ("fail", "mismatch")),
        (tlsa(Tlsa(2, 1, 1, "bc" * 32)), ("pass", "")),
        (tlsa(Tlsa(2, 0, 1, "00" * 32)), ("fail", "mismatch")),
        (tlsa(Tlsa(3, 1, 1, "00" * 32), Tlsa(3, 1, 1, "ac" * 32)), ("pass", "")),
        (tlsa(Tlsa(1, 1, 1, "00" * 32)), ("info", "unusable")),
        (tlsa(Tlsa(0, 0, 1, "00" * 32), Tlsa(3, 1, 9, "00")), ("info", "unusable")),
        (tlsa(Tlsa(3, 1, 1, "ac" * 32), talk=SmtpTalk()), ("fail", "mismatch")),
        (tlsa(Tlsa(3, 1, 1, "ac" * 32), talk=NOT_REACHED), ("unknown", "unreachable")),
        (tlsa(Tlsa(3, 1, 1, "ac" * 32), talk=None), ("unknown", "unreachable")),
        (tlsa(Tlsa(3, 1, 1, "00" * 32), is_validated=False), ("unknown", "no_validation")),
    ],
)
def test_a_key_in_the_dns_is_compared_where_the_dns_is_signed(seen, expected):
    assert said(dane, seen) == [expected]


def test_keys_in_an_unsigned_zone_have_no_effect():
    seen = replace(tlsa(Tlsa(3, 1, 1, "00" * 32), is_validated=False), is_validating=True)
    assert said(dane, seen) == [("info", "unsigned")]


def test_a_key_in_full_is_compared_by_its_digest():
    shown = replace(CHAIN[0], key_sha256=EXACT)
    assert Tlsa(3, 1, 0, "0102").matches((shown,))
    assert not Tlsa(3, 1, 0, "zz").matches((shown,))


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("3 1 1 ABCD", Tlsa(3, 1, 1, "abcd")),
        ("3 1 1 AB CD ef", Tlsa(3, 1, 1, "abcdef")),
        ("3 1 1", None),
        ("a 1 1 ab", None),
        ("", None),
    ],
)
def test_a_tlsa_record_is_read(text, record):
    assert parse_tlsa(text) == record


async def gathered(records, *, consent=0, domain="example.test"):
    target = Target(domain, mail_domains=(MailDomain(domain, True),))
    site = WorldSite(target, World(records))
    site.consent = consent
    await gather_transport(site)
    return next(sight.value for sight in site.seen.of(MailTransport))


async def test_own_servers_are_told_from_a_vendors():
    records = {
        "example.test MX": ["20 aspmx.l.google.com.", "10 mx.example.test."],
        "mx.example.test A": ["192.0.2.1"],
        "aspmx.l.google.com A": ["192.0.2.2"],
        "1.2.0.192.in-addr.arpa PTR": ["mx.example.test."],
        "2.2.0.192.in-addr.arpa PTR": ["x.test."],
    }
    own, vendor = (await gathered(records)).servers
    assert (own.is_own, own.reverse[0].is_confirmed) == (True, True)
    assert (vendor.is_own, vendor.vendor, vendor.reverse) == (False, "Google Workspace", ())
    gone = await gathered(records | {"1.2.0.192.in-addr.arpa PTR": DnsStatus.TIMEOUT})
    assert gone.servers[0].reverse[0].is_confirmed is None
    alias = records | {
        "mx.example.test CNAME": ["mx.hoster.test."],
        "mx.hoster.test A": ["192.0.2.3"],
    }
    del alias["mx.example.test A"]
    assert not (await gathered(alias)).servers[0].is_own


async def test_silence_about_the_mail_servers_is_no_observation():
    seen = await gathered({"example.test MX": DnsStatus.SERVFAIL})
    assert isinstance(seen, GatherFailure)


async def test_a_null_mx_and_an_address_in_place_of_a_name_are_not_called():
    seen = await gathered({"example.test MX": ["0 .", "5 192.0.2.9."]}, consent=1)
    assert seen.servers == ()


def test_the_domain_above_a_sending_subdomain_is_an_identity_too():
    target = Target("example.test", mail_domains=(MailDomain("notify.example.test", True),))
    assert [one.name for one in identities_of(target)] == ["notify.example.test", "example.test"]
    assert identities_of(target)[1].is_sending is None
    lent = Target("x.vercel.app", mail_domains=(MailDomain("x.vercel.app", True),))
    assert [one.name for one in identities_of(lent)] == ["x.vercel.app"]


REJECT = ["v=DMARC1; p=reject; rua=mailto:a@example.test"]


@pytest.mark.parametrize(
    ("own", "above", "domain", "expected"),
    [
        (REJECT, None, "notify.example.test", ("warn", "alone")),
        (REJECT, REJECT, "notify.example.test", ("pass", "")),
        (["v=DMARC1; p=reject; psd=n"], None, "notify.example.test", ("info", "declared")),
        (None, REJECT, "notify.example.test", ("na", "no_record")),
        (REJECT, DnsStatus.TIMEOUT, "notify.example.test", ("unknown", "silent")),
        (None, REJECT, "example.test", ("na", "apex")),
    ],
)
async def test_a_subdomain_with_a_record_of_its_own_belongs_somewhere(own, above, domain, expected):
    records = {f"{domain} A": ["192.0.2.1"], "example.test A": ["192.0.2.1"]}
    records |= {"_dmarc.notify.example.test TXT": own} if own else {}
    records |= {"_dmarc.example.test TXT": above} if above else {}
    result = only(subdomain_gap, await look(records, domain))
    assert (str(result.verdict), result.cause) == expected


@given(st.text(max_size=300))
def test_no_text_makes_a_reader_raise(text):
    parse_sts_policy(text)
    sts_id(text)
    tls_rpt_uris(text)
    parse_tlsa(text)


def test_a_long_policy_is_read_in_linear_time():
    def seconds(size):
        started = time.perf_counter()
        parse_sts_policy("mx: a.test\nx: " + "a:" * size)
        sts_id("v=STSv1;" + "a=b;" * size)
        return time.perf_counter() - started

    assert min(seconds(200_000) for _ in range(3)) < 30 * min(seconds(20_000) for _ in range(3))
