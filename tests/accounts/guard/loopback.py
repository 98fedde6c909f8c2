"""Real servers on loopback for the guard's tests: a scripted name server, hostile TCP ones."""

import asyncio
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from accounts.guard import Guard
from accounts.guard.addresses import AddressPolicy
from accounts.guard.dialler import LabTable

PUBLIC = "93.184.215.14"

type Question = dns.message.Message
type Script = Callable[[Question, str, int], list[bytes]]
type Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asked_name(question: Question) -> str:
    return question.question[0].name.to_text(omit_final_dot=True).lower()


def asked_type(question: Question) -> str:
    return dns.rdatatype.to_text(question.question[0].rdtype)


def reply(
    question: Question, *records: tuple[str, str, str], rcode: dns.rcode.Rcode = dns.rcode.NOERROR
) -> dns.message.Message:
    """A reply holding `records` (name, type, value)."""
    message = dns.message.make_response(question)
    message.set_rcode(rcode)
    for name, rtype, value in records:
        message.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", rtype, value))
    return message


class Nameserver(asyncio.DatagramProtocol):
    """Answers from `zone`, or as a name's script says, over UDP and TCP of one port."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.scripts: dict[str, Script] = {}
        self.questions: list[tuple[str, str, str]] = []
        self.is_knowing_all = False
        self.delay_seconds = 0.0
        self.port = 0

    async def start(self) -> None:
        """One number for both: where another process has it for UDP, take the next."""
        while not self.port:
            self._tcp = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            port = self._tcp.sockets[0].getsockname()[1]
            try:
                self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: self, local_addr=("127.0.0.1", port)
                )
            except OSError:
                self._tcp.close()
            else:
                self.port = port

    async def stop(self) -> None:
        self._udp.close()
        self._tcp.close()

    def asked(self, name: str, rtype: str = "A") -> int:
        return sum(1 for question in self.questions if question[:2] == (name, rtype))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self._answers(data, "udp"):
            asyncio.get_running_loop().call_later(
                self.delay_seconds, self._udp.sendto, answer, addr
            )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            for answer in self._answers(await reader.readexactly(length), "tcp"):
                writer.write(struct.pack("!H", len(answer)) + answer)
            await writer.drain()
            await reader.read()
        writer.close()

    def _answers(self, data: bytes, transport: str) -> list[bytes]:
        question = dns.message.from_wire(data)
        name, rtype = asked_name(question), asked_type(question)
        self.questions.append((name, rtype, transport))
        if name in self.scripts:
            return self.scripts[name](question, transport, self.asked(name, rtype))
        values = self.zone.get((name, rtype))
        if values is None and self.is_knowing_all:
            values = [PUBLIC] if rtype == "A" else []
        is_known = values is not None or any(known == name for known, _ in self.zone)
        code = dns.rcode.NOERROR if is_known else dns.rcode.NXDOMAIN
        message = reply(question, *((name, rtype, value) for value in values or ()), rcode=code)
        return [message.to_wire(max_size=65535)]


class Net:
    """A name server, TCP servers behind a lab table, and guards that look at them."""

    def __init__(self, folder: Path) -> None:
        self.dns = Nameserver()
        self.table: dict[str, dict[str, str]] = {"tcp": {}, "udp": {}}
        self.hits: dict[str, int] = {}
        self.open_now: dict[str, int] = {}
        self.most_open: dict[str, int] = {}
        self.requests: list[bytes] = []
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.dns.start()

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.dns.stop()

    def context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context

    async def serve(
        self,
        handler: Handler,
        *,
        host: str = "a.test",
        address: str = "127.0.0.2",
        port: int = 80,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`handler` behind `host`, `address` and `port`; hits are counted by address."""

        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            self.hits[address] = self.hits.get(address, 0) + 1
            self.open_now[address] = self.open_now.get(address, 0) + 1
            self.most_open[address] = max(self.most_open.get(address, 0), self.open_now[address])
            try:
                with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                    await handler(reader, writer)
            finally:
                self.open_now[address] -= 1
                self._tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(counted, "127.0.0.1", 0, ssl=context)
        self._servers.append(server)
        real = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.table["tcp"][f"{address}:{port}"] = real
        self.dns.zone[(host, "A")] = [address]

    async def answer(self, data: bytes, **where: object) -> None:
        """A server that reads one request and answers it with `data`."""

        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(data)
            await writer.drain()

        await self.serve(handler, **where)  # type: ignore[arg-type]

    def guard(self, *, is_lab: bool = True, **arguments: object) -> Guard:
        return Guard(
            resolvers=(("127.0.0.1", self.dns.port),),
            policy=AddressPolicy(is_lab=is_lab),
            table=LabTable.parse(self.table),
            ca_file=str(self.ca_file),
            **arguments,  # type: ignore[arg-type]
        )


def ok(body: bytes = b"hi", *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def moved(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
