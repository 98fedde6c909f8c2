"""Security headers, judged as browsers read them."""

import pytest

from audits.checks.hdr import coop, csp, frame, leak, nosniff, permissions, referrer, sri
from audits.observations.csp import read_policies
from audits.verdicts import Severity, Verdict
from tests.audits.http_world import TEXT, home
from tests.audits.judging import only

CSP = "content-security-policy"


@pytest.mark.parametrize(
    ("policy", "verdict", "cause"),
    [
        ("default-src 'self'", Verdict.PASS, ""),
        ("script-src 'self'", Verdict.PASS, ""),
        ("script-src 'self' 'unsafe-inline'", Verdict.WARN, "unsafe_inline"),
        ("script-src 'nonce-abc' 'unsafe-inline'", Verdict.PASS, ""),
        ("script-src 'sha256-abc=' 'unsafe-inline'", Verdict.PASS, ""),
        ("script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'", Verdict.PASS, ""),
        ("script-src 'self' 'unsafe-eval'", Verdict.WARN, "unsafe_eval"),
        ("script-src https:", Verdict.WARN, "any_host"),
        ("script-src *", Verdict.WARN, "any_host"),
        ("frame-ancestors 'none'", Verdict.WARN, "no_script_src"),
        ("default-src 'self'; script-src-attr 'unsafe-inline'", Verdict.WARN, "unsafe_inline"),
        ("default-src 'self' 'unsafe-inline'; script-src 'self'", Verdict.PASS, ""),
        ("SCRIPT-SRC 'SELF' 'UNSAFE-INLINE'", Verdict.WARN, "unsafe_inline"),
        ("script-src 'self'; script-src 'unsafe-inline'", Verdict.PASS, ""),
    ],
)
def test_a_policy_must_keep_injected_scripts_out(policy: str, verdict: Verdict, cause: str) -> None:
    result = only(csp, home(headers={CSP: policy}))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_policies_of_one_header_intersect() -> None:
    both = "script-src 'self' 'unsafe-inline', script-src 'self'"
    assert only(csp, home(headers={CSP: both})).verdict == Verdict.PASS
    assert len(read_policies([both])) == 2


def test_a_report_only_policy_stops_nothing_and_is_analysed() -> None:
    weak = home(headers={f"{CSP}-report-only": "script-src 'unsafe-inline'"})
    result = only(csp, weak)
    assert (result.verdict, result.cause) == (Verdict.WARN, "report_only")
    assert "unsafe-inline" in result.message
    strict = home(headers={f"{CSP}-report-only": "script-src 'self'"})
    assert "would not help" not in only(csp, strict).message


def test_no_policy_is_for_the_record_and_an_api_needs_none() -> None:
    assert only(csp, home()).verdict == Verdict.INFO
    assert only(csp, home(html=False)).verdict == Verdict.NA
    api = home(html=False, headers={CSP: "frame-ancestors 'none'"})
    assert only(csp, api).verdict == Verdict.PASS


def test_a_policy_in_a_meta_counts_but_not_its_frame_ancestors() -> None:
    meta = (
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"script-src 'self'; frame-ancestors 'none'\">"
    )
    seen = home(f"{meta}<main>{TEXT}</main>")
    assert only(csp, seen).verdict == Verdict.PASS
    assert only(frame, seen).verdict == Verdict.WARN


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.WARN),
        ({"x-frame-options": "DENY"}, Verdict.PASS),
        ({"x-frame-options": "sameorigin"}, Verdict.PASS),
        ({"x-frame-options": "SAMEORIGIN, SAMEORIGIN"}, Verdict.PASS),
        ({"x-frame-options": "ALLOWALL"}, Verdict.FAIL),
        ({"x-frame-options": "ALLOW-FROM https://b.test"}, Verdict.FAIL),
        ({CSP: "frame-ancestors 'self'"}, Verdict.PASS),
        ({CSP: "frame-ancestors *"}, Verdict.WARN),
        ({CSP: "frame-ancestors 'none'", "x-frame-options": "ALLOWALL"}, Verdict.PASS),
        ({f"{CSP}-report-only": "frame-ancestors 'none'"}, Verdict.WARN),
    ],
)
def test_framing_is_limited_by_policy_or_header(headers: dict[str, str], verdict: Verdict) -> None:
    assert only(frame, home(headers=headers)).verdict == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("nosniff", Verdict.PASS), ("NoSniff", Verdict.PASS), ("no-sniff", Verdict.WARN)],
)
def test_content_types_are_not_guessed(value: str, verdict: Verdict) -> None:
    assert only(nosniff, home(headers={"x-content-type-options": value})).verdict == verdict
    assert only(nosniff, home()).verdict == Verdict.WARN


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("strict-origin-when-cross-origin", Verdict.PASS),
        ("no-referrer", Verdict.PASS),
        ("origin-when-cross-origin", Verdict.WARN),
        ("no-referrer-when-downgrade", Verdict.WARN),
        ("unsafe-url", Verdict.FAIL),
        ("unsafe-url, strict-origin", Verdict.PASS),
        ("strict-origin, from-the-future", Verdict.PASS),
        ("from-the-future", Verdict.INFO),
    ],
)
def test_the_last_known_referrer_policy_wins(value: str, verdict: Verdict) -> None:
    assert only(referrer, home(headers={"referrer-policy": value})).verdict == verdict


