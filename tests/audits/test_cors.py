"""CORS: whom the API lets in, judged as the Fetch Standard reads its headers."""

from typing import Any

import pytest

from audits.checks.cors import (
    null_origin,
    preflight,
    reflect_credentials,
    star_credentials,
    suffix_match,
    vary,
)
from audits.observations.cors import CorsAnswer, OriginKind, PreflightSet, needs_preflight
from audits.verdicts import Severity, Verdict
from tests.audits.http_world import ORIGIN, allow, cors_answer, preflights, probe
from tests.audits.judging import every, only

STRANGER = "https://7f3a.example"
JSON: dict[str, Any] = {"access_control_allow_headers": "content-type"}


@pytest.mark.parametrize(
    ("headers", "status", "cause"),
    [
        (allow(ORIGIN, **JSON), 204, ""),
        (allow(ORIGIN, **JSON), 200, ""),
        (allow("*", **JSON), 204, ""),
        (allow(ORIGIN, access_control_allow_headers="*"), 204, ""),
        (allow(ORIGIN, access_control_allow_headers="X-Id, Content-Type"), 204, ""),
        (allow(ORIGIN, **JSON), 401, "status"),
        (allow(ORIGIN, **JSON), 301, "status"),
        (allow("", **JSON), 204, "origin"),
        (allow("https://old.a.test", **JSON), 204, "origin"),
        (allow(f"{ORIGIN}, {ORIGIN}", **JSON), 204, "origin"),
        (allow(ORIGIN), 204, "headers"),
    ],
)
def test_a_preflight_must_let_the_front_end_in(
    headers: dict[str, str], status: int, cause: str
) -> None:
    result = only(preflight, preflights(headers, status=status))
    assert result.verdict == (Verdict.FAIL if cause else Verdict.PASS)
    assert result.cause == cause


def test_a_star_does_not_cover_authorization() -> None:
    star = preflights(
        allow(ORIGIN, access_control_allow_headers="*"), names=("authorization", "content-type")
    )
    assert only(preflight, star).cause == "headers"


@pytest.mark.parametrize(
    ("methods", "cause"),
    [("PATCH, DELETE", ""), ("patch", ""), ("*", ""), ("GET, POST", "method"), ("", "method")],
)
def test_a_method_beyond_the_simple_ones_must_be_named(methods: str, cause: str) -> None:
    headers = allow(ORIGIN, access_control_allow_methods=methods, **JSON)
    assert only(preflight, preflights(headers, method="PATCH")).cause == cause


def test_a_plain_get_needs_its_origin_and_no_preflight() -> None:
    told: dict[str, Any] = {"method": "GET", "names": (), "needs_preflight": False, "status": 401}
    assert only(preflight, preflights(allow(ORIGIN), **told)).verdict == Verdict.PASS
    assert only(preflight, preflights({}, **told)).cause == "origin"


@pytest.mark.parametrize(
    ("method", "names", "is_asked"),
    [
        ("GET", (), False),
        ("GET", ("accept",), False),
        ("GET", ("authorization",), True),
        ("POST", (), True),
        ("PUT", (), True),
    ],
)
def test_browsers_ask_first_where_a_call_is_not_simple(
    method: str, names: tuple[str, ...], is_asked: bool
) -> None:
    assert needs_preflight(method, names) == is_asked


def test_an_undeclared_route_is_never_a_failure() -> None:
    result = only(preflight, preflights({}, status=404, is_declared=False))
    assert (result.verdict, result.cause) == (Verdict.INFO, "not_declared")


def test_silence_is_unknown_and_a_same_origin_call_has_nothing_to_judge() -> None:
    silent = CorsAnswer(OriginKind.OWN, ORIGIN, None, "No answer within 12 s.")
    assert only(preflight, preflights({}, answer=silent)).verdict == Verdict.UNKNOWN
    assert only(preflight, PreflightSet("https://a.test/api", ())).verdict == Verdict.NA


def test_two_front_ends_with_one_fault_are_one_row() -> None:
    calls = preflights({}, status=401).calls * 2
    rows = every(preflight, PreflightSet("https://api.a.test/v1", calls))
    assert len(rows) == 1
    assert "2 front ends" in rows[0].message


def foreign(headers: dict[str, str]) -> CorsAnswer:
    return cors_answer(OriginKind.FOREIGN, STRANGER, headers=headers)


