"""Servers that mean harm: each ends as a code, in time, and with bounded memory (F16)."""

import asyncio
import gzip
import itertools
import time
import tracemalloc
import zlib
from datetime import timedelta

import pytest

from accounts.guard import Exchange, FetchError, client
from tests.accounts.guard.loopback import Handler, Net, ok

MIB = 1024 * 1024
PEAK_MIB = 16
DEADLINE = timedelta(seconds=0.5)
HEAD = b"HTTP/1.1 200 OK\r\n"


async def fetch(net: Net, **arguments: object) -> Exchange | str:
    """The exchange, or the code of why there is none."""
    try:
        return await net.guard().fetch("http://a.test/", **arguments)  # type: ignore[arg-type]
    except FetchError as error:
        return error.code


async def exchange(net: Net, **arguments: object) -> Exchange:
    found = await fetch(net, **arguments)
    assert isinstance(found, Exchange)
    return found


def forever(first: bytes, again: bytes, *, pause_seconds: float = 0.0) -> Handler:
    """A handler that answers with `first` and then `again` until it is cut off."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    return handler


async def within_memory(net: Net, **arguments: object) -> Exchange | str:
    tracemalloc.start()
    try:
        found = await fetch(net, **arguments)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < PEAK_MIB * MIB
    return found


async def test_an_endless_body_is_cut_at_its_cap(net: Net):
    await net.serve(forever(HEAD + b"\r\n", b"x" * 65536))
    found = await within_memory(net)
    assert isinstance(found, Exchange)
    assert (len(found.body), found.is_truncated) == (2 * MIB, True)
    assert found.wire_bytes == 2 * MIB


@pytest.mark.parametrize(("size", "is_truncated"), [(1000, False), (1001, True)])
async def test_the_caps_edge_is_sharp(net: Net, size: int, is_truncated: bool):
    await net.answer(ok(b"x" * size))
    found = await exchange(net, max_body_bytes=1000)
    assert (len(found.body), found.is_truncated) == (1000, is_truncated)


async def test_an_endless_chunked_body_is_cut(net: Net):
    await net.serve(
        forever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n")
    )
    found = await within_memory(net, max_body_bytes=MIB)
    assert isinstance(found, Exchange)
    assert len(found.body) == MIB


async def test_an_endless_chunk_header_is_no_answer(net: Net):
    await net.serve(forever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536))
    found = await within_memory(net)
    assert isinstance(found, Exchange)
    assert (found.body, found.is_truncated) == (b"", True)


async def test_endless_headers_are_no_answer(net: Net):
    lines = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(64))
    await net.serve(forever(HEAD, lines))
    assert await within_memory(net) == "protocol_error"


async def test_one_endless_header_is_no_answer(net: Net):
    await net.serve(forever(HEAD + b"X-Long: ", b"y" * 65536))
    assert await within_memory(net) == "protocol_error"


async def test_a_status_line_without_end_is_no_answer(net: Net):
    await net.serve(forever(b"HTTP/1.1 200 ", b"y" * 65536))
    assert await within_memory(net) == "protocol_error"


@pytest.mark.parametrize(("count", "remarks"), [(199, ()), (200, ("header_flood",))])
async def test_two_hundred_header_fields_are_kept(net: Net, count: int, remarks: tuple[str, ...]):
    await net.answer(ok(b"", *(f"X-{n}: y" for n in range(count))))
    found = await exchange(net)
    assert len(found.headers) == 200
    assert found.remarks == remarks


@pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"\r\n", HEAD + b"Content-Length: 9\r\n\r\n"])
async def test_drips_end_at_the_deadline(net: Net, first: bytes):
    await net.serve(forever(first, b"x", pause_seconds=0.02))
    started = time.monotonic()
    found = await fetch(net, deadline=DEADLINE)
    if isinstance(found, Exchange):  # nine drips made a whole body
        assert found.body == b"x" * 9
    else:
        assert found == "deadline"
    assert time.monotonic() - started < DEADLINE.total_seconds() + 1


@pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nx"])
async def test_silence_is_a_read_timeout(net: Net, first: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "READ_SECONDS", 0.2)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await reader.read()
        await asyncio.sleep(5)

    await net.serve(handler)
    assert await fetch(net) == "read_timeout"


async def test_a_server_that_accepts_and_hangs_up_gave_no_answer(net: Net):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    await net.serve(handler)
    assert await fetch(net) == "protocol_error"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe\x16\x03\x01" * 50,
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"<html>no head</html>",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 99999 No\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, evil\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: y",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    ],
)
async def test_garbage_is_no_answer(net: Net, data: bytes):
    await net.answer(data)
    found = await fetch(net, deadline=timedelta(seconds=3))
    assert found == "protocol_error" or (isinstance(found, Exchange) and found.body == b"")


async def test_a_flood_of_interim_answers_ends(net: Net):
    await net.serve(forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100))
    assert await within_memory(net) == "protocol_error"


@pytest.mark.parametrize(("count", "is_answer"), [(10, True), (11, False)])
async def test_ten_interim_answers_are_borne(net: Net, count: int, is_answer: bool):
    await net.answer(b"HTTP/1.1 100 Continue\r\n\r\n" * count + ok())
    assert isinstance(await fetch(net), Exchange) is is_answer


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 100\r\n", b"short"),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nshort\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nshort\r\nzz\r\n"),
    ],
)
async def test_a_body_that_ends_early_is_kept_and_remarked(net: Net, head: bytes, body: bytes):
    await net.answer(HEAD + head + b"\r\n" + body)
    found = await exchange(net)
    assert (found.body, found.is_truncated) == (b"short", True)
    assert found.remarks == ("lying_length",)


async def test_a_body_longer_than_it_says_is_cut_and_remarked(net: Net):
    await net.answer(HEAD + b"Content-Length: 4\r\n\r\nlonger than four")
    found = await exchange(net)
    assert (found.body, found.remarks) == (b"long", ("lying_length",))


async def test_gzip_is_decoded(net: Net):
    packed = gzip.compress(b"hello " * 1000)
    await net.answer(ok(packed, "Content-Encoding: gzip"))
    found = await exchange(net)
    assert found.body == b"hello " * 1000
    assert (found.wire_bytes, found.remarks, found.is_truncated) == (len(packed), (), False)


async def test_a_gzip_bomb_is_cut_and_remarked(net: Net):
    bomb = gzip.compress(bytes(300 * MIB), compresslevel=9)
    await net.answer(ok(bomb, "Content-Encoding: gzip"))
    del bomb
    found = await within_memory(net)
    assert isinstance(found, Exchange)
    assert len(found.body) == 4 * MIB
    assert found.is_truncated
    assert found.remarks == ("suspicious_compression",)


async def test_a_bomb_in_two_layers_stays_packed(net: Net):
    bomb = gzip.compress(gzip.compress(bytes(300 * MIB)))
    await net.answer(ok(bomb, "Content-Encoding: gzip, gzip"))
    found = await within_memory(net)
    assert isinstance(found, Exchange)
    assert (found.body, found.remarks) == (bomb, ("content_encoding",))


async def test_two_headers_are_two_layers(net: Net):
    packed = gzip.compress(gzip.compress(b"x"))
    await net.answer(ok(packed, "Content-Encoding: gzip", "Content-Encoding: gzip"))
    assert (await exchange(net)).body == packed


async def test_a_bomb_behind_a_bomb_opens_one_layer_only(net: Net):
    inner = gzip.compress(bytes(100 * MIB))
    await net.answer(ok(gzip.compress(inner), "Content-Encoding: gzip"))
    assert (await exchange(net)).body == inner


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "compress", "x-evil"])
async def test_other_codings_are_left_as_they_came(net: Net, coding: str):
    await net.answer(ok(b"\x8b\x02\x80hello\x03", f"Content-Encoding: {coding}"))
    found = await exchange(net, accept_encoding="gzip, br, zstd")
    assert (found.body, found.remarks) == (b"\x8b\x02\x80hello\x03", ("content_encoding",))
    assert b"Accept-Encoding: gzip, br, zstd\r\n" in net.requests[0]


async def test_gzip_that_is_none_is_kept_as_it_came(net: Net):
    await net.answer(ok(b"plain text", "Content-Encoding: gzip"))
    found = await exchange(net)
    assert (found.body, found.remarks) == (b"plain text", ("content_encoding",))


async def test_gzip_without_its_end_is_truncated(net: Net):
    packed = gzip.compress(bytes(range(256)) * 40)
    await net.answer(ok(packed[: len(packed) // 2], "Content-Encoding: gzip"))
    found = await exchange(net)
    assert found.is_truncated
    assert (bytes(range(256)) * 40).startswith(found.body)


async def test_a_body_at_the_decoded_cap_is_whole_and_one_beyond_is_not(net: Net):
    for size, is_truncated in ((MIB, False), (MIB + 1, True)):
        packed = zlib.compress(b"ab" * (size // 2) + b"c" * (size % 2), wbits=31)
        await net.answer(ok(packed, "Content-Encoding: gzip"))
        found = await exchange(net, max_decoded_bytes=MIB)
        assert (len(found.body), found.is_truncated) == (MIB, is_truncated)


async def test_a_redirect_that_never_stops_dripping_ends_at_the_whole_deadline(net: Net):
    steps = itertools.count()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(b"HTTP/1.1 302 F\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % next(steps))
        await writer.drain()

    await net.serve(handler)
    assert await fetch(net, deadline=DEADLINE) == "deadline"
