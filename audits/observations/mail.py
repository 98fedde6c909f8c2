"""What was seen of one mail domain: who receives, who may send, what signs, what is asked.

Each observation names the domain and whether the app sends in its name, because one and
the same missing record weighs differently for a sender and for a parked name.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from audits.observations.dkim_key import DkimKey
from audits.observations.dmarc_walk import DmarcWalk
from audits.observations.dns_answers import Said
from audits.observations.spf_record import SpfRecord
from audits.observations.spf_tree import SpfTree
from audits.observations.target import Vendor

MAX_SHOWN_CHARS = 300


class Sending(StrEnum):
    """Whether mail goes out in the domain's name: by declaration, else by the records."""

    DECLARED = "declared"
    EVIDENT = "evident"
    UNKNOWN = "unknown"
    PARKED = "parked"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Identity:
    """A mail domain, what is known about its sending, and what shows it.

    `is_existing` is False where the DNS says that there is no such name at all.
    """

    domain: str
    sending: Sending = Sending.UNKNOWN
    evidence: tuple[str, ...] = ()
    is_existing: bool = True

    @property
    def is_sending(self) -> bool:
        return self.sending in {Sending.DECLARED, Sending.EVIDENT}


@dataclass(frozen=True, slots=True)
class MxHost:
    """One MX record. `ip4` and `ip6` are None where they were not asked for."""

    preference: int
    name: str
    ip4: Said | None = None
    ip6: Said | None = None
    chain: tuple[str, ...] = ()

    @property
    def is_null(self) -> bool:
        return self.name == ""

    @property
    def is_literal(self) -> bool:
        """True where an address stands in place of a name."""
        bare = self.name.strip("[]").removeprefix("ipv6:")
        for kind in (IPv4Address, IPv6Address):
            try:
                kind(bare)
            except ValueError:
                continue
            return True
        return False

    @property
    def is_alive(self) -> bool:
        return Said.FOUND in {self.ip4, self.ip6}

    @property
    def is_dead(self) -> bool:
        """True where the DNS itself says that there is no address."""
        return self.ip4 == Said.NO_NAME or {self.ip4, self.ip6} <= {Said.EMPTY, Said.NO_NAME}


@dataclass(frozen=True, slots=True)
class MailExchange:
    """The MX set of a domain and its targets' addresses.

    `said` is the answer to the MX question; `apex` the answer to A and AAAA of the domain
    (FOUND if either), which matters where there is no MX (implicit MX, RFC 5321 5.1).
    """

    identity: Identity
    said: Said
    hosts: tuple[MxHost, ...] = ()
    apex: Said | None = None
    vendors: tuple[Vendor, ...] = ()

    @property
    def has_null(self) -> bool:
        return any(host.is_null for host in self.hosts)


@dataclass(frozen=True, slots=True)
class SpfPolicy:
    """The SPF records of a domain and the tree of lookups behind them."""

    identity: Identity
    tree: SpfTree
    vendors: tuple[Vendor, ...] = ()
    streams: tuple["Stream", ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return self.tree.root.texts

    @property
    def record(self) -> SpfRecord | None:
        """The one record, or None where there is none or more than one."""
        return self.tree.root.record


@dataclass(frozen=True, slots=True)
class SelectorSeen:
    """One selector that was asked for. `origin` is given, vendor or list.

    `keys` has one entry per TXT record; `is_wildcard` says that a random label got the
    very same answer, so that this one proves nothing. `doubled_at` is where a key stands
    because a DNS page appended the domain a second time, "" for nowhere. `is_proxied`: the
    name answers with a web address instead, as an alias behind a web proxy does.
    """

    selector: str
    name: str
    origin: str
    said: Said
    keys: tuple[DkimKey, ...] = ()
    chain: tuple[str, ...] = ()
    is_wildcard: bool = False
    doubled_at: str = ""
    is_proxied: bool = False

    @property
    def has_key(self) -> bool:
        """True where a key that is in use stands here by intent."""
        is_meant = self.origin == "given" or not self.is_wildcard
        return is_meant and any(key.is_usable for key in self.keys)


@dataclass(frozen=True, slots=True)
class DkimKeys:
    """The selectors found or given, how many were tried, and the hint of the node.

    `node` is the answer for `_domainkey` itself, `random` that for a random selector.
    """

    identity: Identity
    selectors: tuple[SelectorSeen, ...] = ()
    tried: tuple[str, ...] = ()
    node: Said = Said.UNASKED
    random: Said = Said.UNASKED

    @property
    def found(self) -> tuple[SelectorSeen, ...]:
        return tuple(seen for seen in self.selectors if seen.has_key)

    @property
    def is_hinted(self) -> bool:
        """True where something stands below `_domainkey` although we did not find it.

        An empty answer for the node means a name below it (RFC 8020), unless every name
        gets that answer (compact denial, RFC 9824).
        """
        return self.node == Said.EMPTY and self.random == Said.NO_NAME


@dataclass(frozen=True, slots=True)
class ReportMailbox:
    """Where aggregate reports go. `is_external` None: the two domains can't be compared.

    `is_authorised` is meaningful for external ones: None where its question was silent.
    `is_receiving` tells whether the host takes mail, None where that is not known.
    """

    uri: str
    host: str
    is_external: bool | None = False
    is_authorised: bool | None = True
    authorised_at: str = ""
    is_receiving: bool | None = True


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The tree walk from a domain, the mailboxes of its record, and misplaced records.

    `misplaced` are DMARC texts at the domain itself, where no receiver looks.
    """

    identity: Identity
    walk: DmarcWalk
    mailboxes: tuple[ReportMailbox, ...] = ()
    misplaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """A sending service met by its bounce domain (return path) below the mail domain.

    `has_spf` None: not known. `spf_trouble` says why receivers call its record an error,
    "" for none. `organizational_domain` is that of `return_path`.
    """

    vendor: str
    return_path: str
    signal: str
    has_spf: bool | None = None
    organizational_domain: str | None = None
    spf_trouble: str = ""


@dataclass(frozen=True, slots=True)
class MailPosture:
    """All parts of one mail domain for checks that need several; None: not observed."""

    identity: Identity
    exchange: MailExchange | None = None
    spf: SpfPolicy | None = None
    dkim: DkimKeys | None = None
    dmarc: DmarcPolicy | None = None
    streams: tuple[Stream, ...] = field(default_factory=tuple)


def shown(text: str) -> str:
    """Foreign text for evidence: control characters spelled out, 300 characters at most."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:MAX_SHOWN_CHARS])
    return safe if len(safe) < MAX_SHOWN_CHARS else safe[: MAX_SHOWN_CHARS - 1] + "…"
