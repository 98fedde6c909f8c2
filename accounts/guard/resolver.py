"""DNS questions over our own sockets: dnspython writes and reads messages, nothing more.

Two seconds per try, two tries, five seconds in all, TCP where the answer was cut. Silence,
SERVFAIL and "not there" stay apart: only the last is a statement of the name's owner.

Sources: RFC 1035 section 4, RFC 2308 (NODATA), RFC 6891 (EDNS), RFC 7766 (TCP).
"""

import asyncio
import re
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from accounts.guard.addresses import is_lab_name
from accounts.guard.answers import read_answer
from accounts.guard.dialler import Dialler, Endpoint, connect_tcp, connect_udp, parse_endpoint
from accounts.guard.exchange import DnsReply, DnsStatus, GuardError

TRY_SECONDS = 2.0
TRIES = 2
QUESTION_SECONDS = 5.0
MAX_CNAMES = 8
MAX_IN_FLIGHT = 150
MAX_FOREIGN_DATAGRAMS = 100
UDP_PAYLOAD_BYTES = 1232
DNS_PORT = 53

type _Way = Callable[[dns.message.QueryMessage, Endpoint, bool], Awaitable[bytes | None]]


def system_resolvers(path: Path = Path("/etc/resolv.conf")) -> tuple[Endpoint, ...]:
    """The resolvers of this machine; loopback where its file names none, as libc does."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.findall(r"^\s*nameserver\s+([0-9a-fA-F.:]+)\s*$", text, re.M)
    return parse_resolvers(found) or (("127.0.0.1", DNS_PORT),)


def parse_resolvers(texts: Sequence[str]) -> tuple[Endpoint, ...]:
    return tuple(parse_endpoint(text, default_port=DNS_PORT) for text in texts if text.strip())


def parse_name(name: str) -> dns.name.Name | None:
    """`name` as a fully qualified one, or None where DNS can't carry it."""
    try:
        return dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_UTS_46)
    except (dns.exception.DNSException, UnicodeError):
        return None


def plain(name: str) -> str:
    """A name as replies show it: lower case, without the final dot."""
    return name.lower().removesuffix(".")


@dataclass(frozen=True, slots=True)
class Watchers:
    """The resolvers that the world asks, to see what has reached them; in the lab its own."""

    public: tuple[Endpoint, ...] = ()
    lab: tuple[Endpoint, ...] = ()

    def of(self, name: str) -> tuple[Endpoint, ...]:
        return self.lab if is_lab_name(plain(name)) else self.public


