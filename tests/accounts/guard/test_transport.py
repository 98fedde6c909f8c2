"""httpx and httpcore under the guard: what they may not add, keep, guess or leave open."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest

from accounts.guard import Exchange, FetchError
from accounts.guard.client import Request
from accounts.guard.network import MAX_CHUNKED_PARTS, Network
from accounts.guard.urls import DEFAULT_PORTS, Url, parse_address
from tests.accounts.guard.loopback import Handler, Net, moved, ok

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CORPUS: list[dict[str, Any]] = json.loads(  # Any: entries as published
    Path(__file__).with_name("corpus.json").read_text("utf-8")
)
ADMITTED = [parse_address(entry["input"]) for entry in CORPUS if entry["admitted"]]


def in_pieces(data: bytes, size: int) -> Handler:
    """A handler that answers with `data`, `size` bytes at a time."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            await asyncio.sleep(0.001)

    return handler


async def fetch(net: Net, **arguments: object) -> Exchange | str:
    try:
        return await net.guard().fetch("http://a.test/", **arguments)  # type: ignore[arg-type]
    except FetchError as error:
        return error.code


async def all_closed(net: Net) -> None:
    async with asyncio.timeout(2):
        while any(net.open_now.values()):
            await asyncio.sleep(0.01)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd" if Path("/proc/self/fd").exists() else "/dev/fd"))


def test_httpx_reads_every_host_as_our_grammar_does():
    for url in (*ADMITTED, Url("https", "2606:4700::1111", 8443, "/")):
        written = Request(url).written().url
        assert written.scheme == url.scheme
        assert written.raw_host.decode() == url.host
        assert (written.port or DEFAULT_PORTS[url.scheme]) == url.port


async def test_the_target_is_sent_as_our_grammar_wrote_it(net: Net):
    await net.answer(ok())
    await net.guard().fetch("http://a.test/p|a[1]/../%7e;x='~'?q=a+b&c=%zz[]{}#top")
    assert net.requests[0].startswith(b"GET /p|a[1]/../%7e;x='~'?q=a+b&c=%zz[]%7B%7D HTTP/1.1\r\n")


async def test_what_writes_nothing_announces_no_body(net: Net):
    await net.answer(ok())
    await net.guard().fetch("http://a.test/", method="POST")
    assert net.requests[0].startswith(b"POST / HTTP/1.1\r\nHost: a.test\r\n")
    assert b"ontent-" not in net.requests[0]


