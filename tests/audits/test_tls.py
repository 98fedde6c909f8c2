"""TLS checks on both sides of their thresholds, and the hand-made hellos."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from audits.checks import tls, tls_strength
from audits.gather.tls_hello import (
    WEAK_SUITES,
    is_tls,
    post_quantum_hello,
    read_reply,
    staple_hello,
    weak_hello,
)
from audits.observations.tls import (
    Accepts,
    AllHosts,
    Certificate,
    HostValidity,
    OtherAddress,
    TlsEndpoint,
    name_matches,
    trouble_of,
)
from audits.verdicts import Severity, Verdict
from tests.audits.judging import every, only

NOW = datetime(2026, 11, 24, tzinfo=UTC)
YES, NO, UNKNOWN = Accepts.YES, Accepts.NO, Accepts.UNKNOWN


def certificate(**changes) -> Certificate:
    good = Certificate(
        names=("app.test", "*.app.test"),
        subject="CN=app.test",
        issuer="CN=Intermediate",
        issuer_organisation="Lab",
        not_before=NOW - timedelta(days=20),
        not_after=NOW + timedelta(days=70),
        key_kind="EC",
        key_bits=256,
        signature_hash="sha256",
        sha256="aa",
    )
    return replace(good, **changes)


def endpoint(leaf: Certificate | None = None, **changes) -> TlsEndpoint:
    good = TlsEndpoint(
        host="app.test",
        address="127.0.0.2",
        seen_at=NOW,
        chain=(leaf or certificate(), certificate(names=(), subject="CN=Intermediate")),
        version="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384",
        alpn="h2",
        tls10=NO,
        tls11=NO,
        tls13=YES,
        forward_secret=YES,
        authenticated=YES,
        is_weak_probe_answered=True,
    )
    return replace(good, **changes)


def judged(rule, seen):
    return every(rule, seen)[0]


@pytest.mark.parametrize("rule", [*tls.CHECKS, *tls_strength.CHECKS], ids=lambda rule: rule.id)
def test_a_healthy_endpoint_is_quiet(rule):
    seen = endpoint() if rule.needs is TlsEndpoint else healthy_hosts()
    assert judged(rule, seen).verdict in {Verdict.PASS, Verdict.INFO, Verdict.NA}


def healthy_hosts() -> AllHosts:
    return AllHosts("app.test", "app.test", (HostValidity("app.test", ""),))


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in (*tls.CHECKS, *tls_strength.CHECKS)
        if rule.id not in {"tls.reachable", "tls.all_hosts"}
    ],
    ids=lambda rule: rule.id,
)
def test_without_a_handshake_only_reachability_is_judged(rule):
    seen = endpoint(chain=(), version="", handshake_error="no shared cipher")
    assert judged(rule, seen).verdict == Verdict.NA


def test_a_closed_port_and_a_port_without_tls_are_told_apart():
    closed = judged(tls.reachable, endpoint(is_open=False, chain=()))
    garbage = judged(tls.reachable, endpoint(chain=(), handshake_error="wrong version number"))
    assert (closed.verdict, closed.cause) == (Verdict.FAIL, "closed")
    assert (garbage.verdict, garbage.cause) == (Verdict.FAIL, "no_handshake")


@pytest.mark.parametrize(
    ("error", "leaf", "verdict", "cause"),
    [
        ("", {}, Verdict.PASS, ""),
        ("self-signed certificate", {"is_self_issued": True}, Verdict.FAIL, "self_signed"),
        ("unable to get local issuer certificate", {}, Verdict.FAIL, "untrusted"),
        ("Hostname mismatch, certificate is not valid for 'x'", {}, Verdict.PASS, ""),
        ("certificate has expired", {"not_after": NOW - timedelta(days=1)}, Verdict.PASS, ""),
        ("certificate has expired", {}, Verdict.FAIL, "untrusted"),
        ("EE certificate key too weak", {"key_bits": 160}, Verdict.PASS, ""),
        (
            "certificate is not yet valid",
            {"not_before": NOW + timedelta(days=1)},
            Verdict.PASS,
            "",
        ),
    ],
)
def test_trust_is_judged_apart_from_name_and_dates(error, leaf, verdict, cause):
    made = judged(tls.chain_valid, endpoint(certificate(**leaf), verify_error=error))
    assert (made.verdict, made.cause) == (verdict, cause)


def test_a_leaf_alone_is_incomplete_and_not_also_untrusted_when_it_names_its_issuer():
    leaf = certificate(has_issuer_url=True)
    seen = endpoint(chain=(leaf,), verify_error="unable to get local issuer certificate")
    assert judged(tls.chain_complete, seen).verdict == Verdict.FAIL
    assert judged(tls.chain_valid, seen).verdict == Verdict.INFO
    unnamed = replace(seen, chain=(certificate(),))
    assert judged(tls.chain_valid, unnamed).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("host", "pattern", "is_covered"),
    [
        ("app.test", "app.test", True),
        ("a.app.test", "*.app.test", True),
        ("app.test", "*.app.test", False),
        ("a.b.app.test", "*.app.test", False),
        ("a.app.test", "a*.app.test", False),
        ("app.test", "APP.test.", True),
    ],
)
def test_a_wildcard_covers_exactly_one_label(host, pattern, is_covered):
    assert name_matches(host, pattern) == is_covered


def test_the_common_name_alone_covers_nothing():
    assert judged(tls.hostname, endpoint(certificate(names=()))).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("left", "lifetime", "verdict", "severity"),
    [
        (timedelta(seconds=-1), timedelta(days=90), Verdict.FAIL, Severity.S0),
        (timedelta(days=6, hours=23), timedelta(days=90), Verdict.FAIL, None),
        (timedelta(days=7), timedelta(days=90), Verdict.WARN, None),
        (timedelta(days=29, hours=23), timedelta(days=90), Verdict.WARN, None),
        (timedelta(days=30), timedelta(days=90), Verdict.PASS, None),
        # A six-day certificate with three days left is renewed as it should be.
        (timedelta(days=3), timedelta(days=6), Verdict.PASS, None),
        (timedelta(days=1), timedelta(days=6), Verdict.FAIL, None),
        (timedelta(days=16), timedelta(days=47), Verdict.PASS, None),
        (timedelta(days=15), timedelta(days=47), Verdict.WARN, None),
    ],
)
def test_expiry_is_measured_against_the_certificates_own_lifetime(
    left, lifetime, verdict, severity
):
    leaf = certificate(not_after=NOW + left, not_before=NOW + left - lifetime)
    made = judged(tls.expiry, endpoint(leaf))
    assert (made.verdict, made.severity) == (verdict, severity)


def test_a_certificate_of_tomorrow_is_not_valid_today():
    made = judged(tls.expiry, endpoint(certificate(not_before=NOW + timedelta(hours=1))))
    assert (made.verdict, made.cause, made.severity) == (
        Verdict.FAIL,
        "not_yet_valid",
        Severity.S0,
    )


@pytest.mark.parametrize(
    ("issued", "days", "verdict"),
    [
        (datetime(2026, 3, 15, tzinfo=UTC), 200, Verdict.PASS),
        (datetime(2026, 3, 15, tzinfo=UTC), 202, Verdict.WARN),
        (datetime(2026, 3, 14, tzinfo=UTC), 398, Verdict.PASS),
        (datetime(2027, 3, 15, tzinfo=UTC), 102, Verdict.WARN),
        (datetime(2029, 3, 15, tzinfo=UTC), 49, Verdict.WARN),
    ],
)
def test_the_longest_lifetime_depends_on_the_day_of_issue(issued, days, verdict):
    leaf = certificate(not_before=issued, not_after=issued + timedelta(days=days))
    assert judged(tls.lifetime, endpoint(leaf)).verdict == verdict


@pytest.mark.parametrize(
    ("tls10", "tls11", "verdict"),
    [
        (NO, NO, Verdict.PASS),
        (YES, NO, Verdict.FAIL),
        (NO, YES, Verdict.FAIL),
        (UNKNOWN, NO, Verdict.UNKNOWN),
        (UNKNOWN, YES, Verdict.FAIL),
    ],
)
def test_an_unanswered_old_version_is_unknown_and_never_a_pass(tls10, tls11, verdict):
    assert judged(tls_strength.min_version, endpoint(tls10=tls10, tls11=tls11)).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"weak_suites": ("TLS_RSA_WITH_RC4_128_SHA",)}, Verdict.FAIL),
        ({"forward_secret": NO}, Verdict.WARN),
        ({"authenticated": NO}, Verdict.WARN),
        ({"is_weak_probe_answered": False}, Verdict.UNKNOWN),
    ],
)
def test_weak_ciphers_are_graded(changes, verdict):
    assert judged(tls_strength.weak_cipher, endpoint(**changes)).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"key_kind": "RSA", "key_bits": 2047}, Verdict.FAIL),
        ({"key_kind": "RSA", "key_bits": 2048}, Verdict.PASS),
        ({"key_bits": 255}, Verdict.FAIL),
        ({"signature_hash": "sha1"}, Verdict.FAIL),
        ({"key_kind": "Ed25519", "key_bits": 0, "signature_hash": ""}, Verdict.PASS),
    ],
)
def test_keys_and_hashes_have_a_floor(changes, verdict):
    assert judged(tls_strength.key, endpoint(certificate(**changes))).verdict == verdict


def test_the_roots_own_sha1_signature_does_not_matter():
    root = certificate(signature_hash="sha1", is_self_issued=True)
    seen = endpoint(chain=(certificate(), certificate(), root))
    assert judged(tls_strength.key, seen).verdict == Verdict.PASS


@pytest.mark.parametrize(("has_app", "severity"), [(True, Severity.S0), (False, Severity.S2)])
def test_what_ios_refuses_stops_the_launch_only_where_there_is_an_app(has_app, severity):
    seen = endpoint(version="TLSv1.1", has_ios_app=has_app)
    made = judged(tls_strength.ats, seen)
    assert (made.verdict, made.severity) == (Verdict.FAIL, severity)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (certificate(sha256="bb"), Verdict.PASS),
        (certificate(names=("old.test",)), Verdict.WARN),
        (certificate(issuer="CN=Other"), Verdict.WARN),
        (None, Verdict.WARN),
    ],
)
def test_a_renewal_under_way_is_no_difference_between_addresses(other, verdict):
    seen = endpoint(others=(OtherAddress("127.0.0.3", other, "TLSv1.3"),))
    assert judged(tls_strength.multi_ip, seen).verdict == verdict


@pytest.mark.parametrize(
    ("staple", "verdict"),
    [(YES, Verdict.PASS), (NO, Verdict.FAIL), (UNKNOWN, Verdict.UNKNOWN)],
)
def test_only_a_promised_staple_can_be_missing(staple, verdict):
    promised = endpoint(certificate(is_must_staple=True), staple=staple)
    assert judged(tls_strength.must_staple, promised).verdict == verdict
    assert judged(tls_strength.must_staple, endpoint(staple=NO)).verdict == Verdict.NA


def test_every_invalid_host_is_its_own_row_and_the_main_one_stops_the_launch():
    hosts = (
        HostValidity("app.test", "certificate expired"),
        HostValidity("api.app.test", "port 443 is closed"),
        HostValidity("cdn.app.test", "nothing came back", is_known=False),
    )
    rows = every(tls.all_hosts, AllHosts("app.test", "app.test", hosts))
    assert [(row.subject, row.severity) for row in rows] == [
        ("app.test", Severity.S0),
        ("api.app.test", Severity.S1),
    ]


def test_hosts_that_could_not_be_seen_are_unknown():
    hosts = (HostValidity("app.test", ""), HostValidity("x.test", "silence", is_known=False))
    made = only(tls.all_hosts, AllHosts("app.test", "app.test", hosts))
    assert made.verdict == Verdict.UNKNOWN


def test_the_trouble_of_a_host_is_said_in_a_few_words():
    assert trouble_of(endpoint()) == ""
    assert trouble_of(endpoint(is_open=False)) == "port 443 is closed"
    assert "other names" in trouble_of(endpoint(certificate(names=("x.test",))))


@pytest.mark.parametrize("make", [weak_hello, staple_hello, post_quantum_hello])
def test_a_hello_is_one_whole_record_with_the_hosts_name(make):
    hello = make("app.test")
    assert hello[0] == 22
    assert int.from_bytes(hello[3:5]) == len(hello) - 5
    assert int.from_bytes(hello[6:9]) == len(hello) - 9
    assert b"app.test" in hello


def server_hello(suite: int) -> bytes:
    body = b"\x03\x03" + bytes(32) + b"\x00" + suite.to_bytes(2) + b"\x00"
    message = b"\x02" + len(body).to_bytes(3) + body
    return b"\x16\x03\x03" + len(message).to_bytes(2) + message


def test_a_server_hello_tells_the_chosen_suite():
    reply = read_reply(server_hello(0x0005))
    assert reply.suite == 0x0005
    assert WEAK_SUITES[reply.suite] == "TLS_RSA_WITH_RC4_128_SHA"


def test_an_alert_is_a_final_answer_and_no_suite():
    reply = read_reply(b"\x15\x03\x03\x00\x02\x02\x28")
    assert (reply.is_final, reply.suite) == (True, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x16",
        b"\x16\x03\x03\xff\xff\x02",
        b"HTTP/1.1 400 Bad",
        bytes(5),
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
    ],
)
def test_garbage_is_read_without_a_crash(data):
    assert read_reply(data).suite is None


def test_http_on_the_tls_port_is_no_tls():
    assert not is_tls(b"HTTP/1.1 400 Bad Request")
    assert is_tls(server_hello(0x0005))
