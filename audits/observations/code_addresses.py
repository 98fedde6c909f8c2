"""Read addresses out of JavaScript and markup: who is called, and under which condition. Pure.

Nothing is executed; an address counts as called only where it stands in the place of one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from audits.observations.exposure import FoundAddress, Use
from audits.observations.pages import PageFacts
from audits.observations.secret_scan import redacted

LITERAL = re.compile(r"""(?P<quote>["'`])(?P<url>(?:https?|wss?):/{2}[^"'`\s<>\\]{1,600})""")
RELATIVE = re.compile(r"""(?P<quote>["'`])(?P<url>/[^"'`\s<>\\]{1,300})(?P=quote)""")
BEFORE_CHARS = 90
BRANCH_CHARS = 220
QUOTE_CHARS = 160
MAX_ADDRESSES = 400

CALLS = re.compile(
    r"(?:\bfetch|\baxios(?:\.\w+)?|\$\.(?:ajax|get|post)|\bky(?:\.\w+)?|\bgot|\brequest|"
    r"\.(?:get|post|put|patch|delete)|new (?:WebSocket|EventSource|Request)|"
    r"\.open\(\s*[\"']\w+[\"']\s*,|sendBeacon|\bcreateClient|\bio)\s*\(?\s*$"
)
BASES = re.compile(
    r"(?:base_?url|api_?(?:base|url|host|root|endpoint)|endpoint|server_?url|backend(?:_?url)?|"
    r"socket_?url|ws_?url|graphql(?:_?url)?|uri)[\"']?\s*[:=,(|?&]{1,2}\s*$",
    re.IGNORECASE,
)
CALLBACKS = re.compile(
    r"(?:redirect_?(?:uri|url|to)|callback_?(?:url|uri)?|return_?(?:to|url)|success_?url|"
    r"cancel_?url|emailRedirectTo|site_?url)[\"']?\s*[:=,(]\s*$",
    re.IGNORECASE,
)
DEV_BRANCH = re.compile(
    r"location\.host(?:name)?|NODE_ENV|import\.meta\.env\.(?:DEV|MODE)|__DEV__|isDev|"
    r"[\"']development[\"']|[\"']localhost[\"']\s*={2,3}|={2,3}\s*[\"']localhost[\"']",
)
CALLBACK_PARAMETER = re.compile(
    r"[?&](?:redirect_uri|redirect_to|redirect|callback|callback_url|return_to|returnTo|next)"
    r"=([^&#]+)", re.IGNORECASE,
)  # fmt: skip

LOCAL_NAMES = ("localhost", "0.0.0.0", "127.0.0.1", "[::1]")  # noqa: S104 - looked for, not bound
TUNNELS = (".ngrok.io", ".ngrok.app", ".ngrok-free.app", ".ngrok.dev", ".trycloudflare.com",
           ".loca.lt", ".localhost.run", ".serveo.net", ".tunnelmole.net")  # fmt: skip
LOCAL_ENDS = (".local", ".localhost", ".internal", ".lan")
STAGING_LABELS = re.compile(
    r"^(?:staging|stage|stg|dev|develop|preview|test|testing|qa|uat|demo|sandbox)\d*$"
    r"|^(?:staging|dev|preview)[-_]|[-_](?:staging|dev|preview)$"
)
PLATFORMS = (
    ".vercel.app", ".netlify.app", ".lovable.app", ".lovableproject.com", ".replit.app",
    ".repl.co", ".replit.dev", ".up.railway.app", ".onrender.com", ".fly.dev", ".web.app",
    ".firebaseapp.com", ".pages.dev", ".workers.dev", ".herokuapp.com", ".surge.sh",
    ".github.io", ".azurewebsites.net", ".amplifyapp.com", ".bolt.host", ".v0.app",
    ".base44.app", ".run.app",
)  # fmt: skip

UNSET_PART = re.compile(
    r"^(?:https?|wss?):/{2}(?:undefined|null|NaN)(?:[/:?#]|$)"
    r"|^(?:undefined|null|NaN)/"
    r"|/(?:undefined|null|NaN)(?:[/?#]|$)"
    r"|\[object(?: |%20)Object\]"
)
UNSET_PLACEHOLDER = re.compile(
    r"%(?:VITE|NEXT_PUBLIC|REACT_APP|PUBLIC|EXPO_PUBLIC)_\w+%"
    r"|\$\{?(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC)_\w+\}?"
    r"|__(?:API|BASE|APP|SITE)_URL__"
    r"|\{\{\s*(?:API|BASE|APP|SITE)_?URL\s*\}\}|process\.env\.(?!NODE_ENV)\w+"
)
UNSET_LITERAL = re.compile(
    r"""(?P<quote>["'`])(?P<url>(?:undefined|null|NaN)/[\w./?=&-]{1,200}"""
    r"""|%(?:VITE|NEXT_PUBLIC|REACT_APP|PUBLIC)_\w+%[^"'`\s]{0,200}"""
    r"""|process\.env\.[A-Z_]{3,60}[^"'`\s]{0,100})(?P=quote)"""
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The addresses of one file, and those with a value that was never set."""

    addresses: tuple[FoundAddress, ...]
    unset: tuple[FoundAddress, ...]


def read_code(file: str, code: str) -> Reading:
    """Every absolute address in `code` with its use, and requests to unset values."""
    addresses: list[FoundAddress] = []
    unset: list[FoundAddress] = []
    for match in LITERAL.finditer(code):
        if len(addresses) >= MAX_ADDRESSES:
            break
        url = match["url"].rstrip(".,;)")
        found = _found(file, url, _use(code, match.start()), _quote(code, match))
        if found is None:
            continue
        addresses.append(found)
        if UNSET_PART.search(url) or UNSET_PLACEHOLDER.search(url):
            unset.append(found)
    unset += [
        FoundAddress(file, match["url"][:300], "", use, _quote(code, match))
        for pattern in (RELATIVE, UNSET_LITERAL)
        for match in pattern.finditer(code)
        if (use := _use(code, match.start())) in {Use.REQUEST, Use.CALLBACK}
        and (UNSET_PART.search(match["url"]) or UNSET_PLACEHOLDER.search(match["url"]))
    ]
    return Reading(tuple(addresses), tuple(unset[:50]))


def read_markup(page: PageFacts) -> Reading:
    """The addresses that a page's markup loads, sends forms to, or returns sign-ins to."""
    found = [*_markup(page)]
    unset = [
        address
        for address in found
        if UNSET_PART.search(address.url) or UNSET_PLACEHOLDER.search(address.url)
    ]
    return Reading(tuple(found[:MAX_ADDRESSES]), tuple(unset[:50]))


def is_local(host: str) -> bool:
    """A host that only the developer's own machine, network or tunnel knows."""
    bare = host.strip("[]").lower()
    if bare in LOCAL_NAMES or host in LOCAL_NAMES or bare.endswith((*LOCAL_ENDS, *TUNNELS)):
        return True
    try:
        address = ip_address(bare)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_unspecified


def is_staging(host: str, domain: str) -> bool:
    """A host of another environment: a platform's own name, or a staging label of `domain`."""
    name = host.lower()
    if name.endswith(PLATFORMS):
        return True
    labels = name.removesuffix("." + domain).split(".") if name.endswith("." + domain) else []
    return any(STAGING_LABELS.search(label) for label in labels)


def _markup(page: PageFacts) -> Iterator[FoundAddress]:
    assets = [script.url for script in page.scripts]
    assets += [*page.stylesheets, *page.media, *page.iframes, *page.objects, page.manifest]
    for url in assets:
        yield from _one(page.url, url, Use.ASSET)
    for form in page.forms:
        yield from _one(page.url, form.action, Use.REQUEST)
    for url in page.anchors:
        yield from _one(page.url, url, Use.MENTION)
        for match in CALLBACK_PARAMETER.finditer(url):
            yield from _one(page.url, unquote(match[1]), Use.CALLBACK)


def _one(file: str, url: str, use: Use) -> Iterator[FoundAddress]:
    found = _found(file, url, use, url[:QUOTE_CHARS]) if url else None
    if found is not None:
        yield found


def _found(file: str, url: str, use: Use, quote: str) -> FoundAddress | None:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    if not host:
        return None
    return FoundAddress(file, redacted(url[:300]), host, use, redacted(quote))


def _use(code: str, at: int) -> Use:
    before = code[max(0, at - BEFORE_CHARS) : at]
    is_called = CALLS.search(before) or BASES.search(before)
    is_callback = CALLBACKS.search(before)
    around = code[max(0, at - BRANCH_CHARS) : at]
    if DEV_BRANCH.search(around):
        return Use.DEV_BRANCH
    if is_callback:
        return Use.CALLBACK
    return Use.REQUEST if is_called else Use.MENTION


def _quote(code: str, match: re.Match[str]) -> str:
    start = max(0, match.start() - 40)
    return " ".join(code[start : match.end() + 20].split())[:QUOTE_CHARS]
