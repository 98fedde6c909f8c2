"""Name servers: authoritative ones of several tempers, and a recursive one above them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.lab import addresses
from tests.lab.signing import BogusError, add_signatures, validated
from tests.lab.zones import Ending, Zone, Zones, is_within, plain

PLAIN_UDP_LIMIT_BYTES = 512
ALIAS_LIMIT = 8
TRUST_ANCHOR = "test"


class Temper(Enum):
    """How a name server behaves."""

    GOOD = "good"
    REFUSES = "refuses"
    FAILS = "fails"
    WITHOUT_AA = "without_aa"
    SILENT = "silent"


RCODES = {Temper.REFUSES: dns.rcode.REFUSED, Temper.FAILS: dns.rcode.SERVFAIL}


class Answering(Protocol):
    """Anything that turns a question into a reply, or into silence."""

    def reply(self, query: dns.message.Message) -> dns.message.Message | None: ...


@dataclass
class AuthoritativeServer:
    """Answers for the zones that `serves` admits, never recurses."""

    name: str
    zones: Zones
    serves: Callable[[Zone], bool]
    temper: Temper = Temper.GOOD
    questions: int = 0

    def reply(self, query: dns.message.Message) -> dns.message.Message | None:
        self.questions += 1
        if self.temper is Temper.SILENT:
            return None
        response = dns.message.make_response(query)
        response.flags &= ~dns.flags.RA
        if self.temper in RCODES:
            response.set_rcode(RCODES[self.temper])
            return response
        self._answer(response)
        if query.ednsflags & dns.flags.DO:
            add_signatures(self.zones, response)
        if self.temper is Temper.WITHOUT_AA:
            response.flags &= ~dns.flags.AA
        return response

    def _answer(self, response: dns.message.Message) -> None:
        question = response.question[0]
        name, rtype = plain(str(question.name)), dns.rdatatype.to_text(question.rdtype)
        for _ in range(ALIAS_LIMIT):
            zone = self._zone_of(name, rtype)
            if zone is None:
                if not response.answer:
                    response.set_rcode(dns.rcode.REFUSED)
                return
            found = zone.find(name, rtype)
            if found.ending is Ending.REFERRAL:
                self._refer(response, zone, found.records[0])
                return
            response.flags |= dns.flags.AA
            response.answer.extend(found.records)
            if found.ending is not Ending.ALIAS:
                conclude(response, zone, found.ending)
                return
            name = found.target

    def _zone_of(self, name: str, rtype: str) -> Zone | None:
        if rtype == "DS":
            above = self.zones.deepest(name, is_above=True)
            if above is not None and self.serves(above):
                return above
        zone = self.zones.deepest(name)
        while zone is not None and not self.serves(zone):
            zone = self.zones.deepest(zone.origin, is_above=True) if zone.origin else None
        return zone

    def _refer(
        self, response: dns.message.Message, zone: Zone, delegation: dns.rrset.RRset
    ) -> None:
        response.authority.append(delegation)
        for record in delegation:
            glue = zone.get(plain(str(record.target)), "A")
            if glue is not None:
                response.additional.append(glue)


def conclude(response: dns.message.Message, zone: Zone, ending: Ending) -> None:
    """Set the code of the last step, with the SOA for "there is none" (RFC 2308 section 2)."""
    if ending is Ending.FOUND:
        return
    if ending is Ending.NXDOMAIN:
        response.set_rcode(dns.rcode.NXDOMAIN)
    if zone.soa is not None:
        response.authority.append(zone.soa)


@dataclass
class RecursiveResolver:
    """Answers for every name of the lab out of the same zones; knows nothing else.

    A test may set `temper` to SILENT, REFUSES or FAILS, and must set it back to GOOD.
    What is in `remembered` it tells instead of what is true, as a cache that is behind.
    """

    zones: Zones
    temper: Temper = Temper.GOOD
    questions: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    is_validating: bool = True
    remembered: dict[tuple[str, str], dns.rrset.RRset] = field(default_factory=dict)

    def reply(self, query: dns.message.Message) -> dns.message.Message | None:
        self.questions += 1
        if self.temper is Temper.SILENT:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        question = response.question[0]
        name, rtype = plain(str(question.name)), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, rtype))
        if self.temper in RCODES:
            response.set_rcode(RCODES[self.temper])
        elif (name, rtype) in self.remembered:
            response.answer.append(self.remembered[name, rtype])
        else:
            self._answer(response, name, rtype)
            self._secure(query, response, name)
        return response

    def _secure(self, query: dns.message.Message, response: dns.message.Message, name: str) -> None:
        """AD, SERVFAIL with the reason, or nothing (RFC 4035 section 3.2, RFC 8914)."""
        is_asked = bool(query.flags & dns.flags.AD or query.ednsflags & dns.flags.DO)
        if self.is_validating and not query.flags & dns.flags.CD:
            try:
                if validated(self.zones, TRUST_ANCHOR, response, name) and is_asked:
                    response.flags |= dns.flags.AD
            except BogusError as error:
                response.answer.clear()
                response.authority.clear()
                response.set_rcode(dns.rcode.SERVFAIL)
                response.use_edns(0, options=[dns.edns.EDEOption(error.code, error.text)])
                return
        if query.ednsflags & dns.flags.DO:
            add_signatures(self.zones, response)

    def _answer(self, response: dns.message.Message, name: str, rtype: str) -> None:
        for _ in range(ALIAS_LIMIT):
            zone = self.zones.deepest(name, is_above=rtype == "DS" and bool(name))
            if zone is None or zone.is_dead or not self._knows(zone, name):
                break
            found = zone.find(name, rtype)
            if found.ending is Ending.REFERRAL:
                break
            response.answer.extend(found.records)
            if found.ending is not Ending.ALIAS:
                conclude(response, zone, found.ending)
                return
            name = found.target
        response.answer.clear()
        response.set_rcode(dns.rcode.SERVFAIL)

    def _knows(self, zone: Zone, name: str) -> bool:
        """The root of the lab knows its own name and `test`; of all else it knows nothing."""
        return bool(zone.origin) or not name or is_within(name, "test")


def handle(server: Answering, wire: bytes, *, is_udp: bool) -> bytes | None:
    """The reply to one message in wire form; None for silence and for what is no question."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    if query.opcode() != dns.opcode.QUERY:
        refusal = dns.message.make_response(query)
        refusal.set_rcode(dns.rcode.NOTIMP)
        return refusal.to_wire()
    response = server.reply(query)
    if response is None:
        return None
    limit = max(PLAIN_UDP_LIMIT_BYTES, query.payload) if is_udp else 65535
    return response.to_wire(max_size=limit, prefer_truncation=True)


