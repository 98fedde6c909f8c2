"""A registry's RDAP server for `test` (RFC 9083), and the bootstrap that points at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.lab.web import Handler, Request, Response

RDAP_JSON = "application/rdap+json"


@dataclass(frozen=True, slots=True)
class Registration:
    """One registered domain; `left` until it expires, measured when the question comes."""

    domain: str
    left: timedelta
    statuses: tuple[str, ...]
    has_dates: bool = True
    registrar: str = "Lab Names, Inc."


class Registry:
    """Who is registered under `test`."""

    def __init__(self) -> None:
        self._entries: dict[str, Registration] = {}

    def enter(self, registration: Registration) -> None:
        self._entries[registration.domain] = registration

    def forget(self, domain: str) -> None:
        self._entries.pop(domain, None)

    def find(self, domain: str) -> Registration | None:
        return self._entries.get(domain)

    def bootstrap(self) -> dict[str, object]:
        """The bootstrap file in IANA's shape (RFC 9224 section 4)."""
        return {
            "version": "1.0",
            "publication": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": "RDAP bootstrap of the lab",
            "services": [[["test"], ["https://rdap.registry.test/"]]],
        }


def rdap_site(registry: Registry) -> Handler:
    def answer(request: Request) -> Response:
        domain = request.path.lower().removeprefix("/domain/").rstrip(".")
        entry = registry.find(domain) if request.path.startswith("/domain/") else None
        if entry is None:
            return as_rdap(
                {
                    "rdapConformance": ["rdap_level_0"],
                    "errorCode": 404,
                    "title": "Not Found",
                    "description": [f"{domain} is not registered."],
                },
                404,
            )
        return as_rdap(described(entry))

    return answer


def as_rdap(data: dict[str, object], status: int = 200) -> Response:
    return Response(
        status,
        json.dumps(data, indent=1).encode(),
        RDAP_JSON,
        (("Access-Control-Allow-Origin", "*"),),
    )


def described(entry: Registration) -> dict[str, object]:
    """The domain object of RFC 9083 section 5.3."""
    now = datetime.now(UTC).replace(microsecond=0)
    events = [
        ("registration", now - timedelta(days=400)),
        ("last changed", now - timedelta(days=30)),
    ]
    events.append(("expiration", now + entry.left))
    dated = [{"eventAction": action, "eventDate": when.isoformat()} for action, when in events]
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "domain",
        "handle": f"LAB-{sum(entry.domain.encode())}",
        "ldhName": entry.domain.upper(),
        "status": list(entry.statuses),
        "events": dated if entry.has_dates else dated[1:2],
        "entities": [
            {
                "objectClassName": "entity",
                "roles": ["registrar"],
                "handle": "9995",
                "publicIds": [{"type": "IANA Registrar ID", "identifier": "9995"}],
                "vcardArray": [
                    "vcard",
                    [["version", {}, "text", "4.0"], ["fn", {}, "text", entry.registrar]],
                ],
            }
        ],
        "secureDNS": {"delegationSigned": False},
        "nameservers": [
            {"objectClassName": "nameserver", "ldhName": name}
            for name in ("NS1.NAMESHOST.TEST", "NS2.NAMESHOST.TEST")
        ],
        "links": [{"rel": "self", "href": f"https://rdap.registry.test/domain/{entry.domain}"}],
    }
