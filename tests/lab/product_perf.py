"""How heavy a product is, what it is packed in, and what its HTTPS records promise."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from http import HTTPStatus

from tests.lab.product_pages import VENDOR_SCRIPT, Has
from tests.lab.web import GZIP_FROM_BYTES, Request, Response

TEXTS = ("text/html", "text/css", "application/javascript", "application/json")
HEAVY_BYTES = 600_000
BLOCK_BYTES = 128 * 1024
OLD_ADDRESS = "127.0.66.6"


def heavy_file(request: Request, has: Has) -> Response | None:
    """A bundle that no packing makes smaller: its content is digests."""
    if request.path != VENDOR_SCRIPT or not has("scripts_heavy"):
        return None
    kind = "application/javascript; charset=utf-8"
    parts = (hashlib.sha512(str(n).encode()).digest() for n in range(HEAVY_BYTES // 64))
    return Response(200, b"".join(parts), kind, (("Cache-Control", "public, max-age=31536000"),))


def flaky(request: Request, has: Has) -> Response | None:
    is_browser = "zstd" in request.header("accept-encoding")
    if has("api_flaky") and request.path == "/v1/models" and is_browser:
        headers = (("Cache-Control", "no-store"),)
        return Response(
            HTTPStatus.SERVICE_UNAVAILABLE, b'{"error": "busy"}', "application/json", headers
        )
    return None


def packed(request: Request, response: Response, has: Has) -> Response:
    """`response` in what the asker takes, newest first; gzip is the server's own."""
    if has("text_unpacked"):
        return Response(
            response.status, response.body, response.content_type, response.headers, is_plain=True
        )
    is_text = response.content_type.startswith(TEXTS) and len(response.body) >= GZIP_FROM_BYTES
    offers = "zstd" in request.header("accept-encoding")
    if not is_text or not offers or has("gzip_only"):
        return response
    said = (("Content-Encoding", "zstd"), ("Vary", "Accept-Encoding"))
    return Response(
        response.status, zstd(response.body), response.content_type, response.headers + said
    )


def zstd(body: bytes) -> bytes:
    """A frame of raw blocks (RFC 8878 section 3.1.1): valid, and no library needed."""
    blocks = [body[at : at + BLOCK_BYTES] for at in range(0, len(body), BLOCK_BYTES)] or [b""]
    head = bytes.fromhex("28b52ffda0") + struct.pack("<I", len(body))
    return head + b"".join(
        (int(at == len(blocks) - 1) | len(block) << 3).to_bytes(3, "little") + block
        for at, block in enumerate(blocks)
    )


def https_records(
    domain: str, address: str, has: Has
) -> Iterator[tuple[str, str, tuple[str, ...], int]]:
    """The record of a good product, and what these faults make of it."""
    hint = OLD_ADDRESS if has("https_hints_stale") else address
    if has("https_alpn_false"):
        yield domain, "HTTPS", ('1 . alpn="h2"',), 300
    elif domain == "brightchat.test" or has("https_hints_stale"):
        yield domain, "HTTPS", (f'1 . alpn="h2" ipv4hint={hint}',), 300
