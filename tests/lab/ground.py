"""The ground of the lab: root, `test`, name servers, mail hosts, and settling products on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.lab import addresses, hostile, mail_servers, planted_keys, product_dns, product_mail
from tests.lab.certificates import CertificateOrder
from tests.lab.product_zone import NAME_SERVERS, parent_records, zone_records
from tests.lab.products import Product
from tests.lab.rdap import Registration, rdap_site
from tests.lab.signing import Signer
from tests.lab.vendors import VENDOR_RECORDS
from tests.lab.web import Request, Response, text
from tests.lab.zones import Record

if TYPE_CHECKING:
    from tests.lab.internet import Lab

SLOW = timedelta(seconds=8)
RDAP_HOST = "rdap.registry.test"
TOP_SIGNER = Signer("test")

# Zones of the infrastructure below `test`, with the addresses that they hold.
HOSTED = {
    "nameshost.test": addresses.HOSTING_SERVERS,
    "oldhost.test": addresses.OLD_SERVERS,
    "lamehost.test": dict(
        (
            addresses.REFUSING_SERVER,
            addresses.WITHOUT_AA_SERVER,
            addresses.SILENT_SERVER,
            addresses.FAILING_SERVER,
        )
    ),
    "udponly.test": dict((addresses.UDP_ONLY_SERVER,)),
    "mailhost.test": mail_servers.HOSTS,
    "registry.test": {RDAP_HOST: addresses.RDAP},
    "sender.test": {},
    "reports-service.test": {},
    "reports-elsewhere.test": {},
}
TEXTS: dict[str, dict[str, str]] = {
    "mailhost.test": {
        "_spf.mailhost.test": "v=spf1 ip4:203.0.113.0/25 ip4:198.51.100.0/24 -all",
    },
    "sender.test": {"_spf.sender.test": "v=spf1 ip4:192.0.2.0/24 -all"},
    "reports-service.test": {"*._report._dmarc.reports-service.test": "v=DMARC1;"},
}
TAKES_MAIL = ("mailhost.test", "reports-service.test", "reports-elsewhere.test")


def soa(origin: str) -> Record:
    timers = "2026112301 7200 3600 1209600 300"
    return (origin, "SOA", (f"ns1.nameshost.test hostmaster.nameshost.test {timers}",), 3600)


def lay_ground(lab: Lab) -> None:
    """Make the zones that every product stands on, and the registry's site."""
    lab.zones.make("").load(
        [
            soa(""),
            ("", "NS", tuple(addresses.ROOT_SERVERS), 86400),
            ("test", "NS", tuple(addresses.TLD_SERVERS), 86400),
            *((name, "A", (ip,), 86400) for name, ip in addresses.TLD_SERVERS.items()),
        ]
    )
    lab.zones.make("test").load(top_level())
    lab.zones["test"].signer = TOP_SIGNER
    for origin, held in HOSTED.items():
        lab.zones.make(origin).load(hosted_zone(origin, held))
    for origin, records in VENDOR_RECORDS.items():
        lab.zones.make(origin).load([soa(origin), *records])
    lab.zones.make("127.in-addr.arpa").load(reverse())
    lab.web.host(RDAP_HOST, rdap_site(lab.registry))
    lab.certify(RDAP_HOST, CertificateOrder((RDAP_HOST,)))


def top_level() -> list[Record]:
    """The zone `test` without the products: delegations of the infrastructure, with glue."""
    records = [soa("test"), ("test", "NS", tuple(addresses.TLD_SERVERS), 86400)]
    records.append(("test", "DNSKEY", (TOP_SIGNER.key_text,), 3600))
    for servers in (addresses.ROOT_SERVERS, addresses.TLD_SERVERS):
        records += [(name, "A", (ip,), 86400) for name, ip in servers.items()]
    for origin, held in HOSTED.items():
        records.append((origin, "NS", NAME_SERVERS, 3600))
        records += [(name, "A", (ip,), 3600) for name, ip in held.items() if name.startswith("ns")]
    return records


