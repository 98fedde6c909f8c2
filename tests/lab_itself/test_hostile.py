"""The lab's hostile servers really do what they threaten, and the lab survives them."""

import asyncio
import contextlib
import gzip
import time

import pytest

from tests.lab import Lab, addresses
from tests.lab.faults import HOSTILE
from tests.lab_itself.asking import connect, fetch, port_of, trusting


async def opened(lab: Lab, domain: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await connect(lab, domain, trusting(lab))
    writer.write(f"GET / HTTP/1.1\r\nHost: {domain}\r\n\r\n".encode())
    return reader, writer


async def test_an_endless_body_outgrows_every_cap(lab: Lab):
    reader, writer = await opened(lab, "endless-body.test")
    total = 0
    while total < 8 * 1024 * 1024:
        piece = await reader.read(65536)
        assert piece
        total += len(piece)
    writer.transport.abort()


@pytest.mark.parametrize("domain", ["dripping-body.test", "dripping-headers.test"])
async def test_dripping_servers_always_have_a_little_more(lab: Lab, domain):
    reader, writer = await opened(lab, domain)
    await reader.read(65536)
    started = time.monotonic()
    for _ in range(2):
        assert len(await reader.read(65536)) < 100
    assert time.monotonic() - started < 3
    writer.transport.abort()


async def test_a_bomb_is_small_on_the_wire(lab: Lab):
    heard = await fetch(lab, "https://gzip-bomb.test/")
    assert len(heard.body) == 64 * 1024 * 1024


async def test_a_bomb_in_a_bomb_is_smaller_still(lab: Lab):
    heard = await fetch(lab, "https://double-gzip-bomb.test/")
    assert heard.header("content-encoding") == "gzip, gzip"
    assert len(heard.body) < 8 * 1024
    assert len(gzip.decompress(heard.body)) < 128 * 1024


async def test_headers_come_in_a_flood(lab: Lab):
    heard = await fetch(lab, "https://header-flood.test/")
    assert len(heard.headers) > 5000


async def test_a_length_is_a_lie(lab: Lab):
    heard = await fetch(lab, "https://lying-length.test/")
    assert int(heard.header("content-length")) > 1000 > len(heard.body)


async def test_garbage_is_no_http(lab: Lab):
    reader, writer = await opened(lab, "garbage-http.test")
    assert not (await reader.read(64)).startswith(b"HTTP/")
    writer.close()


@pytest.mark.parametrize(
    ("domain", "scheme"),
    [
        ("redirects-to-metadata.test", "http://169.254."),
        ("redirects-to-localhost.test", "http://localhost"),
        ("redirects-to-file.test", "file:///"),
        ("redirects-to-private.test", "http://10."),
        ("redirects-to-itself.test", "https://redirects-to-itself.test/"),
    ],
)
async def test_redirects_lead_where_nobody_should_go(lab: Lab, domain, scheme):
    heard = await fetch(lab, f"https://{domain}/")
    assert heard.status == 302
    assert heard.header("location").startswith(scheme)


async def test_redirects_for_ever_never_repeat(lab: Lab):
    seen = {
        (await fetch(lab, "https://redirects-for-ever.test/")).header("location") for _ in range(12)
    }
    assert len(seen) == 12


async def test_a_silent_server_takes_the_connection_and_nothing_else(lab: Lab):
    port = port_of(lab.table["tcp"][f"{addresses.SILENT}:443"])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello?")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.close()


async def test_nonsense_does_not_stop_the_lab(lab: Lab):
    address = lab.product("brightchat.test").web_address
    port = port_of(lab.table["tcp"][f"{address}:80"])
    for nonsense in (b"\x00" * 200 + b"\r\n\r\n", b"GET /\r\n\r\n", b"X" * 200_000, b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense)
        with contextlib.suppress(OSError):
            writer.write_eof()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()
    assert (await fetch(lab, "https://brightchat.test/")).status == 200


@pytest.mark.parametrize("domain", HOSTILE)
async def test_hostile_domains_answer_plain_http_with_a_redirect(lab: Lab, domain):
    assert (await fetch(lab, f"http://{domain}/")).status == 301
