"""sec.* and app.* on both sides of their thresholds, from observations alone."""

from dataclasses import replace
from typing import Any

import pytest

from audits.checks import app, sec
from audits.observations.code_addresses import is_local, is_staging, read_code, read_markup
from audits.observations.debug_pages import debug_marker
from audits.observations.exposure import (
    EnvFile,
    ErrorPages,
    FoundMap,
    FoundSecret,
    GitFolder,
    ServedCode,
    ServedPaths,
    Use,
)
from audits.observations.pages import read_page
from audits.observations.secret_scan import scan
from audits.verdicts import Check, Result, Severity, Verdict
from tests.audits.judging import every, only
from tests.lab import planted_keys

CLEAN = ServedCode(
    domain="shop.test",
    hosts=("shop.test", "www.shop.test"),
    unread=(),
    file_count=4,
    byte_count=200_000,
    partial="",
    secrets=(),
    addresses=(),
    unset=(),
    maps=(),
    known_hosts=("shop.test", "api.shop.test"),
)
PATHS = ServedPaths("shop.test", ("shop.test",), ())


def first(rule: Check[Any], seen: object) -> Result:  # Any: rules of every observation type
    return every(rule, seen)[0]


def code(text: str, **changes) -> ServedCode:
    reading = read_code("https://shop.test/app.js", text)
    return replace(CLEAN, addresses=reading.addresses, unset=reading.unset, **changes)


def secrets(text: str) -> tuple[FoundSecret, ...]:
    return tuple(FoundSecret("https://shop.test/app.js", hit) for hit in scan(text))


@pytest.mark.parametrize("rule", [sec.js_secret, sec.source_map, *app.CHECKS])
def test_clean_code_passes(rule):
    assert first(rule, CLEAN).verdict == Verdict.PASS


@pytest.mark.parametrize("rule", [sec.js_secret, *app.CHECKS])
@pytest.mark.parametrize(
    "gap", [{"partial": "app.js is larger than 5 MB"}, {"unread": (("x.test", "time-out"),)}]
)
def test_an_incomplete_look_is_unknown_and_never_a_pass(rule, gap):
    assert first(rule, replace(CLEAN, **gap)).verdict == Verdict.UNKNOWN


def test_every_private_key_is_its_own_row_and_public_ones_are_none():
    text = f"{planted_keys.openai_key()} {planted_keys.stripe_public_key()}"
    rows = every(sec.js_secret, replace(CLEAN, secrets=secrets(text)))
    assert [row.verdict for row in rows] == [Verdict.FAIL]
    only_public = replace(CLEAN, secrets=secrets(planted_keys.stripe_public_key()))
    assert first(sec.js_secret, only_public).verdict == Verdict.PASS


def test_a_test_key_warns():
    rows = every(
        sec.js_secret, replace(CLEAN, secrets=secrets("sk" + "_test_" + "a1B2c3D4e5F6g7H8i9J0"))
    )
    assert [row.verdict for row in rows] == [Verdict.WARN]


def test_a_direct_call_to_a_model_vendor_fails_where_no_key_was_recognised():
    rows = every(sec.js_secret, replace(CLEAN, direct_calls=("api.openai.com",)))
    assert [row.verdict for row in rows] == [Verdict.FAIL]


def test_a_map_warns_and_a_map_with_a_key_stops_the_launch():
    plain = FoundMap("https://shop.test/a.js.map", "a.js", True, ("src/app.ts",))
    stripped = replace(plain, has_sources=False)
    with_key = replace(plain, secrets=secrets(planted_keys.openai_key()))
    assert first(sec.source_map, replace(CLEAN, maps=(plain,))).verdict == Verdict.WARN
    assert first(sec.source_map, replace(CLEAN, maps=(stripped,))).verdict == Verdict.PASS
    worst = first(sec.source_map, replace(CLEAN, maps=(with_key,)))
    assert (worst.verdict, worst.severity) == (Verdict.FAIL, Severity.S0)


def test_an_environment_file_shows_names_and_no_values():
    env = EnvFile("shop.test", "/.env", ("DATABASE_URL", "OPENAI_API_KEY"), 2)
    row = only(sec.env_file, replace(PATHS, env_files=(env,)))
    assert row.verdict == Verdict.FAIL
    assert "DATABASE_URL" in row.evidence[-1].value
    assert only(sec.env_file, PATHS).verdict == Verdict.PASS
    unread = replace(PATHS, unread=(("api.shop.test", "time-out"),))
    assert only(sec.env_file, unread).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("folder", "verdict"),
    [
        (GitFolder("shop.test", True, True), Verdict.FAIL),
        (GitFolder("shop.test", True, False), Verdict.PASS),
        (GitFolder("shop.test", False, True), Verdict.PASS),
        (GitFolder("shop.test", False, False, is_forbidden=True), Verdict.INFO),
    ],
)
def test_a_git_folder_counts_only_with_head_and_config(folder, verdict):
    assert only(sec.git_dir, replace(PATHS, git_folders=(folder,))).verdict == verdict


DJANGO = "<p>You’re seeing this error because you have <code>DEBUG = <code>True</code></code></p>"


