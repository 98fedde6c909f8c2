"""Development builds, test instances, old scripts, wrong addresses and health routes."""

from typing import Any

import pytest

from audits.checks import deploying
from audits.gather.deploying import HASH
from audits.observations.answers import Answer
from audits.observations.build_signs import (
    Deployed,
    HealthRoute,
    build_marks,
    development_signs,
    repositories,
    sandbox_signs,
)
from audits.observations.exposure import FoundSecret, ServedCode
from audits.observations.secret_rules import Grade
from audits.observations.secret_scan import SecretHit
from audits.verdicts import Verdict
from tests.audits.judging import only

HTML, JSON = ("content-type", "text/html"), ("content-type", "application/json")
NO_STORE = ("cache-control", "no-store")
HOME, FILE = "https://app.test/", "https://app.test/main.js"
CHUNK = "https://app.test/_next/static/chunks/main-0f0f0f0f.js"
HEALTH = "https://api.app.test/healthz"


def code(**more: Any) -> ServedCode:  # Any: the fields of ServedCode
    empty: dict[str, Any] = dict.fromkeys(("unread", "secrets", "addresses", "unset", "maps"), ())
    plain: dict[str, Any] = {
        "domain": "app.test",
        "hosts": ("app.test",),
        "file_count": 3,
        "byte_count": 9,
    }
    return ServedCode(**(empty | plain | {"partial": ""} | more))


def key(masked: str) -> FoundSecret:
    hit = SecretHit("publishable", "Publishable key", Grade.PUBLIC, masked, 30, "", 1)
    return FoundSecret(FILE, hit)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("/**\n * @license React\n * react-dom.development.js\n */", 1),
        ("/** react.production.min.js */", 0),
        ("module.exports=require('./cjs/react.development.js')", 0),
        ("console.info('You are running a development build of Vue.')", 1),
        ('import "/@vite/client"', 1),
        ("new WebSocket('wss://h/_next/webpack-hmr')", 1),
        ("webpack-dev-server/client/index.js", 1),
        ("", 0),
    ],
)
def test_a_development_build_is_told_by_its_own_signature(text, count):
    assert len(development_signs(text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("https://bright-otter-12.clerk.accounts.dev/v1", 1),
        ('const s=[".clerk.accounts.dev"]', 0),
        ("https://api-m.sandbox.paypal.com/v2", 1),
        ("connectAuthEmulator(a,'http://localhost:9099')", 1),
        ("function connectAuthEmulator(e,t,n){", 0),
    ],
)
def test_a_sandbox_is_told_from_a_librarys_list(text, count):
    assert len(sandbox_signs(text)) == count


@pytest.mark.parametrize(
    ("more", "verdict", "cause"),
    [
        ({}, Verdict.PASS, ""),
        ({"partial": "too much"}, Verdict.UNKNOWN, "partial"),
        ({"secrets": (key("pk_live_…abcd"),)}, Verdict.PASS, ""),
        ({"secrets": (key("pk_test_…abcd"),)}, Verdict.FAIL, "test_mode"),
        ({"secrets": (key("pk_test_…abcd"), key("pk_live_…abcd"))}, Verdict.WARN, "maybe"),
        ({"sandbox_signs": (("a Clerk development instance", FILE),)}, Verdict.FAIL, "test_mode"),
        ({"sandbox_signs": (("PayPal’s sandbox", FILE),)}, Verdict.WARN, "maybe"),
        (
            {
                "secrets": (key("pk_live_…abcd"),),
                "sandbox_signs": (("a Clerk development instance", FILE),),
            },
            Verdict.FAIL,
            "test_mode",
        ),
    ],
)
def test_test_mode_on_the_live_host(more, verdict, cause):
    result = only(deploying.test_mode_keys, code(**more))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_a_development_build_fails_and_none_passes():
    signs = (("Vite’s development client", FILE),)
    assert only(deploying.production_build, code(development_signs=signs)).verdict == Verdict.FAIL
    assert only(deploying.production_build, code()).verdict == Verdict.PASS


def deployed(missing: Answer, **more: Any) -> Deployed:  # Any: the fields of Deployed
    return Deployed("app.test", missing, **({"is_missing_home": False} | more))


