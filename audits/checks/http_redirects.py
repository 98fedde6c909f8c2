"""Does every address of a host lead to one https page, in few and lasting hops?"""

from collections.abc import Iterator

from audits.observations.answers import host_of, scheme_of, shown_url
from audits.observations.redirects import (
    ApiEntry,
    Chain,
    ChainEnd,
    HostRedirects,
    Step,
    keeps_path,
    keeps_query,
)
from audits.observations.similarity import is_alike
from audits.observations.target import HostKind
from audits.verdicts import Evidence, Result, Severity, Verdict, check

PERMANENT = frozenset({301, 308})
TEMPORARY = frozenset({302, 303, 307})
TURNS_POST_TO_GET = frozenset({301, 302, 303})
FIRST_ERROR_STATUS = 400
GOOD_HOPS, MOST_HOPS = 2, 3
# Whole top-level domains on the browsers' preload list: http is never tried there.
PRELOADED_SUFFIXES = tuple(
    f".{name}"
    for name in (
        "app",
        "dev",
        "page",
        "new",
        "day",
        "foo",
        "zip",
        "mov",
        "ing",
        "meme",
        "phd",
        "bank",
    )
)
NOT_ANSWERED = {
    ChainEnd.UNKNOWN: (Verdict.UNKNOWN, "no_answer"),
    ChainEnd.BLOCKED: (Verdict.BLOCKED, "blocked"),
    ChainEnd.NO_NAME: (Verdict.NA, "no_name"),
}


@check(
    id="http.https_redirect",
    title="Plain http leads to https",
    stage=2,
    item="2.2",
    severity=Severity.S0,
    needs=HostRedirects,
    source="RFC 9110 sections 15.4.2 and 15.4.9",
    remedy="Redirect every http:// address to https:// on the same host at the edge, with 308 "
    "(or 301), before any other rule.",
    trouble="The app is served without encryption",
    impact="Whoever types the address without https uses the app in the clear: sign-in codes "
    "and messages can be read on the way, and browsers say “Not secure”.",
)
def https_redirect(seen: HostRedirects) -> Result:
    downgrade = next((s for c in seen.chains for s in c.redirects if s.is_downgrade), None)
    if downgrade is not None:
        message = (
            f"{shown_url(downgrade.url)} sends visitors back to {shown_url(downgrade.location)}."
        )
        return _with_hops(Verdict.FAIL, message, "downgrade", seen.https_root)
    chain = seen.http_root
    if chain.end is ChainEnd.REFUSED and not chain.steps:
        message = "Port 80 is closed: nothing is served over http (old http:// links end here)."
        return Result(Verdict.PASS, message, cause="port_closed")
    if not chain.steps:
        return _no_answer(chain)
    upgrade = next((s for s in chain.redirects if scheme_of(s.location) == "https"), None)
    return _judge_upgrade(chain, upgrade) if upgrade else _judge_plain(seen)


def _judge_upgrade(chain: Chain, upgrade: Step) -> Result:
    if upgrade.status in PERMANENT:
        message = f"{shown_url(chain.start)} leads to https with {upgrade.status}."
        return Result(Verdict.PASS, message)
    message = f"{shown_url(chain.start)} leads to https with {upgrade.status}, which is temporary."
    return _with_hops(Verdict.WARN, message, "temporary", chain)


def _judge_plain(seen: HostRedirects) -> Result:
    chain = seen.http_root
    if chain.end in {ChainEnd.LOOP, ChainEnd.TOO_LONG}:
        return Result(
            Verdict.NA, "The walk over http never ends (http.redirect_loop).", cause="loop"
        )
    if chain.end is not ChainEnd.ANSWERED:
        return _no_answer(chain)
    if chain.final_status >= FIRST_ERROR_STATUS:
        return _judge_refusal(seen)
    is_app = not seen.https_root.is_served or is_alike(chain.simhash, seen.https_root.simhash)
    what = "the app" if is_app else "a page of its own"
    message = f"http://{seen.host}/ answers {chain.final_status} and serves {what} over http."
    severity = Severity.S0 if is_app else Severity.S1
    return Result(Verdict.FAIL, message, severity, cause="served", evidence=_hops(chain))


def _judge_refusal(seen: HostRedirects) -> Result:
    status = seen.http_root.final_status
    message = f"http://{seen.host}/ answers {status} and leads nowhere."
    if seen.kind is HostKind.API:
        return Result(Verdict.PASS, f"{message} An API may refuse http.", cause="refused")
    return _with_hops(Verdict.WARN, message, "no_redirect", seen.http_root)


