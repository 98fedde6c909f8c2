"""Mail servers that talk: SMTP up to STARTTLS, no mail is taken."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import partial
from typing import TYPE_CHECKING

from tests.lab import addresses
from tests.lab.certificates import CertificateOrder

if TYPE_CHECKING:
    from tests.lab.doors import Doors

# Where products put a mail server of their own: one as it should be, one from the past.
OWN = "127.0.44.1"
OWN_PLAIN = "127.0.45.1"
NAMED = {"own.mailhost.test": OWN}
HOSTS = {**addresses.MAIL_SERVERS, **NAMED}
IDLE_SECONDS = 20


async def open_mail(doors: Doors, context: ssl.SSLContext) -> None:
    """Open port 25 of every mail server; `context` chooses the certificate by name."""
    secure = await doors.listen(partial(talk, context=context))
    doors.table["tcp"][f"{OWN_PLAIN}:25"] = await doors.listen(partial(talk, context=None))
    for name, address in HOSTS.items():
        doors.table["tcp"][f"{address}:25"] = secure
        doors.certificates.setdefault(name, CertificateOrder((name,)))


async def talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, context: ssl.SSLContext | None
) -> None:
    """One connection: greeting, EHLO, STARTTLS, QUIT."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        async with asyncio.timeout(IDLE_SECONDS):
            await _say(writer, "220 mailhost.test ESMTP")
            while line := await reader.readline():
                await _answer(line.strip().upper(), writer, context)
    writer.close()


async def _answer(
    line: bytes, writer: asyncio.StreamWriter, context: ssl.SSLContext | None
) -> None:
    if line.startswith(b"EHLO"):
        lines = ["PIPELINING", *(["STARTTLS"] if context else []), "8BITMIME"]
        await _say(writer, "250-mailhost.test", *(f"250-{one}" for one in lines), "250 HELP")
    elif line == b"STARTTLS" and context is not None:
        await _say(writer, "220 go ahead")
        await writer.start_tls(context)
    elif line == b"QUIT":
        await _say(writer, "221 bye")
        writer.close()
    else:
        await _say(writer, "502 not here")


async def _say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()
