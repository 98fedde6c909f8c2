"""What the guard brings home: plain, frozen facts, with no trace of a library."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class GuardError(Exception):
    """Something kept the guard from bringing an answer. `code` is stable, `message` a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class TargetRefusedError(GuardError):
    """The guard itself refuses this address; nothing was connected to."""


class FetchError(GuardError):
    """The far side gave no usable answer.

    Codes: `dns_nxdomain dns_nodata dns_servfail dns_timeout dns_refused dns_malformed
    connect_refused connect_timeout connect_unreachable tls_failed tls_untrusted
    read_timeout deadline protocol_error too_many_redirects redirect_loop`. Two speak of
    us, not of the far side: `request_limit`, and `tls_unavailable` where this machine's
    OpenSSL can't make the offer.
    """


class DnsStatus(StrEnum):
    """How a DNS question ended. Only NODATA and NXDOMAIN mean "not there"."""

    NOERROR = "noerror"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record. `value` is presentation format; TXT is its strings joined without spaces."""

    name: str
    rtype: str
    ttl_seconds: int
    value: str


@dataclass(frozen=True, slots=True)
class DnsReply:
    """The reply to one question (name without the final dot, lower case).

    `records` are the records of the asked type at the end of the CNAME chain;
    `chain` the CNAME targets in order; `answer`, `authority`, `additional` everything
    that came. `server` is `ip:port` of who answered, `transport` udp or tcp.
    `extended_errors` are code and text of RFC 8914, the text as foreign as any.
    """

    name: str
    rtype: str
    status: DnsStatus
    records: tuple[DnsRecord, ...] = ()
    chain: tuple[str, ...] = ()
    answer: tuple[DnsRecord, ...] = ()
    authority: tuple[DnsRecord, ...] = ()
    additional: tuple[DnsRecord, ...] = ()
    is_authoritative: bool = False
    is_validated: bool = False
    server: str = ""
    transport: str = "udp"
    elapsed_ms: float = 0.0
    size_bytes: int = 0
    asked_at: datetime | None = None
    extended_errors: tuple[tuple[int, str], ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(record.value for record in self.records)

    @property
    def is_answered(self) -> bool:
        """True where the name's owner has spoken: there is one, or there is none."""
        return self.status in {DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN}


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of each phase of one HTTP exchange's last hop, and of the whole."""

    dns_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect on the way: who said it and where it points (absolute, re-parsed)."""

    url: str
    status: int
    location: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP answer, whatever its status.

    `headers` keep order and repetitions, names in lower case. `body` is decoded (gzip
    only) and capped; `is_truncated` says that more would have come. `remarks` are codes
    of oddities: `content_encoding suspicious_compression header_flood lying_length`.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    address: str
    http_version: str = "HTTP/1.1"
    hops: tuple[Hop, ...] = ()
    is_truncated: bool = False
    remarks: tuple[str, ...] = ()
    wire_bytes: int = 0
    timing: Timing = field(default_factory=Timing)
    fetched_at: datetime | None = None

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none becomes U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """The first value of `name`, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key == name.lower())


@dataclass(frozen=True, slots=True)
class Handshake:
    """One finished TLS handshake, made without verification unless `is_verified`.

    `chain_der` is what the server sent, leaf first, nothing fetched or reordered.
    `verify_error` is OpenSSL's sentence where verification was asked for and failed.
    """

    host: str
    address: str
    port: int
    version: str
    cipher: str
    alpn: str | None
    chain_der: tuple[bytes, ...]
    is_verified: bool = False
    verify_error: str = ""
    stapled_ocsp: bool | None = None
    elapsed_ms: float = 0.0
