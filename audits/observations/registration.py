"""What the registry says about the domain's registration (RDAP)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """One RDAP answer. Times are aware; `statuses` as sent, in lower case.

    `is_found` False means that the registry's service answered 404. `expires_at` is None
    where the registry gives no date. `service` is the base address that was asked.
    Source: RFC 9083 sections 4.5 (events), 4.6 (status) and 5.3 (domain).
    """

    domain: str
    service: str
    is_found: bool
    observed_at: datetime
    expires_at: datetime | None = None
    statuses: tuple[str, ...] = ()
    registrar: str = ""
    is_auto_renew_confirmed: bool = False
