"""Will people find the product, once, under its own name?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from audits.observations.answers import clipped, host_of, origin_of, scheme_of, shown_url
from audits.observations.http import HomePage
from audits.observations.indexing import (
    ROBOTS_LIMIT_BYTES,
    Indexing,
    PlatformTwin,
    PlatformTwins,
    Robots,
    Sitemap,
    forbidding_meta,
    forbidding_tag,
)
from audits.observations.names import is_within
from audits.observations.target import HostKind
from audits.verdicts import Evidence, Result, Severity, Verdict, check

OK, NOT_FOUND, GONE, TOO_MANY, SERVER_ERROR = 200, 404, 410, 429, 500
FIRST_ERROR_STATUS = 400
LIMIT_URLS = 50_000


@check(
    id="seo.noindex_prod",
    title="Search engines may list the start page",
    stage=2,
    severity=Severity.S1,
    needs=Indexing,
    source="RFC 9309 section 2.2; Google Search Central, robots meta tag",
    remedy="Remove the noindex, or the “Disallow: /” that was meant for the preview.",
    trouble="Search engines are told to leave the product out",
    impact="Nobody finds the launch by searching for it.",
)
def noindex_prod(seen: Indexing) -> Result:
    if seen.is_unwanted:
        message = "The founder wants no listing; the app is private."
        return Result(Verdict.NA, message, cause="unwanted")
    meta = forbidding_meta(seen.robots_metas)
    if meta:
        message = f"The page carries the meta {clipped(meta)!r}."
        return Result(Verdict.FAIL, message, cause="meta")
    tag = forbidding_tag(seen.robots_tags)
    if tag:
        message = f"The answer carries X-Robots-Tag: {clipped(tag)}."
        return Result(Verdict.FAIL, message, cause="header")
    if seen.robots is None:
        return Result(Verdict.UNKNOWN, "robots.txt could not be seen.", cause="no_answer")
    if not seen.robots.allows(seen.url):
        message = f"robots.txt forbids search engines to fetch {shown_url(seen.url)}."
        return Result(Verdict.FAIL, message, cause="robots_txt")
    return Result(Verdict.PASS, "Neither page, header nor robots.txt forbids listing.")


@check(
    id="seo.robots",
    title="robots.txt is a text file, or isn't there",
    stage=2,
    severity=Severity.S2,
    needs=Robots,
    source="RFC 9309 sections 2.3.1.3, 2.3.1.4 and 2.5",
    remedy="Serve /robots.txt as text/plain, or answer 404.",
    trouble="The file that guides search engines is broken",
    impact="After an error search engines stop looking at the whole site.",
)
def robots(seen: Robots) -> Result:
    if seen.status >= SERVER_ERROR:
        message = f"/robots.txt answers {seen.status}: crawlers then treat all as forbidden."
        return Result(Verdict.FAIL, message, cause="server_error")
    if seen.status == TOO_MANY:
        message = "/robots.txt answers 429: our requests are limited."
        return Result(Verdict.UNKNOWN, message, cause="rate_limited")
    if seen.status >= FIRST_ERROR_STATUS:
        return Result(Verdict.PASS, f"/robots.txt answers {seen.status}: all may be fetched.")
    if seen.is_html:
        message = "/robots.txt answers a web page instead of rules."
        return Result(Verdict.FAIL, message, cause="html")
    if seen.size_bytes > ROBOTS_LIMIT_BYTES or seen.is_truncated:
        kibibytes = seen.size_bytes // 1024
        message = f"/robots.txt has {kibibytes} KiB; crawlers read 500 KiB."
        return Result(Verdict.WARN, message, cause="too_long")
    return Result(Verdict.PASS, f"/robots.txt answers {seen.status} with rules.")


@check(
    id="seo.canonical",
    title="The page names its own address",
    stage=2,
    item="F2.2",
    severity=Severity.S2,
    needs=HomePage,
    source="RFC 6596",
    remedy="Set link rel=canonical and og:url to the absolute https address of production.",
    trouble="The page says that it lives somewhere else",
    impact="Search engines and shared links lead to a preview or an unencrypted copy.",
)
def canonical(seen: HomePage) -> Iterator[Result]:
    page, answer = seen.page, seen.answer
    if answer is None or page is None or seen.is_elsewhere or answer.status >= FIRST_ERROR_STATUS:
        yield Result(Verdict.NA, "There is no page of this host's own to judge.", cause="no_page")
        return
    named = [("canonical", url) for url in page.canonicals]
    named += [("og:url", page.og_url)] if scheme_of(page.og_url) in {"http", "https"} else []
    wrong: dict[str, Result] = {}
    for what, url in named:
        result = _judge_canonical(what, url, seen)
        if result is not None:
            wrong.setdefault(result.cause, result)
    yield from wrong.values()
    if not wrong:
        yield _judge_silence(seen)


def _judge_canonical(what: str, url: str, seen: HomePage) -> Result | None:
    own = origin_of(seen.answer.url) if seen.answer else ""
    met = (Evidence(what, shown_url(url)),)
    if origin_of(url) in {own, seen.canonical_origin}:
        return None
    if scheme_of(url) == "http" and host_of(url) == host_of(own):
        message = f"{what} names {shown_url(url)}, without https."
        return Result(Verdict.FAIL, message, cause="without_https", evidence=met)
    message = f"{what} names {shown_url(url)}, but the page is at {own}."
    return Result(Verdict.FAIL, message, cause="elsewhere", evidence=met)


def _judge_silence(seen: HomePage) -> Result:
    page = seen.page
    if page is not None and page.canonicals:
        return Result(Verdict.PASS, f"canonical is {shown_url(page.canonicals[0])}.")
    if seen.is_indexing_unwanted or seen.kind is not HostKind.WEB:
        return Result(Verdict.NA, "This page is not meant to be listed.", cause="unwanted")
    return Result(Verdict.WARN, "The page names no canonical address.", cause="absent")


@check(
    id="seo.sitemap",
    title="The sitemap lists pages that open",
    stage=2,
    severity=Severity.S3,
    needs=Sitemap,
    source="sitemaps.org, protocol",
    remedy="Generate the sitemap again with the production address.",
    trouble="The list of pages for search engines is out of date",
    impact="Search engines spend their visits on pages that don't open.",
)
def sitemap(seen: Sitemap) -> Result:
    if not seen.is_xml:
        return _judge_no_sitemap(seen)
    if seen.url_count > LIMIT_URLS:
        message = f"The sitemap has {seen.url_count} entries; {LIMIT_URLS} are read."
        return Result(Verdict.WARN, message, cause="too_many")
    for cause, words, found in _sitemap_troubles(seen):
        if found:
            message = f"{len(found)} of {len(seen.sample)} sampled entries {words}."
            evidence = tuple(Evidence("entry", shown_url(url)) for url in found[:5])
            return Result(Verdict.WARN, message, cause=cause, evidence=evidence)
    return Result(Verdict.PASS, f"{len(seen.sample)} of {seen.url_count} entries were looked at.")


def _judge_no_sitemap(seen: Sitemap) -> Result:
    met = f"{shown_url(seen.url)} answers {seen.status}"
    if seen.is_declared:
        message = f"{met} and is no sitemap, though robots.txt names it."
        return Result(Verdict.WARN, message, cause="declared_missing")
    return Result(Verdict.INFO, f"There is no sitemap ({met}).", cause="absent")


def _sitemap_troubles(seen: Sitemap) -> Iterator[tuple[str, str, list[str]]]:
    sample = seen.sample
    host = host_of(seen.origin)
    yield "off_origin", "name another host", [u.url for u in sample if host_of(u.url) != host]
    yield "http", "have no https", [u.url for u in sample if scheme_of(u.url) == "http"]
    dead = [u.url for u in sample if u.status in {NOT_FOUND, GONE}]
    yield "dead", "answer 404 or 410", dead


@check(
    id="seo.duplicate_hosts",
    title="The platform's own address isn't listed too",
    stage=2,
    item="F2.2",
    severity=Severity.S2,
    needs=PlatformTwins,
    source="RFC 6596 section 3",
    remedy="Redirect the platform's address to the production host, protect it, or send "
    "X-Robots-Tag: noindex there.",
    trouble="The product can be found a second time under the platform's address",
    impact="People sign in at the wrong address, and search results are split.",
)
def duplicate_hosts(seen: PlatformTwins) -> Iterator[Result]:
    if not seen.twins:
        yield Result(Verdict.NA, "No address of a platform is known.", cause="no_twin")
    for twin in seen.twins:
        yield _judge_twin(twin, seen.domain)


def _judge_twin(twin: PlatformTwin, domain: str) -> Result:
    if twin.status is None:
        message = f"{twin.host} gives no answer."
        return Result(Verdict.UNKNOWN, message, subject=twin.host, cause="no_answer")
    if twin.location:
        is_home = is_within(host_of(twin.location), domain)
        where = "the product" if is_home else urlsplit(twin.location).hostname
        return Result(Verdict.PASS, f"{twin.host} leads to {where}.", subject=twin.host)
    if twin.status >= FIRST_ERROR_STATUS or not twin.is_same_page:
        message = f"{twin.host} answers {twin.status} and doesn't show the product."
        return Result(Verdict.PASS, message, subject=twin.host)
    if not twin.is_indexable or is_within(host_of(twin.canonical), domain):
        message = f"{twin.host} shows the product and keeps search engines away."
        return Result(Verdict.PASS, message, subject=twin.host)
    message = f"{twin.host} shows the product too, and search engines may list it."
    return Result(Verdict.WARN, message, subject=twin.host, cause="listed_twin")


CHECKS = (noindex_prod, robots, canonical, sitemap, duplicate_hosts)
