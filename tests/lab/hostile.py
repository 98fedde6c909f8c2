"""Servers that mean harm, or behave as if: endless, bloated, lying, silent."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import zlib
from datetime import timedelta
from functools import cache

from tests.lab.web import RawHandler, Request

BOMB_BYTES = 64 * 1024 * 1024
DRIP_PAUSE = timedelta(milliseconds=300)
BLOCK = b"<!-- and so on, and so on, and so on, without an end. -->\n" * 256
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, reads, never says a word."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(4096):
            pass
    writer.close()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a ClientHello with something that is no TLS."""
    with contextlib.suppress(ConnectionError):
        await reader.read(4096)
        writer.write(b"\x00\xff SSH-2.0-not-tls-at-all\r\n" * 40)
        await writer.drain()
    writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the ClientHello and closes."""
    with contextlib.suppress(ConnectionError):
        await reader.read(4096)
    writer.close()


async def endless_body(_: Request, writer: asyncio.StreamWriter) -> None:
    """Chunks without an end, as fast as they are taken."""
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"%x\r\n" % len(BLOCK) + BLOCK + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0)  # drain alone lets nobody else in, the news of a hang-up included


async def dripping_body(_: Request, writer: asyncio.StreamWriter) -> None:
    """One byte at a time, for ever: each read succeeds, the whole never ends."""
    writer.write(OK + b"Content-Length: 1000000\r\n\r\n<!DOCTYPE html>")
    await drip(writer, b"x")


async def dripping_headers(_: Request, writer: asyncio.StreamWriter) -> None:
    """A header at a time, and never the empty line."""
    writer.write(OK)
    await drip(writer, b"X-More: yes\r\n")


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(DRIP_PAUSE.total_seconds())


@cache
def bomb(layers: int) -> bytes:
    """64 MiB of zeros, gzipped `layers` times over."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    data = b"".join(packer.compress(zeros) for _ in range(BOMB_BYTES // len(zeros)))
    data += packer.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data, 6, mtime=0)
    return data


async def send_bomb(writer: asyncio.StreamWriter, layers: int) -> None:
    data = await asyncio.to_thread(bomb, layers)
    encoding = b", ".join([b"gzip"] * layers)
    length = b"Content-Length: %d\r\n\r\n" % len(data)
    writer.write(OK + b"Content-Encoding: " + encoding + b"\r\n" + length + data)
    await writer.drain()


async def gzip_bomb(_: Request, writer: asyncio.StreamWriter) -> None:
    await send_bomb(writer, 1)


async def double_gzip_bomb(_: Request, writer: asyncio.StreamWriter) -> None:
    await send_bomb(writer, 2)


async def header_flood(_: Request, writer: asyncio.StreamWriter) -> None:
    """Five thousand headers, each a little long."""
    lines = b"".join(b"X-Flood-%d: %s\r\n" % (number, b"w" * 200) for number in range(5000))
    writer.write(OK + lines + b"Content-Length: 0\r\n\r\n")
    await writer.drain()


async def garbage_http(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 220 hello, this is no web server\n\n\x00\xff" * 20)
    await writer.drain()


async def lying_length(_: Request, writer: asyncio.StreamWriter) -> None:
    """Promises a megabyte, sends a line, hangs up."""
    writer.write(OK + b"Content-Length: 1048576\r\n\r\n<!DOCTYPE html><title>short</title>")
    await writer.drain()


def redirecting(*locations: str) -> RawHandler:
    """Sends every visitor to `locations` in turn."""
    turns = itertools.cycle(locations)

    async def send_away(_: Request, writer: asyncio.StreamWriter) -> None:
        place = next(turns).encode()
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    return send_away


METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"

RAW: dict[str, RawHandler] = {
    "endless_body": endless_body,
    "dripping_body": dripping_body,
    "dripping_headers": dripping_headers,
    "gzip_bomb": gzip_bomb,
    "double_gzip_bomb": double_gzip_bomb,
    "header_flood": header_flood,
    "garbage_http": garbage_http,
    "lying_length": lying_length,
    "redirects_to_itself": redirecting("https://redirects-to-itself.test/"),
    "redirects_for_ever": redirecting(
        *(f"https://redirects-for-ever.test/{number}" for number in range(1000))
    ),
    "redirects_to_metadata": redirecting(METADATA),
    "redirects_to_localhost": redirecting("http://localhost/admin"),
    "redirects_to_loopback": redirecting("http://[::1]/"),
    "redirects_to_number": redirecting("http://0x7f.1/"),
    "redirects_to_odd_port": redirecting("https://brightchat.test:6379/"),
    "redirects_to_file": redirecting("file:///etc/passwd"),
    "redirects_to_private": redirecting("http://10.0.0.1/admin"),
}
