"""DNS answers as plain facts, for engines that are told answers instead of asking. Pure.

An engine such as `walk_spf` is a function of the answers known so far: it returns what
it can say and the questions it still misses. Whoever owns the network answers them and
calls it again until nothing is missing. The same engine serves an audit, a command and
a test.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

MAX_NAME_CHARS = 253
MAX_LABEL_CHARS = 63


class Said(StrEnum):
    """What came of one question. Only EMPTY and NO_NAME mean "not there".

    SILENT is a time-out, SERVFAIL, REFUSED or a broken reply; UNASKED a question that was
    left out to stay polite.
    """

    FOUND = "found"
    EMPTY = "empty"
    NO_NAME = "no_name"
    SILENT = "silent"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """A name (lower case, no final dot) and a record type."""

    name: str
    rtype: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The values at the end of the CNAME chain, in presentation format.

    `chain` holds the CNAME targets in order, `size_bytes` the size of the reply on the
    wire (0: not known), `reason` why there was silence.
    """

    said: Said
    values: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    size_bytes: int = 0
    reason: str = ""

    @property
    def is_void(self) -> bool:
        """True for a reply without the asked records (RFC 7208 section 4.6.4, "void")."""
        return self.said in {Said.EMPTY, Said.NO_NAME}

    @property
    def is_known(self) -> bool:
        return self.said in {Said.FOUND, Said.EMPTY, Said.NO_NAME}


type Answers = Mapping[Question, Answer]


def plain_name(name: str) -> str:
    """`name` in lower case without its final dot."""
    return name.lower().removesuffix(".")


def is_askable(name: str) -> bool:
    """True for a name that the DNS can hold: no empty or overlong label (RFC 1035 2.3.4).

    A backslash would start an escape in presentation format and ask for another name.
    """
    if not name or len(name) > MAX_NAME_CHARS or not name.isascii() or "\\" in name:
        return False
    return all(0 < len(label) <= MAX_LABEL_CHARS for label in name.split("."))


def addresses_in(values: Iterable[str]) -> tuple[IPv4Address | IPv6Address, ...]:
    """The addresses among `values`; what is none is left out."""
    found = []
    for value in values:
        try:
            found.append(ip_address(value))
        except ValueError:
            continue
    return tuple(found)


def split_by_version(
    texts: Iterable[str],
    version: re.Pattern[str],
    near_version: re.Pattern[str],
    *,
    near_chars: int,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """TXT texts that begin with `version`, and those whose first `near_chars` only come near."""
    records, near_misses = [], []
    for text in texts:
        if version.match(text):
            records.append(text)
        elif near_version.match(text[:near_chars]):
            near_misses.append(text)
    return tuple(records), tuple(near_misses)
