"""What caches may do with an answer (RFC 9111), and what is said of a host's answers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks import cache
from audits.observations.answers import Answer
from audits.observations.cached import (
    CachedAsset,
    CachedPage,
    HostCaching,
    is_hashed,
    is_plainly_named,
)
from audits.observations.caching import (
    Caching,
    Layer,
    age_of,
    caching_of,
    layer_of,
    read_directives,
)
from audits.observations.cookies import Cookie
from audits.observations.http_dates import read_http_date
from audits.observations.target import HostKind
from audits.verdicts import Severity, Verdict
from tests.audits.judging import every, only

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DATE = "Tue, 24 Nov 2026 12:00:00 GMT"
HTML = ("content-type", "text/html; charset=utf-8")
HASHED = "https://app.test/_next/static/chunks/main-4f2a9c81.js"
PLAIN_NAME = "https://app.test/app.js"
HOME = "https://app.test/"
SESSION = Cookie("__Host-session", 32, path="/")


def answer(*headers: tuple[str, str], status: int = 200, url: str = HOME) -> Answer:
    return Answer(url, status, headers)


def says(line: str, *more: tuple[str, str], status: int = 200) -> Caching:
    return caching_of(answer(("cache-control", line), *more, status=status), received_at=NOW)


def host(*pages: CachedPage, assets: tuple[CachedAsset, ...] = (), **more: Answer) -> HostCaching:
    return HostCaching("app.test", HostKind.WEB, NOW, pages, assets, **more)


def page(
    *headers: tuple[str, str], cookies: tuple[Cookie, ...] = (), is_private: bool = False
) -> CachedPage:
    return CachedPage(HOME, answer(HTML, *headers), cookies, is_private=is_private)


def asset(line: str, url: str = HASHED, *headers: tuple[str, str]) -> CachedAsset:
    return CachedAsset(url, answer(("cache-control", line), *headers, url=url))


@pytest.mark.parametrize(
    ("line", "shared", "private"),
    [
        ("max-age=60", 60, 60),
        ("max-age=60, s-maxage=600", 600, 60),
        ("public, max-age=60", 60, 60),
        ("private, max-age=60", 0, 60),
        ('private="set-cookie", max-age=60', 0, 60),
        ("no-store, max-age=60", 0, 0),
        ("NO-STORE", 0, 0),
        ("no-cache, max-age=60", 0, 0),
        ("no-cache", 0, 0),
        ('max-age="60"', 60, 60),
        ("max-age=sixty", 0, 0),
        ("max-age=-1", 0, 0),
        ("max-age=1.5", 0, 0),
        ("max-age=", 0, 0),
        ("max-age=60, max-age=10", 10, 10),
        ("max-age=10, max-age=60", 10, 10),
        ("max-age=99999999999999999999", 2**31, 2**31),
        ('ext="a, max-age=999", max-age=5', 5, 5),
        ("must-understand, no-store, max-age=60", 60, 60),
        ("unknown, max-age=60", 60, 60),
        ("", 0, 0),
    ],
)
def test_freshness_follows_the_directives(line, shared, private):
    found = says(line)
    assert (found.fresh_shared_seconds, found.fresh_private_seconds) == (shared, private)


@pytest.mark.parametrize(
    ("expires", "fresh"),
    [
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tuesday, 24-Nov-26 12:01:00 GMT", 60),
        ("Tue Nov 24 12:01:00 2026", 60),
        ("Tue, 24 Nov 2026 11:59:59 GMT", 0),
        ("0", 0),
        ("-1", 0),
        ("Tue, 24 Nov 2026 12:01:00 CET", 0),
        ("2026-11-24T12:01:00Z", 0),
    ],
)
def test_expires_counts_only_as_a_date_of_http(expires, fresh):
    found = caching_of(answer(("date", DATE), ("expires", expires)), received_at=NOW)
    assert found.fresh_private_seconds == fresh


def test_max_age_wins_over_expires():
    far = ("expires", "Tue, 24 Nov 2099 12:01:00 GMT")
    assert says("max-age=1", far).fresh_private_seconds == 1


def test_a_missing_date_is_when_it_was_received():
    found = caching_of(answer(("expires", "Tue, 24 Nov 2026 12:01:00 GMT")), received_at=NOW)
    assert found.fresh_private_seconds == 60


def test_without_a_word_a_tenth_of_the_quiet_time_is_guessed():
    quiet = ("last-modified", "Tue, 24 Nov 2026 11:43:20 GMT")
    found = caching_of(answer(("date", DATE), quiet), received_at=NOW)
    assert found.fresh_shared_seconds == 100
    assert not found.is_explicit


@pytest.mark.parametrize(
    ("status", "stored"), [(200, True), (404, True), (301, True), (302, False), (500, False)]
)
def test_only_some_statuses_may_be_kept_without_a_word(status, stored):
    assert caching_of(answer(status=status), received_at=NOW).is_stored_shared is stored


def test_public_lets_any_status_be_kept():
    assert says("public", status=500).is_stored_shared


@pytest.mark.parametrize("status", [206, 304, 103])
def test_parts_and_hints_are_not_kept(status):
    assert not says("public, max-age=60", status=status).is_stored_shared


def test_age_is_taken_off():
    assert says("max-age=60", ("age", "50")).fresh_shared_seconds == 10
    assert says("max-age=60", ("age", "61")).fresh_shared_seconds == 0


@pytest.mark.parametrize(("value", "age"), [("5", 5), ("5, 9", 5), ("x", 0), ("", None), ("-3", 0)])
def test_age_is_the_first_member(value, age):
    assert age_of(answer(("age", value))) == age


@pytest.mark.parametrize("word", ["public", "must-revalidate", "s-maxage=60"])
def test_an_answer_to_a_sign_in_needs_a_word_to_be_shared(word):
    bare = answer(("cache-control", "max-age=60"))
    allowed = answer(("cache-control", f"max-age=60, {word}"))
    assert not caching_of(bare, received_at=NOW, is_authorised=True).is_stored_shared
    assert caching_of(allowed, received_at=NOW, is_authorised=True).is_stored_shared


def test_vary_star_is_never_used_again():
    assert not says("max-age=60", ("vary", "*")).is_stored_shared


def test_only_answers_to_reading_are_kept():
    found = caching_of(answer(("cache-control", "max-age=60")), received_at=NOW, method="POST")
    assert not found.is_stored_private


def test_the_field_for_one_kind_of_cache_wins_there_and_only_there():
    found = says("no-store", ("cdn-cache-control", "max-age=600"))
    assert (found.fresh_shared_seconds, found.fresh_private_seconds) == (600, 0)
    nearer = says(
        "no-store",
        ("cdn-cache-control", "max-age=600"),
        ("cloudflare-cdn-cache-control", "max-age=5"),
    )
    assert nearer.fresh_shared_seconds == 5


def test_pragma_counts_where_cache_control_is_absent():
    found = caching_of(answer(("pragma", "no-cache")), received_at=NOW)
    assert found.must_ask


def test_a_cookie_alone_does_not_keep_an_answer_from_being_stored():
    assert says("max-age=60", ("set-cookie", "a=b")).is_stored_shared


@pytest.mark.parametrize(
    ("headers", "layer"),
    [
        ([("cf-cache-status", "HIT")], Layer.HIT),
        ([("cf-cache-status", "DYNAMIC"), ("age", "5")], Layer.BYPASS),
        ([("cf-cache-status", "EXPIRED")], Layer.MISS),
        ([("cf-cache-status", "REVALIDATED")], Layer.HIT),
        ([("x-vercel-cache", "STALE")], Layer.HIT),
        ([("x-cache", "MISS, HIT")], Layer.HIT),
        ([("x-cache", "HIT, MISS")], Layer.MISS),
        ([("x-cache", "Hit from cloudfront")], Layer.HIT),
        ([("x-cache", "RefreshHit from cloudfront")], Layer.HIT),
        ([("x-cache", "TCP_MEM_HIT from a1-2-3")], Layer.HIT),
        ([("cache-status", "Origin; fwd=uri-miss, Edge; hit; ttl=5")], Layer.HIT),
        ([("cache-status", "Edge; fwd=uri-miss; stored")], Layer.MISS),
        ([("cache-status", "Edge; fwd=bypass")], Layer.BYPASS),
        ([("age", "12")], Layer.HIT),
        ([("age", "0")], Layer.SILENT),
        ([("x-cache", "whatever")], Layer.SILENT),
        ([], Layer.SILENT),
    ],
)
def test_the_nearest_cache_says_what_it_did(headers, layer):
    assert layer_of(answer(*headers))[0] is layer


@pytest.mark.parametrize(
    ("year", "meant"), [("26", 2026), ("76", 2076), ("77", 1977), ("99", 1999)]
)
def test_two_digits_of_a_year_are_at_most_fifty_years_ahead(year, meant):
    found = read_http_date(f"Sunday, 06-Nov-{year} 08:49:37 GMT", now=NOW)
    assert found is not None
    assert found.year == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "Sun, 31 Feb 2026 08:49:37 GMT",
        "Sun, 06 Foo 2026 08:49:37 GMT",
        "Sun, 06 Nov 2026 25:49:37 GMT",
    ],
)
def test_what_is_no_date_is_none(text):
    assert read_http_date(text, now=NOW) is None


@given(st.lists(st.text(max_size=200), max_size=4))
def test_no_line_breaks_the_reading(lines):
    read_directives(lines)
    pairs = [
        (name, line) for name in ("cache-control", "age", "expires", "x-cache") for line in lines
    ]
    caching_of(answer(*pairs), received_at=NOW)
    layer_of(answer(*pairs))


@pytest.mark.parametrize(
    ("url", "hashed", "plain"),
    [
        (HASHED, True, False),
        ("https://a.test/assets/index-DiwrgTda.js", False, False),
        ("https://a.test/assets/index-BxK29fQ1.css", True, False),
        ("https://a.test/app.js", False, True),
        ("https://a.test/app.min.js", False, True),
        ("https://a.test/my-stylesheet.css", False, True),
        ("https://a.test/app.js?v=12", False, False),
        ("https://a.test/3f2a9c81d7/app.js", True, False),
    ],
)
def test_a_hash_in_a_name_is_told_from_a_word(url, hashed, plain):
    assert (is_hashed(url), is_plainly_named(url)) == (hashed, plain)


@pytest.mark.parametrize(
    ("line", "url", "verdict", "cause"),
    [
        ("public, max-age=31536000, immutable", HASHED, Verdict.PASS, "long"),
        ("public, max-age=31535999", HASHED, Verdict.INFO, "middling"),
        ("public, max-age=86400", HASHED, Verdict.INFO, "middling"),
        ("public, max-age=86399", HASHED, Verdict.WARN, "short"),
        ("", HASHED, Verdict.WARN, "short"),
        ("no-store", HASHED, Verdict.FAIL, "no_store"),
        ("no-cache", PLAIN_NAME, Verdict.INFO, "unhashed"),
        ("max-age=31536000, immutable", PLAIN_NAME, Verdict.WARN, "unhashed_immutable"),
        ("max-age=31536000, immutable", "https://a.test/index-DiwrgTda.js", Verdict.PASS, "long"),
    ],
)
def test_files_are_judged_by_their_name_and_lifetime(line, url, verdict, cause):
    result = only(cache.static, host(assets=(asset(line, url),)))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_a_long_lifetime_counts_from_the_files_making():
    old = asset("max-age=31536000", HASHED, ("age", "20000000"))
    assert only(cache.static, host(assets=(old,))).verdict == Verdict.PASS


def test_without_files_there_is_nothing_to_say():
    for rule in (cache.static, cache.vary, cache.cdn_hit, cache.query_key):
        assert only(rule, host()).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("again", "third", "verdict"),
    [
        ("HIT", "HIT", Verdict.PASS),
        ("MISS", "HIT", Verdict.PASS),
        ("MISS", "MISS", Verdict.WARN),
        ("DYNAMIC", "DYNAMIC", Verdict.INFO),
        ("", "", Verdict.INFO),
    ],
)
def test_a_cache_that_misses_twice_is_named(again, third, verdict):
    seen = CachedAsset(
        HASHED,
        answer(("cache-control", "max-age=60")),
        again=answer(("cf-cache-status", again)),
        with_cookie=answer(("cf-cache-status", third)),
    )
    assert only(cache.cdn_hit, host(assets=(seen,))).verdict == verdict


@pytest.mark.parametrize(
    ("headers", "verdict", "cause"),
    [
        ([("cache-control", "public, s-maxage=60")], Verdict.FAIL, "session_shared"),
        ([("cache-control", "max-age=60")], Verdict.FAIL, "session_shared"),
        (
            [("cache-control", "private, no-store"), ("cf-cache-status", "HIT")],
            Verdict.FAIL,
            "session_from_cache",
        ),
        ([], Verdict.WARN, "session_unsaid"),
        ([("cache-control", "private, max-age=60")], Verdict.PASS, ""),
        ([("cache-control", "no-store")], Verdict.PASS, ""),
        ([("cache-control", "no-cache")], Verdict.PASS, ""),
        ([("cache-control", "max-age=0, must-revalidate")], Verdict.PASS, ""),
    ],
)
def test_a_session_in_a_shared_cache_stops_the_launch(headers, verdict, cause):
    result = only(cache.personalised_public, host(page(*headers, cookies=(SESSION,))))
    assert (result.verdict, result.cause) == (verdict, cause)
    assert cache.personalised_public.severity is Severity.S0


@pytest.mark.parametrize("name", ["_ga", "AWSALB", "__cf_bm", "ph_abc_posthog", "locale"])
def test_a_meter_is_no_session(name):
    seen = page(("cache-control", "public, s-maxage=60"), cookies=(Cookie(name, 9),))
    assert only(cache.personalised_public, host(seen)).verdict == Verdict.PASS


def test_a_cookie_that_is_taken_away_is_no_session():
    gone = Cookie("session", 0, is_deletion=True)
    seen = page(("cache-control", "public, s-maxage=60"), cookies=(gone,))
    assert only(cache.personalised_public, host(seen)).verdict == Verdict.PASS


def test_a_forms_token_and_a_signed_in_route_are_weighed_less():
    token = page(("cache-control", "s-maxage=60"), cookies=(Cookie("csrftoken", 32),))
    route = page(("cache-control", "s-maxage=60"), is_private=True)
    causes = [only(cache.personalised_public, host(seen)).cause for seen in (token, route)]
    assert causes == ["token_shared", "private_route"]


@pytest.mark.parametrize(("seconds", "verdict"), [(60, Verdict.PASS), (61, Verdict.WARN)])
def test_an_error_is_kept_for_a_minute_at_most(seconds, verdict):
    gone = answer(("cache-control", f"max-age={seconds}"), status=404)
    assert only(cache.error_cached, host(missing=gone)).verdict == verdict


def test_a_guess_about_an_error_is_no_finding():
    old = ("last-modified", "Tue, 24 Nov 2020 12:00:00 GMT")
    assert only(cache.error_cached, host(missing=answer(old, status=404))).verdict == Verdict.PASS


def test_a_page_for_every_path_is_no_error():
    assert only(cache.error_cached, host(missing=answer())).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (answer(status=304), Verdict.PASS),
        (answer(("etag", '"a"')), Verdict.WARN),
        (answer(("etag", '"b"')), Verdict.INFO),
        (answer(status=500), Verdict.INFO),
    ],
)
def test_a_mark_that_is_ignored_is_named(second, verdict):
    seen = CachedAsset(HASHED, answer(("etag", '"a"')), asked_if_changed=second)
    assert only(cache.validator, host(assets=(seen,))).verdict == verdict


def test_files_that_vary_by_person_are_named():
    seen = host(assets=(asset("max-age=60", HASHED, ("vary", "Cookie, User-Agent")),))
    assert {one.cause for one in every(cache.vary, seen)} == {"cookie", "user_agent"}
    usual = host(assets=(asset("max-age=60", HASHED, ("vary", "Accept-Encoding, Origin")),))
    assert only(cache.vary, usual).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("no-cache", Verdict.PASS),
        ("private, max-age=300", Verdict.PASS),
        ("private, max-age=301", Verdict.FAIL),
        ("max-age=0, s-maxage=31536000", Verdict.PASS),
        ("max-age=60, immutable", Verdict.FAIL),
    ],
)
def test_a_page_that_browsers_keep_hides_the_next_version(line, verdict):
    seen = host(page(("cache-control", line)), assets=(asset("max-age=60"),))
    assert only(cache.shell_cache, seen).verdict == verdict


def test_a_page_without_scripts_ages_without_harm():
    seen = host(page(("cache-control", "max-age=3600")))
    assert only(cache.shell_cache, seen).verdict == Verdict.INFO


def test_a_page_says_how_long_it_may_be_kept_or_leaves_it_to_guesses():
    assert only(cache.html_anonymous, host(page())).verdict == Verdict.WARN
    assert (
        only(cache.html_anonymous, host(page(("cache-control", "no-cache")))).verdict
        == Verdict.INFO
    )


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(days=365), "365 days"),
    ],
)
def test_a_lifetime_is_told_in_its_own_unit(span, words):
    assert cache.lasting(span.total_seconds()) == words
