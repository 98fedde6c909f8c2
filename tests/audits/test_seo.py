"""Search engines: may they list the product, and will they find it once?"""

import pytest

from audits.checks.seo import canonical, duplicate_hosts, noindex_prod, robots, sitemap
from audits.observations.indexing import (
    Indexing,
    PlatformTwin,
    PlatformTwins,
    Robots,
    Sitemap,
    SitemapUrl,
    forbidding_meta,
    forbidding_tag,
    is_sitemap_index,
    sampled,
    sitemap_urls,
)
from audits.observations.target import HostKind
from audits.verdicts import Verdict
from tests.audits.http_world import home
from tests.audits.judging import every, only

URL = "https://a.test/"
ROBOTS_URL = "https://a.test/robots.txt"


def rules(text: str, status: int = 200, media_type: str = "text/plain", **more: object) -> Robots:
    size = len(text.encode())
    told = {"size_bytes": size, **more}
    return Robots(ROBOTS_URL, status, media_type, text, **told)  # type: ignore[arg-type]


OPEN = rules("User-agent: *\nDisallow: /account/\n")


def indexing(**fields: object) -> Indexing:
    return Indexing(URL, **({"robots": OPEN} | fields))  # type: ignore[arg-type]


def test_an_open_page_may_be_listed() -> None:
    assert only(noindex_prod, indexing()).verdict == Verdict.PASS
    missing = rules("", 404)
    assert only(noindex_prod, indexing(robots=missing)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"robots_metas": (("robots", "noindex, nofollow"),)}, "meta"),
        ({"robots_metas": (("googlebot", "none"),)}, "meta"),
        ({"robots_tags": ("noindex",)}, "header"),
        ({"robots": rules("User-agent: *\nDisallow: /\n")}, "robots_txt"),
        ({"robots": rules("User-agent: Googlebot\nDisallow: /\n")}, "robots_txt"),
    ],
)
def test_what_keeps_search_engines_off_fails(fields: dict[str, object], cause: str) -> None:
    result = only(noindex_prod, indexing(**fields))
    assert (result.verdict, result.cause) == (Verdict.FAIL, cause)
    unwanted = only(noindex_prod, indexing(**fields, is_unwanted=True))
    assert unwanted.verdict == Verdict.NA


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: GPTBot\nDisallow: /\n",
        "User-agent: *\nDisallow: /\nAllow: /$\n",
        "User-agent: *\nDisallow:\n",
        "User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nAllow: /\n",
    ],
)
def test_rules_that_leave_the_start_page_open_pass(text: str) -> None:
    assert only(noindex_prod, indexing(robots=rules(text))).verdict == Verdict.PASS


def test_robots_that_could_not_be_seen_leave_it_unknown() -> None:
    assert only(noindex_prod, indexing(robots=None)).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("value", "is_forbidding"),
    [
        ("noindex", True),
        ("NOINDEX, nofollow", True),
        ("googlebot: noindex", True),
        ("otherbot: noindex", False),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST", False),
        ("max-snippet: 20, noindex", True),
        ("index, follow", False),
        ("noindexing", False),
    ],
)
def test_a_robots_tag_is_read_with_its_bots_name(value: str, is_forbidding: bool) -> None:
    assert bool(forbidding_tag([value])) == is_forbidding


def test_a_meta_of_another_bot_forbids_nothing() -> None:
    assert forbidding_meta((("adsbot", "noindex"), ("description", "noindex"))) == ""


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (OPEN, Verdict.PASS),
        (rules("", 404), Verdict.PASS),
        (rules("", 403), Verdict.PASS),
        (rules("", 499), Verdict.PASS),
        (rules("", 429), Verdict.UNKNOWN),
        (rules("", 500), Verdict.FAIL),
        (rules("", 503), Verdict.FAIL),
        (rules("<!DOCTYPE html><html>", 200, "text/html"), Verdict.FAIL),
        (rules("\n<html><body>", 200, "text/plain"), Verdict.FAIL),
        (rules("x", size_bytes=500 * 1024), Verdict.PASS),
        (rules("x", size_bytes=500 * 1024 + 1), Verdict.WARN),
        (rules("x", is_truncated=True), Verdict.WARN),
    ],
)
def test_robots_txt_is_text_or_absent(seen: Robots, verdict: Verdict) -> None:
    assert only(robots, seen).verdict == verdict


