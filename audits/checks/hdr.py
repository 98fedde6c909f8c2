"""Security headers of the start page, as browsers read them."""

import re
from collections.abc import Iterator

from audits.observations.answers import Answer, clipped, host_of, shown_url
from audits.observations.csp import Policy
from audits.observations.http import HomePage
from audits.observations.names import is_within
from audits.verdicts import Evidence, Result, Severity, Verdict, check

STRICT_REFERRER = frozenset(
    {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
)
LOOSE_REFERRER = frozenset({"origin", "origin-when-cross-origin", "no-referrer-when-downgrade"})
KNOWN_REFERRER = STRICT_REFERRER | LOOSE_REFERRER | {"unsafe-url"}
TOKEN_IN_URL = re.compile(
    r"[?&](token|access_token|id_token|code|otp|session|sid|jwt|api_?key|magic|invite)=",
    re.IGNORECASE,
)
TELLING_HEADERS = (
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "x-runtime",
    "x-drupal-cache",
)
# The oldest versions that a distribution still patches in November 2026; below is end of life.
SUPPORTED_FROM = {
    "php": (8, 1),
    "apache": (2, 4),
    "nginx": (1, 18),
    "microsoft-iis": (10, 0),
    "openssl": (1, 1),
}
PRODUCT = re.compile(r"([A-Za-z][A-Za-z.-]*)/(\d+)(?:\.(\d+))?")
PINNED_CDN = re.compile(
    r"^https://(?:cdn\.jsdelivr\.net/(?:npm|gh)/[^?#]*@\d+\.\d+\.\d+"
    r"|unpkg\.com/[^?#]*@\d+\.\d+\.\d+|cdnjs\.cloudflare\.com/ajax/libs/[^/]+/\d+\.\d+"
    r"|code\.jquery\.com/[^?#]*\d+\.\d+\.\d+|ajax\.googleapis\.com/ajax/libs/[^/]+/\d+\.\d+\.\d+)"
)
NO_PAGE = Result(Verdict.NA, "There is no page of this host's own to judge.", cause="no_page")


def _page_answer(seen: HomePage) -> Answer | None:
    """The answer where it is this host's own page, not an error and not somebody else's."""
    answer = seen.answer
    is_own = answer is not None and not seen.is_elsewhere and answer.status < 400  # noqa: PLR2004 - RFC 9110
    return answer if is_own else None


@check(
    id="hdr.csp",
    title="A Content Security Policy limits scripts",
    stage=2,
    severity=Severity.S3,
    needs=HomePage,
    source="W3C Content Security Policy Level 3",
    remedy="Start with Content-Security-Policy-Report-Only, then enforce script-src with nonces "
    "or hashes and without 'unsafe-inline'.",
    trouble="An injected script would run",
    impact="If text from a user or a model ever reaches the page unescaped, it can act as the "
    "signed-in person.",
)
def csp(seen: HomePage) -> Result:
    answer = _page_answer(seen)
    if answer is None:
        return NO_PAGE
    enforced = [policy for policy in seen.policies if policy.is_enforced]
    if not answer.is_html:
        return _judge_api_policy(enforced)
    if not enforced:
        return _judge_report_only([p for p in seen.policies if not p.is_enforced])
    holes = _holes(enforced)
    if not holes:
        return Result(Verdict.PASS, "The enforced policy lets no injected script run.")
    message = f"The enforced policy {holes[0][1]}."
    return Result(Verdict.WARN, message, cause=holes[0][0], evidence=_policy_lines(enforced))


def _judge_api_policy(enforced: list[Policy]) -> Result:
    if enforced:
        return Result(Verdict.PASS, "The answer is no page and carries a policy.")
    return Result(Verdict.NA, "The answer is no page; a policy is not needed.", cause="no_html")


def _judge_report_only(reporting: list[Policy]) -> Result:
    if not reporting:
        message = "No Content Security Policy yet; common for a young product."
        return Result(Verdict.INFO, message, cause="absent")
    holes = _holes(reporting)
    tail = f", and would not help yet: it {holes[0][1]}" if holes else ""
    message = f"The policy only reports and stops nothing{tail}."
    return Result(Verdict.WARN, message, cause="report_only", evidence=_policy_lines(reporting))


def _holes(policies: list[Policy]) -> list[tuple[str, str]]:
    """What every policy lets through: several policies intersect, so one that forbids is enough."""
    tests = (
        ("no_script_src", "does not limit scripts", not any(p.limits_scripts for p in policies)),
        ("unsafe_inline", "allows 'unsafe-inline' scripts", all(p.allows_inline for p in policies)),
        ("any_host", "allows scripts from any host", all(p.allows_any_host for p in policies)),
        ("unsafe_eval", "allows 'unsafe-eval'", all(p.allows_eval for p in policies)),
    )
    return [(cause, words) for cause, words, is_open in tests if is_open]


def _policy_lines(policies: list[Policy]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(name, clipped(" ".join(sources)))
        for policy in policies
        for name, sources in policy.directives
        if name.startswith(("script-src", "default-src"))
    )[:4]


@check(
    id="hdr.frame",
    title="Other sites can't put the page into a frame",
    stage=2,
    severity=Severity.S3,
    needs=HomePage,
    source="RFC 7034 section 2.1; W3C Content Security Policy Level 3, frame-ancestors",
    remedy="Send Content-Security-Policy: frame-ancestors 'self' (or the sites that embed you).",
    trouble="Another site can show the app inside its own page",
    impact="People can be tricked into pressing buttons of your app without knowing.",
)
def frame(seen: HomePage) -> Result:
    answer = _page_answer(seen)
    if answer is None or not answer.is_html:
        return NO_PAGE
    limits = [p.sources("frame-ancestors") for p in seen.policies if p.is_enforced]
    named = [sources for sources in limits if sources is not None]
    if named:
        if all("*" in sources for sources in named):
            return Result(Verdict.WARN, "frame-ancestors allows every site.", cause="any_site")
        return Result(Verdict.PASS, f"frame-ancestors is {clipped(' '.join(named[0]) or 'empty')}.")
    return _judge_frame_options(answer.tokens("x-frame-options"))


def _judge_frame_options(tokens: tuple[str, ...]) -> Result:
    if not tokens:
        message = "Neither frame-ancestors nor X-Frame-Options."
        return Result(Verdict.WARN, message, cause="absent")
    if any(token in {"deny", "sameorigin"} for token in tokens):
        return Result(Verdict.PASS, f"X-Frame-Options is {clipped(', '.join(tokens))}.")
    message = f"X-Frame-Options {clipped(', '.join(tokens))!r} is ignored by browsers."
    return Result(Verdict.FAIL, message, cause="ignored_value")


@check(
    id="hdr.nosniff",
    title="Browsers don't guess content types",
    stage=2,
    severity=Severity.S3,
    needs=HomePage,
    source="Fetch Standard, X-Content-Type-Options",
    remedy="Send X-Content-Type-Options: nosniff on every answer.",
    trouble="Browsers guess what a file is",
    impact="A file that a user uploaded could be run as a script.",
)
def nosniff(seen: HomePage) -> Result:
    answer = _page_answer(seen)
    if answer is None:
        return NO_PAGE
    tokens = answer.tokens("x-content-type-options")
    if tokens and tokens[0] == "nosniff":
        return Result(Verdict.PASS, "X-Content-Type-Options is nosniff.")
    met = f"is {clipped(tokens[0])!r}" if tokens else "is absent"
    return Result(Verdict.WARN, f"X-Content-Type-Options {met}.", cause="absent")


@check(
    id="hdr.referrer",
    title="Full addresses aren't passed on to other sites",
    stage=2,
    severity=Severity.S3,
    needs=HomePage,
    source="W3C Referrer Policy",
    remedy="Send Referrer-Policy: strict-origin-when-cross-origin.",
    trouble="Other sites learn the full address of each page",
    impact="Addresses may hold a sign-in token or a private name; every linked site sees them.",
)
def referrer(seen: HomePage) -> Result:
    answer = _page_answer(seen)
    if answer is None or not answer.is_html:
        return NO_PAGE
    metas = seen.page.meta_all("referrer") if seen.page else ()
    tokens = [*answer.tokens("referrer-policy"), *(meta.strip().lower() for meta in metas)]
    known = [token for token in tokens if token in KNOWN_REFERRER]
    if not known:
        message = "No Referrer-Policy; browsers use strict-origin-when-cross-origin."
        return Result(Verdict.INFO, message, cause="absent")
    return _judge_referrer(known[-1], seen)


def _judge_referrer(policy: str, seen: HomePage) -> Result:
    message = f"Referrer-Policy is {policy}."
    if policy in STRICT_REFERRER:
        return Result(Verdict.PASS, message)
    if policy in LOOSE_REFERRER:
        return Result(Verdict.WARN, message, cause="loose")
    has_token = any(TOKEN_IN_URL.search(url) for url in _own_urls(seen))
    severity = Severity.S1 if has_token else Severity.S3
    tail = " The app's addresses carry tokens." if has_token else ""
    return Result(Verdict.FAIL, message + tail, severity, cause="unsafe_url")


def _own_urls(seen: HomePage) -> list[str]:
    urls = [seen.answer.url] if seen.answer else []
    anchors = seen.page.anchors if seen.page else ()
    return urls + [url for url in anchors if is_within(host_of(url), seen.domain)]


@check(
    id="hdr.permissions",
    title="Permissions-Policy",
    stage=2,
    severity=Severity.S4,
    needs=HomePage,
    source="W3C Permissions Policy",
    remedy="Switch off what the app doesn't use: camera=(), microphone=(), geolocation=().",
    trouble="The page may ask for camera and microphone",
    impact="Nothing changes for visitors; it limits what an injected script could ask for.",
)
def permissions(seen: HomePage) -> Result:
    return _presence(seen, "permissions-policy")


@check(
    id="hdr.coop",
    title="Cross-Origin-Opener-Policy",
    stage=2,
    severity=Severity.S4,
    needs=HomePage,
    source="WHATWG HTML, cross-origin opener policies",
    remedy="Send Cross-Origin-Opener-Policy: same-origin-allow-popups after testing sign-in "
    "windows. Cross-Origin-Embedder-Policy breaks embeds: leave it out unless it is needed.",
    trouble="Windows opened by other sites keep a handle on the page",
    impact="Nothing changes for visitors; it separates the app from windows of other sites.",
)
def coop(seen: HomePage) -> Result:
    return _presence(seen, "cross-origin-opener-policy")


def _presence(seen: HomePage, name: str) -> Result:
    answer = _page_answer(seen)
    if answer is None:
        return NO_PAGE
    value = answer.header(name)
    if value is None:
        return Result(Verdict.INFO, f"{name} is not sent.", cause="absent")
    return Result(Verdict.INFO, f"{name} is {clipped(value)}.", cause="present")


@check(
    id="hdr.leak",
    title="Answers don't name old software",
    stage=2,
    severity=Severity.S4,
    needs=HomePage,
    source="RFC 9110 section 10.2.4",
    remedy="Strip versions from Server and X-Powered-By; update what is past its end of life.",
    trouble="The server tells which software and version it runs",
    impact="Nothing changes for visitors; it saves an attacker a guess.",
)
def leak(seen: HomePage) -> Result:
    answer = _page_answer(seen)
    if answer is None:
        return NO_PAGE
    lines = [(n, v) for n in TELLING_HEADERS for v in answer.header_all(n) if re.search(r"\d", v)]
    named = [
        *lines,
        *((n, v) for n, v in answer.headers if n == "x-powered-by" and (n, v) not in lines),
    ]
    if not named:
        return Result(Verdict.PASS, "No header names a software version.")
    evidence = tuple(Evidence(name, clipped(value)) for name, value in named[:6])
    old = next(filter(None, (_end_of_life(value) for _, value in named)), None)
    if old:
        message = f"{old} is past its end of life."
        return Result(Verdict.WARN, message, cause="end_of_life", evidence=evidence)
    name, value = named[0]
    return Result(Verdict.INFO, f"{name} is {clipped(value)}.", cause="named", evidence=evidence)


def _end_of_life(value: str) -> str:
    for match in PRODUCT.finditer(value):
        supported = SUPPORTED_FROM.get(match[1].lower())
        if supported and (int(match[2]), int(match[3] or 0)) < supported:
            return match[0]
    return ""


@check(
    id="hdr.sri",
    title="Pinned scripts of other sites carry a checksum",
    stage=2,
    severity=Severity.S4,
    needs=HomePage,
    source="W3C Subresource Integrity",
    remedy="Add integrity and crossorigin to scripts with a fixed version, or serve them "
    "yourself. Scripts that change under the same address can't carry one.",
    trouble="Scripts of other sites run unchecked",
    impact="Whoever changes such a file changes your app.",
)
def sri(seen: HomePage) -> Iterator[Result]:
    if seen.page is None or seen.is_elsewhere:
        yield NO_PAGE
        return
    foreign = [s for s in seen.page.scripts if not is_within(host_of(s.url), seen.domain)]
    bare = [script.url for script in foreign if not script.integrity]
    pinned = [url for url in bare if PINNED_CDN.match(url)]
    evidence = tuple(Evidence("script", shown_url(url)) for url in (pinned or bare)[:6])
    if pinned:
        message = f"{len(pinned)} scripts with a fixed version carry no checksum."
        yield Result(Verdict.WARN, message, cause="pinned_without", evidence=evidence)
    elif bare:
        message = f"{len(bare)} scripts of other sites carry no checksum."
        yield Result(Verdict.INFO, message, cause="without", evidence=evidence)
    else:
        yield Result(Verdict.PASS, "No script of another site runs unchecked.")


CHECKS = (csp, frame, nosniff, referrer, permissions, coop, leak, sri)
