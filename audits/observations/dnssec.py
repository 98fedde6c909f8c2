"""What was seen of a zone's signatures: the parent's promise, the keys, the resolver's word."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from accounts.guard.exchange import DnsReply, DnsStatus

RRSIG_FIELDS = 9
STAMP = "%Y%m%d%H%M%S"


class Link(StrEnum):
    """How one name server's keys and signatures stand to the parent's DS records.

    Only HOLDS is good. NOT_COMPARABLE: digests or algorithms that we can't compute, which
    a validating resolver takes as unsigned (RFC 4035 section 5.2). SILENT says nothing.
    """

    HOLDS = "holds"
    NO_KEY = "no_key"
    NO_MATCH = "no_match"
    NOT_SIGNED = "not_signed"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    WRONG = "wrong"
    NOT_COMPARABLE = "not_comparable"
    SILENT = "silent"


BROKEN = frozenset({Link.NO_KEY, Link.NO_MATCH, Link.NOT_SIGNED, Link.EXPIRED, Link.WRONG})
WITHOUT_KEY = frozenset({Link.NO_KEY, Link.NO_MATCH})


@dataclass(frozen=True, slots=True)
class Signature:
    """One RRSIG: the type it covers, whose key made it, and from when to when it holds."""

    covers: str
    key_tag: int
    inception: datetime
    expiration: datetime

    @property
    def lifetime(self) -> timedelta:
        return self.expiration - self.inception


@dataclass(frozen=True, slots=True)
class SignedServer:
    """What one of the zone's own servers says: `link` to the parent, and its signatures."""

    server: str
    link: Link
    key_tags: tuple[int, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class Dnssec:
    """The zone's security as its parent, its servers and a resolver show it.

    `is_zone` is False for a name without a zone of its own. `promised` are the DS records
    in presentation format, None where nobody answered about them; `asked_at_parent` False
    where only the resolver did. `plain` is the resolver's SOA answer, `unchecked` the one
    with checking disabled (CD) where the plain one was SERVFAIL. `is_validating` is
    whether the resolver showed that it validates: by AD for this zone or for the parent's,
    None where that was not looked at.
    """

    domain: str
    observed_at: datetime
    is_zone: bool = True
    promised: tuple[str, ...] | None = None
    asked_at_parent: bool = False
    servers: tuple[SignedServer, ...] = ()
    plain: DnsReply | None = None
    unchecked: DnsReply | None = None
    is_validating: bool | None = None

    @property
    def is_refused_by_resolver(self) -> bool:
        """SERVFAIL, and an answer once checking is off: the resolver found it bogus."""
        return (
            self.plain is not None
            and self.plain.status == DnsStatus.SERVFAIL
            and self.unchecked is not None
            and self.unchecked.is_answered
        )

    @property
    def heard(self) -> tuple[SignedServer, ...]:
        return tuple(server for server in self.servers if server.link != Link.SILENT)


def parse_signature(value: str) -> Signature | None:
    """An RRSIG from its presentation form, None where it can't be read.

    `SOA 13 2 3600 20261201000000 20261101000000 12345 example.com. c2ln`: covered type,
    algorithm, labels, TTL, expiration, inception, key tag, signer, signature.
    Source: RFC 4034 section 3.2.
    """
    parts = value.split(None, RRSIG_FIELDS - 1)
    if len(parts) < RRSIG_FIELDS - 1 or not parts[6].isdecimal():
        return None
    inception, expiration = _moment(parts[5]), _moment(parts[4])
    if inception is None or expiration is None:
        return None
    return Signature(parts[0], int(parts[6][:5]), inception, expiration)


def latest_by_type(signatures: tuple[Signature, ...]) -> dict[str, Signature]:
    """For each covered type the signature that ends last: one valid one is enough."""
    latest: dict[str, Signature] = {}
    for signature in signatures:
        known = latest.get(signature.covers)
        if known is None or signature.expiration > known.expiration:
            latest[signature.covers] = signature
    return latest


def _moment(text: str) -> datetime | None:
    if len(text) != len("20261201000000") or not (text.isascii() and text.isdecimal()):
        return None
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
