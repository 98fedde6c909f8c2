"""Strict-Transport-Security as browsers read it, and how far it reaches. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_LIFETIME_SECONDS = 10**9
DIRECTIVE = re.compile(r'^([!#$%&\'*+.^_`|~\w-]+)(?:\s*=\s*("[^"]*"|[^\s"]+))?$')


@dataclass(frozen=True, slots=True)
class HstsPolicy:
    """One header, read. `error` says why browsers ignore it; then the rest is empty."""

    max_age: timedelta = timedelta(0)
    includes_subdomains: bool = False
    has_preload: bool = False
    error: str = ""

    @property
    def is_on(self) -> bool:
        return not self.error and bool(self.max_age)


def read_hsts(value: str) -> HstsPolicy:
    """Read one Strict-Transport-Security value. Source: RFC 6797 section 6.1.

    A directive twice, a missing or unreadable max-age: the whole header is invalid.
    """
    names: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in value.split(";"))):
        match = DIRECTIVE.match(part)
        if match is None:
            return HstsPolicy(error=f"{part[:80]!r} is no directive")
        name = match[1].lower()
        if name in names:
            return HstsPolicy(error=f"{name} appears twice")
        names[name] = (match[2] or "").strip('"')
    if not names.get("max-age", "").isdecimal():
        return HstsPolicy(error="no readable max-age")
    seconds = min(int(names["max-age"][:12]), MAX_LIFETIME_SECONDS)
    return HstsPolicy(timedelta(seconds=seconds), "includesubdomains" in names, "preload" in names)


@dataclass(frozen=True, slots=True)
class HstsSighting:
    """The header of one answer: `values` in the order they came, of which the first counts."""

    url: str
    status: int
    values: tuple[str, ...] = ()

    @property
    def policy(self) -> HstsPolicy | None:
        return read_hsts(self.values[0]) if self.values else None


@dataclass(frozen=True, slots=True)
class TransportSecurity:
    """Every answer of one host on the way to its page, over https and over http."""

    host: str
    https: tuple[HstsSighting, ...]
    http: tuple[HstsSighting, ...] = ()


class HttpsState(StrEnum):
    """Whether a browser that insists on https could open a host."""

    VALID = "valid"
    UNTRUSTED = "untrusted"
    HTTP_ONLY = "http_only"
    NO_WEB = "no_web"
    NO_NAME = "no_name"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HostHttps:
    """One known host and its https; `note` is what was met where it is not valid."""

    host: str
    state: HttpsState
    note: str = ""


@dataclass(frozen=True, slots=True)
class HstsScope:
    """All HSTS headers under one domain, beside the https of every known host there.

    `first_http_hop` is where http://domain/ leads first: "" where port 80 is closed or
    no redirect comes; None where it could not be seen.
    """

    domain: str
    sightings: tuple[HstsSighting, ...]
    hosts: tuple[HostHttps, ...]
    first_http_hop: str | None = None
    is_port_80_closed: bool = False
