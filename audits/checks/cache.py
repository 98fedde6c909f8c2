"""Do caches keep what they should, and never what is one person's?

Source: RFC 9111, RFC 8246 (`immutable`), RFC 9110 sections 8.8 and 12.5.5.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from audits.observations.answers import Answer, shown_url
from audits.observations.cached import CachedAsset, CachedPage, HostCaching, is_plainly_named
from audits.observations.caching import Layer, age_of, layer_of, read_directives
from audits.verdicts import Confidence, Evidence, Result, Severity, Verdict, check

DAY_SECONDS = 86_400
YEAR_SECONDS = 31_536_000
LONGEST_ERROR_SECONDS = 60
LONGEST_SHELL_SECONDS = 300
FIRST_ERROR, FIRST_SERVER_ERROR = 400, 500
OK, NOT_MODIFIED = 200, 304
SHOWN_URLS = 4
NO_FILES = Result(
    Verdict.NA, "The page loads no script or style sheet of its own.", cause="no_files"
)
NOT_ASKED = Result(Verdict.NA, "No file of this host was asked more than once.", cause="not_asked")


@check(
    id="cache.static",
    title="Files that never change are kept",
    stage=4,
    item="4.1",
    severity=Severity.S2,
    needs=HostCaching,
    source="RFC 9111 section 5.2.2, RFC 8246",
    remedy="Send `Cache-Control: public, max-age=31536000, immutable` with every file whose name "
    "holds a hash, and `no-cache` with files whose name stays the same.",
    trouble="Phones fetch the app's files again and again",
    impact="Each visit loads what the phone has already loaded, and on a weak network the app "
    "opens slowly.",
)
def static(seen: HostCaching) -> Iterator[Result]:
    files = [asset for asset in seen.assets if asset.first.status == OK]
    if not files:
        yield NO_FILES
        return
    groups: dict[str, list[str]] = {}
    for asset in files:
        groups.setdefault(_static_cause(seen, asset), []).append(asset.url)
    for cause, urls in groups.items():
        yield _static_result(cause, urls)


def _static_cause(seen: HostCaching, asset: CachedAsset) -> str:
    said = read_directives(asset.first.header_all("cache-control"))
    if is_plainly_named(asset.url):
        return "unhashed_immutable" if "immutable" in said else "unhashed"
    if "no-store" in said:
        return "no_store"
    lifetime = _lifetime(seen, asset.first)
    if lifetime < DAY_SECONDS:
        return "short"
    return "long" if lifetime >= YEAR_SECONDS else "middling"


STATIC = {
    "no_store": (Verdict.FAIL, "{n} with a hash in the name may not be kept at all (no-store)"),
    "short": (Verdict.WARN, "{n} with a hash in the name may be kept for less than a day"),
    "middling": (Verdict.INFO, "{n} with a hash in the name may be kept for less than a year"),
    "long": (Verdict.PASS, "{n} with a hash in the name may be kept for a year"),
    "unhashed": (Verdict.INFO, "{n} keep their name when they change, so a short time is right"),
    "unhashed_immutable": (
        Verdict.WARN,
        "{n} are called immutable, though the name stays the same when the content changes",
    ),
}  # fmt: skip


def _static_result(cause: str, urls: list[str]) -> Result:
    verdict, words = STATIC[cause]
    what = "1 file" if len(urls) == 1 else f"{len(urls)} files"
    return Result(verdict, f"{words.format(n=what)}.", cause=cause, evidence=_urls(urls))


def _lifetime(seen: HostCaching, answer: Answer) -> float:
    """How long a browser may keep it from its making, in seconds."""
    caching = seen.caching(answer)
    fresh = caching.fresh_private_seconds
    return fresh + (age_of(answer) or 0) if fresh and caching.is_explicit else 0.0


@check(
    id="cache.cdn_hit",
    title="The cache in front answers itself",
    stage=4,
    item="4.1",
    severity=Severity.S2,
    needs=HostCaching,
    source="RFC 9211, RFC 9111 section 5.1",
    remedy="Add a rule at the edge that keeps files with a hash in the name, cookies or not.",
    trouble="Files come from the far server each time",
    impact="People far away from the server wait longer for every file.",
)
def cdn_hit(seen: HostCaching) -> Result:
    asset = next((asset for asset in seen.assets if asset.again is not None), None)
    if asset is None or asset.again is None:
        return NOT_ASKED
    layer, said = layer_of(asset.again)
    evidence = (
        Evidence("file", shown_url(asset.url)),
        Evidence("second answer", said or "nothing"),
    )
    third, _ = layer_of(asset.with_cookie) if asset.with_cookie else (Layer.SILENT, "")
    if Layer.HIT in {layer, third}:
        return Result(
            Verdict.PASS, "The second request was answered by the cache.", evidence=evidence
        )
    if layer is Layer.MISS:
        message = "The cache in front missed twice on a file that it may keep."
        if not seen.caching(asset.first).fresh_shared_seconds:
            message = "The cache in front missed, since the headers don't let it keep the file."
        return Result(Verdict.WARN, message, cause="miss", evidence=evidence)
    if layer is Layer.BYPASS:
        message = "The cache in front passes the file through, as some do by default."
        return Result(Verdict.INFO, message, cause="bypass", evidence=evidence)
    message = "No cache in front says what it did, so it isn't known whether there is one."
    return Result(Verdict.INFO, message, cause="silent", evidence=evidence)


@check(
    id="cache.html_anonymous",
    title="Pages say how long they may be kept",
    stage=4,
    item="4.2",
    severity=Severity.S3,
    needs=HostCaching,
    source="RFC 9111 section 4.2.2",
    remedy="Send an explicit Cache-Control with every page; `no-cache` is safe.",
    trouble="Pages don't say how long they may be kept",
    impact="Each browser and cache guesses for itself, so some people see an old version.",
)
def html_anonymous(seen: HostCaching) -> Iterator[Result]:
    yield from _by_cause((page.url, _said(seen, page)) for page in _pages(seen))


def _said(seen: HostCaching, page: CachedPage) -> Result:
    said = page.answer.header("cache-control")
    if not said and not seen.caching(page.answer).is_explicit:
        message = "The page has no Cache-Control, so caches guess."
        return Result(Verdict.WARN, message, cause="no_directive")
    said = said or f"expires: {page.answer.header('expires')}"
    return Result(
        Verdict.INFO, f"The page says how it may be kept: {said[:120]}.", cause="explicit"
    )


@check(
    id="cache.personalised_public",
    title="What is one person's is never kept for others",
    stage=4,
    item="4.2",
    severity=Severity.S0,
    needs=HostCaching,
    source="RFC 9111 sections 3, 3.5 and 7.3",
    remedy="Send `Cache-Control: private, no-store` with every answer that sets a session or "
    "belongs to one person. `Vary: Cookie` does not help at Cloudflare.",
    trouble="One person may be handed another person's session",
    impact="A cache between app and people may give what one person got to the next one.",
)
def personalised_public(seen: HostCaching) -> Iterator[Result]:
    if not seen.pages:
        yield Result(Verdict.NA, "There is no page or route to judge.", cause="nothing")
    yield from _by_cause((page.url, _personalised(seen, page)) for page in seen.pages)


def _personalised(seen: HostCaching, page: CachedPage) -> Result:
    sessions = [one.name for one in page.cookies if one.is_session_like and not one.is_deletion]
    tokens = [one.name for one in page.cookies if one.is_csrf and not one.is_deletion]
    said = {
        "cookies": ", ".join([*sessions, *tokens]),
        "cache-control": page.answer.header("cache-control") or "",
        "cache": layer_of(page.answer)[1],
    }
    trouble = (
        _shared_session(seen, page, sessions[0])
        if sessions
        else _shared_answer(seen, page, tokens[0] if tokens else "")
    )
    evidence = tuple(Evidence(name, value[:200]) for name, value in said.items() if value)
    return replace(trouble, evidence=evidence)


def _shared_session(seen: HostCaching, page: CachedPage, name: str) -> Result:
    """An answer that signs somebody in: no cache between may keep it."""
    caching = seen.caching(page.answer)
    fresh = caching.fresh_shared_seconds
    if layer_of(page.answer)[0] is Layer.HIT:
        message = f"The answer sets {name} and came out of a cache."
        return Result(Verdict.FAIL, message, cause="session_from_cache")
    if fresh > 0:
        message = f"The answer sets {name}, and shared caches may keep it for {lasting(fresh)}."
        return Result(Verdict.FAIL, message, cause="session_shared")
    if caching.is_stored_shared and not caching.is_explicit:
        message = f"The answer sets {name} and says nothing about caches, so they guess."
        return Result(Verdict.WARN, message, cause="session_unsaid")
    return Result(Verdict.PASS, f"The answer sets {name}, and no shared cache may use it again.")


def _shared_answer(seen: HostCaching, page: CachedPage, token: str) -> Result:
    """An answer without a session: a form's token, or a route that is asked signed in."""
    fresh = seen.caching(page.answer).fresh_shared_seconds
    if fresh <= 0 or page.answer.status != OK or not (token or page.is_private):
        return Result(Verdict.PASS, "The answer sets no session that a cache may keep.")
    if page.is_private:
        return Result(
            Verdict.WARN,
            "The front end asks this signed in, and shared caches may keep the answer for "
            f"{lasting(fresh)}.",
            cause="private_route",
            confidence=Confidence.PROBABLE,
        )
    message = f"{token} protects one person's forms, and shared caches may keep it."
    return Result(Verdict.WARN, message, cause="token_shared")


