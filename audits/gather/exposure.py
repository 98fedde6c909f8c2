"""Fetch what a browser would receive, scan it, keep only what is masked.

Caps: 15 pages, 60 scripts of 5 MB, 10 maps, 40 MB in all; what was left out is said, since
an incomplete scan must not pass. Source: automation specification, section 2.7.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from accounts.guard.exchange import Exchange
from audits.gather.baseline import HostBaseline, baselines, unchallenged
from audits.gather.site import Family, Site
from audits.observations.code_addresses import Reading, read_code, read_markup
from audits.observations.debug_pages import debug_marker
from audits.observations.exposure import (
    EnvFile,
    ErrorPages,
    FoundAddress,
    FoundMap,
    FoundSecret,
    GitFolder,
    ServedCode,
    ServedPaths,
)
from audits.observations.names import is_within, registrable_domain
from audits.observations.pages import PageFacts, read_page
from audits.observations.secret_scan import SecretHit, scan
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind

MAX_PAGES = 15
MAX_SCRIPTS = 60
MAX_MAPS = 10
MAX_SCRIPT_BYTES = 5 * 1024 * 1024
MAX_TOTAL_BYTES = 40 * 1024 * 1024
MAX_CHUNK_ROUNDS = 2
MAX_SOURCE_NAMES = 12
SCRIPT_DEADLINE = timedelta(seconds=10)
OK, FORBIDDEN = 200, 403
UNTRUSTED = "tls_untrusted"
L2 = 2

BROWSED = (HostKind.WEB, HostKind.ADMIN, HostKind.OTHER)
PROBED = (*BROWSED, HostKind.API, HostKind.ASSETS, HostKind.STAGING)

ENV_PATHS = ("/.env", "/.env.local", "/.env.production", "/api/.env")
ENV_LINE = re.compile(r"^(?:export\s+)?([A-Z][A-Z0-9_]{1,60})\s*=", re.MULTILINE)
ENV_MIN_LINES = 2
GIT_HEAD = re.compile(r"\Aref: refs/[\w./-]+\s*\Z|\A[0-9a-f]{40}\s*\Z")
SIGN_IN = re.compile(r"/(?:log-?in|sign-?in|auth|account|register|sign-?up)(?:[/?#]|$)", re.I)
HASHED_NAME = re.compile(r"[-._][0-9a-fA-F]{8,}[-._]|[-._](?=\w*\d)[\w-]{8,}\.m?js")
MAP_COMMENT = re.compile(r"//[#@]\s*sourceMappingURL=(\S{1,2000})")
CHUNK = re.compile(
    r"""["'`](?P<path>(?:/?_next/)?(?:static/|assets/|chunks/|\./)[\w./@~-]{1,200}\.m?js)["'`]"""
)
VENDOR_CALLS = {
    "api.openai.com": re.compile(r"dangerouslyAllowBrowser\s*:\s*(?:true|!0)|api\.openai\.com"),
    "api.anthropic.com": re.compile(
        r"anthropic-dangerous-direct-browser-access|api\.anthropic\.com"
    ),
}  # fmt: skip
BUNDLED_BEARER = re.compile(
    r"""(?:Authorization|x-api-key)["']?\s*[:,]\s*["'`](?:Bearer\s+)?[\w.-]{20,}""", re.IGNORECASE
)


@dataclass
class Scan:
    """What one host's scan has read so far."""

    host: str
    domain: str
    file_count: int = 0
    byte_count: int = 0
    partial: str = ""
    secrets: list[FoundSecret] = field(default_factory=list)
    addresses: list[FoundAddress] = field(default_factory=list)
    unset: list[FoundAddress] = field(default_factory=list)
    maps: list[FoundMap] = field(default_factory=list)
    direct_calls: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return self.byte_count >= MAX_TOTAL_BYTES

    def read_text(self, file: str, text: str) -> None:
        """Scan one file for secrets and for calls that carry one."""
        self.file_count += 1
        self.byte_count += len(text)
        self.secrets += [FoundSecret(file, hit) for hit in scan(text)]
        for vendor, call in VENDOR_CALLS.items():
            if call.search(text) and BUNDLED_BEARER.search(text):
                self.direct_calls.add(vendor)

    def read_addresses(self, reading: Reading) -> None:
        self.addresses += reading.addresses
        self.unset += reading.unset

    def cut(self, why: str) -> None:
        """Remember the first reason why something was left out."""
        self.partial = self.partial or why


