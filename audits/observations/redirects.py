"""Where an address leads, hop by hop, and what that says about a host. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from audits.observations.answers import host_of, origin_of, scheme_of
from audits.observations.names import is_within
from audits.observations.target import HostKind

DEEP_PATH = "/deep?x=1"


class ChainEnd(StrEnum):
    """How a walk along redirects ended. UNKNOWN alone is no fact about the far side."""

    ANSWERED = "answered"
    LOOP = "loop"
    TOO_LONG = "too_long"
    LEFT = "left"
    REFUSED = "refused"
    UNTRUSTED = "untrusted"
    TLS_FAILED = "tls_failed"
    NO_NAME = "no_name"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One answer on the way. `location` is absolute, "" where the answer is no redirect."""

    url: str
    status: int
    location: str = ""
    is_cloudflare: bool = False

    @property
    def is_downgrade(self) -> bool:
        return scheme_of(self.url) == "https" and scheme_of(self.location) == "http"

    @property
    def is_canonicalising(self) -> bool:
        """True where only scheme, host or the final slash change: no login, no landing page."""
        if not self.location:
            return False
        here, there = _path(self.url), _path(self.location)
        return here.rstrip("/") == there.rstrip("/") and self.url != self.location

    def changes_origin_within(self, domain: str) -> bool:
        """True where scheme or host change and the visitor stays under `domain`."""
        is_inside = is_within(host_of(self.location), domain)
        return is_inside and origin_of(self.url) != origin_of(self.location)


@dataclass(frozen=True, slots=True)
class Chain:
    """A walk from `start`: every answer in order, and how it ended.

    `note` is the reason in a sentence where no answer came; `simhash` is of the last
    body where its status was 2xx; `is_cookie_gated` says that the walk went round in a
    circle until cookies were sent back.
    """

    start: str
    steps: tuple[Step, ...]
    end: ChainEnd
    note: str = ""
    simhash: int = 0
    is_cookie_gated: bool = False

    @property
    def redirects(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.location)

    @property
    def last(self) -> Step | None:
        return self.steps[-1] if self.steps else None

    @property
    def is_served(self) -> bool:
        """True where the walk ended at a page with a status below 400."""
        return self.end is ChainEnd.ANSWERED and bool(self.last) and self.final_status < 400  # noqa: PLR2004 - RFC 9110 section 15

    @property
    def final_status(self) -> int:
        return self.last.status if self.last else 0

    @property
    def final_origin(self) -> str:
        return origin_of(self.last.url) if self.last else ""


@dataclass(frozen=True, slots=True)
class HostRedirects:
    """The walks of one host. The deep ones start at `DEEP_PATH`, None where not walked."""

    host: str
    kind: HostKind
    domain: str
    http_root: Chain
    https_root: Chain
    http_deep: Chain | None = None
    https_deep: Chain | None = None

    @property
    def chains(self) -> tuple[Chain, ...]:
        walked = (self.http_root, self.https_root, self.http_deep, self.https_deep)
        return tuple(chain for chain in walked if chain is not None)


@dataclass(frozen=True, slots=True)
class RedirectMatrix:
    """{http, https} × {apex, www} × {/, deep} of one domain.

    `is_www_expected` is False where the product lives below a registrable domain: nobody
    types www.app.example.com.
    """

    domain: str
    roots: tuple[Chain, ...]
    deeps: tuple[Chain, ...]
    is_www_expected: bool = True


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """The walk from a declared API route, or from the root of an API host."""

    url: str
    method: str
    chain: Chain


@dataclass(frozen=True, slots=True)
class DefaultHost:
    """What the server at `address` answers to a host name that was never meant for it.

    `status` is None where the handshake or the connection failed, which is the best
    answer of all; `is_app` says that the answer is the app's own page.
    """

    domain: str
    address: str
    status: int | None
    is_app: bool = False
    note: str = ""


def keeps_path(step: Step) -> bool:
    """False where a hop throws a deep path away: it lands on the root page."""
    return _path(step.url) in {"", "/"} or _path(step.location) not in {"", "/"}


def keeps_query(step: Step) -> bool:
    """False where a hop keeps the path and loses a query parameter."""
    here, there = (set(parse_qs(urlsplit(u).query)) for u in (step.url, step.location))
    return not step.is_canonicalising or here <= there


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
