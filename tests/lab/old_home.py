"""The old host of a product that moved: it still answers to every name, with its old app."""

from __future__ import annotations

import asyncio

from tests.lab.web import Response, read_request, wire

OLD_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Bright Studio, since 2019</title></head>
<body><h1>Bright Studio</h1><p>We draw logos, business cards and posters for restaurants and
bakeries in Leipzig. Call us, or come by on Tuesdays between ten and four.</p>
<p>Our last work: the new sign of Bakery Lindner, the menu of Casa Verde and a poster for the
summer fair in the park.</p></body></html>"""


async def old_app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One answer, then the connection ends."""
    try:
        async with asyncio.timeout(30):
            request = await read_request(reader, "https")
        response = Response(200, OLD_PAGE.encode()).having(("Connection", "close"))
        writer.write(wire(request, response))
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError, ValueError):
        pass  # no request: nothing to answer
    finally:
        writer.close()
