"""What a product gives away in what it serves: code, addresses, files, debug pages.

The raw text is scanned while it is gathered; here stand only masked hits and short quotes.
"""

from dataclasses import dataclass
from enum import StrEnum

from audits.observations.secret_scan import SecretHit


class Use(StrEnum):
    """How an address stands in code: sent to, behind a development branch, or just there."""

    REQUEST = "request"
    CALLBACK = "callback"
    DEV_BRANCH = "dev_branch"
    ASSET = "asset"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A hit, the file in which it was met first (URL without query), and every such host."""

    file: str
    hit: SecretHit
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address in code or markup, its host, how it is used, and a short redacted quote."""

    file: str
    url: str
    host: str
    use: Use
    quote: str


@dataclass(frozen=True, slots=True)
class FoundMap:
    """A source map that was served: which sources it names and whether it holds their text."""

    url: str
    of: str
    has_sources: bool
    source_names: tuple[str, ...]
    secrets: tuple[FoundSecret, ...] = ()


@dataclass(frozen=True, slots=True)
class ServedCode:
    """Everything scanned of one product: pages, scripts, JSON islands, source maps.

    One app often answers on several hosts: it is read on each and seen as one. `unread`
    are the hosts that could not be read, with the reason; `partial` says why a scan is
    incomplete, "" where it is whole. `direct_calls` are model vendors that the browser
    calls itself with a bundled value; `known_hosts` the product's own intended hosts. The
    signs are (what, file): of a build for development, and of services in test mode.
    """

    domain: str
    hosts: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    file_count: int
    byte_count: int
    partial: str
    secrets: tuple[FoundSecret, ...]
    addresses: tuple[FoundAddress, ...]
    unset: tuple[FoundAddress, ...]
    maps: tuple[FoundMap, ...]
    direct_calls: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    development_signs: tuple[tuple[str, str], ...] = ()
    sandbox_signs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One environment file that a host serves. Only names of variables are kept."""

    host: str
    path: str
    names: tuple[str, ...]
    line_count: int


@dataclass(frozen=True, slots=True)
class GitFolder:
    """What one host serves below `/.git`."""

    host: str
    is_head_served: bool
    is_config_served: bool
    is_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class ServedPaths:
    """Sensitive paths of every host of one product; `unread` hosts could not be asked."""

    domain: str
    hosts: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    env_files: tuple[EnvFile, ...] = ()
    git_folders: tuple[GitFolder, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """What the host shows for a path that can't exist: the marker of a debug page, if any."""

    host: str
    framework: str = ""
    marker: str = ""
    status: int = 0
    url: str = ""
