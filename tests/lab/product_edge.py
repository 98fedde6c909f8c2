"""What stands in front of a product, and what it lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.lab import addresses
from tests.lab.product_pages import Has
from tests.lab.web import Request, Response
from tests.lab.zones import Record

if TYPE_CHECKING:
    from tests.lab.products import Product

CLIENTS = ("CFNetwork/", "okhttp/", "; wv)")
DJANGO = (
    "<!doctype html><title>Site administration | Django site admin</title>"
    "<h1>Site administration</h1><table><caption>Users</caption></table>"
)
WORDPRESS = (
    '<!doctype html><title>Log In</title><form id="loginform"><input name="log">'
    '<input type="password" name="pwd"><input type="submit" id="wp-submit"></form>'
)


def zone_records(product: Product) -> Iterator[Record]:
    domain = product.domain
    if product.has("origin_direct"):
        yield (f"direct.{domain}", "A", (product.web_address,), 300)
    if product.has("forgotten_name"):
        yield (f"dev.{domain}", "A", (addresses.HOSTILE,), 300)
    if product.has("mail_behind_edge"):
        yield (f"mail.{domain}", "A", (addresses.EDGE_FRONT,), 300)


def at_the_edge(request: Request, has: Has) -> Response | None:
    """What the edge answers itself, before the product is asked."""
    agent = request.header("user-agent")
    if has("apps_challenged") and any(client in agent for client in CLIENTS):
        headers = (("cf-mitigated", "challenge"), ("Server", "cloudflare"))
        return Response(403, b"<title>Just a moment...</title>", headers=headers)
    if has("edge_521") and request.scheme == "https":
        return Response(521, b"<!doctype html><title>Web server is down</title>error code: 521")
    return None


def admin_page(request: Request, has: Has) -> Response | None:
    if request.path == "/django-admin/" and has("admin_open"):
        return Response(200, DJANGO.encode())
    if request.path == "/wp-admin/" and has("admin_login"):
        return Response(200, WORDPRESS.encode())
    return None
