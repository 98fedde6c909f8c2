"""The one way out: addresses judged, connections opened to the judged literal only."""

from accounts.guard.exchange import (
    DnsRecord,
    DnsReply,
    DnsStatus,
    Exchange,
    FetchError,
    GuardError,
    Handshake,
    Hop,
    TargetRefusedError,
    Timing,
)
from accounts.guard.guard import Guard
from accounts.guard.streams import GuardStream
from accounts.guard.tap import Tap
from accounts.guard.tls import TlsOffer

__all__ = [
    "DnsRecord",
    "DnsReply",
    "DnsStatus",
    "Exchange",
    "FetchError",
    "Guard",
    "GuardError",
    "GuardStream",
    "Handshake",
    "Hop",
    "Tap",
    "TargetRefusedError",
    "Timing",
    "TlsOffer",
]
