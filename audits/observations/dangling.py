"""Records that point at something that is gone: aliases, subzones, mail and service targets."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.guard.exchange import DnsStatus
from audits.observations.target import Vendor


class Holder(StrEnum):
    """Who holds a registered domain.

    FREE: the registry says that nobody does. ABSENT: it is not in DNS, and the registry
    could not be asked. IMPOSSIBLE: it ends in no known top-level domain, so nobody can
    register it. SILENT: no answer.
    """

    SOMEBODY = "somebody"
    FREE = "free"
    ABSENT = "absent"
    IMPOSSIBLE = "impossible"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whether `domain`, as registered, is held by somebody."""

    domain: str
    holder: Holder


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """What visitors of an aliased host were shown; `text` is the first 20,000 characters."""

    url: str
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class AliasLook:
    """One name that is an alias. `host` may be `*.domain`, met through a random label.

    `chain` are the targets in order, `end` how the question for an address ended.
    `ownership` is that of the last target, where the question ended in NXDOMAIN. `page` is
    None where no page was wanted, allowed or had.
    """

    host: str
    is_declared: bool
    chain: tuple[str, ...]
    end: DnsStatus
    ownership: Ownership | None = None
    page: PlatformPage | None = None

    @property
    def target(self) -> str:
        return self.chain[-1] if self.chain else ""

    @property
    def is_service_name(self) -> bool:
        """True for `_tcp`, `_domainkey` and the like, which no visitor opens (RFC 8552)."""
        return any(label.startswith("_") for label in self.host.split("."))


@dataclass(frozen=True, slots=True)
class Aliases:
    """All names under `domain` that were asked for an alias; `unanswered` are declared ones."""

    domain: str
    asked_count: int
    looks: tuple[AliasLook, ...]
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubzoneServer:
    """One name server of a subzone; `status` is None where it has no address or was not asked.

    `is_serving` is True where it speaks for the subzone with authority.
    """

    name: str
    address: str = ""
    status: DnsStatus | None = None
    is_serving: bool = False
    ownership: Ownership | None = None


@dataclass(frozen=True, slots=True)
class Subzone:
    """One part of the domain that is delegated to servers of its own.

    The domain's own zone is here too, for the domains of its servers' names alone.
    """

    zone: str
    is_own_zone: bool
    servers: tuple[SubzoneServer, ...]
    vendors: tuple[Vendor, ...] = ()


@dataclass(frozen=True, slots=True)
class Subzones:
    """Every delegation met under `domain`; `is_looked_at` False where nobody answered."""

    domain: str
    zones: tuple[Subzone, ...]
    is_looked_at: bool = True


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """One target of an MX, SRV or SPF record, as `record` (`MX example.com`) names it."""

    record: str
    target: str
    ownership: Ownership


@dataclass(frozen=True, slots=True)
class RecordTargets:
    """All targets that mail and services of `domain` rely on."""

    domain: str
    targets: tuple[RecordTarget, ...]
    unanswered: tuple[str, ...] = ()