class UdpService(asyncio.DatagramProtocol):
    """One UDP socket of a name server."""

    def __init__(self, server: Answering) -> None:
        self.server = server
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        wire = handle(self.server, data, is_udp=True)
        if wire is not None and self.transport is not None:
            self.transport.sendto(wire, addr)


async def serve_tcp(
    server: Answering, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Questions over one TCP connection until the asker hangs up (RFC 7766 section 8)."""
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = handle(server, await reader.readexactly(length), is_udp=False)
            if wire is not None:
                writer.write(struct.pack("!H", len(wire)) + wire)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def total_questions(servers: Iterable[AuthoritativeServer | RecursiveResolver]) -> int:
    return sum(server.questions for server in servers)


def name_servers(zones: Zones) -> list[tuple[AuthoritativeServer, str, bool]]:
    """Every authoritative server: itself, its address, and whether TCP works."""

    def is_hosted(zone: Zone) -> bool:
        return zone.origin not in {"", "test"}

    found = [
        (AuthoritativeServer(name, zones, lambda zone: zone.origin == ""), address, True)
        for name, address in addresses.ROOT_SERVERS.items()
    ]
    found += [
        (AuthoritativeServer(name, zones, lambda zone: zone.origin == "test"), address, True)
        for name, address in addresses.TLD_SERVERS.items()
    ]
    for servers in (addresses.HOSTING_SERVERS, addresses.OLD_SERVERS):
        for name, address in servers.items():
            found.append((AuthoritativeServer(name, zones, is_hosted), address, True))
    tempers = {
        addresses.REFUSING_SERVER: Temper.REFUSES,
        addresses.WITHOUT_AA_SERVER: Temper.WITHOUT_AA,
        addresses.SILENT_SERVER: Temper.SILENT,
        addresses.FAILING_SERVER: Temper.FAILS,
    }
    for (name, address), temper in tempers.items():
        found.append((AuthoritativeServer(name, zones, is_hosted, temper), address, True))
    name, address = addresses.UDP_ONLY_SERVER
    found.append((AuthoritativeServer(name, zones, is_hosted), address, False))
    return found