async def gather_exposure(site: Site) -> None:
    """`ServedCode` and, with consent, `ServedPaths` of the product; `ErrorPages` per host."""
    browsed = [host.name for host in site.target.hosts if host.kind in BROWSED]
    probed = [host.name for host in site.target.hosts if host.kind in PROBED]
    work = []
    if site.wants(ServedCode):
        work.append(_code(site, browsed))
    if site.wants(ErrorPages):
        work += [_error_pages(site, name) for name in probed]
    if site.consent >= L2 and site.wants(ServedPaths):
        work.append(_paths(site, probed))
    await asyncio.gather(*work)


async def _code(site: Site, hosts: list[str]) -> None:
    """Read the code of every host; the product is a miss only where none could be read."""
    domain = site.target.domain
    scans = await asyncio.gather(*(_read_host(site, host) for host in hosts))
    read = [found for found in scans if isinstance(found, Scan)]
    unread = _unread(hosts, scans)
    if not read:
        why = next((scan for scan in scans if isinstance(scan, GatherFailure)), NO_HOST)
        site.seen.miss(ServedCode, why, subject=f"code of {domain}")
        return
    site.seen.add(_served(site, read, unread), subject=f"code of {domain}")


NO_HOST = GatherFailure(FailureKind.NOT_APPLICABLE, "No host of this product shows pages.")


