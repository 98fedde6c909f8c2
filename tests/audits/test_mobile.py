"""Link files, viewport, manifest, store pages and security.txt, judged."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks import mobile
from audits.observations.answers import Answer
from audits.observations.http import HomePage
from audits.observations.mobile import (
    AndroidLinks,
    AppleLinks,
    Manifest,
    SecurityText,
    StorePage,
    android_fingerprints,
    apple_app_ids,
    manifest_faults,
    read_json,
    security_fields,
    viewport_settings,
)
from audits.observations.pages import PageFacts
from audits.observations.target import HostKind
from audits.verdicts import Verdict
from tests.audits.judging import only

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
APP = "A1B2C3D4E5.app.bright"
KEY, OTHER = ":".join(["AB"] * 32), ":".join(["CD"] * 32)
JSON = ("content-type", "application/json")
HTML = ("content-type", "text/html")
URL = "https://bright.test/.well-known/apple-app-site-association"
PAGE = "https://bright.test/"


def apple(value: object, *, status: int = 200, ids=(APP,), headers=(JSON,), **more) -> AppleLinks:
    text = value if isinstance(value, str) else json.dumps(value)
    return AppleLinks("bright.test", Answer(URL, status, headers), text, len(text), ids, **more)


def links(*ids: str) -> dict[str, object]:
    return {"applinks": {"details": [{"appIDs": list(ids)}]}}


def android(value: object, *, keys=(KEY,), package="app.bright", **more) -> AndroidLinks:
    text = value if isinstance(value, str) else json.dumps(value)
    answer = Answer(URL, 200, (JSON,))
    return AndroidLinks("bright.test", answer, text, len(text), keys, package, **more)


def statement(*keys: str, package: str = "app.bright") -> dict[str, object]:
    return {
        "relation": ["delegate_permission/common.handle_all_urls"],
        "target": {
            "namespace": "android_app",
            "package_name": package,
            "sha256_cert_fingerprints": list(keys),
        },
    }


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (apple(links(APP)), Verdict.PASS, ""),
        (apple(links("Z1B2C3D4E5.other", APP)), Verdict.PASS, ""),
        (
            apple({"applinks": {"apps": [], "details": [{"appID": APP, "paths": ["*"]}]}}),
            Verdict.PASS,
            "",
        ),
        (apple({"applinks": {"details": {APP: {"paths": ["*"]}}}}), Verdict.PASS, ""),
        (apple(links(APP), headers=(("content-type", "text/plain"),)), Verdict.WARN, "media_type"),
        (apple(links(APP), headers=()), Verdict.WARN, "media_type"),
        (apple(links("Z1B2C3D4E5.other")), Verdict.FAIL, "other_app"),
        (apple(links()), Verdict.FAIL, "empty"),
        (apple({"applinks": {"details": []}}), Verdict.FAIL, "empty"),
        (apple({"webcredentials": {"apps": [APP]}}), Verdict.FAIL, "empty"),
        (apple("{"), Verdict.FAIL, "not_json"),
        (apple("", status=301), Verdict.FAIL, "redirect"),
        (apple("", status=403), Verdict.FAIL, "status_4xx"),
        (apple("", status=404), Verdict.FAIL, "status_4xx"),
        (apple("", status=429), Verdict.UNKNOWN, "slow_down"),
        (apple("<!doctype html><title>App</title>"), Verdict.FAIL, "html"),
        (apple(links(APP), headers=(HTML,)), Verdict.FAIL, "html"),
        (apple("", status=404, ids=()), Verdict.WARN, "status_4xx"),
        (apple("", status=301, is_twin=True), Verdict.INFO, "redirect"),
        (apple("", status=404, is_twin=True), Verdict.FAIL, "status_4xx"),
    ],
)
def test_the_iphones_link_file(seen, verdict, cause):
    result = only(mobile.aasa, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize(("extra", "verdict"), [(0, Verdict.PASS), (1, Verdict.FAIL)])
def test_apple_reads_128_kib(extra, verdict):
    text = json.dumps(links(APP))
    seen = AppleLinks("bright.test", Answer(URL, 200, (JSON,)), text, 128 * 1024 + extra, (APP,))
    assert only(mobile.aasa, seen).verdict == verdict


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (android([statement(KEY)]), Verdict.PASS, ""),
        (android([statement(KEY.lower())]), Verdict.PASS, ""),
        (android([statement(OTHER), statement(KEY)]), Verdict.PASS, ""),
        (android([statement(KEY, OTHER)], keys=(KEY, OTHER)), Verdict.PASS, ""),
        (android([statement(KEY)], keys=(KEY, OTHER)), Verdict.FAIL, "other_key"),
        (android([statement(OTHER)]), Verdict.FAIL, "other_key"),
        (android([statement("AB:CD")], keys=()), Verdict.FAIL, "fingerprint"),
        (android([statement(KEY, package="app.other")]), Verdict.FAIL, "empty"),
        (android([]), Verdict.FAIL, "empty"),
        (android({}), Verdict.FAIL, "not_json"),
        (android([statement(KEY)], is_robots_blocked=True), Verdict.FAIL, "robots"),
        (android([], package="", keys=()), Verdict.WARN, "empty"),
    ],
)
def test_androids_link_file(seen, verdict, cause):
    result = only(mobile.assetlinks, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("width=device-width, initial-scale=1", Verdict.PASS),
        ("initial-scale=1", Verdict.PASS),
        ("width=device-width; initial-scale=1; user-scalable=yes", Verdict.PASS),
        ("width=device-width, maximum-scale=2", Verdict.PASS),
        ("width=device-width, maximum-scale=1.99", Verdict.WARN),
        ("width=device-width, maximum-scale=1", Verdict.WARN),
        ("width=device-width, user-scalable=no", Verdict.WARN),
        ("width=device-width, user-scalable=0", Verdict.WARN),
        ("width=device-width, maximum-scale=abc", Verdict.PASS),
        ("", Verdict.FAIL),
        (None, Verdict.FAIL),
    ],
)
def test_a_page_fits_a_phone_and_can_be_enlarged(content, verdict):
    metas = () if content is None else (("viewport", content),)
    page = PageFacts(PAGE, PAGE, metas=metas)
    home = HomePage("bright.test", HostKind.WEB, "bright.test", Answer(PAGE, 200, (HTML,)), page)
    assert only(mobile.viewport, home).verdict == verdict


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({"icons": [{"sizes": "192x192 512x512"}], "start_url": "/"}, 0),
        ({"icons": [{"sizes": "any"}]}, 0),
        ({"icons": [{"sizes": "192x192"}]}, 1),
        ({"icons": "x"}, 1),
        ({"icons": [{"sizes": "any"}], "start_url": "https://else.test/"}, 1),
        ({"icons": [{"sizes": "any"}], "start_url": "/a", "scope": "/b/"}, 1),
        ([], 1),
    ],
)
def test_a_manifest_names_icons_and_a_start_in_scope(value, faults):
    url = "https://bright.test/manifest.json"
    seen = Manifest(PAGE, url, Answer(url, 200, (JSON,)), json.dumps(value))
    assert len(manifest_faults(seen)) == faults
    expected = Verdict.WARN if faults else Verdict.PASS
    assert only(mobile.manifest, seen).verdict == expected


def test_a_manifest_that_is_gone_is_named():
    url = "https://bright.test/manifest.json"
    seen = Manifest(PAGE, url, Answer(url, 404), "")
    assert only(mobile.manifest, seen).cause == "status"


@pytest.mark.parametrize(
    ("status", "asks", "verdict"),
    [
        (200, False, Verdict.PASS),
        (200, True, Verdict.FAIL),
        (404, False, Verdict.FAIL),
        (500, False, Verdict.FAIL),
        (429, False, Verdict.UNKNOWN),
    ],
)
def test_a_store_page_can_be_read_by_everybody(status, asks, verdict):
    seen = StorePage("terms", f"{PAGE}terms", Answer(f"{PAGE}terms", status), asks)
    assert only(mobile.policy_urls, seen).verdict == verdict


def security(text: str, kind: str = "text/plain; charset=utf-8", **more: bool) -> SecurityText:
    answer = Answer(f"{PAGE}.well-known/security.txt", 200, (("content-type", kind),))
    return SecurityText("bright.test", NOW, answer, text, **more)


def told(expires: timedelta) -> str:
    return f"Contact: mailto:a@bright.test\nExpires: {NOW + expires:%Y-%m-%dT%H:%M:%SZ}\n"


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (security(told(timedelta(seconds=1))), Verdict.PASS, ""),
        (security(told(timedelta(0))), Verdict.FAIL, "expired"),
        (security(told(timedelta(days=366))), Verdict.PASS, ""),
        (security(told(timedelta(days=367))), Verdict.WARN, "form"),
        (security(told(timedelta(days=9)), is_legacy_path=True), Verdict.WARN, "form"),
        (security(told(timedelta(days=9)), "application/octet-stream"), Verdict.WARN, "form"),
        (security("Expires: 2027-01-01T00:00:00Z"), Verdict.FAIL, "no_contact"),
        (security("Contact: mailto:a@b.test"), Verdict.FAIL, "no_expiry"),
        (security(told(timedelta(9)) + told(timedelta(8))), Verdict.FAIL, "no_expiry"),
        (security("Contact: mailto:a@b.test\nExpires: soon"), Verdict.FAIL, "no_expiry"),
        (security("<html>", "text/html"), Verdict.FAIL, "html"),
        (SecurityText("bright.test", NOW), Verdict.WARN, "absent"),
    ],
)
def test_security_txt_says_whom_to_tell_and_until_when(seen, verdict, cause):
    result = only(mobile.security_txt, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["applinks", "details", "appIDs", "target", "relation", "icons", "sizes"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSONS)
def test_no_file_of_a_stranger_breaks_the_reading(value):
    apple_app_ids(value)
    android_fingerprints(value, "")
    manifest_faults(Manifest(PAGE, PAGE, Answer(PAGE, 200), json.dumps(value)))


@given(st.text(max_size=300))
def test_no_text_of_a_stranger_breaks_the_reading(text):
    read_json(text)
    viewport_settings(text)
    security_fields(text)


def test_json_that_nests_without_an_end_is_no_json():
    assert read_json("[" * 200_000) is None
