"""What a TLS endpoint showed: certificates, versions, ciphers. Pure facts and readings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Accepts(StrEnum):
    """The end of one pinned probe; a silence or a fault of ours is never a refusal."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate as served. Names lower case; `key_bits` of RSA or of the curve."""

    names: tuple[str, ...]
    subject: str
    issuer: str
    issuer_organisation: str
    not_before: datetime
    not_after: datetime
    key_kind: str
    key_bits: int
    signature_hash: str
    sha256: str
    is_self_issued: bool = False
    is_must_staple: bool = False
    has_ocsp_url: bool = False
    has_issuer_url: bool = False
    issuer_common_name: str = ""

    @property
    def lifetime(self) -> timedelta:
        return self.not_after - self.not_before


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """What one further address of the same host showed."""

    address: str
    leaf: Certificate | None
    version: str


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """One host's port 443.

    `is_open` False: the connection was refused. `handshake_error` is OpenSSL's sentence
    where a connection stood and no handshake came of it. `chain` is what was served, leaf
    first. `verify_error` is OpenSSL's sentence of the verification, "" where it passed.
    `weak_suites` are suites that a raw ClientHello of only weak ones got accepted.
    """

    host: str
    address: str
    seen_at: datetime
    is_open: bool = True
    handshake_error: str = ""
    chain: tuple[Certificate, ...] = ()
    verify_error: str = ""
    version: str = ""
    cipher: str = ""
    alpn: str = ""
    tls10: Accepts = Accepts.UNKNOWN
    tls11: Accepts = Accepts.UNKNOWN
    tls13: Accepts = Accepts.UNKNOWN
    forward_secret: Accepts = Accepts.UNKNOWN
    authenticated: Accepts = Accepts.UNKNOWN
    weak_suites: tuple[str, ...] = ()
    is_weak_probe_answered: bool = False
    staple: Accepts = Accepts.UNKNOWN
    post_quantum: Accepts = Accepts.UNKNOWN
    others: tuple[OtherAddress, ...] = ()
    has_ios_app: bool = False

    @property
    def leaf(self) -> Certificate | None:
        return self.chain[0] if self.chain else None

    @property
    def has_handshake(self) -> bool:
        return self.leaf is not None


@dataclass(frozen=True, slots=True)
class HostValidity:
    """One intended host in short: `trouble` is "" where a visitor meets a valid site."""

    host: str
    trouble: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class AllHosts:
    """Every intended host of the product side by side."""

    domain: str
    main_host: str
    hosts: tuple[HostValidity, ...]


def name_matches(host: str, pattern: str) -> bool:
    """Whether a SAN covers `host`: equal, or a wildcard for exactly one leftmost label.

    The common name is never looked at. Source: RFC 9525 section 6.3.
    """
    pattern = pattern.lower().rstrip(".")
    if not pattern.startswith("*."):
        return host == pattern
    label, dot, rest = host.partition(".")
    return bool(label and dot) and rest == pattern[2:]


def covers(certificate: Certificate, host: str) -> bool:
    """Whether any name of the certificate covers `host`."""
    return any(name_matches(host, pattern) for pattern in certificate.names)


def trouble_of(endpoint: TlsEndpoint) -> str:
    """Why a visitor of this endpoint meets a warning, in a few words; "" where none."""
    leaf = endpoint.leaf
    if not endpoint.is_open:
        return "port 443 is closed"
    if leaf is None:
        return "no TLS handshake"
    if endpoint.seen_at > leaf.not_after:
        return "certificate expired"
    if not covers(leaf, endpoint.host):
        return "certificate for other names"
    return f"not trusted: {endpoint.verify_error}" if endpoint.verify_error else ""