class Resolver:
    """Asks the configured resolvers as given, and authoritative servers through the dialler."""

    def __init__(
        self,
        dialler: Dialler,
        resolvers: tuple[Endpoint, ...],
        lab_resolvers: tuple[Endpoint, ...] = (),
        watchers: Watchers | None = None,
    ) -> None:
        self.dialler = dialler
        self.resolvers = resolvers
        self.lab_resolvers = lab_resolvers
        self.watchers = watchers or Watchers()
        self.question_count = 0
        self._in_flight = asyncio.Semaphore(MAX_IN_FLIGHT)

    def resolvers_of(self, name: str) -> tuple[Endpoint, ...]:
        """Who is asked for `name`: in the lab its own resolver, for `.test` and 127.0.0.0/8."""
        is_lab = is_lab_name(name) or name.endswith(".127.in-addr.arpa")
        return self.lab_resolvers if is_lab and self.lab_resolvers else self.resolvers

    async def ask_watcher(self, watcher: Endpoint, name: str, rtype: str) -> DnsReply:
        """The reply of this one of the watchers, and of no other in its stead."""
        question = self._question(name, rtype, dns.flags.RD, want_dnssec=False)
        if question is None:
            return DnsReply(plain(name), rtype, DnsStatus.MALFORMED, asked_at=datetime.now(UTC))
        return await self._exchange(question, [watcher] * TRIES, is_tcp=False, is_judged=False)

    async def ask(
        self,
        name: str,
        rtype: str,
        *,
        resolver: int = 0,
        checking_disabled: bool = False,
        want_dnssec: bool = False,
    ) -> DnsReply:
        """The reply to a recursive question; never raises for the far side.

        A chain that the resolver left open is followed to at most eight CNAMEs in all. A
        loop or a longer chain is SERVFAIL, as resolvers say it; `chain` shows it. A name
        that DNS can't carry is MALFORMED and not asked.
        """
        flags = dns.flags.RD | dns.flags.AD | (dns.flags.CD if checking_disabled else 0)
        reply = await self._ask_once(name, rtype, resolver, flags, want_dnssec)
        first, chain = reply, reply.chain
        while _is_open(reply):
            if len(chain) > MAX_CNAMES or len(set(chain)) < len(chain) or plain(name) in chain:
                return _joined(first, reply, chain, DnsStatus.SERVFAIL)
            reply = await self._ask_once(chain[-1], rtype, resolver, flags, want_dnssec)
            chain += reply.chain
        return _joined(first, reply, chain, reply.status)

    async def _ask_once(
        self, name: str, rtype: str, resolver: int, flags: int, want_dnssec: bool
    ) -> DnsReply:
        servers = self.resolvers_of(plain(name))
        order = [servers[(resolver + attempt) % len(servers)] for attempt in range(TRIES)]
        question = self._question(name, rtype, flags, want_dnssec)
        if question is None:
            return DnsReply(plain(name), rtype, DnsStatus.MALFORMED, asked_at=datetime.now(UTC))
        return await self._exchange(question, order, is_tcp=False, is_judged=False)

    async def ask_server(
        self,
        address: str,
        name: str,
        rtype: str,
        *,
        is_tcp: bool = False,
        recursion_desired: bool = False,
        want_dnssec: bool = False,
    ) -> DnsReply:
        """The reply of the authoritative server at `address`, port 53.

        Raises TargetRefusedError where the policy refuses `address`: an NS record of
        127.0.0.1 would else turn the question on our own resolver.
        """
        self.dialler.judge(address, DNS_PORT, host=address, purpose="dns")
        flags = dns.flags.RD if recursion_desired else 0
        question = self._question(name, rtype, flags, want_dnssec)
        if question is None:
            return DnsReply(plain(name), rtype, DnsStatus.MALFORMED, asked_at=datetime.now(UTC))
        order = [(address, DNS_PORT)] * TRIES
        return await self._exchange(question, order, is_tcp=is_tcp, is_judged=True)

    @staticmethod
    def _question(
        name: str, rtype: str, flags: int, want_dnssec: bool
    ) -> dns.message.QueryMessage | None:
        parsed = parse_name(name)
        if parsed is None:
            return None
        return dns.message.make_query(
            parsed,
            rtype,
            use_edns=0,
            want_dnssec=want_dnssec,
            payload=UDP_PAYLOAD_BYTES,
            flags=flags,
        )

    async def _exchange(
        self,
        question: dns.message.QueryMessage,
        order: Sequence[Endpoint],
        *,
        is_tcp: bool,
        is_judged: bool,
    ) -> DnsReply:
        async with self._in_flight:
            asked_at, started = datetime.now(UTC), time.monotonic()
            answer, server, transport = await self._try_each(question, order, is_tcp, is_judged)
        return read_answer(
            question,
            answer,
            server=f"[{server[0]}]:{server[1]}" if ":" in server[0] else f"{server[0]}:{server[1]}",
            transport=transport,
            elapsed_ms=(time.monotonic() - started) * 1000,
            asked_at=asked_at,
        )

    async def _try_each(
        self,
        question: dns.message.QueryMessage,
        order: Sequence[Endpoint],
        is_tcp: bool,
        is_judged: bool,
    ) -> tuple[bytes | None, Endpoint, str]:
        """The first answer among the tries, who gave it and how; None for silence."""
        server, transport = order[0], "tcp" if is_tcp else "udp"
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                for server in order:
                    self.question_count += 1
                    answer = None
                    if not is_tcp:
                        answer = await self._try(self._over_udp, question, server, is_judged)
                    if is_tcp or (answer is not None and _is_cut(answer)):
                        transport = "tcp"
                        answer = await self._try(self._over_tcp, question, server, is_judged)
                    if answer is not None:
                        return answer, server, transport
        except TimeoutError:
            pass
        return None, server, transport

    @staticmethod
    async def _try(
        way: _Way, question: dns.message.QueryMessage, server: Endpoint, is_judged: bool
    ) -> bytes | None:
        try:
            async with asyncio.timeout(TRY_SECONDS):
                return await way(question, server, is_judged)
        except (OSError, GuardError, asyncio.IncompleteReadError):  # TimeoutError is an OSError
            return None

    async def _over_udp(
        self, question: dns.message.QueryMessage, server: Endpoint, is_judged: bool
    ) -> bytes | None:
        """The first datagram that answers this question; others are passed over."""
        sock = await self.dialler.open_udp(*server) if is_judged else connect_udp(server)
        loop = asyncio.get_running_loop()
        with sock:
            await loop.sock_sendall(sock, question.to_wire())
            for _ in range(MAX_FOREIGN_DATAGRAMS):
                datagram = await loop.sock_recv(sock, 65535)
                if _answers(question, datagram):
                    return datagram
        return None

    async def _over_tcp(
        self, question: dns.message.QueryMessage, server: Endpoint, is_judged: bool
    ) -> bytes | None:
        if is_judged:
            sock = await self.dialler.open_tcp(
                *server, host=server[0], purpose="dns", timeout_seconds=TRY_SECONDS
            )
        else:
            sock = await connect_tcp(server, shown=server, timeout_seconds=TRY_SECONDS)
        reader, writer = await asyncio.open_connection(sock=sock)
        try:
            writer.write(question.to_wire(prepend_length=True))
            await writer.drain()
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = await reader.readexactly(length)
            return answer if _answers(question, answer) else None
        finally:
            writer.transport.abort()