def hosted_zone(origin: str, held: dict[str, str]) -> list[Record]:
    records = [soa(origin), (origin, "NS", NAME_SERVERS, 3600)]
    records += [(name, "A", (ip,), 3600) for name, ip in held.items()]
    records += [(name, "TXT", (value,), 3600) for name, value in TEXTS.get(origin, {}).items()]
    if origin == "sender.test":
        key = f"v=DKIM1; k=rsa; p={planted_keys.dkim_public_key(2048)}"
        records.append((f"key1.customers.{origin}", "TXT", (key,), 3600))
    if origin in TAKES_MAIL:
        records.append((origin, "MX", ("10 mx1.mailhost.test",), 3600))
    return records


def reverse() -> list[Record]:
    records = [soa("127.in-addr.arpa"), ("127.in-addr.arpa", "NS", NAME_SERVERS, 3600)]
    for name, ip in mail_servers.HOSTS.items():
        backwards = ".".join(reversed(ip.split(".")))
        records.append((f"{backwards}.in-addr.arpa", "PTR", (name,), 3600))
    return records


def settle(lab: Lab, product: Product) -> None:
    """Put the product's zone, delegation, sites, certificates and registration as they are now."""
    lab.products[product.domain] = product
    zone = lab.zones.make(product.domain)
    zone.load(zone_records(product))
    zone.is_dead = product.has("ns_all_dead")
    zone.signer = product_dns.signer_of(product)
    lab.zones["test"].settle(product.domain, parent_records(product))
    lab.registry.enter(registration(product))
    for host in product.hosts:
        raw = hostile.RAW.get(hostile_kind(product)) if host == product.domain else None
        site = lab.web.host(host, handler_of(product), raw)
        site.on_fault = lambda fault, is_planted: (lab.plant if is_planted else lab.fix)(
            product.domain, fault
        )
        lab.certify(host, product.certificate(host))
    product_dns.settle(lab, product)
    product_mail.settle(lab, product)


def vanish(lab: Lab, product: Product) -> None:
    """Take the product out of the lab: its name no longer exists."""
    lab.zones.drop(product.domain)
    lab.zones["test"].remove(product.domain)
    lab.registry.forget(product.domain)
    for host in product.hosts:
        lab.web.drop(host)


def hostile_kind(product: Product) -> str:
    return next((fault for fault in sorted(product.faults) if fault in hostile.RAW), "")


def registration(product: Product) -> Registration:
    days_by_fault = {"registration_10_days": 10, "registration_40_days": 40}
    days = next((days for fault, days in days_by_fault.items() if product.has(fault)), 300)
    statuses = ["active"] if product.has("registrar_unlocked") else ["client transfer prohibited"]
    if product.has("registration_on_hold"):
        statuses.append("client hold")
    return Registration(
        product.domain,
        timedelta(days=days),
        tuple(statuses),
        has_dates=not product.has("registry_without_dates"),
    )


def handler_of(product: Product) -> Callable[[Request], Awaitable[Response]]:
    """The handler of all hosts of a product, with what delays or hides the whole of it."""

    async def handle(request: Request) -> Response:
        if product.has("challenged"):
            return challenge()
        if product.has("slow") and request.host != f"api.{product.domain}":
            await asyncio.sleep(SLOW.total_seconds())
        return product.answer(request)

    return handle


def challenge() -> Response:
    """A challenge as a CDN shows it to what it takes for a robot."""
    body = "<!DOCTYPE html><title>Just a moment...</title><p>Checking your browser.</p>"
    page = text(body, 403, "text/html; charset=utf-8")
    return page.having(
        ("cf-mitigated", "challenge"), ("Server", "cloudflare"), ("CF-RAY", "8e7b2c9f1d3a4056-LAB")
    )