@pytest.mark.parametrize(
    ("head", "cause"),
    [
        ("<link rel=canonical href='https://a.test/'>", ""),
        ("<link rel=canonical href='https://a.test/de/'>", ""),
        ("<link rel=canonical href='/'>", ""),
        ("<link rel=canonical href='http://a.test/'>", "without_https"),
        ("<link rel=canonical href='https://a-git-main.vercel.app/'>", "elsewhere"),
        ("<link rel=canonical href='https://www.a.test/'>", "elsewhere"),
        ("<base href='https://preview.test/'><link rel=canonical href='/'>", "elsewhere"),
        (
            "<link rel=canonical href='https://a.test/'>"
            "<meta property='og:url' content='https://old.test/'>",
            "elsewhere",
        ),
        ("", "absent"),
        ("<meta property='og:url' content='https://a.test/'>", "absent"),
    ],
)
def test_the_page_names_its_own_address(head: str, cause: str) -> None:
    result = only(canonical, home(f"{head}<main>x</main>"))
    expected = {"": Verdict.PASS, "absent": Verdict.WARN}.get(cause, Verdict.FAIL)
    assert (result.verdict, result.cause) == (expected, cause)


def test_a_second_host_may_name_the_main_one() -> None:
    seen = home(
        "<link rel=canonical href='https://a.test/'>", url="https://app.a.test/", host="app.a.test"
    )
    assert only(canonical, seen).verdict == Verdict.PASS


def test_a_private_page_needs_no_canonical() -> None:
    assert only(canonical, home(is_indexing_unwanted=True)).verdict == Verdict.NA
    assert only(canonical, home(kind=HostKind.ADMIN)).verdict == Verdict.NA
    assert only(canonical, home(status=404)).verdict == Verdict.NA


def listed(*urls: tuple[str, int | None], **fields: object) -> Sitemap:
    told = {"is_xml": True, "url_count": len(urls), "is_declared": True, **fields}
    sample = tuple(SitemapUrl(url, status) for url, status in urls)
    return Sitemap(f"{URL}sitemap.xml", URL, 200, sample=sample, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (listed((URL, 200)), Verdict.PASS, ""),
        (listed((URL, None)), Verdict.PASS, ""),
        (listed((URL, 301)), Verdict.PASS, ""),
        (listed(("https://b.test/", None)), Verdict.WARN, "off_origin"),
        (listed(("http://a.test/", None)), Verdict.WARN, "http"),
        (listed((f"{URL}gone", 404)), Verdict.WARN, "dead"),
        (listed((f"{URL}gone", 410)), Verdict.WARN, "dead"),
        (listed((URL, 200), url_count=50_000), Verdict.PASS, ""),
        (listed((URL, 200), url_count=50_001), Verdict.WARN, "too_many"),
        (listed(is_xml=False), Verdict.WARN, "declared_missing"),
        (listed(is_xml=False, is_declared=False), Verdict.INFO, "absent"),
    ],
)
def test_a_sitemap_lists_pages_that_open(seen: Sitemap, verdict: Verdict, cause: str) -> None:
    result = only(sitemap, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


def test_a_sitemap_is_read_without_expanding_entities() -> None:
    xml = (
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset xmlns="x"><url><loc>\n https://a.test/?a=1&amp;b=2'
        "\n</loc></url><url><loc><![CDATA[https://a.test/c]]></loc></url></urlset>"
    )
    assert sitemap_urls(xml) == ("https://a.test/?a=1&b=2", "https://a.test/c")
    assert is_sitemap_index("<sitemapindex><sitemap></sitemap></sitemapindex>")
    assert not is_sitemap_index(xml)


def test_a_sample_is_spread_and_steady() -> None:
    many = tuple(range(1000))
    assert len(sampled(many, 20)) == 20
    assert sampled(many, 20) == sampled(many, 20)
    assert sampled(many, 20)[-1] > 900
    assert sampled((1, 2), 20) == (1, 2)


TWIN = "a.vercel.app"


@pytest.mark.parametrize(
    ("twin", "verdict"),
    [
        (PlatformTwin(TWIN, 200, is_same_page=True), Verdict.WARN),
        (PlatformTwin(TWIN, 200, is_same_page=True, is_indexable=False), Verdict.PASS),
        (PlatformTwin(TWIN, 200, is_same_page=True, canonical=URL), Verdict.PASS),
        (PlatformTwin(TWIN, 200), Verdict.PASS),
        (PlatformTwin(TWIN, 401, is_same_page=True), Verdict.PASS),
        (PlatformTwin(TWIN, 308, location=URL), Verdict.PASS),
        (PlatformTwin(TWIN, None), Verdict.UNKNOWN),
    ],
)
def test_a_platform_address_is_a_twin_only_where_it_can_be_listed(
    twin: PlatformTwin, verdict: Verdict
) -> None:
    result = only(duplicate_hosts, PlatformTwins("a.test", (twin,)))
    assert (result.verdict, result.subject) == (verdict, TWIN)


def test_without_a_platform_address_there_is_nothing_to_judge() -> None:
    assert every(duplicate_hosts, PlatformTwins("a.test", ()))[0].verdict == Verdict.NA