def _answers(question: dns.message.QueryMessage, datagram: bytes) -> bool:
    """True where ID, direction and question fit; unreadable bytes with our ID count, too."""
    header_bytes = 12
    if len(datagram) < header_bytes or datagram[:2] != question.to_wire()[:2]:
        return False
    try:
        head = dns.message.from_wire(datagram, question_only=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return bool(datagram[2] & 0x80)
    is_error_without_question = not head.question and head.rcode() != dns.rcode.NOERROR
    return bool(head.flags & dns.flags.QR) and (
        head.question == question.question or is_error_without_question
    )


def _is_cut(answer: bytes) -> bool:
    return bool(answer[2] & 0x02)


def _is_open(reply: DnsReply) -> bool:
    """True where the reply ends in a CNAME and says nothing about its target."""
    is_settled = any(record.rtype == "SOA" for record in reply.authority)
    return reply.status is DnsStatus.NODATA and bool(reply.chain) and not is_settled


def _joined(first: DnsReply, last: DnsReply, chain: tuple[str, ...], status: DnsStatus) -> DnsReply:
    """`first`'s question with `last`'s outcome and the whole chain."""
    if first is last and status is first.status:
        return first
    return DnsReply(
        name=first.name,
        rtype=first.rtype,
        status=status,
        records=last.records,
        chain=chain,
        answer=first.answer if first is last else first.answer + last.answer,
        authority=last.authority,
        additional=last.additional,
        is_authoritative=first.is_authoritative and last.is_authoritative,
        is_validated=first.is_validated and last.is_validated,
        server=last.server,
        transport=last.transport,
        elapsed_ms=first.elapsed_ms if first is last else first.elapsed_ms + last.elapsed_ms,
        size_bytes=last.size_bytes,
        asked_at=first.asked_at,
        extended_errors=last.extended_errors,
    )
