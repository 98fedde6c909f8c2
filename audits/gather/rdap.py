"""The registry's word about the registration, over RDAP.

The bootstrap file is IANA's in its own format, shipped with its date in the name;
`RDAP_BOOTSTRAP_FILE` names another. Source: RFC 9224 (bootstrap), RFC 9082 section 3.1.3
(domain path), RFC 9083 (answer).
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.guard.exchange import Exchange
from audits.gather.site import Family, Site
from audits.observations.names import is_tenant_name, registrable_domain
from audits.observations.registration import Registration
from audits.observations.seen import FailureKind, GatherFailure

SHIPPED = Path(__file__).parent / "data" / "rdap-bootstrap-2026-09-30.json"
DEADLINE = timedelta(seconds=10)
MAX_BODY_BYTES = 512 * 1024
MAX_STATUSES = 30
FOUND, NOT_FOUND = 200, 404

# Registries that run a service although IANA's file does not list it.
BEYOND_IANA = {
    "io": "https://rdap.identitydigital.services/rdap/",
    "de": "https://rdap.denic.de/",
    "ch": "https://rdap.nic.ch/",
    "li": "https://rdap.nic.ch/",
}


async def gather_registration(site: Site) -> None:
    """Put the registry's answer about the registrable domain into `site.seen`.

    Three ways to have none stay apart: a registry without a known service and a name
    that a platform lends are `not_applicable`, silence is `timeout` or `no_answer`, and a
    404 is an observation.
    """
    domain = registrable_domain(site.target.domain) or site.target.domain
    if not site.wants(Registration):
        return
    seen = await see_registration(site, domain)
    if isinstance(seen, GatherFailure):
        site.seen.miss(Registration, seen, subject=domain)
    else:
        site.seen.add(seen, subject=domain)


async def see_registration(site: Site, domain: str) -> Registration | GatherFailure:
    """Ask the service of the longest matching suffix for `domain`; 200 and 404 are answers."""
    if is_tenant_name(domain):
        message = f"{domain} is lent by a platform, so there is no registration of its own."
        return GatherFailure(FailureKind.NOT_APPLICABLE, message)
    service = service_of(domain)
    if not service:
        ending = domain.rpartition(".")[2]
        message = f"No registry service (RDAP) is known for .{ending}; ask the registrar."
        return GatherFailure(FailureKind.NOT_APPLICABLE, message)
    exchange = await site.fetch(
        f"{service}domain/{domain}",
        headers={"Accept": "application/rdap+json, application/json"},
        deadline=DEADLINE,
        max_body_bytes=MAX_BODY_BYTES,
    )
    if isinstance(exchange, GatherFailure):
        return exchange
    return _read(exchange, domain, service, site.target.is_auto_renew_confirmed)


def service_of(domain: str) -> str:
    """The base address (ends in a slash) of the RDAP service for `domain`, or ""."""
    services = bootstrap(settings.RDAP_BOOTSTRAP_FILE)
    labels = domain.split(".")
    suffixes = (".".join(labels[start:]) for start in range(len(labels)))
    return next((services[suffix] for suffix in suffixes if suffix in services), "")


@cache
def bootstrap(file: str) -> dict[str, str]:
    """Suffix to service of the bootstrap file `file`, or of the shipped one for "".

    A file of one's own stands alone. Raises OSError or ValueError for one that can't be
    read: a wrong setting is our fault, not the far side's.
    """
    told = json.loads((Path(file) if file else SHIPPED).read_text("utf-8"))
    services = {} if file else dict(BEYOND_IANA)
    for suffixes, addresses in (service[-2:] for service in told["services"]):
        secure = sorted(addresses, key=lambda address: not address.startswith("https:"))
        if secure:
            base = secure[0] if secure[0].endswith("/") else f"{secure[0]}/"
            services.update({suffix.lower(): base for suffix in suffixes})
    return services


def _read(
    exchange: Exchange, domain: str, service: str, is_auto_renew_confirmed: bool
) -> Registration | GatherFailure:
    now = exchange.fetched_at or datetime.now(UTC)
    if exchange.status == NOT_FOUND:
        return Registration(domain, service, is_found=False, observed_at=now)
    if exchange.status != FOUND:
        message = f"The registry's service at {service} answered {exchange.status}."
        return GatherFailure(FailureKind.NO_ANSWER, message)
    told = _object(exchange.body)
    if told is None:
        message = f"The registry's service at {service} sent an answer that can't be read."
        return GatherFailure(FailureKind.NO_ANSWER, message)
    return Registration(
        domain=domain,
        service=service,
        is_found=True,
        observed_at=now,
        expires_at=expiration(told),
        statuses=tuple(_shown(word.lower(), 80) for word in _texts(told.get("status")))[
            :MAX_STATUSES
        ],
        registrar=registrar_name(told),
        is_auto_renew_confirmed=is_auto_renew_confirmed,
    )


def expiration(told: dict[str, Any]) -> datetime | None:  # Any: foreign JSON
    """The domain's end by `events`, aware; the registry's own before the registrar's."""
    dates: dict[str, str] = {}
    for event in _objects(told.get("events")):
        action, text = event.get("eventAction"), event.get("eventDate")
        if isinstance(action, str) and isinstance(text, str):
            dates.setdefault(action.lower(), text)
    return _moment(dates.get("expiration") or dates.get("registrar expiration") or "")


def registrar_name(told: dict[str, Any]) -> str:  # Any: foreign JSON
    """The registrar's name from its jCard (RFC 7095), or ""."""
    for entity in _objects(told.get("entities")):
        card = entity.get("vcardArray")
        if "registrar" not in _texts(entity.get("roles")) or not isinstance(card, list):
            continue
        fields = card[1] if len(card) > 1 and isinstance(card[1], list) else []
        for field in fields:
            if isinstance(field, list) and field[:1] == ["fn"] and isinstance(field[-1], str):
                return _shown(field[-1], 200)
    return ""


def _shown(text: str, max_chars: int) -> str:
    """Foreign text that may stand in a report: no control or direction characters."""
    return "".join(char for char in text if char.isprintable())[:max_chars]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(body: bytes) -> dict[str, Any] | None:  # Any: foreign JSON
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and told.get("objectClassName") == "domain" else None


def _objects(value: object) -> Iterable[dict[str, Any]]:  # Any: foreign JSON
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


FAMILIES = (
    Family(
        name="registration",
        title="Registration of the domain",
        provides=(Registration,),
        gather=gather_registration,
        limit=timedelta(seconds=15),
    ),
)
