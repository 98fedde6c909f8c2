"""DNS faults that need more than records: signatures, forgotten aliases, stale resolvers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.lab import addresses
from tests.lab.products import Product
from tests.lab.signing import Signer
from tests.lab.web import Handler, Response, text
from tests.lab.zones import Record, as_set

if TYPE_CHECKING:
    from tests.lab.internet import Lab

# Age and time left of the signatures that each of these makes.
SIGNED_BY_FAULT = {
    "dnssec_signed": (timedelta(days=9), timedelta(days=21)),
    "dnssec_signed_online": (timedelta(hours=24), timedelta(hours=24)),
    "dnssec_expires_24h": (timedelta(days=29), timedelta(hours=24)),
    "dnssec_expired": (timedelta(days=31), timedelta(days=-1)),
}

# What these aliases point at: label → target, and what the platform says to visitors.
ALIASES = {
    "dangling_free_domain": ("promo", "landing.lapsed-agency.test"),
    "dangling_beanstalk": ("old", "bright-old.us-east-1.elasticbeanstalk.com"),
    "dangling_surge": ("demo", "brightdemo.surge.sh"),
    "dangling_edge": ("help", "bright-gone.herokuapp.com"),
    "alias_in_use": ("docs", "brightdocs.surge.sh"),
}
REFUSING_BRAND = ("ns1.digitalocean.com", "ns2.digitalocean.com")
STALE_TTL_SECONDS = 1


def signer_of(product: Product) -> Signer | None:
    """Who signs the product's zone, None where nobody does."""
    windows = (window for fault, window in SIGNED_BY_FAULT.items() if product.has(fault))
    window = next(windows, None)
    return None if window is None else Signer(product.domain, *window)


def parent_records(product: Product) -> Iterator[Record]:
    signer = signer_of(product)
    if signer is not None:
        yield (product.domain, "DS", (signer.ds_text,), 3600)


def zone_records(product: Product) -> Iterator[Record]:
    """What these faults add to the product's zone."""
    domain, signer = product.domain, signer_of(product)
    if signer is not None:
        yield (domain, "DNSKEY", (signer.key_text,), 3600)
    for fault, (label, target) in ALIASES.items():
        if product.has(fault):
            yield (f"{label}.{domain}", "CNAME", (target,), 300)
    if product.has("subzone_dangling"):
        yield (f"shop.{domain}", "NS", REFUSING_BRAND, 3600)
    if product.has("srv_dangling"):
        yield (f"_autodiscover._tcp.{domain}", "SRV", ("0 0 443 mail.lapsed-mailer.test",), 300)


def second_addresses(product: Product) -> tuple[str, ...]:
    """What stands beside the address of `app.`."""
    if product.has("split_old_address"):
        return (addresses.OLD_HOME,)
    return (addresses.OTHER_FRONT,) if product.has("split_same_app") else ()


def settle(lab: Lab, product: Product) -> None:
    """Put the platforms' sites and the resolvers' memory as they are now."""
    for host, handler in platform_sites(product):
        lab.web.host(host, handler)
    remember(lab, product)


def remember(lab: Lab, product: Product) -> None:
    """One of the world's resolvers is behind, or is told something else than we are."""
    key, memory = (f"www.{product.domain}", "A"), lab.watchers[-1].remembered
    address = remembered_address(product)
    if address:
        memory[key] = as_set(*key, (address,), STALE_TTL_SECONDS)
    else:
        memory.pop(key, None)


def remembered_address(product: Product) -> str:
    """Where one of the world's resolvers leads visitors of `www.`, "" for the right place."""
    told = {"propagation_stale": addresses.OLD_HOME, "propagation_geo": addresses.OTHER_FRONT}
    return next((to for fault, to in told.items() if product.has(fault)), "")


def platform_sites(product: Product) -> Iterator[tuple[str, Handler]]:
    """What visitors of the aliased hosts see."""
    pages = {
        "dangling_surge": text("project not found\n", 404, "text/html"),
        "dangling_edge": text("<title>No such app</title><p>No such app</p>", 404, "text/html"),
        "alias_in_use": text("<title>Docs</title><h1>How it works</h1>", 200, "text/html"),
    }
    for fault, page in pages.items():
        if product.has(fault):
            yield f"{ALIASES[fault][0]}.{product.domain}", always(page)


def always(page: Response) -> Handler:
    return lambda _request: page