@pytest.mark.parametrize(
    ("status", "html", "framework"),
    [
        (404, "<pre id='x'></pre><div id=\"explanation\"></div>Request Method: GET", "Django"),
        (
            404,
            "seeing this error because you have <code>DEBUG = True</code> <code>True</code>",
            "Django",
        ),
        (500, '<div class="debugger">Werkzeug EVALEX = true', "Werkzeug"),
        (404, "<pre>Error: x\n at Layer.handle (/app/node_modules/x.js:95:5)</pre>", "Express"),
        (200, '<script type="module" src="/@vite/client"></script>', "Vite"),
        (200, '<div id="explanation"></div>Request Method: GET', ""),
        (404, "<p>Our post on Werkzeug and its debugger</p>", ""),
        (404, "<h1>Not found</h1>", ""),
        (500, "", ""),
    ],
)
def test_a_debug_page_is_known_by_its_own_structure(status, html, framework):
    assert debug_marker(status, html)[0] == framework


def test_a_debug_page_fails_and_its_absence_passes():
    assert only(sec.debug_page, ErrorPages("a.test")).verdict == Verdict.PASS
    assert only(sec.debug_page, ErrorPages("a.test", "Django", "x", 404)).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("fetch('http://localhost:8000/api')", Verdict.FAIL),
        ('axios.post("http://127.0.0.1:3000/x")', Verdict.FAIL),
        ("const c={apiUrl:'http://192.168.1.4:8000'}", Verdict.FAIL),
        ("signIn({redirectTo:'http://localhost:3000/cb'})", Verdict.FAIL),
        ("new WebSocket('ws://localhost:9000')", Verdict.FAIL),
        ("fetch('https://a1b2.ngrok-free.app/api')", Verdict.FAIL),
        ("help='http://localhost:3000/docs'", Verdict.WARN),
        ("log('see http://localhost:3000/docs')", Verdict.PASS),
        ("new URL(path,'http://localhost')", Verdict.PASS),
        ("fetch('https://api.shop.test/v1')", Verdict.PASS),
        (
            "b='localhost'===location.hostname?'http://localhost:8000':'https://api.shop.test'",
            Verdict.WARN,
        ),
        ("b='localhost'===location.hostname?'http://localhost:8000':''", Verdict.FAIL),
    ],
)
def test_localhost_is_judged_by_its_use(text, verdict):
    assert only(app.localhost_links, code(text)).verdict == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("fetch('https://shop-search.onrender.com/q')", Verdict.FAIL),
        ("fetch('https://staging.shop.test/q')", Verdict.FAIL),
        ("fetch('https://staging.other.test/q')", Verdict.PASS),
        ("fetch('https://api.shop.test/q')", Verdict.PASS),
        ("log('built on https://shop.vercel.app')", Verdict.PASS),
    ],
)
def test_a_preview_host_is_judged_by_its_use(text, verdict):
    assert only(app.staging_links, code(text)).verdict == verdict


def test_a_preview_host_on_purpose_is_entered_as_intended():
    seen = code("fetch('https://shop-api.fly.dev/q')", known_hosts=("shop-api.fly.dev",))
    assert only(app.staging_links, seen).verdict == Verdict.PASS


def test_a_preview_in_markup_warns_as_a_file_and_fails_as_the_way_back_from_sign_in():
    def judged(html):
        page = read_page("https://shop.test/", html)
        return only(app.staging_links, replace(CLEAN, addresses=read_markup(page).addresses))

    assert judged('<img src="https://staging.shop.test/a.png">').verdict == Verdict.WARN
    assert judged('<form action="https://shop.vercel.app/cb">').verdict == Verdict.FAIL
    link = '<a href="https://id.test/?redirect_uri=https%3A%2F%2Fshop.vercel.app%2Fcb">x</a>'
    assert judged(link).verdict == Verdict.FAIL
    assert judged('<a href="https://shop.vercel.app/">old</a>').verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("fetch('https://api.shop.test/undefined/v1')", Verdict.FAIL),
        ("fetch('https://undefined/api')", Verdict.FAIL),
        ("fetch('/undefined/v1/profile')", Verdict.FAIL),
        ("fetch('undefined/v1/profile')", Verdict.FAIL),
        ("fetch('%VITE_API_URL%/v1')", Verdict.FAIL),
        ("fetch('https://api.shop.test/v1/null')", Verdict.FAIL),
        ("void 0===e?'undefined':typeof e", Verdict.PASS),
        ("if(x==='undefined/y')return", Verdict.PASS),
        ("process.env.NODE_ENV!=='production'", Verdict.PASS),
        ("fetch('https://api.shop.test/undefined-behaviour')", Verdict.PASS),
    ],
)
def test_undefined_counts_only_in_the_place_of_a_path(text, verdict):
    assert only(app.undefined_config, code(text)).verdict == verdict


@pytest.mark.parametrize(
    ("host", "is_there"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("printer.local", True),
        ("x.trycloudflare.com", True),
        ("8.8.8.8", False),
        ("localhost.shop.test", False),
    ],
)
def test_local_hosts(host, is_there):
    assert is_local(host) == is_there


@pytest.mark.parametrize(
    ("host", "is_there"),
    [
        ("staging.shop.test", True),
        ("app-staging.shop.test", True),
        ("dev.shop.test", True),
        ("x.vercel.app", True),
        ("developer.shop.test", False),
        ("devices.shop.test", False),
        ("shop.test", False),
    ],
)
def test_staging_hosts(host, is_there):
    assert is_staging(host, "shop.test") == is_there


def test_uses_are_told_apart():
    reading = read_code("a.js", "fetch('https://a.test/x');redirect_uri:'https://b.test/'")
    assert [address.use for address in reading.addresses] == [Use.REQUEST, Use.CALLBACK]


def test_a_key_in_an_address_is_masked_in_the_quote():
    key = planted_keys.openai_key()
    reading = read_code("a.js", f"fetch('https://a.test/?key={key}')")
    assert key not in repr(reading)
