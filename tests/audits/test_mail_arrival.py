"""What is judged of a mail that came in, and what a mail tells without its secrets."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks.email_arrival import link_hosts, roundtrip_auth, unsubscribe
from audits.gather.mail_arrival import fault_of_name
from audits.gather.mail_signatures import signatures_named, verdict
from audits.observations.mail_arrival import (
    LinkFault,
    LinkHost,
    MailKind,
    Signature,
    Signed,
    TriedMail,
)
from audits.observations.mail_reading import Link, has_too_many_headers, read_mail
from audits.observations.mail_reply import is_automatic, reply_text
from audits.observations.mail_stored import arrival_data, arrival_of
from audits.observations.spf_result import SpfResult
from audits.verdicts import Severity
from tests.audits.factories import ARRIVAL
from tests.audits.judging import every, only

SIGNED = Signature("app.test", "s1", Signed.PASS, is_aligned=True)
FOREIGN = Signature("mailer.test", "s1", Signed.PASS, is_aligned=False)
UNPROVED = replace(ARRIVAL, spf=SpfResult.FAIL)


def tried(**fields) -> TriedMail:
    return TriedMail(MailKind.SIGN_UP, replace(ARRIVAL, **fields))


PROOFS = [
    ({}, "pass", ""),
    ({"spf": SpfResult.FAIL, "signatures": (SIGNED,)}, "pass", ""),
    ({"spf": SpfResult.FAIL, "signatures": (FOREIGN,)}, "fail", "not_aligned"),
    ({"is_spf_aligned": False}, "fail", "not_aligned"),
    ({"spf": SpfResult.SOFTFAIL}, "fail", "not_aligned"),
    ({"spf": SpfResult.TEMPERROR}, "unknown", "silent"),
    ({"spf": SpfResult.TEMPERROR, "is_spf_aligned": False}, "fail", "not_aligned"),
    ({"is_spf_aligned": None}, "unknown", "silent"),
    (
        {"spf": SpfResult.FAIL, "signatures": (replace(SIGNED, outcome=Signed.UNKNOWN),)},
        "unknown",
        "silent",
    ),
    ({"author": ""}, "fail", "no_author"),
    ({"has_policy": False, "policy": ""}, "warn", "no_dmarc"),
    ({"has_policy": None}, "pass", ""),
    ({"took": timedelta(seconds=60)}, "pass", ""),
    ({"took": timedelta(seconds=61)}, "fail", "late"),
    ({"took": None}, "pass", ""),
    ({"is_tls": False}, "fail", "no_tls"),
    ({"is_tls": False, "is_tls_offered": False}, "pass", ""),
]


@pytest.mark.parametrize(("fields", "said", "cause"), PROOFS)
def test_a_mail_is_vouched_for_encrypted_and_in_time_or_not(fields, said, cause):
    result = only(roundtrip_auth, tried(**fields))
    assert (result.verdict, result.cause) == (said, cause)


def test_a_mail_that_never_came_fails_and_its_links_are_not_known():
    never = TriedMail(MailKind.RESET, None, timedelta(minutes=10))
    result = only(roundtrip_auth, never)
    assert (result.verdict, result.cause) == ("fail", "not_arrived")
    assert "10 minutes" in result.message
    assert only(link_hosts, never).verdict == "unknown"
    assert only(unsubscribe, never).verdict == "na"


def test_a_late_mail_without_proof_is_two_troubles():
    results = every(roundtrip_auth, tried(spf=SpfResult.FAIL, took=timedelta(minutes=3)))
    assert [one.cause for one in results] == ["not_aligned", "late"]
    assert results[1].severity == Severity.S1


LINKS = [
    ([], "na", "no_links"),
    ([LinkFault.NONE], "pass", ""),
    ([LinkFault.NONE, LinkFault.LOCAL], "fail", "local"),
    ([LinkFault.UNKNOWN], "unknown", "silent"),
    ([LinkFault.UNKNOWN, LinkFault.TLS], "fail", "tls"),
    *(([fault], "fail", str(fault)) for fault in ("plain", "dead", "staging", "address")),
]


@pytest.mark.parametrize(("faults", "said", "cause"), LINKS)
def test_links_lead_to_safe_hosts_or_not(faults, said, cause):
    links = tuple(LinkHost(f"h{n}.test", True, LinkFault(one)) for n, one in enumerate(faults))
    result = only(link_hosts, tried(links=links))
    assert (result.verdict, result.cause) == (said, cause)


def test_a_mail_that_could_not_be_read_says_nothing_about_its_links():
    assert only(link_hosts, tried(are_links_read=False)).verdict == "unknown"


@pytest.mark.parametrize(
    ("is_bulk", "has_one_click", "said"),
    [(False, False, "na"), (True, False, "warn"), (True, True, "pass")],
)
def test_only_bulk_mail_must_be_left_in_one_click(is_bulk, has_one_click, said):
    fields = {"is_bulk": is_bulk, "has_one_click": has_one_click}
    assert only(unsubscribe, tried(**fields)).verdict == said


NAMES = [
    ("app.test", True, LinkFault.NONE),
    ("app.test", False, LinkFault.PLAIN),
    ("localhost", False, LinkFault.LOCAL),
    ("192.168.1.4", True, LinkFault.LOCAL),
    ("198.51.100.9", True, LinkFault.LOCAL),
    ("8.8.8.8", True, LinkFault.ADDRESS),
    ("staging.app.test", True, LinkFault.STAGING),
    ("my-app.vercel.app", True, LinkFault.STAGING),
]


@pytest.mark.parametrize(("host", "is_https", "fault"), NAMES)
def test_what_a_links_own_words_show(host, is_https, fault):
    assert fault_of_name(Link(host, is_https), "app.test") == fault


def test_an_app_that_lives_at_a_platform_is_no_test_environment():
    assert fault_of_name(Link("mine.vercel.app", True), "mine.vercel.app") == LinkFault.NONE


def test_an_arrival_survives_being_stored():
    full = replace(ARRIVAL, signatures=(SIGNED, FOREIGN), links=(LinkHost("a.test"),), took=None)
    assert arrival_of(arrival_data(full)) == full


def test_names_of_xml_dialects_are_no_links():
    html = b'<html xmlns="http://www.w3.org/1999/xhtml"><a href="https://app.test/x">x</a></html>'
    mail = b"From: a@app.test\r\nContent-Type: text/html\r\n\r\n" + html
    assert read_mail(mail).links == (Link("app.test", True),)


def test_an_attachment_is_not_opened():
    mail = (
        b"From: a@app.test\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename=a.txt\r\n\r\nhttp://evil.test/x"
    )
    assert read_mail(mail).links == ()


def test_headers_are_shown_without_what_opens_doors():
    mail = (
        b"From: a@app.test\r\nSubject: 123456 is your code\r\n"
        b"Received: from x (x [192.0.2.1]) for <0123456789abcdef0123456789abcdef@in.test>\r\n"
        b"List-Unsubscribe: <https://app.test/u/secrettoken>\r\n"
        b"DKIM-Signature: v=1; d=app.test; s=s1; bh=aaaa; b=bbbb\r\n\r\nx"
    )
    shown = str(read_mail(mail).headers)
    for secret in ("123456", "0123456789abcdef", "secrettoken", "aaaa", "bbbb"):
        assert secret not in shown
    assert "d=app.test" in shown


def test_headers_end_at_64_kilobytes():
    assert not has_too_many_headers(b"X: " + b"a" * 65_000 + b"\r\n\r\nbody" * 100_000)
    assert has_too_many_headers(b"X: " + b"a" * 66_000 + b"\r\n\r\nbody")


REPLIES = [
    ("Fine.\r\n\r\nOn Tue, 24 Nov 2026, Ada wrote:\r\n> what?", "Fine."),
    ("Fine.\r\n\r\nAm 24.11.2026 um 12:00 schrieb Ada:\r\n> was?", "Fine."),
    ("Fine.\n\nOn Tue, 24 Nov 2026 at 12:00, Ada Somebody\n<a@b.test> wrote:\n> x", "Fine."),
    ("Fine.\r\n-- \r\nAda", "Fine."),
    ("One\r\n\r\nTwo\r\n-----Original Message-----\r\nFrom: x", "One\n\nTwo"),
    ("> only a quotation", ""),
    ("On the contrary: it is done.", "On the contrary: it is done."),
]


@pytest.mark.parametrize(("text", "said"), REPLIES)
def test_a_reply_is_what_stands_above_the_quotation(text, said):
    mail = b"From: a@b.test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
    assert reply_text(mail) == said


def test_a_machines_answer_is_known_by_its_headers():
    assert is_automatic(b"Auto-Submitted: auto-replied\r\n\r\nAway")
    assert is_automatic(b"Precedence: bulk\r\n\r\nAway")
    assert not is_automatic(b"Auto-Submitted: no\r\n\r\nHere")


@given(st.binary(max_size=600))
def test_no_bytes_break_the_reading(content):
    read_mail(content)
    reply_text(content)
    is_automatic(content)
    for named in signatures_named(b"DKIM-Signature: " + content):
        verdict(b"DKIM-Signature: " + content, named, "v=DKIM1; p=")


PIECES = st.sampled_from(
    [b"DKIM-Signature: ", b"v=1; a=rsa-sha256; ", b"d=a.test; s=s; ", b"h=from; ", b"b=AA; bh=AA;",
     b"l=9;", b"c=x/y;", b"\r\n", b"\r\n\r\n", b" ", b"From: a@b.test", b"t=9", b"x=1;", b"\xff"]
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=60), st.sampled_from(["v=DKIM1; p=AAAA", "k=ed25519; p=A", "p=MIG=", ""])
)


@given(st.lists(PIECES, max_size=25), KEYS)
def test_no_signature_and_no_key_break_the_verifier(pieces, key):
    content = b"".join(pieces)
    for named in signatures_named(content):
        outcome, _ = verdict(content, named, key)
        assert outcome in {Signed.FAIL, Signed.UNKNOWN}