@check(
    id="http.redirect_order",
    title="The first hop goes to https on the same host",
    stage=2,
    item="2.3",
    severity=Severity.S3,
    needs=HostRedirects,
    source="RFC 6797 section 8.1; hstspreload.org",
    remedy="Redirect in this order: http://host to https://host, then https://host to the main "
    "host. Only so does the browser learn to stay on https for the first host too.",
    trouble="The first step to https skips the address that was typed",
    impact="Browsers never learn that the typed address is https only, so each first visit can "
    "be intercepted.",
)
def redirect_order(seen: HostRedirects) -> Result:
    chain = seen.http_root
    if not chain.redirects:
        return Result(
            Verdict.NA, "http:// leads nowhere, so there is no order.", cause="no_redirect"
        )
    first = chain.redirects[0]
    if host_of(first.location) == seen.host:
        return Result(Verdict.PASS, "The first hop keeps the host.")
    if seen.host.endswith(PRELOADED_SUFFIXES):
        return Result(Verdict.PASS, "Browsers use https for this whole top-level domain.")
    message = f"http://{seen.host}/ leads straight to {shown_url(first.location)}."
    return _with_hops(Verdict.WARN, message, "host_first", chain)


@check(
    id="http.redirect_permanent",
    title="Redirects to the main address are permanent",
    stage=2,
    item="2.3",
    severity=Severity.S3,
    needs=HostRedirects,
    source="RFC 9110 section 15.4",
    remedy="Answer 308 (keeps the method) or 301 where only scheme or host change.",
    trouble="The redirect to the main address is marked as temporary",
    impact="Search engines keep both addresses, and every visit pays for the extra hop.",
)
def redirect_permanent(seen: HostRedirects) -> Result:
    hops = [
        step
        for chain in (seen.http_root, seen.https_root)
        for step in chain.redirects
        if step.is_canonicalising and step.changes_origin_within(seen.domain)
    ]
    if not hops:
        return Result(Verdict.NA, "No hop changes scheme or host.", cause="no_redirect")
    temporary = next((step for step in hops if step.status in TEMPORARY), None)
    if temporary is None:
        return Result(Verdict.PASS, "Every hop that changes scheme or host is permanent.")
    message = (
        f"{shown_url(temporary.url)} leads to {shown_url(temporary.location)} with "
        f"{temporary.status}, which is temporary."
    )
    return Result(Verdict.WARN, message, cause="temporary")


@check(
    id="http.redirect_path",
    title="Redirects keep path and query",
    stage=2,
    item="2.3",
    severity=Severity.S1,
    needs=HostRedirects,
    source="RFC 9110 section 10.2.2",
    remedy="Keep the whole request address in the redirect ($request_uri in nginx, "
    "a wildcard rule with $1 at the edge).",
    trouble="Links lose their destination on the way",
    impact="Sign-in links and campaign links arrive at the start page without their token, so "
    "people can't get in.",
)
def redirect_path(seen: HostRedirects) -> Result:
    deeps = [chain for chain in (seen.http_deep, seen.https_deep) if chain is not None]
    hops = [s for c in deeps for s in c.redirects if s.changes_origin_within(seen.domain)]
    lost = next((step for step in hops if not keeps_path(step)), None)
    if lost is not None:
        message = f"{shown_url(lost.url)} leads to {shown_url(lost.location)}: the path is dropped."
        return Result(Verdict.FAIL, message, cause="path_dropped")
    bare = next((step for step in hops if not keeps_query(step)), None)
    if bare is not None:
        message = f"{shown_url(bare.url)} leads to {shown_url(bare.location)}: the query is lost."
        return Result(Verdict.FAIL, message, cause="query_dropped")
    if not hops:
        silent = [c for c in deeps if c.end in {ChainEnd.UNKNOWN, ChainEnd.BLOCKED}]
        if silent:
            return _no_answer(silent[0])
        return Result(Verdict.NA, "No hop changes scheme or host.", cause="no_redirect")
    return Result(Verdict.PASS, "Path and query survive every hop.")


