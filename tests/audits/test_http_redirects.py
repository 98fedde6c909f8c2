"""Redirects: order, permanence, length, loops, and one origin for all variants."""

import pytest

from audits.checks.http_hosts import default_host, www_consistency
from audits.checks.http_redirects import (
    https_redirect,
    redirect_length,
    redirect_loop,
    redirect_method,
    redirect_order,
    redirect_path,
    redirect_permanent,
)
from audits.observations.redirects import (
    ApiEntry,
    ChainEnd,
    DefaultHost,
    RedirectMatrix,
    Step,
)
from audits.observations.target import HostKind
from audits.verdicts import Severity, Verdict
from tests.audits.http_world import APP, OTHER, chain, no_chain, redirects
from tests.audits.judging import only

HTTP, HTTPS = "http://a.test/", "https://a.test/"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(301, Verdict.PASS), (308, Verdict.PASS), (302, Verdict.WARN), (307, Verdict.WARN)],
)
def test_http_must_lead_to_https_for_good(status: int, verdict: Verdict) -> None:
    seen = redirects(http_root=chain(HTTP, HTTPS, statuses=(status, 200)))
    assert only(https_redirect, seen).verdict == verdict


def test_the_app_over_http_stops_the_launch() -> None:
    result = only(https_redirect, redirects(http_root=chain(HTTP)))
    assert (result.verdict, result.severity) == (Verdict.FAIL, Severity.S0)


def test_another_page_over_http_is_less_than_the_app() -> None:
    result = only(https_redirect, redirects(http_root=chain(HTTP, simhash=OTHER)))
    assert (result.verdict, result.severity) == (Verdict.FAIL, Severity.S1)


def test_http_alone_serving_the_app_stops_the_launch() -> None:
    seen = redirects(http_root=chain(HTTP), https_root=no_chain(HTTPS, ChainEnd.REFUSED))
    assert only(https_redirect, seen).severity == Severity.S0


def test_a_closed_port_80_is_fine_and_silence_is_unknown() -> None:
    closed = redirects(http_root=no_chain(HTTP, ChainEnd.REFUSED))
    silent = redirects(http_root=no_chain(HTTP, ChainEnd.UNKNOWN))
    assert only(https_redirect, closed).verdict == Verdict.PASS
    assert only(https_redirect, silent).verdict == Verdict.UNKNOWN


def test_https_leading_back_to_http_fails() -> None:
    seen = redirects(https_root=chain(HTTPS, HTTP))
    assert only(https_redirect, seen).cause == "downgrade"


def test_an_api_may_refuse_http_but_a_site_should_redirect() -> None:
    refusing = redirects(http_root=chain(HTTP, statuses=(403,)))
    assert only(https_redirect, refusing).verdict == Verdict.WARN
    api = redirects(http_root=chain(HTTP, statuses=(403,)), kind=HostKind.API)
    assert only(https_redirect, api).verdict == Verdict.PASS


def test_the_first_hop_keeps_the_host() -> None:
    right = redirects(http_root=chain(HTTP, HTTPS, "https://www.a.test/"))
    wrong = redirects(http_root=chain(HTTP, "https://www.a.test/"))
    assert only(redirect_order, right).verdict == Verdict.PASS
    assert only(redirect_order, wrong).verdict == Verdict.WARN
    assert only(redirect_order, redirects(http_root=chain(HTTP))).verdict == Verdict.NA


def test_a_preloaded_top_level_domain_may_change_the_host_first() -> None:
    hops = chain("http://a.app/", "https://www.a.app/")
    seen = redirects(host="a.app", domain="a.app", http_root=hops)
    assert only(redirect_order, seen).verdict == Verdict.PASS


def test_only_hops_that_change_scheme_or_host_must_be_permanent() -> None:
    temporary = redirects(http_root=chain(HTTP, HTTPS, statuses=(302, 200)))
    login = redirects(https_root=chain(HTTPS, "https://a.test/login", statuses=(302, 200)))
    elsewhere = redirects(https_root=chain(HTTPS, "https://app.a.test/login", statuses=(302, 200)))
    assert only(redirect_permanent, temporary).verdict == Verdict.WARN
    assert only(redirect_permanent, login).verdict == Verdict.PASS
    assert only(redirect_permanent, elsewhere).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("target", "verdict", "cause"),
    [
        ("https://a.test/deep?x=1", Verdict.PASS, ""),
        ("https://a.test/deep/?x=1", Verdict.PASS, ""),
        ("https://a.test/en/deep?x=1", Verdict.PASS, ""),
        ("https://a.test/", Verdict.FAIL, "path_dropped"),
        ("https://a.test/deep", Verdict.FAIL, "query_dropped"),
    ],
)
def test_path_and_query_survive_the_redirect(target: str, verdict: Verdict, cause: str) -> None:
    result = only(redirect_path, redirects(http_deep=chain("http://a.test/deep?x=1", target)))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_a_login_on_the_same_host_drops_no_path() -> None:
    deep = chain("https://a.test/deep?x=1", "https://a.test/")
    assert only(redirect_path, redirects(https_deep=deep)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("hops", "verdict"),
    [(0, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.WARN), (4, Verdict.FAIL)],
)
def test_two_hops_are_enough(hops: int, verdict: Verdict) -> None:
    urls = [HTTP, *(f"https://a.test/{number}" for number in range(hops))]
    assert only(redirect_length, redirects(http_root=chain(*urls))).verdict == verdict


