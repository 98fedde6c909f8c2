"""The lab's sites: the healthy product, the switches, and the tempers."""

import asyncio
import json
import time

import pytest

from tests.lab import Lab
from tests.lab.product_pages import MAIN_CHUNK, PAGE_CHUNK
from tests.lab.web import Response
from tests.lab_itself.asking import connect, fetch, trusting


@pytest.mark.parametrize(
    ("url", "status", "location"),
    [
        ("http://brightchat.test/deep?x=1", 301, "https://brightchat.test/deep?x=1"),
        ("http://www.brightchat.test/deep?x=1", 301, "https://www.brightchat.test/deep?x=1"),
        ("https://www.brightchat.test/deep?x=1", 308, "https://brightchat.test/deep?x=1"),
        ("http://api.brightchat.test/v1/chat", 301, "https://api.brightchat.test/v1/chat"),
        ("https://brightchat.test/deep?x=1", 200, ""),
        ("https://brightchat.test/", 200, ""),
        ("https://app.brightchat.test/login", 200, ""),
        ("https://api.brightchat.test/healthz", 200, ""),
        ("https://brightchat.test/nothing-here", 404, ""),
    ],
)
async def test_every_way_in_ends_at_the_one_origin(lab: Lab, url, status, location):
    heard = await fetch(lab, url)
    assert (heard.status, heard.header("location")) == (status, location)


@pytest.mark.parametrize("path", ["/.env", "/.git/HEAD", "/.git/config", f"{PAGE_CHUNK}.map"])
async def test_the_healthy_product_serves_nothing_that_it_should_not(lab: Lab, path):
    assert (await fetch(lab, f"https://brightchat.test{path}")).status == 404
    assert (await fetch(lab, f"https://brokenchat.test{path}")).status == 200


async def test_the_pages_scripts_exist(lab: Lab):
    page = (await fetch(lab, "https://brightchat.test/")).body.decode()
    for part in page.split('src="')[1:]:
        path = part.partition('"')[0]
        assert (await fetch(lab, f"https://brightchat.test{path}")).status == 200


async def test_everything_in_the_sitemap_exists(lab: Lab):
    sitemap = (await fetch(lab, "https://brightchat.test/sitemap.xml")).body.decode()
    urls = [part.partition("<")[0] for part in sitemap.split("<loc>")[1:]]
    assert len(urls) == 3
    for url in urls:
        assert (await fetch(lab, url)).status == 200


async def test_head_has_the_length_and_no_body(lab: Lab):
    asked = await fetch(lab, "https://brightchat.test/pricing", method="HEAD")
    got = await fetch(lab, "https://brightchat.test/pricing")
    assert asked.body == b""
    assert int(asked.header("content-length")) == len(got.body)


async def test_gzip_comes_only_where_it_was_offered(lab: Lab):
    url = "https://brightchat.test/"
    offered = await fetch(lab, url, headers={"Accept-Encoding": "gzip, br"})
    plain = await fetch(lab, url)
    assert offered.header("content-encoding") == "gzip"
    assert plain.header("content-encoding") == ""
    assert offered.header("vary") == plain.header("vary") == "Accept-Encoding"
    assert offered.body.startswith(b"<!DOCTYPE html>")


async def test_one_connection_serves_many_requests(lab: Lab):
    reader, writer = await connect(lab, "api.brightchat.test", trusting(lab))
    for _ in range(3):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: api.brightchat.test\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.partition("Content-Length: ")[2].partition("\r")[0])
        assert json.loads(await reader.readexactly(length))["status"] == "ok"
    writer.close()


async def test_a_stranger_host_is_misdirected_but_where_anyone_is_served(lab: Lab):
    for domain, status in (("brightchat.test", 421), ("anyhost.test", 200)):
        reader, writer = await connect(lab, domain, trusting(lab))
        writer.write(b"GET / HTTP/1.1\r\nHost: who-is-this.example\r\nConnection: close\r\n\r\n")
        assert f" {status} ".encode() in await reader.readline()
        writer.close()