@check(
    id="http.redirect_length",
    title="At most two redirects",
    stage=2,
    item="2.3",
    severity=Severity.S3,
    needs=HostRedirects,
    source="hstspreload.org; RFC 9110 section 15.4",
    remedy="Collapse the hops: http to https, https to the main address, no more.",
    trouble="Visitors are sent around before the page opens",
    impact="Each hop costs a round trip, which on a phone is felt.",
)
def redirect_length(seen: HostRedirects) -> Result:
    chain = seen.http_root if seen.http_root.steps else seen.https_root
    if chain.end in {ChainEnd.LOOP, ChainEnd.TOO_LONG}:
        return Result(Verdict.NA, "The walk never ends (http.redirect_loop).", cause="loop")
    if not chain.steps:
        return _no_answer(chain)
    hops = len(chain.redirects)
    message = f"{hops} {'hop' if hops == 1 else 'hops'} from {shown_url(chain.start)}."
    if hops <= GOOD_HOPS:
        return Result(Verdict.PASS, message)
    verdict = Verdict.WARN if hops <= MOST_HOPS else Verdict.FAIL
    return _with_hops(verdict, message, "too_many_hops", chain)


@check(
    id="http.redirect_loop",
    title="Redirects end",
    stage=2,
    item="2.3",
    severity=Severity.S0,
    needs=HostRedirects,
    source="RFC 9110 section 15.4; Cloudflare SSL documentation",
    remedy="Let only one place redirect. Behind Cloudflare set the SSL mode to Full (strict).",
    trouble="The page sends visitors round in a circle",
    impact="Browsers give up with “too many redirects”: nobody can open the app.",
)
def redirect_loop(seen: HostRedirects) -> Result:
    endless = next((c for c in seen.chains if c.end in {ChainEnd.LOOP, ChainEnd.TOO_LONG}), None)
    if endless is not None:
        return _judge_loop(endless)
    if not any(chain.steps for chain in seen.chains):
        return _no_answer(seen.https_root)
    if any(chain.is_cookie_gated for chain in seen.chains):
        message = "The redirects end once cookies are sent back, as browsers do."
        return Result(Verdict.PASS, message, cause="cookie_gated")
    return Result(Verdict.PASS, "Every walk ends.")


def _judge_loop(chain: Chain) -> Result:
    last = chain.redirects[-1]
    message = (
        f"{shown_url(chain.start)} never ends: {shown_url(last.url)} leads back into the walk."
    )
    if any(step.is_cloudflare for step in chain.steps):
        return Result(
            Verdict.FAIL,
            f"{message} Cloudflare stands in the way: in its Flexible mode it calls the origin "
            "over http, which redirects to https again.",
            cause="loop",
            evidence=_hops(chain),
            remedy="Set Cloudflare's SSL mode to Full (strict).",
        )
    return _with_hops(Verdict.FAIL, message, "loop", chain)


@check(
    id="http.redirect_method",
    title="No redirect in front of API calls",
    stage=2,
    item="F2.3",
    severity=Severity.S1,
    needs=ApiEntry,
    source="RFC 9110 sections 15.4.2 and 15.4.3",
    remedy="Call the final address, or answer 308, which keeps method and body.",
    trouble="API calls are turned into page visits by a redirect",
    impact="Saving, paying or signing in fails: the request arrives without its content.",
)
def redirect_method(seen: ApiEntry) -> Result:
    subject = shown_url(seen.url)
    if not seen.chain.steps:
        return _no_answer(seen.chain, subject=subject)
    hops = [step for step in seen.chain.redirects if step.is_canonicalising]
    changing = next((step for step in hops if step.status in TURNS_POST_TO_GET), None)
    if changing is not None:
        message = (
            f"{shown_url(changing.url)} leads to {shown_url(changing.location)} with "
            f"{changing.status}: a POST may become a GET without its content."
        )
        return Result(Verdict.FAIL, message, subject=subject, cause="method_lost")
    how = "by a hop that keeps the method" if hops else "without a redirect"
    return Result(Verdict.PASS, f"{subject} is reached {how}.", subject=subject)


def _no_answer(chain: Chain, *, subject: str = "") -> Result:
    verdict, cause = NOT_ANSWERED.get(chain.end, (Verdict.NA, str(chain.end)))
    message = chain.note or f"{shown_url(chain.start)} could not be opened ({chain.end})."
    return Result(verdict, message, subject=subject, cause=cause)


def _with_hops(verdict: Verdict, message: str, cause: str, chain: Chain) -> Result:
    return Result(verdict, message, cause=cause, evidence=_hops(chain))


def _hops(chain: Chain) -> tuple[Evidence, ...]:
    return tuple(_lines(chain))


def _lines(chain: Chain) -> Iterator[Evidence]:
    for step in chain.steps[:6]:
        target = f" → {shown_url(step.location)}" if step.location else ""
        yield Evidence(str(step.status), f"{shown_url(step.url)}{target}")


CHECKS = (
    https_redirect,
    redirect_order,
    redirect_permanent,
    redirect_method,
    redirect_path,
    redirect_length,
    redirect_loop,
)
