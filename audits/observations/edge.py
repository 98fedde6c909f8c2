"""What stands in front of the product: edges, the origin behind them, doors and names. Pure.

Source: the edges' published networks (vendor_table_hosting), Cloudflare's documentation of
its 52x answers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from audits.observations.vendors import recognise

# The laboratory's edge; outside it no name may lead to loopback.
LAB_EDGE, LAB_NETWORK = "the laboratory’s edge", ip_network("127.20.0.0/16")
# Mail that an edge's own service takes in: proxied on purpose.
EDGE_MAIL = ("mx.cloudflare.net",)
EDGE_STATUSES = frozenset({520, 521, 522, 523, 524, 525, 526})
PASSWORD = re.compile(r"""<input\b[^>]{0,300}type\s*=\s*["']?password""", re.I)


@dataclass(frozen=True, slots=True)
class Product:
    """An admin product as its pages show it: at its door, and inside without any."""

    name: str
    door: re.Pattern[str]
    inside: re.Pattern[str]


PRODUCTS = (
    Product(
        "Django’s admin",
        re.compile(r"Django administration|<body class=\"[^\"]{0,60}\blogin\b", re.I),
        re.compile(r"<h1>\s*Site administration\s*</h1>", re.I),
    ),
    Product(
        "WordPress’s admin",
        re.compile(r"id=[\"']loginform[\"']|wp-submit", re.I),
        re.compile(r"<body class=\"[^\"]{0,200}\bwp-admin\b"),
    ),
    Product(
        "phpMyAdmin",
        re.compile(r"pma_username|<title>phpMyAdmin", re.I),
        re.compile(r"id=[\"']pma_navigation[\"']", re.I),
    ),
    Product(
        "Supabase Studio",
        re.compile(r"<title>[^<]{0,40}Supabase Studio[^<]{0,40}Sign in", re.I),
        re.compile(r"<title>[^<]{0,60}Supabase Studio", re.I),
    ),
    Product(
        "Adminer",
        re.compile(r"<title>Login - Adminer", re.I),
        re.compile(r"<title>[^<]{0,100} - Adminer", re.I),
    ),
)


def edge_of(addresses: Iterable[str], chain: Iterable[str] = ()) -> str:
    """The edge that these addresses or this chain of aliases belong to; "" for none.

    Headers are not asked: a service behind an edge of its own shows that edge's headers
    although this zone is not proxied.
    """
    known = tuple(addresses)
    if any(_is_lab(address) for address in known):
        return LAB_EDGE
    vendors = recognise(cname_chain=chain, addresses=known)
    return next((vendor.name for vendor in vendors if vendor.role == "cdn"), "")


def _is_lab(address: str) -> bool:
    try:
        return ip_address(address) in LAB_NETWORK
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Proxying:
    """Whether an edge stands in front of `host`. `expected` is the edge that was declared."""

    host: str
    edge: str
    expected: str = ""
    named_by_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailNames:
    """The mail servers of a domain, and the edge that each leads to ("" for none)."""

    domain: str
    servers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OriginDoor:
    """Whether the server behind the edge of `host` answers directly.

    `tried` are addresses asked, with how each became known; `answering` those that showed
    the product itself.
    """

    host: str
    edge: str
    tried: tuple[tuple[str, str], ...] = ()
    answering: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeAnswer:
    """What an edge says when it can't reach the server: its 52x, or a loop of redirects."""

    host: str
    edge: str
    status: int = 0
    is_looping: bool = False


@dataclass(frozen=True, slots=True)
class AppReach:
    """One address asked as the product's apps ask; `plain_status` is the answer to us.

    `refused` names the clients that met a challenge or a refusal, and what came.
    """

    url: str
    plain_status: int
    refused: tuple[tuple[str, str], ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subdomains:
    """Names below the domain that lead somewhere and that nobody declared."""

    domain: str
    unknown: tuple[tuple[str, str], ...] = ()
    asked: int = 0
    has_wildcard: bool = False


@dataclass(frozen=True, slots=True)
class AdminDoor:
    """An admin page that the whole world can open."""

    url: str
    product: str
    asks_to_sign_in: bool


@dataclass(frozen=True, slots=True)
class AdminDoors:
    """Every admin page met, and how many addresses were asked."""

    domain: str
    doors: tuple[AdminDoor, ...] = ()
    asked: int = 0


def admin_product(html: str) -> tuple[str, bool]:
    """The admin product that a page belongs to and whether it asks to sign in; "" for none."""
    text = html[:200_000]
    has_password = PASSWORD.search(text) is not None
    for product in PRODUCTS:
        if has_password and product.door.search(text):
            return product.name, True
        if not has_password and product.inside.search(text):
            return product.name, False
    return "", False