@check(
    id="cache.error_cached",
    title="Errors are forgotten quickly",
    stage=4,
    item="4.2",
    severity=Severity.S2,
    needs=HostCaching,
    source="RFC 9111 section 4.2.2",
    remedy="Send `Cache-Control: no-store` with errors, or at most a minute.",
    trouble="An error stays after it has been mended",
    impact="People go on seeing an error that is already mended, until the cache forgets it.",
)
def error_cached(seen: HostCaching) -> Iterator[Result]:
    answers = [page.answer for page in seen.pages if page.answer.status >= FIRST_SERVER_ERROR]
    if seen.missing is not None and seen.missing.status >= FIRST_ERROR:
        answers.append(seen.missing)
    if not answers:
        yield Result(Verdict.NA, "No error was met here.", cause="no_error")
    for answer in answers:
        caching = seen.caching(answer)
        kept = max(caching.fresh_shared_seconds, caching.fresh_private_seconds)
        if kept <= LONGEST_ERROR_SECONDS or not caching.is_explicit:
            yield Result(Verdict.PASS, f"The answer {answer.status} may not be kept for long.")
            continue
        yield Result(
            Verdict.WARN,
            f"The answer {answer.status} may be kept for {lasting(kept)}.",
            cause=f"status_{answer.status // 100}xx",
            evidence=(Evidence("cache-control", answer.header("cache-control") or "absent"),),
        )


