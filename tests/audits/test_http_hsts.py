"""HSTS: reading the header, its lifetime, and whom it would lock out."""

from datetime import timedelta

import pytest

from audits.checks.http_hsts import hsts, hsts_preload, hsts_subdomain_risk
from audits.observations.hsts import (
    HostHttps,
    HstsScope,
    HstsSighting,
    HttpsState,
    TransportSecurity,
    read_hsts,
)
from audits.verdicts import Severity, Verdict
from tests.audits.http_world import DOMAIN
from tests.audits.judging import every, only

URL = "https://a.test/"
WIDE = "max-age=31536000; includeSubDomains"
PRELOAD = f"{WIDE}; preload"


def transport(*values: str, status: int = 200, http: tuple[str, ...] = ()) -> TransportSecurity:
    plain = (HstsSighting("http://a.test/", 301, http),)
    return TransportSecurity(DOMAIN, (HstsSighting(URL, status, values),), plain)


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        ("max-age=31536000", Verdict.PASS),
        ('max-age="31536000"', Verdict.PASS),
        ("MAX-AGE=63072000; IncludeSubDomains", Verdict.PASS),
        ("max-age=31535999", Verdict.WARN),
        ("max-age=86400", Verdict.WARN),
        ("max-age=0", Verdict.FAIL),
        ("includeSubDomains", Verdict.FAIL),
        ("max-age=soon", Verdict.FAIL),
        ("max-age=31536000; max-age=0", Verdict.FAIL),
        ("max-age=31536000, includeSubDomains", Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_hsts_is_judged_by_its_lifetime(header: str, verdict: Verdict) -> None:
    assert only(hsts, transport(header)).verdict == verdict


def test_the_first_header_wins() -> None:
    assert only(hsts, transport("max-age=31536000", "max-age=0")).verdict == Verdict.PASS
    assert only(hsts, transport("max-age=0", "max-age=31536000")).verdict == Verdict.FAIL


def test_without_the_header_it_is_a_warning_and_over_http_only_a_failure() -> None:
    assert only(hsts, transport()).verdict == Verdict.WARN
    assert only(hsts, transport(http=(WIDE,))).cause == "http_only"


def test_an_error_page_without_the_header_is_no_news() -> None:
    assert only(hsts, transport(status=404)).verdict == Verdict.NA


def test_a_redirect_without_the_header_is_named() -> None:
    hop = HstsSighting(URL, 301)
    page = HstsSighting("https://a.test/en", 200, (WIDE,))
    assert only(hsts, TransportSecurity(DOMAIN, (hop, page))).cause == "hop_without"


def test_an_endless_number_is_read_with_a_bound() -> None:
    policy = read_hsts("max-age=" + "9" * 400)
    assert policy.is_on
    assert policy.max_age <= timedelta(seconds=10**9)


def scope(
    header: str, *hosts: tuple[str, HttpsState], at: str = URL, **fields: object
) -> HstsScope:
    told = {"first_http_hop": URL, **fields}
    return HstsScope(
        DOMAIN,
        (HstsSighting(at, 200, (header,)),),
        tuple(HostHttps(host, state) for host, state in hosts),
        **told,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (HttpsState.VALID, Verdict.PASS),
        (HttpsState.NO_WEB, Verdict.PASS),
        (HttpsState.NO_NAME, Verdict.PASS),
        (HttpsState.UNTRUSTED, Verdict.FAIL),
        (HttpsState.HTTP_ONLY, Verdict.FAIL),
        (HttpsState.UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_includesubdomains_needs_https_everywhere_below(
    state: HttpsState, verdict: Verdict
) -> None:
    assert only(hsts_subdomain_risk, scope(WIDE, ("status.a.test", state))).verdict == verdict


def test_preloading_makes_the_lock_out_final() -> None:
    locked = ("status.a.test", HttpsState.UNTRUSTED)
    assert only(hsts_subdomain_risk, scope(PRELOAD, locked)).severity == Severity.S0
    assert only(hsts_subdomain_risk, scope(WIDE, locked)).severity == Severity.S1


def test_the_header_reaches_only_hosts_below_its_own() -> None:
    beside = ("status.a.test", HttpsState.UNTRUSTED)
    at_www = scope(WIDE, beside, at="https://www.a.test/")
    for_one_host = scope("max-age=31536000", beside)
    assert only(hsts_subdomain_risk, at_www).verdict == Verdict.PASS
    assert only(hsts_subdomain_risk, for_one_host).verdict == Verdict.PASS


def test_each_locked_out_host_is_a_row_of_its_own() -> None:
    rows = every(
        hsts_subdomain_risk,
        scope(WIDE, ("x.a.test", HttpsState.UNTRUSTED), ("y.a.test", HttpsState.HTTP_ONLY)),
    )
    assert [row.subject for row in rows] == ["x.a.test", "y.a.test"]


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (scope(WIDE), Verdict.PASS),
        (scope(PRELOAD, ("www.a.test", HttpsState.VALID)), Verdict.PASS),
        (scope("max-age=63072000; preload"), Verdict.WARN),
        (scope("max-age=31535999; includeSubDomains; preload"), Verdict.WARN),
        (scope(PRELOAD, ("www.a.test", HttpsState.UNTRUSTED)), Verdict.WARN),
        (scope(PRELOAD, first_http_hop="https://www.a.test/"), Verdict.WARN),
        (scope(PRELOAD, first_http_hop=""), Verdict.WARN),
        (scope(PRELOAD, first_http_hop=None), Verdict.UNKNOWN),
        (scope(PRELOAD, first_http_hop=None, is_port_80_closed=True), Verdict.PASS),
        (scope(PRELOAD, at="https://www.a.test/"), Verdict.WARN),
    ],
)
def test_preload_is_right_only_where_its_rules_hold(seen: HstsScope, verdict: Verdict) -> None:
    assert only(hsts_preload, seen).verdict == verdict