def gone(status: int = 404, *headers: tuple[str, str]) -> Answer:
    return Answer(HOME, status, headers)


@pytest.mark.parametrize(
    ("chunk", "verdict"),
    [
        (gone(404), Verdict.PASS),
        (gone(410), Verdict.PASS),
        (gone(200, HTML), Verdict.FAIL),
        (gone(200, JSON), Verdict.INFO),
        (gone(403), Verdict.INFO),
        (None, Verdict.UNKNOWN),
    ],
)
def test_an_old_script_is_missing_and_says_so(chunk, verdict):
    seen = deployed(gone(), chunk_url=CHUNK, missing_chunk=chunk)
    assert only(deploying.chunk_404, seen).verdict == verdict


def test_without_a_hashed_script_there_is_nothing_to_say_of_old_ones():
    assert only(deploying.chunk_404, deployed(gone())).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("missing", "is_home", "verdict"),
    [
        (gone(404, HTML), False, Verdict.PASS),
        (gone(200, HTML), True, Verdict.INFO),
        (gone(200, HTML), False, Verdict.WARN),
        (gone(302), False, Verdict.INFO),
        (gone(500), False, Verdict.WARN),
        (gone(403), False, Verdict.INFO),
    ],
)
def test_a_wrong_address_says_so(missing, is_home, verdict):
    assert only(deploying.error_page, deployed(missing, is_missing_home=is_home)).verdict == verdict


def health(
    status: int = 200,
    *headers: tuple[str, str],
    says: str = '{"status": "ok"}',
    must: str = "",
    took_ms: float = 20,
    secrets: tuple[str, ...] = (),
) -> HealthRoute:
    return HealthRoute(HEALTH, 200, must, Answer(HEALTH, status, headers), says, took_ms, secrets)


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (health(200, JSON, NO_STORE), Verdict.PASS, ""),
        (health(200, JSON, NO_STORE, took_ms=1000), Verdict.PASS, ""),
        (health(200, JSON, NO_STORE, took_ms=1001), Verdict.WARN, "form"),
        (health(200, JSON), Verdict.WARN, "form"),
        (health(200, NO_STORE), Verdict.WARN, "form"),
        (health(200, NO_STORE, must="ok"), Verdict.PASS, ""),
        (health(200, JSON, NO_STORE, must="fine"), Verdict.FAIL, "token"),
        (health(200, HTML, NO_STORE), Verdict.FAIL, "html"),
        (health(503, JSON, NO_STORE), Verdict.FAIL, "status"),
        (health(200, JSON, NO_STORE, secrets=("database address",)), Verdict.FAIL, "secret"),
    ],
)
def test_a_health_route_tells_the_truth(seen, verdict, cause):
    result = only(deploying.health, seen)
    assert (result.verdict, result.cause) == (verdict, cause)
    if cause == "secret":
        assert result.evidence == ()


def test_links_to_repositories_are_named_once():
    urls = (
        "https://github.com/bright/app", "https://github.com/bright/app.git",
        "https://github.com/bright", "https://gist.example/x",
    )  # fmt: skip
    assert repositories(urls) == ("github.com/bright/app",)
    linked = deployed(gone(), links=("github.com/bright/app",))
    assert only(deploying.public_repo, linked).verdict == Verdict.INFO
    assert only(deploying.public_repo, deployed(gone())).verdict == Verdict.PASS


def test_a_build_is_named_by_its_id_and_headers():
    html = '<script src="/_next/static/Xk3fLmQ9aZ/_buildManifest.js"></script>'
    marks = build_marks(Answer(HOME, 200, (("etag", '"abc"'),)), html)
    assert marks == ("build Xk3fLmQ9aZ", 'etag "abc"')
    assert only(deploying.build_id, deployed(gone(), marks=marks)).cause == "named"
    assert only(deploying.build_id, deployed(gone())).cause == "unnamed"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/assets/index-0f0f0f0f.js", True),
        ("/assets/index-BxK29fQ1.js", True),
        ("/static/chunks/5d1e0c97ab3f4286.js", True),
        ("/app.js", False),
    ],
)
def test_the_hash_in_a_name_is_found(path, changes):
    assert bool(HASH.search(path)) is changes
