"""What a cache may do with one answer, and what a cache in front of it did. Pure.

Source: RFC 9111 (storing in section 3, freshness in section 4.2), RFC 9213 (fields for one
kind of cache), RFC 9211 (Cache-Status).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from audits.observations.answers import Answer
from audits.observations.http_dates import read_http_date

HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
NEVER_STORED = frozenset({206, 304})
FIRST_FINAL = 200
UNDERSTOOD = HEURISTIC | {302, 303, 307, 400, 401, 403, 500, 502, 503, 504}
HEURISTIC_SHARE = 0.1
LONGEST_LIFETIME_SECONDS = 2**31
MAX_DIRECTIVES = 200
# The nearer a field is to one cache, the more it weighs there (RFC 9213 section 2.2).
VENDOR_FIELDS = (
    "cloudflare-cdn-cache-control",
    "vercel-cdn-cache-control",
    "netlify-cdn-cache-control",
    "surrogate-control",
)
TARGETED_FIELDS = (*VENDOR_FIELDS, "cdn-cache-control")
DIRECTIVE = re.compile(
    r"([A-Za-z0-9_-]{1,60})\s*"
    r"""(?:=\s*(?:"([^"]{0,500})"|([^,;"\s]{0,500})))?"""
)

type Directives = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Caching:
    """What a shared and a private cache may do with an answer.

    `fresh_…_seconds` is how long it may still be used without asking again, its age already
    taken off. `is_explicit` says that the answer itself names a lifetime; `must_ask` that
    every use asks first (`no-cache`). `reasons` are short slugs of what decided.
    """

    is_stored_shared: bool
    is_stored_private: bool
    fresh_shared_seconds: float
    fresh_private_seconds: float
    is_explicit: bool
    must_ask: bool
    reasons: tuple[str, ...] = ()


class Layer(StrEnum):
    """What a cache in front of the application says it did."""

    HIT = "hit"
    MISS = "miss"
    BYPASS = "bypass"
    SILENT = "silent"


HITS = ["hit", "stale", "revalidated", "updating", "prerender", "refresh_hit", "refreshhit"]
LAYER_WORDS = {
    Layer.HIT: frozenset(HITS),
    Layer.MISS: frozenset({"miss", "expired"}),
    Layer.BYPASS: frozenset({"bypass", "dynamic", "none", "pass", "uncacheable", "error"}),
}
# The vendor's own field first: a second cache behind it may say something else.
LAYER_FIELDS = ("cf-cache-status", "x-vercel-cache", "x-nextjs-cache", "x-cache", "x-cache-status")


def read_directives(lines: Iterable[str]) -> dict[str, str | None]:
    """The directives of all `lines` of one field, names in lower case, values unquoted.

    One that stands twice counts with its more restrictive value; what can't be read is
    passed over (RFC 9111 section 5.2: unknown directives are ignored).
    """
    found: dict[str, str | None] = {}
    for line in lines:
        for match in islice(DIRECTIVE.finditer(line), MAX_DIRECTIVES):
            name, value = match[1].lower(), match[2] if match[2] is not None else match[3]
            found[name] = _stricter(found[name], value) if name in found else value
    return found


def _stricter(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return None
    return min(one, other, key=_seconds)


def _seconds(value: str | None) -> int:
    """A lifetime in seconds; what is no number counts as 0, stale (RFC 9111 section 4.2.1)."""
    if value is None or not value.isascii() or not value.isdecimal():
        return 0
    return min(int(value[:12]), LONGEST_LIFETIME_SECONDS)


def caching_of(
    answer: Answer, *, received_at: datetime, method: str = "GET", is_authorised: bool = False
) -> Caching:
    """What caches may do with `answer` to a request of `method`.

    `is_authorised` says that the request carried Authorization; `received_at` stands in
    for a missing Date (RFC 9110 section 6.6.1).
    """
    own = read_directives(answer.header_all("cache-control"))
    if not own and "no-cache" in answer.tokens("pragma"):
        own = {"no-cache": None}
    shared, is_targeted = _for_shared(answer, own)
    never = _never(answer, method)
    age = age_of(answer) or 0
    private_life = _lifetime(answer, own, received_at, is_shared=False)
    shared_life = _lifetime(answer, shared, received_at, is_shared=True, is_targeted=is_targeted)
    why_private = never or _why_not(answer, own, private_life)
    why_shared = never or _why_not_shared(answer, shared, shared_life, is_authorised)
    return Caching(
        is_stored_shared=not why_shared,
        is_stored_private=not why_private,
        fresh_shared_seconds=0.0 if why_shared else _left(shared, shared_life, age),
        fresh_private_seconds=0.0 if why_private else _left(own, private_life, age),
        is_explicit=_is_explicit(answer, own) or is_targeted,
        must_ask="no-cache" in own and "no-cache" in shared,
        reasons=tuple(dict.fromkeys(filter(None, (why_shared, why_private)))),
    )


def age_of(answer: Answer) -> int | None:
    """The first member of Age in seconds (RFC 9111 section 5.1); None where there is none."""
    first = (answer.header("age") or "").partition(",")[0].strip()
    return _seconds(first) if first else None


def layer_of(answer: Answer) -> tuple[Layer, str]:
    """What the nearest cache says it did, with the field and value that say so."""
    for name in LAYER_FIELDS:
        value = answer.header(name)
        if value:
            # "MISS, HIT": the last cache is the one that answered us.
            layer = _layer(value.rpartition(",")[2])
            if layer is not Layer.SILENT:
                return layer, f"{name}: {value}"[:200]
    status = answer.header_all("cache-status")
    if status:
        return _cache_status(", ".join(status))
    age = age_of(answer)
    return (Layer.HIT, f"age: {age}") if age else (Layer.SILENT, "")


def _layer(value: str) -> Layer:
    word = value.strip().lower().partition(" ")[0].replace("-", "_")
    if word.startswith("tcp_"):
        word = word.removeprefix("tcp_")
    for layer, words in LAYER_WORDS.items():
        if word in words or (layer is Layer.HIT and word.endswith("_hit")):
            return layer
    return Layer.SILENT


def _cache_status(line: str) -> tuple[Layer, str]:
    """RFC 9211: the last member is the cache nearest to us."""
    member = line.rpartition(",")[2].strip().lower()
    said = f"cache-status: {member}"[:200]
    if re.search(r";\s*hit\b(?!\s*=\s*\?0)", member):
        return Layer.HIT, said
    if re.search(r";\s*fwd\s*=\s*(?:uri-miss|vary-miss|miss|stale|partial)", member):
        return Layer.MISS, said
    return (Layer.BYPASS, said) if "fwd" in member else (Layer.SILENT, said)


def _for_shared(answer: Answer, own: Directives) -> tuple[Directives, bool]:
    """The directives that a CDN obeys, and whether a field meant for it alone says them."""
    for name in TARGETED_FIELDS:
        found = read_directives(answer.header_all(name))
        if found:
            return found, True
    return own, False


def _never(answer: Answer, method: str) -> str:
    """Why nobody may store this, whatever the answer says; "" where somebody might."""
    if method not in {"GET", "HEAD"}:
        return "method"
    if answer.status < FIRST_FINAL or answer.status in NEVER_STORED:
        return "status"
    return "vary_star" if "*" in answer.tokens("vary") else ""


def _why_not(answer: Answer, said: Directives, lifetime: float | None) -> str:
    """Why a private cache may not store it (RFC 9111 section 3)."""
    understands = "must-understand" in said and answer.status in UNDERSTOOD
    if "no-store" in said and not understands:
        return "no_store"
    if lifetime is None and "public" not in said and "private" not in said:
        return "no_lifetime"
    return ""


def _why_not_shared(
    answer: Answer, said: Directives, lifetime: float | None, is_authorised: bool
) -> str:
    if "private" in said:
        return "private"
    # RFC 9111 section 3.5: an answer to a signed-in request needs one of these.
    if is_authorised and not {"public", "must-revalidate", "s-maxage"} & set(said):
        return "authorization"
    return _why_not(answer, said, lifetime)


def _is_explicit(answer: Answer, said: Directives) -> bool:
    names = {"max-age", "s-maxage", "no-store", "no-cache"}
    return bool(names & set(said)) or answer.header("expires") is not None


def _lifetime(
    answer: Answer,
    said: Directives,
    received_at: datetime,
    *,
    is_shared: bool,
    is_targeted: bool = False,
) -> float | None:
    """Seconds that the answer is fresh from its making; None where nobody may even guess.

    s-maxage before max-age before Expires before the guess of a tenth of its last quiet
    time (RFC 9111 sections 4.2.1 and 4.2.2). A targeted field overrules Expires.
    """
    if is_shared and "s-maxage" in said:
        return float(_seconds(said["s-maxage"]))
    if "max-age" in said:
        return float(_seconds(said["max-age"]))
    made = read_http_date(answer.header("date") or "", now=received_at) or received_at
    expires = answer.header("expires")
    if expires is not None and not is_targeted:
        ends = read_http_date(expires, now=received_at)
        return max(0.0, (ends - made).total_seconds()) if ends else 0.0
    if answer.status not in HEURISTIC and "public" not in said:
        return None
    changed = read_http_date(answer.header("last-modified") or "", now=received_at)
    return max(0.0, (made - changed).total_seconds() * HEURISTIC_SHARE) if changed else 0.0


def _left(said: Directives, lifetime: float | None, age: int) -> float:
    if lifetime is None or "no-cache" in said:
        return 0.0
    return max(0.0, lifetime - age)