@check(
    id="cache.validator",
    title="What hasn't changed isn't sent again",
    stage=4,
    item="4.1",
    severity=Severity.S3,
    needs=HostCaching,
    source="RFC 9110 sections 8.8.3 and 13.1.2",
    remedy="Answer 304 where If-None-Match names the current ETag.",
    trouble="Files are sent again though they haven't changed",
    impact="Coming back to the app loads more than it needs to.",
)
def validator(seen: HostCaching) -> Iterator[Result]:
    tried = [(asset.url, asset.first, asset.asked_if_changed) for asset in seen.assets]
    tried += [(page.url, page.answer, page.asked_if_changed) for page in seen.pages]
    asked = [(url, first, answer) for url, first, answer in tried if answer is not None]
    if not asked:
        yield Result(Verdict.NA, "Nothing here offers an ETag or a date to ask with.", cause="none")
    for url, first, answer in asked:
        yield _revalidated(shown_url(url), first, answer)


def _revalidated(subject: str, first: Answer, answer: Answer) -> Result:
    if answer.status == NOT_MODIFIED:
        return Result(Verdict.PASS, "It answers 304 when nothing has changed.", subject=subject)
    names = ("etag", "last-modified")
    is_same = any(
        first.header(name) and first.header(name) == answer.header(name) for name in names
    )
    if answer.status == OK and is_same:
        message = "It sends everything again, though its own mark says that nothing has changed."
        return Result(Verdict.WARN, message, subject=subject, cause="ignored")
    message = f"It answered {answer.status} with another mark, so it has changed meanwhile."
    return Result(Verdict.INFO, message, subject=subject, cause="changed")