async def test_the_environment_reaches_neither_tls_nor_what_is_sent(
    net: Net, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    await net.answer(ok(b"proxy"), host="proxy.test", address="127.0.0.99")
    await net.answer(ok(b"real"), port=443, context=net.context("a.test"))
    proxy = f"http://me:secret@{net.table['tcp']['127.0.0.99:80']}"
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    keys = tmp_path / "keys"
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("SSL_CERT_FILE", str(netrc))
    assert (await net.guard().fetch("https://a.test/")).body == b"real"
    assert net.hits == {"127.0.0.2": 1}
    assert b"uthorization" not in net.requests[0]
    assert not keys.exists()


async def test_a_cookie_is_not_carried_over_a_redirect(net: Net):
    setting = moved("/next").replace(b"\r\n", b"\r\nSet-Cookie: a=1; Path=/\r\n", 1)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        net.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(setting if len(net.requests) == 1 else ok())
        await writer.drain()

    await net.serve(handler)
    found = await net.guard().fetch("http://a.test/")
    assert ("set-cookie", "a=1; Path=/") in found.hops[0].headers
    assert b"ookie" not in net.requests[1]


async def test_each_connection_is_resolved_once_and_none_is_used_twice(net: Net):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(moved("/next") if b"GET / " in head else ok())
            await writer.drain()

    await net.serve(handler)
    guard = net.guard()
    assert len((await guard.fetch("http://a.test/")).hops) == 1
    assert (net.dns.asked("a.test", "A"), net.dns.asked("a.test", "AAAA")) == (2, 2)
    assert (guard.connection_count, net.hits) == (2, {"127.0.0.2": 2})
    await all_closed(net)


async def test_a_socket_of_this_machine_is_never_opened(net: Net):
    with pytest.raises(httpcore.UnsupportedProtocol, match=r"/run/docker\.sock"):
        await Network(net.guard()._connector).connect_unix_socket("/run/docker.sock")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize(("count", "is_answer"), [(10, True), (11, False)])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
async def test_interim_answers_are_counted_however_they_come(
    net: Net, size: int, count: int, is_answer: bool, end: bytes
):
    interim = end.join([b"HTTP/1.1 103 Early Hints", b"Link: </x>", b"", b""])
    await net.serve(in_pieces(interim * count + ok(b"a\n\nb"), size))
    found = await fetch(net)
    if is_answer:
        assert isinstance(found, Exchange)
        assert (found.body, found.remarks) == (b"a\n\nb", ())
    else:
        assert found == "protocol_error"


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    ("rest", "body", "is_lying"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello", False),
        (b"5\r\nhello\r\n0;a=b\r\nServer-Timing: x\r\nY: z\r\n\r\n", b"hello", False),
        (b"8\r\n\n\n\r\n\r\n\r\n\r\n0\r\n\r\n", b"\n\n\r\n\r\n\r\n", False),
        (b"7\r\n0\r\n\r\nab\r\n0\r\n\r\n", b"0\r\n\r\nab", False),
        (b"5\r\nhello\r\n0\r\n\r\nmore", b"hello", True),
        (b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n", b"hello", True),
    ],
)
async def test_what_follows_a_chunked_body_is_remarked(
    net: Net, size: int, rest: bytes, body: bytes, is_lying: bool
):
    await net.serve(in_pieces(CHUNKED + rest, size))
    found = await fetch(net)
    assert isinstance(found, Exchange)
    assert (found.body, found.is_truncated) == (body, False)
    if size > len(rest):  # else the connection may be closed before the rest is seen
        assert found.remarks == (("lying_length",) if is_lying else ())
    elif not is_lying:
        assert found.remarks == ()


@pytest.mark.parametrize("count", [MAX_CHUNKED_PARTS - 1, MAX_CHUNKED_PARTS, 5000])
async def test_a_body_of_blank_lines_comes_whole(net: Net, count: int):
    body = b"x\n\n" * count
    await net.answer(CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    found = await fetch(net)
    assert isinstance(found, Exchange)
    assert (found.body, found.remarks) == (body, ())


@pytest.mark.parametrize("status", [b"200 OK", b"204 No Content", b"304 Not Modified"])
async def test_a_body_where_none_belongs_is_remarked_and_not_read(net: Net, status: bytes):
    await net.answer(b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\nbody")
    found = await fetch(net, method="HEAD")
    assert isinstance(found, Exchange)
    assert (found.body, found.remarks) == (b"", ("lying_length",))


async def test_no_protocol_is_switched_even_where_the_caller_asked(net: Net):
    await net.answer(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nsecret")
    assert await fetch(net, headers={"Upgrade": "x"}) == "protocol_error"


SCENES: dict[str, Callable[[Net], Any]] = {  # Any: coroutines of different kinds
    "answer": lambda net: net.answer(ok()),
    "cut at its cap": lambda net: net.answer(ok(b"x" * 100_000)),
    "cut within chunks": lambda net: net.answer(CHUNKED + b"2\r\nxy\r\n" * 10_000),
    "nothing": lambda net: net.answer(b""),
    "garbage": lambda net: net.answer(b"\x00" * 1000),
    "interim": lambda net: net.answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "drips": lambda net: net.serve(in_pieces(b"HTTP/1.1 " * 2000, 1)),
    "no TLS": lambda net: net.answer(b"220 hello\r\n", port=443),
}


@pytest.mark.parametrize("scene", SCENES)
async def test_nothing_stays_open_whatever_the_end(net: Net, scene: str):
    await SCENES[scene](net)
    guard = net.guard(connections_per_host=1)
    scheme = "https" if scene == "no TLS" else "http"

    async def once() -> None:
        with suppress(FetchError):
            await guard.fetch(
                f"{scheme}://a.test/", max_body_bytes=1000, deadline=timedelta(seconds=0.2)
            )
        await all_closed(net)

    await once()
    before = open_files()
    for _ in range(4):
        await once()
    assert open_files() <= before


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.005, 0.02, 0.1])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_cancelled_fetch_closes_its_connection_and_gives_its_place_back(
    net: Net, scheme: str, seconds: float
):
    await net.serve(in_pieces(CHUNKED + b"1\r\nx\r\n" * 5000, 6))
    await net.serve(in_pieces(ok(b"x" * 5000), 6), port=443, context=net.context("a.test"))
    guard = net.guard(connections_per_host=1)
    for _ in range(3):
        task = asyncio.create_task(guard.fetch(f"{scheme}://a.test/"))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await all_closed(net)
    assert (await guard.fetch(f"{scheme}://a.test/", max_body_bytes=10)).status == 200


async def test_a_fetch_cut_off_at_any_step_leaves_no_transport_behind(net: Net):
    """A descriptor closed underneath asyncio breaks whoever is given its number next."""
    await net.serve(in_pieces(ok(), 100), port=443, context=net.context("a.test"))
    guard = net.guard(connections_per_host=1)
    for steps in range(60):
        task = asyncio.create_task(guard.fetch("https://a.test/", address="127.0.0.2"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            assert (await guard.fetch("https://a.test/", address="127.0.0.2")).status == 200
    await all_closed(net)
