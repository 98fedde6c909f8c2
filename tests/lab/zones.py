"""The lab's zones: records as data, and how a name is looked up in one of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import dns.name
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from tests.lab.signing import Signer

type Record = tuple[str, str, tuple[str, ...], int]  # name, type, values, TTL in seconds

TXT_STRING_LIMIT_BYTES = 255
DEFAULT_TTL_SECONDS = 300


def quoted(text: str) -> str:
    """`text` as TXT presentation, split into strings of at most 255 bytes; kept if quoted."""
    if text.startswith('"'):
        return text
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    pieces = [
        safe[start : start + TXT_STRING_LIMIT_BYTES]
        for start in range(0, len(safe), TXT_STRING_LIMIT_BYTES)
    ]
    return " ".join(f'"{piece}"' for piece in pieces or [""])


def plain(name: str) -> str:
    """A name as the lab keeps it: lower case, without the final dot; the root is ''."""
    return name.lower().rstrip(".")


def parents(name: str) -> Iterable[str]:
    """`name` and every name above it, the root last."""
    while name:
        yield name
        name = name.partition(".")[2]
    yield ""


def is_within(name: str, origin: str) -> bool:
    """True where `name` is `origin` or lies below it."""
    return not origin or name == origin or name.endswith(f".{origin}")


class Ending(Enum):
    """How a look into one zone ended."""

    FOUND = "found"
    ALIAS = "alias"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True)
class Found:
    """What one zone says about a name; `records` are the answer, or the referral's NS."""

    ending: Ending
    records: tuple[dns.rrset.RRset, ...] = ()

    @property
    def target(self) -> str:
        return plain(str(self.records[-1][0].target))


@dataclass
class Zone:
    """One zone. Every change takes effect with the next question, from any thread."""

    origin: str
    is_dead: bool = False
    signer: Signer | None = None
    records: dict[tuple[str, str], dns.rrset.RRset] = field(default_factory=dict)
    _names: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replace(self, name: str, rtype: str, *values: str, ttl: int = DEFAULT_TTL_SECONDS) -> None:
        """Make `values` the whole set of `rtype` at `name`; TXT values may be plain text."""
        with self._lock:
            changed = dict(self.records)
            changed[plain(name), rtype] = as_set(name, rtype, values, ttl)
            self._store(changed)

    def add(self, name: str, rtype: str, *values: str, ttl: int = DEFAULT_TTL_SECONDS) -> None:
        """Add `values` beside what stands at `name`."""
        with self._lock:
            changed = dict(self.records)
            new = as_set(name, rtype, values, ttl)
            old = changed.get((plain(name), rtype))
            changed[plain(name), rtype] = joined(new, old)
            self._store(changed)

    def remove(self, name: str, rtype: str = "") -> None:
        """Take away the set of `rtype` at `name`, or everything at `name`."""
        with self._lock:
            self._store(
                {
                    key: value
                    for key, value in self.records.items()
                    if key[0] != plain(name) or (rtype and key[1] != rtype)
                }
            )

    def settle(self, name: str, records: Iterable[Record]) -> None:
        """Exchange everything that stands at `name` itself, in one step."""
        new = {
            (plain(owner), rtype): as_set(owner, rtype, values, ttl)
            for owner, rtype, values, ttl in records
        }
        with self._lock:
            kept = {key: value for key, value in self.records.items() if key[0] != plain(name)}
            self._store({**kept, **new})

    def load(self, records: Iterable[Record]) -> None:
        """Exchange the whole content."""
        changed: dict[tuple[str, str], dns.rrset.RRset] = {}
        for name, rtype, values, ttl in records:
            new = as_set(name, rtype, values, ttl)
            changed[plain(name), rtype] = joined(new, changed.get((plain(name), rtype)))
        with self._lock:
            self._store(changed)

    def _store(self, records: dict[tuple[str, str], dns.rrset.RRset]) -> None:
        self._names = frozenset(
            above for name, _ in records for above in parents(name) if is_within(above, self.origin)
        )
        self.records = records

    def get(self, name: str, rtype: str) -> dns.rrset.RRset | None:
        return self.records.get((name, rtype))

    @property
    def soa(self) -> dns.rrset.RRset | None:
        return self.get(self.origin, "SOA")

    def find(self, name: str, rtype: str) -> Found:
        """What this zone answers for `name` and `rtype` (RFC 1034 section 4.3.2)."""
        cut = self._cut_above(name, rtype)
        if cut is not None:
            return Found(Ending.REFERRAL, (cut,))
        owner = name if name in self._names else self._wildcard_for(name)
        if owner is None:
            return Found(Ending.NXDOMAIN)
        for wanted, ending in ((rtype, Ending.FOUND), ("CNAME", Ending.ALIAS)):
            records = self.get(owner, wanted)
            if records is not None:
                return Found(ending, (renamed(records, name),))
        return Found(Ending.NODATA)

    def _cut_above(self, name: str, rtype: str) -> dns.rrset.RRset | None:
        for above in reversed([each for each in parents(name) if is_within(each, self.origin)]):
            if above == self.origin or (rtype == "DS" and above == name):
                continue
            delegation = self.get(above, "NS")
            if delegation is not None:
                return delegation
        return None

    def _wildcard_for(self, name: str) -> str | None:
        """The wildcard of the closest encloser (RFC 4592 section 3.3.1), where one stands."""
        encloser = next(each for each in parents(name) if each in self._names or not each)
        wildcard = f"*.{encloser}" if encloser else "*"
        return wildcard if wildcard in self._names else None


def as_set(name: str, rtype: str, values: Iterable[str], ttl: int) -> dns.rrset.RRset:
    """One RRset; names inside the values are absolute whether they end in a dot or not."""
    texts = [quoted(value) if rtype == "TXT" else value for value in values]
    owner = dns.name.from_text(plain(name) or ".")
    return dns.rrset.from_text_list(
        owner, ttl, "IN", rtype, texts, origin=dns.name.root, relativize=False
    )


def joined(new: dns.rrset.RRset, old: dns.rrset.RRset | None) -> dns.rrset.RRset:
    """A set with the records of both, the TTL of the new one."""
    for record in old or ():
        new.add(record)
    return new


def renamed(records: dns.rrset.RRset, name: str) -> dns.rrset.RRset:
    """The set under the name that was asked for; differs from its own below a wildcard."""
    if plain(str(records.name)) == name:
        return records
    return dns.rrset.from_rdata_list(dns.name.from_text(name), records.ttl, list(records))


class Zones:
    """All zones of the lab by origin."""

    def __init__(self) -> None:
        self._by_origin: dict[str, Zone] = {}

    def __iter__(self) -> Iterator[Zone]:
        return iter(self._by_origin.values())

    def __getitem__(self, origin: str) -> Zone:
        return self._by_origin[plain(origin)]

    def __contains__(self, origin: str) -> bool:
        return plain(origin) in self._by_origin

    def make(self, origin: str) -> Zone:
        """The zone at `origin`, made where there is none yet."""
        return self._by_origin.setdefault(plain(origin), Zone(plain(origin)))

    def drop(self, origin: str) -> None:
        self._by_origin.pop(plain(origin), None)

    def deepest(self, name: str, *, is_above: bool = False) -> Zone | None:
        """The zone closest to `name`; with `is_above` never the one that starts there."""
        for above in parents(name):
            if above in self._by_origin and not (is_above and above == name):
                return self._by_origin[above]
        return None
