"""Read the code that browsers receive: pages, scripts, chunks, source maps.

Caps: 15 pages, 60 scripts of 5 MB, 10 maps, 40 MB in all; what was left out is said, since
an incomplete scan must not pass. Source: automation specification, section 2.7.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from accounts.guard.exchange import Exchange
from audits.gather.baseline import unchallenged
from audits.gather.lenient import UNTRUSTED, is_html, lenient_page, unverified
from audits.gather.site import MAX_SCRIPT_BYTES, Site
from audits.observations.answers import host_of
from audits.observations.build_signs import development_signs, sandbox_signs
from audits.observations.code_addresses import Reading, read_code, read_markup
from audits.observations.exposure import FoundAddress, FoundMap, FoundSecret, ServedCode
from audits.observations.names import is_within, registrable_domain
from audits.observations.pages import PageFacts, read_page
from audits.observations.secret_scan import SecretHit, scan
from audits.observations.seen import FailureKind, GatherFailure

MAX_PAGES = 15
MAX_SCRIPTS = 60
MAX_MAPS = 10
MAX_TOTAL_BYTES = 40 * 1024 * 1024
MAX_CHUNK_ROUNDS = 2
MAX_SOURCE_NAMES = 12
OK = 200
L2 = 2
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
    development: set[tuple[str, str]] = field(default_factory=set)
    sandboxes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return self.byte_count >= MAX_TOTAL_BYTES

    def read_text(self, file: str, text: str) -> None:
        """Scan one file for secrets and for calls that carry one."""
        self.file_count += 1
        self.byte_count += len(text)
        self.secrets += [FoundSecret(file, hit) for hit in scan(text)]
        self.development |= {(words, file) for words in development_signs(text)}
        self.sandboxes |= {(words, file) for words in sandbox_signs(text)}
        for vendor, call in VENDOR_CALLS.items():
            if call.search(text) and BUNDLED_BEARER.search(text):
                self.direct_calls.add(vendor)

    def read_addresses(self, reading: Reading) -> None:
        self.addresses += reading.addresses
        self.unset += reading.unset

    def cut(self, why: str) -> None:
        """Remember the first reason why something was left out."""
        self.partial = self.partial or why


async def gather_code(site: Site, hosts: list[str]) -> None:
    """Read the code of every host; the product is a miss only where none could be read."""
    domain = site.target.domain
    scans = await asyncio.gather(*(_read_host(site, host) for host in hosts))
    read = [found for found in scans if isinstance(found, Scan)]
    unread = unread_of(hosts, scans)
    if not read:
        why = next((scan for scan in scans if isinstance(scan, GatherFailure)), NO_HOST)
        site.seen.miss(ServedCode, why, subject=f"code of {domain}")
        return
    site.seen.add(_served(site, read, unread), subject=f"code of {domain}")


NO_HOST = GatherFailure(FailureKind.NOT_APPLICABLE, "No host of this product shows pages.")


def unread_of(hosts: Iterable[str], looked: Iterable[object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (host, found.message)
        for host, found in zip(hosts, looked, strict=True)
        if isinstance(found, GatherFailure)
    )


async def _read_host(site: Site, host: str) -> Scan | GatherFailure:
    home = await lenient_page(site, f"https://{host}/")
    if isinstance(home, GatherFailure):
        return home
    found = Scan(host, registrable_domain(host) or host)
    pages = await _pages(site, found, home)
    await _scripts(site, found, pages)
    return found


async def _pages(site: Site, found: Scan, home: Exchange) -> list[PageFacts]:
    """The start page and the pages of sign-in and declared routes on the same host."""
    first = _read_page(found, home)
    wanted = [url for url in first.anchors if host_of(url) == found.host and SIGN_IN.search(url)]
    wanted += [
        route.url
        for route in site.target.routes
        if route.method == "GET" and host_of(route.url) == found.host
    ]
    pages = [first]
    for url in list(dict.fromkeys(_plain(url) for url in wanted))[: MAX_PAGES - 1]:
        if url in found.seen:
            continue
        answer = await lenient_page(site, url)
        if isinstance(answer, Exchange) and is_html(answer):
            pages.append(_read_page(found, answer))
    return pages


def _read_page(found: Scan, answer: Exchange) -> PageFacts:
    url = _plain(answer.url)
    found.seen.add(url)
    text = answer.text
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
        ("hashed script", urlsplit(url).path if is_hashed else url),
        lambda: site.script(url),
    )
    if isinstance(answer, GatherFailure) and answer.code == UNTRUSTED:
        return await unverified(site, url, answer, follow=5)
    return unchallenged(site, answer)


async def _read_script(site: Site, found: Scan, url: str, answer: Exchange) -> list[str]:
    """Scan one script and its source map; return the chunks that it names."""
    if answer.status != OK or is_html(answer):
        return []
    if answer.is_truncated:
        found.cut(f"{_file(url)} is larger than {MAX_SCRIPT_BYTES >> 20} MB")
    text = answer.text
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
    if isinstance(served, Exchange) and served.status == OK and not is_html(served):
        _read_map(found, url, address, served.text)


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
        development_signs=tuple(sorted(set().union(*(scan.development for scan in scans)))),
        sandbox_signs=tuple(sorted(set().union(*(scan.sandboxes for scan in scans)))),
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


def _is_ours(found: Scan, url: str) -> bool:
    """Same site, and http(s): a vendor's script is the vendor's."""
    return url.startswith(("https://", "http://")) and is_within(host_of(url), found.domain)


def _plain(url: str) -> str:
    """The URL without query and fragment, as evidence names it."""
    return url.partition("#")[0].partition("?")[0]


def _file(url: str) -> str:
    return _plain(url).rpartition("/")[2] or url
