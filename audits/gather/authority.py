"""Asking the servers that hold a record: at the provider, uncached, with the real TTL."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.guard import Guard
from accounts.guard.exchange import DnsRecord, DnsReply, FetchError, TargetRefusedError
from audits.gather.mail_questions import SAID
from audits.observations.dns_answers import Answer, Question, Said, is_askable
from audits.observations.names import parent_name
from audits.observations.vendor_sign import VendorSign
from audits.observations.vendors import recognise, sign_of

MAX_SERVERS = 3
MAX_CLIMB = 6


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone cut: its name, its name servers' names, two or three of their addresses."""

    name: str
    servers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def sign(self) -> VendorSign | None:
        """Who keeps the zone, by the names of its servers."""
        vendor = next((v for v in recognise(ns=self.servers) if v.role == "dns"), None)
        return sign_of(vendor) if vendor else None


@dataclass
class Authority:
    """Direct questions to the servers of whatever zone a name lies in.

    The zones are found once; no record is remembered, so that a second look is a new one.
    """

    guard: Guard
    _zones: dict[str, Zone | None] = field(default_factory=dict)

    async def zone_of(self, question: Question) -> Zone | None:
        """The zone that holds the records of `question`: for DS the one above the name
        (RFC 4035 section 2.4). None where no name server could be found."""
        name = parent_name(question.name) if question.rtype == "DS" else question.name
        for _ in range(MAX_CLIMB):
            if not name or not is_askable(name):
                return None
            zone = await self._zone_at(name)
            if zone is not None:
                return zone
            name = parent_name(name)
        return None

    async def ask(self, question: Question) -> DnsReply | None:
        """The first answer that one of the zone's servers gives with authority. None where
        none of them does. Never raises for the far side's faults."""
        zone = await self.zone_of(question)
        for address in zone.addresses if zone else ():
            try:
                reply = await self.guard.ask_server(address, question.name, question.rtype)
            except (TargetRefusedError, FetchError):
                continue
            if reply.is_answered and reply.is_authoritative:
                return reply
        return None

    async def records(self, question: Question) -> tuple[DnsRecord, ...] | None:
        """The records at that very name; None where nobody answered, or where the name is
        an alias, so that a record can't stand there."""
        reply = await self.ask(question)
        if reply is None:
            return None
        found = records_at(reply)
        is_alias = any(one.rtype == "CNAME" and one.name == question.name for one in reply.answer)
        return None if is_alias and not found and question.rtype != "CNAME" else found

    async def _zone_at(self, name: str) -> Zone | None:
        if name not in self._zones:
            self._zones[name] = await self._seen_zone(name)
        return self._zones[name]

    async def _seen_zone(self, name: str) -> Zone | None:
        reply = await self.guard.ask(name, "NS")
        servers = tuple(
            sorted({r.value.rstrip(".").lower() for r in reply.records if r.name == name})
        )
        if not servers:
            return None
        addresses = await asyncio.gather(*(self._address(one) for one in servers[:MAX_SERVERS]))
        return Zone(name, servers, tuple(dict.fromkeys(one for one in addresses if one)))

    async def _address(self, server: str) -> str:
        """One address of a name server, IPv4 where it has one; "" for none that we may ask."""
        try:
            found = await self.guard.addresses(server)
        except (TargetRefusedError, FetchError):
            return ""
        return min(found, key=lambda address: ":" in address, default="")


def records_at(reply: DnsReply) -> tuple[DnsRecord, ...]:
    """The records of the asked type at the asked name itself, not behind an alias."""
    wanted = (reply.name, reply.rtype)
    return tuple(one for one in reply.answer if (one.name, one.rtype) == wanted)


def answer_at(reply: DnsReply | None) -> Answer:
    """The reply as it stands at the asked name itself; silence where there was no answer."""
    if reply is None or reply.status not in SAID:
        return Answer(Said.SILENT, reason="no answer")
    values = tuple(record.value for record in records_at(reply))
    return Answer(Said.FOUND if values else Said.EMPTY, values)


async def answers_of(authority: Authority, questions: Iterable[Question]) -> dict[Question, Answer]:
    """What the zone's own servers say now."""
    asked = tuple(questions)
    replies = await asyncio.gather(*(authority.ask(one) for one in asked))
    return {one: answer_at(reply) for one, reply in zip(asked, replies, strict=True)}