@pytest.mark.parametrize("domain", ["brightchat.test", "preload.test", "brokenchat.test"])
async def test_a_preflight_is_answered_but_where_planted(lab: Lab, domain):
    heard = await fetch(
        lab,
        f"https://api.{domain}/v1/chat",
        method="OPTIONS",
        headers={
            "Origin": f"https://app.{domain}",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    is_broken = domain == "brokenchat.test"
    assert heard.status == (401 if is_broken else 204)
    if not is_broken:
        assert heard.header("access-control-allow-origin") == f"https://app.{domain}"
        assert "authorization" in heard.header("access-control-allow-headers")


@pytest.mark.parametrize(
    ("domain", "origin", "is_let_in"),
    [
        ("brightchat.test", "https://stranger.example", False),
        ("brightchat.test", "null", False),
        ("brightchat.test", "https://evilbrightchat.test", False),
        ("brightchat.test", "http://brightchat.test", False),
        ("brightchat.test", "https://brightchat.test", True),
        ("brokenchat.test", "https://stranger.example", True),
        ("null-origin.test", "null", True),
        ("suffix-origin.test", "https://evilsuffix-origin.test", True),
        ("suffix-origin.test", "https://suffix-origin.test.evil.example", True),
        ("suffix-origin.test", "https://stranger.example", False),
        ("public-api.test", "https://stranger.example", False),
    ],
)
async def test_origins_are_let_in_as_planted(lab: Lab, domain, origin, is_let_in):
    heard = await fetch(lab, f"https://api.{domain}/v1/models", headers={"Origin": origin})
    is_echoed = heard.header("access-control-allow-origin") == origin
    has_credentials = heard.header("access-control-allow-credentials") == "true"
    assert (is_echoed and has_credentials) is is_let_in


async def test_keys_are_planted_only_in_the_broken_product(lab: Lab):
    good = (await fetch(lab, f"https://brightchat.test{MAIN_CHUNK}")).body
    bad = (await fetch(lab, f"https://brokenchat.test{MAIN_CHUNK}")).body
    marker = b"T3Blbk" + b"FJ"
    assert marker not in good
    assert marker in bad


async def test_a_single_page_answers_every_path_with_itself(lab: Lab):
    home = await fetch(lab, "https://spa.test/")
    for path in ("/.env", "/.git/HEAD", "/robots.txt", f"{PAGE_CHUNK}.map", "/a/b/c"):
        heard = await fetch(lab, f"https://spa.test{path}")
        assert heard.status == 200
        assert heard.body == home.body
    assert b"webpackChunk" in (await fetch(lab, f"https://spa.test{MAIN_CHUNK}")).body


@pytest.mark.parametrize("url", ["http://challenged.test/", "https://api.challenged.test/healthz"])
async def test_a_challenge_stands_before_everything(lab: Lab, url):
    heard = await fetch(lab, url)
    assert heard.status == 403
    assert heard.header("cf-mitigated") == "challenge"


async def test_slow_pages_are_slow(lab: Lab):
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fetch(lab, "https://slow.test/"), 0.4)
    assert time.monotonic() - started < 2


async def test_a_path_can_be_swapped_and_restored(lab: Lab):
    site = lab.site("no-dates.test")
    site.swap("/", "<!DOCTYPE html><title>maintenance</title>")
    assert b"maintenance" in (await fetch(lab, "https://no-dates.test/")).body
    site.swap("/", lambda request: Response(503, request.method.encode()))
    assert (await fetch(lab, "https://no-dates.test/")).status == 503
    lab.restore("no-dates.test")
    assert (await fetch(lab, "https://no-dates.test/")).status == 200


async def test_a_site_plants_and_mends_the_faults_of_its_product(lab: Lab):
    lab.add_product("switch.test", "env_file")
    try:
        site = lab.site("switch.test")
        assert (await fetch(lab, "https://switch.test/.env")).status == 200
        site.fix("env_file")
        assert (await fetch(lab, "https://switch.test/.env")).status == 404
        site.plant("hsts_missing")
        heard = await fetch(lab, "https://switch.test/")
        assert heard.header("strict-transport-security") == ""
    finally:
        lab.drop_product("switch.test")


async def test_requests_are_written_down_by_host(lab: Lab):
    await fetch(lab, "https://app.brightchat.test/pricing?seen=1")
    assert "GET /pricing?seen=1" in lab.requests["app.brightchat.test"]


@pytest.mark.parametrize(
    ("domain", "status", "days"),
    [("brokenchat.test", "active", 9), ("brightchat.test", "client transfer prohibited", 299)],
)
async def test_the_registry_answers(lab: Lab, domain, status, days):
    from datetime import UTC, datetime

    heard = await fetch(lab, f"https://rdap.registry.test/domain/{domain}")
    found = json.loads(heard.body)
    assert heard.header("content-type") == "application/rdap+json"
    assert found["status"] == [status]
    events = {event["eventAction"]: event["eventDate"] for event in found["events"]}
    assert (datetime.fromisoformat(events["expiration"]) - datetime.now(UTC)).days == days


async def test_the_registry_does_not_know_everybody(lab: Lab):
    heard = await fetch(lab, "https://rdap.registry.test/domain/nobody-has-this.test")
    assert heard.status == 404
    assert json.loads(heard.body)["errorCode"] == 404
