"""Plain clients for the lab: DNS by dnspython, TLS by ssl, HTTP by hand."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from dataclasses import dataclass

import dns.asyncquery
import dns.message

from tests.lab import Lab


def port_of(place: str) -> int:
    return int(place.rpartition(":")[2])


async def ask(
    lab: Lab,
    name: str,
    rtype: str,
    *,
    at: str = "",
    tcp: bool = False,
    edns: bool = False,
    timeout: float = 3,
) -> dns.message.Message:
    """Ask the resolver, or the authoritative server with the lab's address `at`."""
    query = dns.message.make_query(
        name, rtype, **({"use_edns": 0, "payload": 1232} if edns else {"use_edns": False})
    )
    place = lab.table["tcp" if tcp else "udp"][f"{at}:53"] if at else lab.resolver
    look = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await look(query, "127.0.0.1", port=port_of(place), timeout=timeout)


async def addresses_of(lab: Lab, host: str) -> list[str]:
    reply = await ask(lab, host, "A")
    return [record.address for answer in reply.answer if answer.rdtype == 1 for record in answer]


def trusting(lab: Lab) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(lab.ca_file))


def careless(minimum: ssl.TLSVersion, maximum: ssl.TLSVersion, *alpn: str) -> ssl.SSLContext:
    """A client that verifies nothing and admits old versions."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:eNULL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = minimum, maximum
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


async def connect(
    lab: Lab, host: str, context: ssl.SSLContext, address: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = address or (await addresses_of(lab, host))[0]
    port = port_of(lab.table["tcp"][f"{address}:443"])
    return await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)


async def handshake(
    lab: Lab, host: str, context: ssl.SSLContext, address: str = ""
) -> ssl.SSLObject:
    """The TLS object after the handshake; raises what ssl raises."""
    _, writer = await connect(lab, host, context, address)
    connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    return connection


@dataclass
class Heard:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def header_all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


async def fetch(
    lab: Lab, url: str, *, method: str = "GET", headers: dict[str, str] | None = None
) -> Heard:
    """One request on a connection of its own, the certificate verified."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if scheme == "https":
        reader, writer = await connect(lab, host, trusting(lab))
    else:
        address = (await addresses_of(lab, host))[0]
        port = port_of(lab.table["tcp"][f"{address}:80"])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{method} {slash}{path} HTTP/1.1" if slash else f"{method} / HTTP/1.1"]
    lines += [f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    raw = await asyncio.wait_for(reader.read(-1), 20)
    writer.close()
    return parsed(raw)


def parsed(raw: bytes) -> Heard:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    heard = Heard(int(first.split(" ")[1]), headers, body)
    if heard.header("content-encoding") == "gzip" and body:
        heard.body = gzip.decompress(body)
    return heard
