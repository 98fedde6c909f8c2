"""Which versions of HTTP a host speaks and announces. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audits.observations.https_records import HttpsRecord

H3_SERVICE = re.compile(r'(?<![\w-])h3(?:-\d{1,3})?="([^"]{0,300})"')


@dataclass(frozen=True, slots=True)
class Protocols:
    """What `host` offers. `alpn` is what its TLS chose of h2 and http/1.1, None where no
    handshake came about; `alt_svc` every line of that field over all its answers."""

    host: str
    alpn: str | None
    alt_svc: tuple[str, ...] = ()
    records: tuple[HttpsRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpsHints:
    """The HTTPS records of one name beside its addresses; None where the resolver was mute."""

    name: str
    records: tuple[HttpsRecord, ...] | None
    addresses: tuple[str, ...] = ()
    alpn: str | None = None


def announces_h3(lines: Iterable[str]) -> bool:
    """Whether Alt-Svc offers HTTP/3 (RFC 7838 section 3, RFC 9114 section 3.1)."""
    return any(H3_SERVICE.search(line[:4000]) for line in lines)
