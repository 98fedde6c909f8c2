"""How quickly a product answers and how much it sends. Pure.

Times are milliseconds on a monotonic clock, sizes bytes as they came over the wire.
"""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from audits.observations.answers import Answer, host_of
from audits.observations.names import registrable_domain
from audits.observations.pages import SCRIPT_TYPES, absolute

MAX_LOADS = 400
TEXT_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
WORTH_COMPRESSING_BYTES = 1024
SLOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: its status and the phases. 0 as status means that no answer came.

    `total_ms` spans all of them and the body; `is_cached` that a cache in front said so.
    """

    status: int
    dns_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
    is_cached: bool = False

    @property
    def ttfb_ms(self) -> float:
        """Until the first byte, the way there included, as web.dev counts it."""
        return self.dns_ms + self.connect_ms + self.tls_ms + self.first_byte_ms

    @property
    def setup_ms(self) -> float:
        return self.dns_ms + self.connect_ms + self.tls_ms


@dataclass(frozen=True, slots=True)
class QuickLook:
    """A few requests of one page or route, one after the other; the first stands apart."""

    url: str
    cold: Sample
    warm: tuple[Sample, ...]
    is_home: bool = False


@dataclass(frozen=True, slots=True)
class SizedFile:
    """One answer to a request that offered `br`, `zstd` and `gzip`."""

    url: str
    answer: Answer
    wire_bytes: int

    @property
    def coding(self) -> str:
        return ",".join(self.answer.tokens("content-encoding")) or "identity"

    @property
    def is_text(self) -> bool:
        kind = self.answer.media_type
        return kind.startswith(TEXT_TYPES) or kind.endswith(("+json", "+xml"))


@dataclass(frozen=True, slots=True)
class Compression:
    """What one host's pages, routes and files come packed in."""

    host: str
    files: tuple[SizedFile, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file that the first view loads. `wire_bytes` None: not measured."""

    url: str
    kind: str
    wire_bytes: int | None
    is_third_party: bool = False
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """What the start page makes a browser load before anything is clicked."""

    url: str
    html_bytes: int
    files: tuple[Loaded, ...]

    def sum_bytes(self, *kinds: str) -> int:
        """The measured bytes of these kinds; of everything, the page itself too, where none."""
        wanted = (one for one in self.files if not kinds or one.kind in kinds)
        return sum(one.wire_bytes or 0 for one in wanted) + (0 if kinds else self.html_bytes)

    @property
    def unmeasured(self) -> tuple[Loaded, ...]:
        return tuple(one for one in self.files if one.wire_bytes is None)


def read_loads(url: str, html: str | bytes) -> tuple[Loaded, ...]:
    """The scripts, styles, preloaded fonts and eager pictures that the page at `url` names.

    A script blocks where it stands in the head with neither `async`, `defer` nor
    `type=module` (WHATWG HTML section 4.12.1). `srcset` is left out: which one a browser
    takes isn't known here.
    """
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else html
    tree = LexborHTMLParser(text)
    base = _attribute(tree.css_first("base[href]"), "href")
    here = absolute(url, base) if base else url
    found = [
        *_scripts(tree, here),
        *_linked(tree, here, 'link[rel~="stylesheet"][href]', "style"),
        *_linked(tree, here, 'link[rel~="preload"][as="font"][href]', "font"),
        *_pictures(tree, here),
    ]
    by_url = {one[0]: one for one in reversed(found) if one[0].startswith(("https:", "http:"))}
    loads = [by_url[one[0]] for one in found if by_url.get(one[0]) is one][:MAX_LOADS]
    return tuple(
        Loaded(address, kind, None, is_third_party(url, address), is_blocking)
        for address, kind, is_blocking in loads
    )


def is_third_party(page_url: str, url: str) -> bool:
    """Whether `url` belongs to another registrable domain than the page."""
    own, other = host_of(page_url), host_of(url)
    return (registrable_domain(own) or own) != (registrable_domain(other) or other)


type Load = tuple[str, str, bool]


def _scripts(tree: LexborHTMLParser, base: str) -> list[Load]:
    in_head = {node.mem_id for node in tree.css("head script[src]")}
    return [
        (absolute(base, _attribute(node, "src")), "script", node.mem_id in in_head and _waits(node))
        for node in tree.css("script[src]")[:MAX_LOADS]
        if _attribute(node, "type").lower() in SCRIPT_TYPES and "nomodule" not in node.attributes
    ]


def _waits(node: LexborNode) -> bool:
    names = node.attributes
    is_module = _attribute(node, "type").lower() == "module"
    return not ("async" in names or "defer" in names or is_module)


def _linked(tree: LexborHTMLParser, base: str, selector: str, kind: str) -> list[Load]:
    nodes = tree.css(selector)[:MAX_LOADS]
    return [(absolute(base, _attribute(node, "href")), kind, False) for node in nodes]


def _pictures(tree: LexborHTMLParser, base: str) -> list[Load]:
    return [
        (absolute(base, _attribute(node, "src")), "picture", False)
        for node in tree.css("img[src]")[:MAX_LOADS]
        if _attribute(node, "loading").lower() != "lazy"
    ]


def _attribute(node: LexborNode | None, name: str) -> str:
    return ((node.attributes.get(name) if node else None) or "").strip()
