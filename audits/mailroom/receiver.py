"""The door for incoming mail: an SMTP server that takes mail for addresses it gave out.

It relays nothing, knows no accounts, and holds nothing that it has not judged yet: the
250 is said once what is kept stands in the database. What it takes in is bounded:
bytes, lines, recipients, sessions, time.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError

from audits.observations.mail_arrival import Received
from audits.observations.mail_reading import has_too_many_headers

MAX_BYTES: Final = 1024 * 1024
MAX_SESSIONS: Final = 40
MAX_SESSIONS_OF_ADDRESS: Final = 8
MAX_CALLS: Final = 20
IDLE_LIMIT: Final = timedelta(seconds=30)
SESSION_LIMIT: Final = timedelta(minutes=3)
TAKE_LIMIT: Final = timedelta(seconds=90)
UNKNOWN_ADDRESS: Final = "550 5.1.1 No such address here"
TOO_MANY: Final = b"421 4.3.2 Too many connections, try again later\r\n"
LATER: Final = "451 4.3.0 Not possible at this moment, try again later"

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the library tells of every line


class Room(Protocol):
    """Who knows the addresses and keeps what comes in."""

    async def is_known(self, local_part: str) -> bool: ...

    async def take(self, local_part: str, mail: Received) -> bool: ...


class Door:
    """The handler of one server: one recipient, at our domain, that the room knows."""

    def __init__(
        self, domain: str, room: Room, *, is_tls_offered: bool, clock: Callable[[], float]
    ) -> None:
        self.domain = domain.lower()
        self.room = room
        self.is_tls_offered = is_tls_offered
        self.clock = clock

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient for each mail, please"
        local_part, _, domain = address.rpartition("@")
        if domain.lower().rstrip(".") != self.domain:
            return "550 5.7.1 This server relays nothing"
        try:
            if not await self.room.is_known(local_part):
                return UNKNOWN_ADDRESS
        except DatabaseError:
            return LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        if has_too_many_headers(content):
            return "552 5.3.4 The headers are larger than 64 KB"
        local_part = envelope.rcpt_tos[0].rpartition("@")[0]
        try:
            async with asyncio.timeout(TAKE_LIMIT.total_seconds()):
                is_taken = await self.room.take(
                    local_part, self.received(session, envelope, content)
                )
        except TimeoutError:
            log.warning("A mail could not be looked at within %s", TAKE_LIMIT)
            return LATER
        return "250 2.0.0 Ok" if is_taken else UNKNOWN_ADDRESS

    async def handle_exception(self, error: Exception) -> str:
        """The words for a fault of ours: nothing of it goes out."""
        log.error("A session ended with %s", type(error).__name__, exc_info=error)
        return LATER

    def received(self, session: Session, envelope: Envelope, content: bytes) -> Received:
        peer: Any = session.peer  # Any: what the transport calls its peer
        cipher = session.ssl.get("cipher") if session.ssl else None
        sender = (envelope.mail_from or "").strip("<>")
        return Received(
            ip=str(peer[0]) if peer else "",
            helo=session.host_name or "",
            mail_from=sender,
            at_seconds=int(self.clock()),
            content=content,
            is_tls=session.ssl is not None,
            is_tls_offered=self.is_tls_offered,
            tls_version=str(cipher[1]) if cipher else "",
        )


class Sessions:
    """How many sit at the door, in all and by address."""

    def __init__(self) -> None:
        self.by_address: dict[str, int] = {}

    def enter(self, address: str) -> bool:
        count = self.by_address.get(address, 0)
        if sum(self.by_address.values()) >= MAX_SESSIONS or count >= MAX_SESSIONS_OF_ADDRESS:
            return False
        self.by_address[address] = count + 1
        return True

    def leave(self, address: str) -> None:
        left = self.by_address.get(address, 0) - 1
        if left > 0:
            self.by_address[address] = left
        else:
            self.by_address.pop(address, None)


class BoundedSMTP(SMTP):
    """aiosmtpd's server with a limit on sessions and on the life of each."""

    line_length_limit = 4096  # longer than RFC 5321's 1000: it is the mail we are here to see

    def __init__(self, *args: Any, sessions: Sessions, **kwargs: Any) -> None:  # Any: aiosmtpd's
        super().__init__(*args, **kwargs)
        self.sessions = sessions
        self.entered = ""
        self.end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.end is None and not self._enter(transport):
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.end is None:
            return
        self.end.cancel()
        if self.entered:
            self.sessions.leave(self.entered)
            self.entered = ""
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return False if self.end is None else super().eof_received()

    def _enter(self, transport: asyncio.BaseTransport) -> bool:
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else "unknown"
        if not self.sessions.enter(address):
            assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server's
            transport.write(TOO_MANY)
            transport.close()
            return False
        self.entered = address
        self.end = self.loop.call_later(SESSION_LIMIT.total_seconds(), self._cut)
        return True

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def open_door(
    door: Door,
    *,
    host: str,
    port: int,
    tls: object = None,
) -> asyncio.Server:
    """Listen on `host` and `port` (0: any free one) until the returned server is closed.

    `tls` is an `ssl.SSLContext`, which the guard alone makes; without one, no STARTTLS.
    """
    loop = asyncio.get_running_loop()
    sessions = Sessions()

    def made() -> BoundedSMTP:
        return BoundedSMTP(
            door,
            sessions=sessions,
            data_size_limit=MAX_BYTES,
            hostname=door.domain,
            ident="ESMTP",
            tls_context=tls,
            timeout=IDLE_LIMIT.total_seconds(),
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=MAX_CALLS,
            loop=loop,
        )

    return await loop.create_server(made, host=host, port=port)