def _unread(hosts: Iterable[str], looked: Iterable[object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (host, found.message)
        for host, found in zip(hosts, looked, strict=True)
        if isinstance(found, GatherFailure)
    )


async def _read_host(site: Site, host: str) -> Scan | GatherFailure:
    home = await _page(site, f"https://{host}/")
    if isinstance(home, GatherFailure):
        return home
    found = Scan(host, registrable_domain(host) or host)
    pages = await _pages(site, found, home)
    await _scripts(site, found, pages)
    return found


async def _page(site: Site, url: str) -> Exchange | GatherFailure:
    """The page at `url`; a bad certificate keeps browsers out, but hides no key."""
    answer = unchallenged(site, await site.page(url))
    return await _unverified(site, url, answer, follow=5)


async def _hop(site: Site, url: str) -> Exchange | GatherFailure:
    answer = unchallenged(site, await site.hop(url))
    return await _unverified(site, url, answer, follow=0)


async def _unverified(
    site: Site, url: str, answer: Exchange | GatherFailure, *, follow: int
) -> Exchange | GatherFailure:
    if not isinstance(answer, GatherFailure) or answer.code != UNTRUSTED:
        return answer
    again = await site.once(
        ("unverified", url, str(follow)), lambda: site.fetch(url, follow=follow, verify=False)
    )
    return unchallenged(site, again)


async def _pages(site: Site, found: Scan, home: Exchange) -> list[PageFacts]:
    """The start page and the pages of sign-in and declared routes on the same host."""
    first = _read_page(found, home)
    wanted = [url for url in first.anchors if _host(url) == found.host and SIGN_IN.search(url)]
    wanted += [
        route.url
        for route in site.target.routes
        if route.method == "GET" and _host(route.url) == found.host
    ]
    pages = [first]
    for url in list(dict.fromkeys(_plain(url) for url in wanted))[: MAX_PAGES - 1]:
        if url in found.seen:
            continue
        answer = await _page(site, url)
        if isinstance(answer, Exchange) and _is_html(answer):
            pages.append(_read_page(found, answer))
    return pages


def _read_page(found: Scan, answer: Exchange) -> PageFacts:
    url = _plain(answer.url)
    found.seen.add(url)
    text = _text(answer)
    page = read_page(answer.url, text)
    found.read_text(url, text)
    found.read_addresses(read_markup(page))
    for script in page.inline_scripts:
        found.read_addresses(read_code(url, script))
    return page


async def _scripts(site: Site, found: Scan, pages: Iterable[PageFacts]) -> None:
    """Every script of the pages, then the chunks that those name, at most two rounds."""
    queue = [url for page in pages for url in _script_urls(page) if _is_ours(found, url)]
    for _ in range(MAX_CHUNK_ROUNDS + 1):
        fresh = [url for url in dict.fromkeys(queue) if url not in found.seen]
        if not fresh:
            return
        queue = []
        for url in fresh:
            if found.file_count >= MAX_SCRIPTS + MAX_PAGES or found.is_full:
                found.cut(f"more than {MAX_SCRIPTS} scripts or {MAX_TOTAL_BYTES >> 20} MB")
                return
            found.seen.add(url)
        answers = await asyncio.gather(*(_script(site, url) for url in fresh))
        for url, answer in zip(fresh, answers, strict=True):
            if isinstance(answer, Exchange):
                queue += await _read_script(site, found, url, answer)
            else:
                found.cut(f"{_file(url)} could not be read")


def _script_urls(page: PageFacts) -> list[str]:
    return [*(script.url for script in page.scripts), *page.modulepreloads]


async def _script(site: Site, url: str) -> Exchange | GatherFailure:
    """One script; a file whose name holds its content's hash is the same on every host."""
    is_hashed = HASHED_NAME.search(_file(url)) is not None
    answer = await site.once(
        ("script", urlsplit(url).path if is_hashed else url),
        lambda: site.fetch(url, deadline=SCRIPT_DEADLINE, max_body_bytes=MAX_SCRIPT_BYTES),
    )
    if isinstance(answer, GatherFailure) and answer.code == UNTRUSTED:
        return await _unverified(site, url, answer, follow=5)
    return unchallenged(site, answer)


async def _read_script(site: Site, found: Scan, url: str, answer: Exchange) -> list[str]:
    """Scan one script and its source map; return the chunks that it names."""
    if answer.status != OK or _is_html(answer):
        return []
    if answer.is_truncated:
        found.cut(f"{_file(url)} is larger than {MAX_SCRIPT_BYTES >> 20} MB")
    text = _text(answer)
    file = _plain(url)
    found.read_text(file, text)
    found.read_addresses(read_code(file, text))
    await _source_map(site, found, url, answer, text)
    named = (urljoin(url, _chunk_path(url, match["path"])) for match in CHUNK.finditer(text))
    return [chunk for chunk in named if _is_ours(found, chunk)]


def _chunk_path(url: str, path: str) -> str:
    """A webpack chunk is named below the public path, a module relative to its importer."""
    if path.startswith((".", "/")):
        return path
    marker = "/_next/"
    return f"{marker}{path.removeprefix('_next/')}" if marker in urlsplit(url).path else f"/{path}"


async def _source_map(site: Site, found: Scan, url: str, answer: Exchange, text: str) -> None:
    """The map that the script names, or, with consent, the one that lies beside it."""
    reference = answer.header("sourcemap") or answer.header("x-sourcemap") or ""
    comments = MAP_COMMENT.findall(text[-4000:])
    reference = reference or (comments[-1] if comments else "")
    if not reference and site.consent >= L2:
        reference = f"{_file(url)}.map"
    if not reference or reference.startswith("data:") or len(found.maps) >= MAX_MAPS:
        return
    address = urljoin(url, reference)
    if not _is_ours(found, address):
        return
    served = await _script(site, address)
    if isinstance(served, Exchange) and served.status == OK and not _is_html(served):
        _read_map(found, url, address, _text(served))


def _read_map(found: Scan, url: str, address: str, text: str) -> None:
    try:
        made = json.loads(text.removeprefix(")]}'"))
    except (ValueError, RecursionError):
        return
    if not isinstance(made, dict) or "mappings" not in made:
        return
    contents = [part for part in made.get("sourcesContent") or () if isinstance(part, str)]
    names = [str(name) for name in made.get("sources") or ()][:MAX_SOURCE_NAMES]
    hits = scan("\n".join(contents)[:MAX_SCRIPT_BYTES])
    secrets = tuple(FoundSecret(_plain(address), hit) for hit in hits)
    found.maps.append(FoundMap(_plain(address), _plain(url), bool(contents), tuple(names), secrets))
    found.byte_count += len(text)


def _served(site: Site, scans: list[Scan], unread: tuple[tuple[str, str], ...]) -> ServedCode:
    """The scans of all hosts as one."""
    partial = next((f"{scan.host}: {scan.partial}" for scan in scans if scan.partial), "")
    return ServedCode(
        domain=site.target.domain,
        hosts=tuple(scan.host for scan in scans),
        unread=unread,
        file_count=sum(scan.file_count for scan in scans),
        byte_count=sum(scan.byte_count for scan in scans),
        partial=partial,
        secrets=_each_once(scans),
        addresses=tuple(address for scan in scans for address in scan.addresses),
        unset=tuple(address for scan in scans for address in scan.unset),
        maps=tuple(found for scan in scans for found in scan.maps),
        direct_calls=tuple(sorted(set().union(*(scan.direct_calls for scan in scans)))),
        known_hosts=tuple(host.name for host in site.target.hosts),
    )


def _each_once(scans: Iterable[Scan]) -> tuple[FoundSecret, ...]:
    """The same credential in several files or hosts is one, where it was met first."""
    kept: dict[tuple[str, str], FoundSecret] = {}
    for found in scans:
        for secret in found.secrets:
            first = kept.setdefault(_identity(secret.hit), secret)
            hosts = tuple(dict.fromkeys((*first.hosts, found.host)))
            kept[_identity(secret.hit)] = replace(first, hosts=hosts)
    return tuple(kept.values())


def _identity(hit: SecretHit) -> tuple[str, str]:
    return (hit.rule, hit.fingerprint or hit.masked)


async def _error_pages(site: Site, host: str) -> None:
    """The host's answers to paths that can't exist, looked at for a debug page."""
    token = "lr-debug-1f4e9c"
    shown = ErrorPages(host)
    for path in (f"/{token}", f"/{token}%ff"):
        url = f"https://{host}{path}"
        answer = await _hop(site, url)
        if isinstance(answer, GatherFailure):
            site.seen.miss(ErrorPages, answer, subject=host)
            return
        framework, marker = debug_marker(answer.status, _text(answer))
        if framework:
            shown = ErrorPages(host, framework, marker, answer.status, url)
            break
    if not shown.framework:
        shown = await _development_server(site, shown)
    site.seen.add(shown, subject=host)


async def _development_server(site: Site, shown: ErrorPages) -> ErrorPages:
    """A development server shows itself on the start page too."""
    home = await _page(site, f"https://{shown.host}/")
    if isinstance(home, Exchange):
        framework, marker = debug_marker(home.status, _text(home))
        if framework:
            return ErrorPages(shown.host, framework, marker, home.status, home.url)
    return shown


async def _paths(site: Site, hosts: list[str]) -> None:
    """Sensitive paths, believed only by their content and against the host's baselines."""
    looked = await asyncio.gather(*(_probe(site, host) for host in hosts))
    read = [(host, found) for host, found in zip(hosts, looked, strict=True)
            if not isinstance(found, GatherFailure)]  # fmt: skip
    domain = site.target.domain
    if not read:
        why = next((found for found in looked if isinstance(found, GatherFailure)), NO_HOST)
        site.seen.miss(ServedPaths, why, subject=f"files of {domain}")
        return
    seen = ServedPaths(
        domain=domain,
        hosts=tuple(host for host, _ in read),
        unread=_unread(hosts, looked),
        env_files=tuple(env for _, (env, _git) in read if env is not None),
        git_folders=tuple(git for _, (_env, git) in read),
    )
    site.seen.add(seen, subject=f"files of {domain}")


async def _probe(site: Site, host: str) -> tuple[EnvFile | None, GitFolder] | GatherFailure:
    base = await baselines(site, host, extension="env")
    if isinstance(base, GatherFailure):
        return base
    env = await _env_file(site, host, base)
    git = await _git_folder(site, host, base)
    if isinstance(env, GatherFailure):
        return env
    return git if isinstance(git, GatherFailure) else (env, git)


async def _env_file(site: Site, host: str, base: HostBaseline) -> EnvFile | GatherFailure | None:
    for path in ENV_PATHS:
        answer = await _hop(site, f"https://{host}{path}")
        if isinstance(answer, GatherFailure):
            return answer
        if answer.status != OK or _is_html(answer) or base.looks_like_baseline(answer):
            continue
        names = ENV_LINE.findall(_text(answer))
        if len(names) >= ENV_MIN_LINES:
            return EnvFile(host, path, tuple(dict.fromkeys(names))[:20], len(names))
    return None


async def _git_folder(site: Site, host: str, base: HostBaseline) -> GitFolder | GatherFailure:
    head = await _hop(site, f"https://{host}/.git/HEAD")
    config = await _hop(site, f"https://{host}/.git/config")
    if isinstance(head, GatherFailure):
        return head
    if isinstance(config, GatherFailure):
        return config
    return GitFolder(
        host,
        is_head_served=_is_file(head, base) and bool(GIT_HEAD.match(_text(head))),
        is_config_served=_is_file(config, base) and "[core]" in _text(config),
        is_forbidden=FORBIDDEN in {head.status, config.status},
    )


def _is_file(answer: Exchange, base: HostBaseline) -> bool:
    return (
        answer.status == OK
        and not base.looks_like_baseline(answer)
        and "<html" not in _text(answer)[:2000].lower()
    )


def _is_ours(found: Scan, url: str) -> bool:
    """Same site, and http(s): a vendor's script is the vendor's."""
    return url.startswith(("https://", "http://")) and is_within(_host(url), found.domain)


def _is_html(answer: Exchange) -> bool:
    kind = (answer.header("content-type") or "").lower()
    return "html" in kind or _text(answer)[:200].lstrip().lower().startswith(("<!doctype", "<html"))


def _text(answer: Exchange) -> str:
    return answer.body.decode("utf-8", "replace")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _plain(url: str) -> str:
    """The URL without query and fragment, as evidence names it."""
    return url.partition("#")[0].partition("?")[0]


def _file(url: str) -> str:
    return _plain(url).rpartition("/")[2] or url


FAMILIES = (
    Family(
        name="exposure",
        title="Keys and addresses in what is served",
        provides=(ServedCode, ErrorPages, ServedPaths),
        gather=gather_exposure,
        consent=1,
        limit=timedelta(seconds=40),
    ),
)
