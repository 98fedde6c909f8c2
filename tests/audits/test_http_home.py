"""The start page: does it open, does it start, and what does it load in the clear?"""

import pytest

from audits.checks.http_home import home_ok, mixed_active, mixed_passive
from audits.observations.http import PlainLoad, ScriptLook, plain_calls, plain_css
from audits.observations.target import HostKind
from audits.verdicts import Verdict
from tests.audits.http_world import DOMAIN, home
from tests.audits.judging import only

SHELL = '<div id="root"></div><script type="module" src="/assets/index.js"></script>'
MAIN = "https://a.test/assets/index.js"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.PASS),
        (399, Verdict.PASS),
        (400, Verdict.FAIL),
        (403, Verdict.FAIL),
        (429, Verdict.BLOCKED),
        (500, Verdict.FAIL),
    ],
)
def test_the_start_page_must_not_be_an_error(status: int, verdict: Verdict) -> None:
    assert only(home_ok, home(status=status)).verdict == verdict


@pytest.mark.parametrize("status", [401, 403])
def test_an_admin_host_may_ask_for_a_sign_in(status: int) -> None:
    assert only(home_ok, home(status=status, kind=HostKind.ADMIN)).verdict == Verdict.PASS


def test_an_api_host_needs_no_start_page() -> None:
    assert only(home_ok, home(status=404, kind=HostKind.API)).verdict == Verdict.NA


def test_a_refused_connection_is_a_failing_start_page() -> None:
    seen = home(answer=None, page=None, fault="port 443 refused the connection.")
    assert only(home_ok, seen).cause == "no_connection"


@pytest.mark.parametrize(
    ("look", "verdict"),
    [
        (ScriptLook(MAIN, 200, "text/javascript"), Verdict.PASS),
        (ScriptLook(MAIN, 404, "text/html"), Verdict.FAIL),
        (ScriptLook(MAIN, 200, "text/html"), Verdict.FAIL),
        (ScriptLook(MAIN, 0, is_missing=True), Verdict.FAIL),
        (ScriptLook(MAIN, 0), Verdict.PASS),
        (ScriptLook("https://a.test/metrics.js", 404), Verdict.PASS),
    ],
)
def test_an_empty_shell_needs_its_main_script(look: ScriptLook, verdict: Verdict) -> None:
    assert only(home_ok, home(SHELL, scripts=(look,))).verdict == verdict


def test_a_page_with_text_survives_a_failing_script() -> None:
    text = "<main>" + "A page that the server has rendered. " * 3 + "</main>" + SHELL
    assert only(home_ok, home(text, scripts=(ScriptLook(MAIN, 404),))).verdict == Verdict.PASS


@pytest.mark.parametrize(
    "body",
    [
        "<script src='http://cdn.a.test/x.js'></script>",
        "<link rel=stylesheet href='http://cdn.a.test/x.css'>",
        "<iframe src='http://b.test/'></iframe>",
        "<object data='http://b.test/x'></object>",
        "<form action='http://a.test/login'></form>",
    ],
)
def test_a_load_over_http_that_browsers_block_fails(body: str) -> None:
    assert only(mixed_active, home(body)).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    "body",
    [
        "<a href='http://b.test/'>a link</a>",
        "<link rel=canonical href='http://a.test/'>",
        "<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        '<script type=\'application/ld+json\'>{"@context": "http://schema.org"}</script>',
        "<script src='https://cdn.a.test/x.js'></script>",
        "<script src='http://localhost:3000/x.js'></script>",
        "<img src='http://b.test/x.png'>",
    ],
)
def test_what_is_no_active_load_over_http_is_left_alone(body: str) -> None:
    assert only(mixed_active, home(body)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    "headers_and_body",
    [
        ({"content-security-policy": "upgrade-insecure-requests"}, ""),
        ({}, "<meta http-equiv=Content-Security-Policy content='upgrade-insecure-requests'>"),
    ],
)
def test_a_policy_that_upgrades_softens_it(headers_and_body: tuple[dict[str, str], str]) -> None:
    headers, meta = headers_and_body
    body = f"{meta}<script src='http://cdn.a.test/x.js'></script>"
    assert only(mixed_active, home(body, headers=headers)).verdict == Verdict.WARN


def test_a_call_in_a_script_is_a_load() -> None:
    seen = home(calls=(PlainLoad(MAIN, "ws://a.test/live"),))
    assert only(mixed_active, seen).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("fetch('http://api.a.test/v1')", "http://api.a.test/v1"),
        ('fetch( "http://api.a.test/v1", {})', "http://api.a.test/v1"),
        ("new WebSocket(`ws://a.test/live`)", "ws://a.test/live"),
        ('x.open("GET","http://a.test/x")', "http://a.test/x"),
        ("axios.get('http://a.test/x')", "http://a.test/x"),
        ("new EventSource('http://a.test/e')", "http://a.test/e"),
    ],
)
def test_addresses_in_calls_are_found(code: str, found: str) -> None:
    assert [load.url for load in plain_calls(MAIN, code)] == [found]


@pytest.mark.parametrize(
    "code",
    [
        "var ns='http://www.w3.org/1999/xhtml'",
        "fetch('https://api.a.test/v1')",
        "throw Error('see http://fb.me/x')",
        "fetch('/v1')",
    ],
)
def test_an_address_that_no_call_names_is_no_load(code: str) -> None:
    assert list(plain_calls(MAIN, code)) == []


def test_css_loads_pictures_and_imports_style_sheets() -> None:
    css = "@import url('http://b.test/x.css'); body{background:url(http://b.test/a.png)}"
    loads, imports = plain_css("https://a.test/a.css", css)
    assert [load.url for load in loads] == ["http://b.test/a.png"]
    assert [load.url for load in imports] == ["http://b.test/x.css"]
    assert only(mixed_passive, home(css_loads=loads)).verdict == Verdict.WARN
    assert only(mixed_active, home(css_imports=imports)).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("<img src='http://b.test/a.png'>", Verdict.WARN),
        ("<img srcset='a.png 1x, http://b.test/a.png 2x'>", Verdict.WARN),
        ("<video poster='http://b.test/a.png'></video>", Verdict.WARN),
        ("<img src='https://b.test/a.png'>", Verdict.PASS),
        ("<img src='//b.test/a.png'>", Verdict.PASS),
    ],
)
def test_pictures_over_http_are_named(body: str, verdict: Verdict) -> None:
    assert only(mixed_passive, home(body)).verdict == verdict


def test_without_an_https_page_nothing_is_mixed() -> None:
    plain = home("<script src='http://a.test/x.js'></script>", url=f"http://{DOMAIN}/")
    assert only(mixed_active, plain).verdict == Verdict.NA
    assert only(mixed_passive, home(answer=None, page=None)).verdict == Verdict.NA