@check(
    id="cache.vary",
    title="Files don't split the cache",
    stage=4,
    item="4.1",
    severity=Severity.S3,
    needs=HostCaching,
    source="RFC 9110 section 12.5.5, RFC 9111 section 4.1",
    remedy="Leave only Accept-Encoding (and Origin, where it is echoed) in Vary of files.",
    trouble="The cache keeps a copy per person",
    impact="Files are fetched from the far server although somebody nearby has just loaded them.",
)
def vary(seen: HostCaching) -> Iterator[Result]:
    if not seen.assets:
        yield NO_FILES
        return
    wide: dict[str, list[str]] = {}
    for asset in seen.assets:
        for name in {"*", "user-agent", "cookie"} & set(asset.first.tokens("vary")):
            wide.setdefault(name, []).append(asset.url)
    if not wide:
        yield Result(Verdict.PASS, "No file varies by person or browser.")
    for name in sorted(wide):
        message = f"{len(wide[name])} of {len(seen.assets)} files vary by {name}."
        cause = "star" if name == "*" else name.replace("-", "_")
        yield Result(Verdict.WARN, message, cause=cause, evidence=_urls(wide[name]))


@check(
    id="cache.query_key",
    title="A mark in the address doesn't empty the cache",
    stage=4,
    item="",
    severity=Severity.S4,
    needs=HostCaching,
    source="RFC 9111 section 2",
    remedy="Leave campaign marks such as utm_source out of the cache's key.",
    trouble="",
    impact="Links from campaigns load files anew.",
)
def query_key(seen: HostCaching) -> Result:
    asset = next((asset for asset in seen.assets if asset.with_query is not None), None)
    if asset is None or asset.with_query is None:
        return NOT_ASKED
    layer, said = layer_of(asset.with_query)
    evidence = (Evidence("with an unknown query", said or "nothing said"),)
    if layer is Layer.MISS:
        message = "The cache takes an unknown query for another file."
        return Result(Verdict.INFO, message, cause="split", evidence=evidence)
    return Result(
        Verdict.INFO, "An unknown query makes no difference that shows.", evidence=evidence
    )


@check(
    id="deploy.shell_cache",
    title="A new version reaches everybody",
    stage=3,
    item="",
    severity=Severity.S1,
    needs=HostCaching,
    source="RFC 9111 section 5.2.2",
    remedy="Send `Cache-Control: no-cache` with an ETag for the page itself; a CDN that is emptied "
    "on deploy may keep it by CDN-Cache-Control.",
    trouble="After a new version some people keep the old one",
    impact="A mended version reaches people late, and after going back some stay on the bad one.",
)
def shell_cache(seen: HostCaching) -> Iterator[Result]:
    pages = list(_pages(seen))
    if not pages:
        yield Result(Verdict.NA, "This host shows no page of its own.", cause="no_page")
    yield from _by_cause((page.url, _shell(seen, page)) for page in pages)


def _shell(seen: HostCaching, page: CachedPage) -> Result:
    said = read_directives(page.answer.header_all("cache-control"))
    kept = _lifetime(seen, page.answer)
    if kept <= LONGEST_SHELL_SECONDS and "immutable" not in said:
        return Result(Verdict.PASS, "Browsers ask for the page again soon enough.")
    if not seen.assets:
        message = f"The page may be kept for {lasting(kept)}, but it loads no script that ages."
        return Result(Verdict.INFO, message, cause="no_scripts")
    line = page.answer.header("cache-control") or "absent"
    return Result(
        Verdict.FAIL,
        f"Browsers may show the page for {lasting(kept)} without asking again.",
        cause="kept",
        evidence=(Evidence("cache-control", line[:200]),),
    )


def _by_cause(told: Iterable[tuple[str, Result]]) -> Iterator[Result]:
    """One result per cause: pages of one host that share a fault are one thing to mend."""
    groups: dict[tuple[Verdict, str], list[tuple[str, Result]]] = {}
    for url, result in told:
        groups.setdefault((result.verdict, result.cause), []).append((url, result))
    for members in groups.values():
        _, first = members[0]
        more = f" So {len(members)} pages." if len(members) > 1 else ""
        evidence = (*_urls([url for url, _ in members]), *first.evidence)
        yield replace(first, message=first.message + more, evidence=evidence)


def lasting(seconds: float) -> str:
    """A lifetime in the unit in which people think of it."""
    for unit, size in (("day", DAY_SECONDS), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{round(seconds)} seconds"


def _pages(seen: HostCaching) -> Iterator[CachedPage]:
    return (
        page
        for page in seen.pages
        if page.is_page and page.answer.is_html and page.answer.status == OK
    )


def _urls(urls: list[str]) -> tuple[Evidence, ...]:
    return tuple(Evidence("address", shown_url(url)) for url in urls[:SHOWN_URLS])


CHECKS = (
    static,
    cdn_hit,
    html_anonymous,
    personalised_public,
    error_cached,
    validator,
    vary,
    query_key,
    shell_cache,
)