@pytest.mark.parametrize(
    ("headers", "verdict", "severity"),
    [
        ({}, Verdict.PASS, None),
        (allow("*"), Verdict.PASS, None),
        (allow(ORIGIN, credentials=True), Verdict.PASS, None),
        (allow(STRANGER), Verdict.WARN, None),
        (allow(STRANGER, credentials=True), Verdict.FAIL, Severity.S0),
        (
            allow(STRANGER) | {"access-control-allow-credentials": "True"},
            Verdict.WARN,
            None,
        ),
    ],
)
def test_a_strange_origin_gets_no_session(
    headers: dict[str, str], verdict: Verdict, severity: Severity | None
) -> None:
    result = only(reflect_credentials, probe(foreign(headers)))
    assert (result.verdict, result.severity) == (verdict, severity)


def test_with_bearer_tokens_alone_the_echo_weighs_less() -> None:
    seen = probe(foreign(allow(STRANGER, credentials=True)), is_bearer_only=True)
    assert only(reflect_credentials, seen).severity == Severity.S2


def test_null_is_judged_only_where_strangers_are_not_echoed() -> None:
    null = cors_answer(OriginKind.NULL, "null", headers=allow("null", credentials=True))
    assert only(null_origin, probe(foreign({}), null)).verdict == Verdict.FAIL
    echoing = foreign(allow(STRANGER, credentials=True))
    assert only(null_origin, probe(echoing, null)).verdict == Verdict.NA
    without = cors_answer(OriginKind.NULL, "null", headers=allow("null"))
    assert only(null_origin, probe(foreign({}), without)).verdict == Verdict.PASS
    assert only(null_origin, probe(foreign({}))).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "origin"),
    [
        (OriginKind.PREFIXED, "https://evila.test"),
        (OriginKind.SUFFIXED, "https://a.test.evil.example"),
        (OriginKind.PLAIN_HTTP, "http://a.test"),
    ],
)
def test_a_look_alike_with_credentials_fails(kind: OriginKind, origin: str) -> None:
    let_in = cors_answer(kind, origin, headers=allow(origin, credentials=True))
    kept_out = cors_answer(kind, origin, headers=allow(ORIGIN, credentials=True))
    assert only(suffix_match, probe(foreign({}), let_in)).cause == str(kind)
    assert only(suffix_match, probe(foreign({}), kept_out)).verdict == Verdict.PASS


def test_silence_for_a_look_alike_is_unknown() -> None:
    silent = CorsAnswer(OriginKind.PREFIXED, "https://evila.test", None, "No answer.")
    assert only(suffix_match, probe(foreign({}), silent)).verdict == Verdict.UNKNOWN
    assert only(star_credentials, probe()).verdict == Verdict.UNKNOWN
    assert only(reflect_credentials, probe()).verdict == Verdict.UNKNOWN


def test_the_star_with_credentials_breaks_calls() -> None:
    broken = probe(foreign(allow("*", credentials=True)))
    assert only(star_credentials, broken).verdict == Verdict.FAIL
    assert only(star_credentials, probe(foreign(allow("*")))).verdict == Verdict.PASS


def own(**more: str) -> CorsAnswer:
    return cors_answer(OriginKind.OWN, ORIGIN, headers=allow(ORIGIN, credentials=True, **more))


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({"vary": "Origin"}, Verdict.PASS),
        ({"vary": "Accept-Encoding, origin"}, Verdict.PASS),
        ({"vary": "*"}, Verdict.PASS),
        ({"cache_control": "no-store"}, Verdict.NA),
        ({"cache_control": "private, max-age=60"}, Verdict.NA),
        ({"cache_control": "public, max-age=60"}, Verdict.FAIL),
        ({"cache_control": "s-maxage=60", "vary": "Accept"}, Verdict.FAIL),
        ({}, Verdict.WARN),
    ],
)
def test_an_answer_that_follows_the_origin_says_so(more: dict[str, str], verdict: Verdict) -> None:
    assert only(vary, probe(own(**more), foreign({}))).verdict == verdict


def test_one_fixed_origin_for_everybody_needs_no_vary() -> None:
    fixed = probe(own(cache_control="public, max-age=60"), foreign(allow(ORIGIN)))
    star = probe(cors_answer(OriginKind.OWN, ORIGIN, headers=allow("*")), foreign(allow("*")))
    assert only(vary, fixed).verdict == Verdict.PASS
    assert only(vary, star).verdict == Verdict.PASS
    assert only(vary, probe(own())).verdict == Verdict.UNKNOWN
