"""Look at port 443 of each intended host: handshakes, versions, ciphers, further addresses."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.guard import FetchError, Handshake, TargetRefusedError, TlsOffer
from audits.gather import tls_hello
from audits.gather.certificates import read_certificate
from audits.gather.site import Family, Site, failure_of
from audits.gather.tls_hello import HelloReply, is_tls, read_reply
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind
from audits.observations.tls import (
    Accepts,
    AllHosts,
    HostValidity,
    OtherAddress,
    TlsEndpoint,
    trouble_of,
)

MODERN = TlsOffer(alpn=("h2", "http/1.1"), is_verifying=True)
ANY_OLD = TlsOffer(minimum="TLSv1", maximum="TLSv1.2", is_legacy=True)
ONLY_10 = TlsOffer(minimum="TLSv1", maximum="TLSv1", is_legacy=True)
ONLY_11 = TlsOffer(minimum="TLSv1.1", maximum="TLSv1.1", is_legacy=True)
ONLY_13 = TlsOffer(minimum="TLSv1.3", maximum="TLSv1.3")
FORWARD_SECRET = TlsOffer(maximum="TLSv1.2", ciphers="ECDHE:DHE:!aNULL:", is_legacy=True)
AUTHENTICATED_ENCRYPTION = TlsOffer(
    maximum="TLSv1.2", ciphers="AESGCM:CHACHA20:AESCCM:!aNULL:", is_legacy=True
)
MAX_OTHER_ADDRESSES = 3
MAX_HELLO_BYTES = 64 * 1024
HELLO_DEADLINE = timedelta(seconds=5)

# Codes that are facts about the far side; every other failure leaves the question open.
REFUSALS = {"connect_refused"}
NO_NAME = {"dns_nxdomain", "dns_nodata"}


async def gather_tls(site: Site) -> None:
    """One `TlsEndpoint` per intended host but mail hosts, and `AllHosts` over them.

    Each question is a connection of its own with SNI; a time-out leaves it open.
    """
    names = [host.name for host in site.target.hosts if host.kind != HostKind.MAIL]
    seen = await asyncio.gather(*(look_at(site, name) for name in names))
    for name, found in zip(names, seen, strict=True):
        if isinstance(found, GatherFailure):
            site.seen.miss(TlsEndpoint, found, subject=name)
        else:
            site.seen.add(found, subject=name)
    validities = [_validity(name, found) for name, found in zip(names, seen, strict=True)]
    everything = AllHosts(site.target.domain, site.target.main_host, tuple(validities))
    site.seen.add(everything, subject=site.target.domain)


async def look_at(site: Site, host: str) -> TlsEndpoint | GatherFailure:
    """Everything that port 443 of `host` shows, or why it could not be looked at."""
    try:
        addresses = await site.guard.addresses(host)
    except FetchError as error:
        if error.code in NO_NAME:
            return GatherFailure(FailureKind.NOT_APPLICABLE, f"{host} has no address.", error.code)
        return failure_of(error)
    except TargetRefusedError as error:
        return failure_of(error)
    address = _first(addresses, site.attempt)
    empty = TlsEndpoint(
        host=host,
        address=address,
        seen_at=datetime.now(UTC),
        has_ios_app=site.target.has_ios_app,
    )
    first = await _handshake(site, host, address, MODERN)
    if isinstance(first, FetchError):
        return await _without_modern_handshake(site, empty, first)
    endpoint = _shown(empty, first)
    return await _probed(site, endpoint, addresses)


async def _without_modern_handshake(
    site: Site, empty: TlsEndpoint, error: FetchError
) -> TlsEndpoint | GatherFailure:
    """No handshake with TLS 1.2 or 1.3: a closed port, an old server, or no answer."""
    if error.code in REFUSALS:
        return replace(empty, is_open=False, handshake_error=error.message)
    if error.code != "tls_failed":
        return failure_of(error)
    old = await _handshake(site, empty.host, empty.address, ANY_OLD)
    if isinstance(old, FetchError):
        return replace(empty, handshake_error=error.message)
    return await _probed(site, replace(_shown(empty, old), tls13=Accepts.NO), (empty.address,))


async def _probed(site: Site, endpoint: TlsEndpoint, addresses: tuple[str, ...]) -> TlsEndpoint:
    host, address = endpoint.host, endpoint.address
    asked = (ONLY_10, ONLY_11, ONLY_13, FORWARD_SECRET, AUTHENTICATED_ENCRYPTION)
    probes = (_accepts(site, host, address, offer) for offer in asked)
    rest = [other for other in addresses if other != address][:MAX_OTHER_ADDRESSES]
    (tls10, tls11, tls13, secret, authenticated), weak, others, quantum = await asyncio.gather(
        asyncio.gather(*probes),
        _hello(site, endpoint, tls_hello.weak_hello(host)),
        asyncio.gather(*(_other(site, host, other) for other in rest)),
        _hello(site, endpoint, tls_hello.post_quantum_hello(host)),
    )
    return replace(
        endpoint,
        tls10=tls10,
        tls11=tls11,
        tls13=tls13,
        forward_secret=_or_by_13(secret, tls13),
        authenticated=_or_by_13(authenticated, tls13),
        weak_suites=_weak_names(weak),
        is_weak_probe_answered=weak is not None,
        post_quantum=_answered(quantum),
        staple=await _staple(site, endpoint),
        others=tuple(other for other in others if other is not None),
    )


def _first(addresses: tuple[str, ...], attempt: int) -> str:
    """The address to look at: IPv4 where there is one, since ours may have no IPv6; the
    second look takes another one."""
    reachable = [address for address in addresses if ":" not in address] or list(addresses)
    return reachable[attempt % len(reachable)] if reachable else ""


def _or_by_13(accepts: Accepts, tls13: Accepts) -> Accepts:
    """TLS 1.3 knows only forward secrecy and authenticated encryption (RFC 8446)."""
    return Accepts.YES if tls13 == Accepts.YES else accepts


async def _handshake(
    site: Site, host: str, address: str, offer: TlsOffer
) -> Handshake | FetchError:
    try:
        return await site.guard.handshake(host, address=address or None, offer=offer)
    except FetchError as error:
        return error


async def _accepts(site: Site, host: str, address: str, offer: TlsOffer) -> Accepts:
    answer = await _handshake(site, host, address, offer)
    if isinstance(answer, Handshake):
        return Accepts.YES
    return Accepts.NO if answer.code == "tls_failed" else Accepts.UNKNOWN


async def _other(site: Site, host: str, address: str) -> OtherAddress | None:
    answer = await _handshake(site, host, address, replace(MODERN, is_verifying=False))
    if isinstance(answer, FetchError):
        return None
    leaf = read_certificate(answer.chain_der[0]) if answer.chain_der else None
    return OtherAddress(address, leaf, answer.version)


def _shown(empty: TlsEndpoint, handshake: Handshake) -> TlsEndpoint:
    chain = (read_certificate(der) for der in handshake.chain_der[:10])
    return replace(
        empty,
        address=handshake.address,
        chain=tuple(certificate for certificate in chain if certificate),
        verify_error=handshake.verify_error,
        version=handshake.version,
        cipher=handshake.cipher,
        alpn=handshake.alpn or "",
    )


async def _staple(site: Site, endpoint: TlsEndpoint) -> Accepts:
    """Whether the server staples; asked only where its certificate demands it."""
    if endpoint.leaf is None or not endpoint.leaf.is_must_staple:
        return Accepts.UNKNOWN
    reply = await _hello(site, endpoint, tls_hello.staple_hello(endpoint.host))
    if reply is None or not reply.is_hello_done:
        return Accepts.UNKNOWN
    return Accepts.YES if reply.has_status else Accepts.NO


async def _hello(site: Site, endpoint: TlsEndpoint, hello: bytes) -> HelloReply | None:
    """The reply to a hand-made hello; None where nothing came that could be understood.

    A server that hangs up on the hello refuses it as surely as one that sends an alert;
    silence and what is no TLS leave the question open.
    """
    data = b""
    try:
        stream = await site.guard.tcp(
            endpoint.host, 443, address=endpoint.address, deadline=HELLO_DEADLINE
        )
    except (FetchError, TargetRefusedError):
        return None
    async with stream:
        try:
            await stream.send(hello)
            while len(data) < MAX_HELLO_BYTES and not _is_enough(hello, data):
                if not (more := await stream.receive()):
                    break
                data += more
        except FetchError as error:
            if error.code != "protocol_error":
                return None
    if not data:
        return HelloReply(is_alert=True)
    return read_reply(data) if is_tls(data) else None


def _is_enough(hello: bytes, data: bytes) -> bool:
    """Whether the reply settles the question; that of a staple only at its very end."""
    reply = read_reply(data)
    asks_for_staple = tls_hello.STATUS_REQUEST in hello
    return reply.is_final or (reply.suite is not None and not asks_for_staple)


def _weak_names(reply: HelloReply | None) -> tuple[str, ...]:
    if reply is None or reply.suite is None:
        return ()
    name = tls_hello.WEAK_SUITES.get(reply.suite)
    return (name,) if name else ()


def _answered(reply: HelloReply | None) -> Accepts:
    if reply is None:
        return Accepts.UNKNOWN
    return Accepts.YES if reply.suite in tls_hello.TLS13_SUITES else Accepts.NO


def _validity(host: str, found: TlsEndpoint | GatherFailure) -> HostValidity:
    if isinstance(found, GatherFailure):
        return HostValidity(host, found.message, is_known=False)
    return HostValidity(host, trouble_of(found))


FAMILIES = (
    Family(
        name="tls",
        title="Certificates and encryption",
        provides=(TlsEndpoint, AllHosts),
        gather=gather_tls,
    ),
)