def test_a_loop_stops_the_launch_and_names_cloudflare() -> None:
    loop = chain(HTTPS, statuses=(301,), leads_to=HTTPS, end=ChainEnd.LOOP)
    result = only(redirect_loop, redirects(https_root=loop))
    assert result.verdict == Verdict.FAIL
    assert "Flexible" not in result.message
    steps = (Step(HTTPS, 301, HTTPS, is_cloudflare=True),)
    behind = chain(HTTPS, statuses=(301,), leads_to=HTTPS, end=ChainEnd.LOOP)
    flexible = redirects(https_root=type(behind)(HTTPS, steps, ChainEnd.LOOP))
    assert "Flexible" in only(redirect_loop, flexible).message


def test_a_walk_that_ends_with_cookies_is_no_loop() -> None:
    gated = chain(HTTPS, is_cookie_gated=True)
    result = only(redirect_loop, redirects(https_root=gated))
    assert (result.verdict, result.cause) == (Verdict.PASS, "cookie_gated")


def test_silence_everywhere_leaves_the_loop_unknown() -> None:
    silent = no_chain(HTTPS, ChainEnd.UNKNOWN)
    seen = redirects(http_root=silent, https_root=silent, http_deep=None, https_deep=None)
    for check in (redirect_loop, redirect_length, https_redirect):
        assert only(check, seen).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(301, Verdict.FAIL), (302, Verdict.FAIL), (307, Verdict.PASS), (308, Verdict.PASS)],
)
def test_a_redirect_before_an_api_call_must_keep_the_method(status: int, verdict: Verdict) -> None:
    url = "https://api.a.test/v1/chat"
    hops = chain(url, f"{url}/", statuses=(status, 405))
    assert only(redirect_method, ApiEntry(url, "POST", hops)).verdict == verdict


def test_an_api_root_that_leads_to_its_documentation_loses_no_call() -> None:
    url = "https://api.a.test/"
    entry = ApiEntry(url, "GET", chain(url, "https://api.a.test/docs", statuses=(302, 200)))
    assert only(redirect_method, entry).verdict == Verdict.PASS


def matrix(*, apex_end: str = HTTPS, www: str = HTTPS, **fields: object) -> RedirectMatrix:
    roots = fields.pop("roots", None) or (
        chain(HTTP, HTTPS) if apex_end == HTTPS else chain(HTTP, HTTPS, apex_end),
        chain(HTTPS),
        chain("http://www.a.test/", "https://www.a.test/", HTTPS),
        chain("https://www.a.test/", HTTPS),
    )
    return RedirectMatrix("a.test", roots, **({"deeps": ()} | fields))  # type: ignore[arg-type]


def test_every_variant_ends_at_one_origin() -> None:
    assert only(www_consistency, matrix()).verdict == Verdict.PASS


def test_two_origins_with_the_same_app_fail_and_two_pages_warn() -> None:
    www = "https://www.a.test/"
    double = matrix(roots=(chain(HTTPS), chain(www)))
    different = matrix(roots=(chain(HTTPS), chain(www, simhash=OTHER)))
    assert only(www_consistency, double).verdict == Verdict.FAIL
    assert only(www_consistency, different).verdict == Verdict.WARN


def test_a_locale_in_the_path_is_the_same_origin() -> None:
    seen = matrix(roots=(chain(HTTPS, "https://a.test/en"), chain("https://www.a.test/", HTTPS)))
    assert only(www_consistency, seen).verdict == Verdict.PASS


def test_a_deep_page_that_stays_at_www_fails() -> None:
    deep = chain("https://www.a.test/deep?x=1")
    assert only(www_consistency, matrix(deeps=(deep,))).cause == "deep_not_redirected"


def test_a_missing_www_is_a_warning_only_where_people_would_type_it() -> None:
    roots = (chain(HTTPS), no_chain("https://www.a.test/", ChainEnd.NO_NAME))
    assert only(www_consistency, matrix(roots=roots)).cause == "www_absent"
    below = matrix(roots=roots, is_www_expected=False)
    assert only(www_consistency, below).verdict == Verdict.PASS


def test_a_variant_with_a_wrong_certificate_is_dead_and_a_closed_port_80_is_not() -> None:
    wrong = (chain(HTTPS), no_chain("https://www.a.test/", ChainEnd.UNTRUSTED))
    closed = (chain(HTTPS), no_chain("http://www.a.test/", ChainEnd.REFUSED))
    assert only(www_consistency, matrix(roots=wrong)).cause == "www_dead"
    assert only(www_consistency, matrix(roots=closed)).verdict == Verdict.PASS


def test_silence_of_one_variant_leaves_the_origin_unknown() -> None:
    roots = (chain(HTTPS), no_chain("https://www.a.test/", ChainEnd.UNKNOWN))
    assert only(www_consistency, matrix(roots=roots)).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("status", "is_app", "verdict"),
    [(None, False, Verdict.PASS), (421, False, Verdict.INFO), (200, True, Verdict.WARN)],
)
def test_a_strange_host_name_gets_no_app(
    status: int | None, is_app: bool, verdict: Verdict
) -> None:
    seen = DefaultHost("a.test", "192.0.2.1", status, is_app)
    assert only(default_host, seen).verdict == verdict


def test_the_world_of_these_tests_is_alike_with_itself_alone() -> None:
    assert APP != OTHER
