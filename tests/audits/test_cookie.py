"""Cookies: reading Set-Cookie, and which of them must be guarded."""

from typing import Any

import pytest

from audits.checks.cookie import domain, flags
from audits.observations.cookies import read_cookie
from audits.verdicts import Severity, Verdict
from tests.audits.http_world import home
from tests.audits.judging import every, only

GOOD = "session=abc; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_a_cookie_is_read_without_its_value() -> None:
    cookie = read_cookie("__Host-sid=s3cret; path=/; SECURE; httponly; SameSite=Strict")
    assert cookie is not None
    assert cookie.name == "__Host-sid"
    assert cookie.value_length == 6
    assert (cookie.is_secure, cookie.is_http_only, cookie.same_site) == (True, True, "strict")
    assert "s3cret" not in repr(cookie)


@pytest.mark.parametrize("line", ["", ";", " ; Secure", "="])
def test_a_cookie_without_name_and_value_is_none(line: str) -> None:
    assert read_cookie(line) is None


@pytest.mark.parametrize("age", ["--5", "-", "²", "9" * 5000])
def test_an_age_that_is_no_number_or_a_huge_one_removes_nothing(age: str) -> None:
    cookie = read_cookie(f"session=x; Max-Age={age}")
    assert cookie is not None
    assert not cookie.is_deletion


@pytest.mark.parametrize(
    "line",
    [
        "session=; Max-Age=0",
        "session=; Max-Age=-1",
        "session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)
def test_a_cookie_that_is_removed_is_not_judged(line: str) -> None:
    cookie = read_cookie(line)
    assert cookie is not None
    assert cookie.is_deletion
    assert only(flags, home(cookies=(line,))).verdict == Verdict.NA


@pytest.mark.parametrize(
    "name",
    [
        "session",
        "sessionid",
        "connect.sid",
        "sid",
        "PHPSESSID",
        "JSESSIONID",
        "auth_token",
        "__session",
        "__Host-session",
        "sb-abcdef-auth-token",
        "next-auth.session-token",
        "laravel_session",
    ],
)
def test_names_that_sign_somebody_in_are_known(name: str) -> None:
    cookie = read_cookie(f"{name}=x")
    assert cookie is not None
    assert cookie.is_session_like


@pytest.mark.parametrize(
    "name",
    [
        "csrftoken",
        "XSRF-TOKEN",
        "__Host-next-auth.csrf-token",
        "heroku-session-affinity",
        "AWSALB",
        "__cf_bm",
        "_ga",
        "locale",
        "theme",
        "inside",
        "intercom-session-abc",
        "sb-abc-auth-token-code-verifier",
    ],
)
def test_names_that_sign_nobody_in_are_left_alone(name: str) -> None:
    cookie = read_cookie(f"{name}=x")
    assert cookie is not None
    assert not cookie.is_session_like
    assert only(flags, home(cookies=(f"{name}=x",))).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("line", "verdict", "cause"),
    [
        (GOOD, Verdict.PASS, ""),
        ("session=x; HttpOnly; SameSite=Lax", Verdict.FAIL, "no_secure"),
        ("session=x; Secure; SameSite=Lax", Verdict.FAIL, "no_httponly"),
        ("session=x; SameSite=Lax", Verdict.FAIL, "no_secure_httponly"),
        ("session=x; Secure; HttpOnly", Verdict.WARN, "no_same_site"),
        ("theme=x; SameSite=None", Verdict.FAIL, "none_without_secure"),
        ("theme=x; SameSite=None; Secure", Verdict.PASS, ""),
    ],
)
def test_each_flag_of_a_sign_in_cookie_counts(line: str, verdict: Verdict, cause: str) -> None:
    result = only(flags, home(cookies=(line,)))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_hsts_lowers_a_missing_secure_and_clears_nothing() -> None:
    bare = "session=x; HttpOnly; SameSite=Lax"
    assert only(flags, home(cookies=(bare,))).severity == Severity.S1
    softened = only(flags, home(cookies=(bare,), has_hsts=True))
    assert (softened.verdict, softened.severity) == (Verdict.FAIL, Severity.S2)
    open_to_scripts = home(cookies=("session=x; Secure; SameSite=Lax",), has_hsts=True)
    assert only(flags, open_to_scripts).severity == Severity.S1


def test_each_cookie_is_a_row_and_the_last_setting_counts() -> None:
    rows = every(flags, home(cookies=("sid=x; Secure", "auth=x; Secure", GOOD)))
    assert [row.subject for row in rows] == ["a.test sid", "a.test auth"]
    assert only(flags, home(cookies=("session=x", GOOD))).verdict == Verdict.PASS


def test_no_message_holds_a_cookies_value() -> None:
    rows = every(flags, home(cookies=("session=topsecretvalue",)))
    assert "topsecretvalue" not in repr(rows)


WIDE = f"{GOOD}; Domain=.a.test"


@pytest.mark.parametrize(
    ("line", "fields", "verdict"),
    [
        (GOOD, {}, Verdict.PASS),
        (WIDE, {}, Verdict.INFO),
        (WIDE, {"other_hosts": ("app.a.test",)}, Verdict.WARN),
        (WIDE, {"untrusted_hosts": ("status.a.test",)}, Verdict.WARN),
        ("theme=x; Domain=a.test", {"untrusted_hosts": ("status.a.test",)}, Verdict.INFO),
        (f"{GOOD}; Domain=app.a.test", {"other_hosts": ("b.a.test",)}, Verdict.PASS),
    ],
)
def test_a_session_for_the_whole_domain_is_named(
    line: str, fields: dict[str, Any], verdict: Verdict
) -> None:
    assert only(domain, home(cookies=(line,), **fields)).verdict == verdict


def test_the_host_that_should_not_see_the_cookie_is_named() -> None:
    seen = home(cookies=(WIDE,), untrusted_hosts=("status.a.test",), other_hosts=("app.a.test",))
    assert "status.a.test" in only(domain, seen).message