def test_no_referrer_policy_is_the_browsers_own_good_one() -> None:
    assert only(referrer, home()).verdict == Verdict.INFO


def test_whole_addresses_with_tokens_are_worse() -> None:
    headers = {"referrer-policy": "unsafe-url"}
    plain = home("<a href='/pricing'>x</a>", headers=headers)
    telling = home("<a href='/invite?token=abc'>x</a>", headers=headers)
    foreign = home("<a href='https://b.test/?token=abc'>x</a>", headers=headers)
    assert only(referrer, plain).severity == Severity.S3
    assert only(referrer, telling).severity == Severity.S1
    assert only(referrer, foreign).severity == Severity.S3


def test_permissions_and_opener_policies_are_for_the_record() -> None:
    for check in (permissions, coop):
        assert only(check, home()).verdict == Verdict.INFO
    there = home(headers={"cross-origin-opener-policy": "same-origin"})
    assert only(coop, there).cause == "present"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.PASS),
        ({"server": "cloudflare"}, Verdict.PASS),
        ({"server": "nginx/1.27.0"}, Verdict.INFO),
        ({"server": "nginx/1.14.0"}, Verdict.WARN),
        ({"x-powered-by": "PHP/8.1.2"}, Verdict.INFO),
        ({"x-powered-by": "PHP/7.4.33"}, Verdict.WARN),
        ({"server": "Apache/2.4.58 (Ubuntu)"}, Verdict.INFO),
        ({"x-powered-by": "Next.js"}, Verdict.INFO),
    ],
)
def test_only_software_past_its_end_of_life_is_a_warning(
    headers: dict[str, str], verdict: Verdict
) -> None:
    assert only(leak, home(headers=headers)).verdict == verdict


PINNED = "https://cdn.jsdelivr.net/npm/vue@3.4.21/dist/vue.global.js"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("<script src='/a.js'></script>", Verdict.PASS),
        ("<script src='https://cdn.a.test/a.js'></script>", Verdict.PASS),
        ("<script src='https://js.stripe.com/v3/'></script>", Verdict.INFO),
        (f"<script src='{PINNED}'></script>", Verdict.WARN),
        (f"<script src='{PINNED}' integrity='sha384-x'></script>", Verdict.PASS),
        ("<script src='https://cdn.jsdelivr.net/npm/vue@3'></script>", Verdict.INFO),
    ],
)
def test_only_scripts_with_a_fixed_version_should_carry_a_checksum(
    body: str, verdict: Verdict
) -> None:
    assert only(sri, home(body)).verdict == verdict


@pytest.mark.parametrize("check", [csp, frame, nosniff, referrer, permissions, leak])
def test_an_error_page_and_another_sites_page_are_not_judged(check) -> None:
    assert only(check, home(status=500)).verdict == Verdict.NA
    assert only(check, home(answer=None, page=None)).verdict == Verdict.NA
    elsewhere = home(url="https://login.example/", host="a.test")
    assert only(check, elsewhere).verdict == Verdict.NA


def test_a_hostile_policy_is_read() -> None:
    assert read_policies([";;;, ,;", "x" * 100_000, "\x00 'nonce-"])
    assert read_policies([]) == ()
