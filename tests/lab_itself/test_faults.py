"""The table itself: every row stands on something that is really planted."""

import asyncio
import re

import pytest

from tests.lab import hostile
from tests.lab.faults import (
    CATALOGUE,
    DEMO_DOMAIN,
    HEALTHY_DOMAIN,
    HOSTILE,
    LATER,
    PLANTED,
    PRODUCTS,
    QUIET,
    lab_target,
    planted_in,
)
from tests.lab.ground import handler_of, registration
from tests.lab.product_dns import remembered_address
from tests.lab.product_mobile import MANIFEST, STORE_PATHS
from tests.lab.product_pages import MAIN_CHUNK, PAGE_CHUNK
from tests.lab.product_zone import parent_records, zone_records
from tests.lab.products import Product
from tests.lab.web import Request

VERDICTS = {"pass", "warn", "fail", "info", "na", "unknown", "blocked"}
PATHS = (
    "/",
    "/login",
    "/deep",
    "/nothing",
    "/robots.txt",
    "/sitemap.xml",
    "/.env",
    "/.git/HEAD",
    "/en",
    "/v1/models",
    "/v1/chat",
    MAIN_CHUNK,
    PAGE_CHUNK,
    f"{PAGE_CHUNK}.map",
)
# Asked of the bare domain alone: no other host answers them otherwise.
APEX_PATHS = (
    *STORE_PATHS.values(),
    MANIFEST,
    "/.well-known/apple-app-site-association",
    "/.well-known/assetlinks.json",
    "/.well-known/security.txt",
    "/CLAUDE.md",
    "/.cursorrules",
    "/docker-compose.yml",
    "/dump.sql",
    "/env.js",
    "/_next/static/chunks/",
    "/_next/static/chunks/gone-0f0f0f0f.js",
    "/django-admin/",
    "/wp-admin/",
)
API_PATHS = ("/openapi.json", "/healthz")
APP, BROWSER = {"user-agent": "okhttp/4.12.0"}, {"accept-encoding": "gzip, br, zstd"}
# What is declared about a product, and what another fault leaves out.
SAID_ELSEWHERE = {"edge_not_in_front", "tls_rpt_missing"}
ORIGINS = ("", "null", "https://stranger.example", "https://eviltwin.test", "https://app.twin.test")


def tag_of(product: Product) -> str:
    """The validator of the product's main script."""
    asked = Request("https", product.domain, "GET", MAIN_CHUNK, {})
    return dict(product.answer(asked).headers).get("ETag", "")


def requests(product: Product):
    for host in product.hosts:
        for scheme in ("http", "https"):
            for path in PATHS:
                yield Request(scheme, host, "GET", path, {})
    apex, api = product.domain, f"api.{product.domain}"
    yield from (Request("https", apex, "GET", path, {}) for path in APEX_PATHS)
    yield from (Request("https", api, "GET", path, {}) for path in API_PATHS)
    yield Request("https", apex, "GET", "/", APP)
    yield Request("https", apex, "GET", MAIN_CHUNK, BROWSER)
    yield Request("https", apex, "GET", MAIN_CHUNK, {"if-none-match": tag_of(product)})
    yield Request("https", api, "GET", "/v1/models", BROWSER)
    for origin in ORIGINS:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        yield Request("https", f"api.{product.domain}", "GET", "/v1/models", {"origin": origin})
        yield Request("https", f"api.{product.domain}", "OPTIONS", "/v1/chat", headers)


async def face_of(product: Product) -> str:
    """Everything that a product shows, with what is random left out."""
    answers = [await handler_of(product)(request) for request in requests(product)]
    shown = [
        zone_records(product),
        parent_records(product),
        registration(product),
        [product.certificate(host) for host in product.hosts],
        answers,
        sorted(product.faults & set(hostile.RAW)),
        remembered_address(product),
    ]
    return re.sub(r"[\w-]{32}(?=;)", "random", repr(shown))


@pytest.mark.parametrize("fault", sorted(set(CATALOGUE) - {"slow"} - SAID_ELSEWHERE))
async def test_a_fault_changes_something_and_mending_it_changes_it_back(fault):
    product = Product("twin.test", 0, frozenset({fault}))
    broken = await face_of(product)
    product.faults.clear()
    mended = await face_of(product)
    product.faults.add(fault)
    assert broken != mended
    assert await face_of(product) == broken


async def test_slow_is_slow_and_else_healthy():
    product = Product("twin.test", 0, frozenset({"slow"}))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            handler_of(product)(Request("https", "twin.test", "GET", "/", {})), 0.1
        )


def test_every_fault_of_a_product_is_in_the_catalogue_and_the_other_way_round():
    used = {fault for faults in PRODUCTS.values() for fault in faults}
    assert used <= set(CATALOGUE)
    assert set(CATALOGUE) - used == {"inline_script", "dnskey_published"}


def test_the_healthy_product_has_no_fault_and_must_be_quiet_altogether():
    assert PRODUCTS[HEALTHY_DOMAIN] == ()
    assert not planted_in(HEALTHY_DOMAIN)
    assert any(row.domain == HEALTHY_DOMAIN and row.checks == "all" for row in QUIET)


def test_the_demo_has_more_than_twenty_faults():
    assert len({row.fault for row in planted_in(DEMO_DOMAIN)}) > 20


def test_rows_are_well_formed():
    for row in (*PLANTED, *LATER):
        assert row.verdict in VERDICTS
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", row.check)
        assert row.words
        assert row.domain in PRODUCTS or row.fault == "not_registered"
    assert len(set(PLANTED)) == len(PLANTED)


def test_a_quiet_row_never_covers_a_planted_fault():
    for quiet in QUIET:
        for row in planted_in(quiet.domain):
            assert not quiet.covers(row.check), (quiet, row)


def test_hostile_domains_are_products_like_the_others():
    assert set(HOSTILE) <= set(PRODUCTS)
    assert {fault for (fault,) in HOSTILE.values()} == set(hostile.RAW)


@pytest.mark.parametrize("domain", [HEALTHY_DOMAIN, DEMO_DOMAIN, "tls-doors.test", "spa.test"])
def test_the_declared_target_names_the_hosts_that_the_product_has(domain):
    number = list(PRODUCTS).index(domain)
    product = Product(domain, number, frozenset(PRODUCTS[domain]))
    assert set(lab_target(domain).host_names()) == set(product.hosts)


def test_no_two_products_share_an_address():
    found = [
        address
        for number, domain in enumerate(PRODUCTS)
        for address in (
            Product(domain, number, frozenset()).web_address,
            Product(domain, number, frozenset()).api_address,
        )
    ]
    assert len(set(found)) == len(found)
