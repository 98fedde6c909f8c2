"""HTTPS records (RFC 9460) as their presentation format says them. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

PARAMETER = re.compile(r'([a-z0-9-]{1,63})(?:=(?:"([^"]{0,2000})"|(\S{0,2000})))?')
MAX_RECORDS = 20


@dataclass(frozen=True, slots=True)
class HttpsRecord:
    """One record: `priority` 0 is an alias. `hints` are addresses in their shortest form."""

    priority: int
    target: str
    alpn: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def is_alias(self) -> bool:
        return self.priority == 0


def read_https_record(text: str) -> HttpsRecord | None:
    """The record written as `text`; None where it can't be read."""
    parts = text.strip().split(maxsplit=2)
    if len(parts) < 2 or not parts[0].isdecimal() or len(parts[0]) > 5:  # noqa: PLR2004
        return None
    rest = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - priority, target, parameters
    found = {m[1]: m[2] if m[2] is not None else m[3] or "" for m in PARAMETER.finditer(rest)}
    hints = _listed(found.get("ipv4hint", "")) + _listed(found.get("ipv6hint", ""))
    return HttpsRecord(
        int(parts[0]),
        parts[1].rstrip(".").lower(),
        _listed(found.get("alpn", "")),
        tuple(address for hint in hints if (address := _address(hint))),
    )


def read_https_records(values: Iterable[str]) -> tuple[HttpsRecord, ...]:
    """Those of `values` that can be read, at most 20, the preferred first."""
    read = [read_https_record(value) for value in list(values)[:MAX_RECORDS]]
    return tuple(sorted((one for one in read if one), key=lambda one: one.priority))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
