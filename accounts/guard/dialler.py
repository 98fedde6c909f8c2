"""The one place where a socket towards the outside is opened, TCP and UDP.

Judge the address, map it through the lab's table where there is one, connect to the
literal, compare who answered. No name ever reaches the operating system's resolver.
"""

import asyncio
import errno
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from accounts.guard.addresses import AddressPolicy, parse_literal
from accounts.guard.exchange import FetchError, TargetRefusedError
from accounts.guard.urls import parse_port

Endpoint = tuple[str, int]

_ENDPOINT = re.compile(
    r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<bare>[^:]+|[^:]*:[^:]*:.*))(?::(?P<port>[0-9]{1,5}))?"
)


@lru_cache(maxsize=4096)  # a lab's table has a thousand, and each guard reads it
def parse_endpoint(text: str, *, default_port: int) -> Endpoint:
    """`ip`, `ip:port` or `[ip6]:port`; ValueError with a sentence otherwise."""
    match = _ENDPOINT.fullmatch(text.strip())
    host = (match["bracketed"] or match["bare"]) if match else ""
    port = (match["port"] if match else None) or str(default_port)
    if parse_literal(host) is None or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ValueError(
            f"“{text}” is no address of the form 192.0.2.1:53 or [2001:db8::1]:53. The guard "
            "dials literals only; write one."
        )
    return host, int(port)


@dataclass(frozen=True, slots=True)
class LabTable:
    """Where the lab really listens: `(address, port)` as judged → as dialled."""

    tcp: Mapping[Endpoint, Endpoint] = field(default_factory=dict)
    udp: Mapping[Endpoint, Endpoint] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: Mapping[str, Mapping[str, str]]) -> "LabTable":
        """From `{"tcp": {"127.0.0.2:443": "127.0.0.1:40123"}, "udp": {…}}`."""
        return cls(_pairs(document.get("tcp", {})), _pairs(document.get("udp", {})))

    @classmethod
    def read(cls, path: Path) -> "LabTable":
        return cls.parse(json.loads(path.read_text("utf-8")))


def _pairs(table: Mapping[str, str]) -> dict[Endpoint, Endpoint]:
    return {
        parse_endpoint(seen, default_port=0): parse_endpoint(real, default_port=0)
        for seen, real in table.items()
    }


class Dialler:
    """Opens sockets to judged literals; `connection_count` counts the TCP attempts."""

    def __init__(self, policy: AddressPolicy, table: LabTable) -> None:
        self.policy = policy
        self.table = table
        self.connection_count = 0

    async def open_tcp(
        self, address: str, port: int, *, host: str, purpose: str, timeout_seconds: float
    ) -> socket.socket:
        """A connected, non-blocking socket to `address`, judged as an address of `host`.

        Raises TargetRefusedError before anything is sent, or FetchError with
        `connect_refused connect_timeout connect_unreachable`.
        """
        self.judge(address, port, host=host, purpose=purpose)
        endpoint = self.table.tcp.get((address, port), (address, port))
        self.connection_count += 1
        return await connect_tcp(endpoint, shown=(address, port), timeout_seconds=timeout_seconds)

    async def open_udp(self, address: str, port: int) -> socket.socket:
        """A connected datagram socket to `address`; dns is the only purpose of UDP."""
        self.judge(address, port, host=address, purpose="dns")
        return connect_udp(self.table.udp.get((address, port), (address, port)))

    def judge(self, address: str, port: int, *, host: str, purpose: str) -> None:
        parse_port(str(port), purpose)
        policy = self.policy
        is_literal = parse_literal(host) is not None
        refusal = (
            policy.literal_refusal(address) if is_literal else policy.refusal(address, host=host)
        )
        if refusal is not None:
            raise refusal


async def connect_tcp(
    endpoint: Endpoint, *, shown: Endpoint, timeout_seconds: float
) -> socket.socket:
    """Dial `endpoint` as given; errors speak of `shown`. For judged or configured endpoints."""
    sock = _socket(endpoint, socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(timeout_seconds):
            await asyncio.get_running_loop().sock_connect(sock, endpoint)
        _compare_peer(sock, endpoint)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):  # TimeoutError is one
            raise connect_failure(error, shown) from error
        raise
    return sock


def connect_udp(endpoint: Endpoint) -> socket.socket:
    """A datagram socket that the kernel lets hear `endpoint` only."""
    sock = _socket(endpoint, socket.SOCK_DGRAM)
    try:
        sock.connect(endpoint)
    except OSError as error:
        sock.close()
        raise connect_failure(error, endpoint) from error
    return sock


def _socket(endpoint: Endpoint, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
    try:
        sock = socket.socket(family, kind)
    except OSError as error:
        raise connect_failure(error, endpoint) from error
    sock.setblocking(False)
    return sock


def _compare_peer(sock: socket.socket, endpoint: Endpoint) -> None:
    peer = sock.getpeername()[:2]
    if parse_literal(peer[0]) != parse_literal(endpoint[0]) or peer[1] != endpoint[1]:
        raise TargetRefusedError(
            "address_changed",
            f"{endpoint[0]} was dialled, but {peer[0]} answered. Something between redirects "
            "connections; look for a transparent proxy on this machine.",
        )


def connect_failure(error: OSError, endpoint: Endpoint) -> FetchError:
    """`error` of a connect as a FetchError with a stable code and a sentence."""
    where = f"{endpoint[0]} port {endpoint[1]}"
    if isinstance(error, TimeoutError):
        return FetchError(
            "connect_timeout",
            f"{where} did not answer in time. Visitors would wait in vain; see that the "
            "server runs and its firewall lets connections in.",
        )
    if error.errno in {errno.ECONNREFUSED, errno.ECONNRESET}:
        return FetchError(
            "connect_refused",
            f"{where} refuses connections. Nothing listens there for visitors; start the "
            "service or correct the address.",
        )
    return FetchError(
        "connect_unreachable",
        f"{where} can't be reached from here ({error.strerror or type(error).__name__}). "
        "The way there is missing; check the address and this machine's network.",
    )
