"""What DNS promises and only a connection can show: IPv6, and who issued the certificate."""

import asyncio

from accounts.guard.exchange import FetchError, GuardError, Handshake, TargetRefusedError
from audits.gather.certificates import read_certificate
from audits.gather.dns_delegation import ask_directly
from audits.gather.site import Site
from audits.observations.dns import (
    CaaRecord,
    CaaView,
    Ipv6Attempt,
    Ipv6Reach,
    parse_caa,
)
from audits.observations.names import parent_name
from audits.observations.tls import Certificate

# Root servers' IPv6 addresses: whoever reaches none of them has no IPv6 (RFC 7720).
VANTAGE_PROBES = ("2001:503:ba3e::2:30", "2001:7fd::1", "2001:500:9f::42")
MAX_V6_ADDRESSES = 2
MAX_CLIMB = 12


async def see_ipv6(site: Site, host: str) -> Ipv6Reach:
    """The AAAA records of `host` and a connection to port 443 of each, two at most.

    Where none connects, the root servers tell whether this vantage has IPv6 at all.
    """
    reply = await site.ask(host, "AAAA")
    attempts = await asyncio.gather(
        *(_connect(site, host, address) for address in reply.values[:MAX_V6_ADDRESSES])
    )
    is_able = None
    if attempts and any(attempt.code for attempt in attempts):
        is_able = any(not attempt.code for attempt in attempts) or await _has_ipv6(site)
    return Ipv6Reach(host, reply, tuple(attempts), is_able)


async def see_caa(site: Site, host: str) -> CaaView:
    """The CAA set that decides about `host`, and the issuer of its live certificate.

    For a certificate that covers the host by a wildcard the climb starts at the
    wildcard's parent, as the CA's does. Never raises for the far side.
    Source: RFC 8659 section 3.
    """
    certificate, problem = await _certificate(site, host)
    covering = _covering_name(certificate.names, host) if certificate else host
    is_wildcard = covering.startswith("*.")
    found_at, records, unanswered = await _climb(site, covering.removeprefix("*."))
    return CaaView(
        host=host,
        found_at=found_at,
        records=records,
        unanswered=unanswered,
        issuer_names=_issuer_names(certificate) if certificate else (),
        is_wildcard=is_wildcard,
        certificate_problem=problem,
    )


async def _connect(site: Site, host: str, address: str) -> Ipv6Attempt:
    try:
        stream = await site.guard.tcp(host, 443, address=address, purpose="tls")
    except (FetchError, TargetRefusedError) as error:
        return Ipv6Attempt(address, error.code)
    await stream.aclose()
    return Ipv6Attempt(address)


async def _has_ipv6(site: Site) -> bool:
    return await site.once(("has_ipv6",), lambda: _probe_vantage(site))


async def _probe_vantage(site: Site) -> bool:
    replies = await asyncio.gather(
        *(ask_directly(site, address, ".", "NS") for address in VANTAGE_PROBES)
    )
    return any(reply is not None and reply.is_answered for reply in replies)


async def _climb(site: Site, name: str) -> tuple[str, tuple[CaaRecord, ...], str]:
    """The first non-empty CAA set from `name` upwards, its owner, and where it went dark."""
    owners = [name]
    while parent_name(owners[-1]) and len(owners) < MAX_CLIMB:
        owners.append(parent_name(owners[-1]))
    replies = await asyncio.gather(*(site.ask(owner, "CAA") for owner in owners))
    for owner, reply in zip(owners, replies, strict=True):
        if not reply.is_answered:
            return "", (), owner
        if reply.values:
            # Even a set that can't be read ends the climb: the CA would stop here, too.
            return owner, tuple(r for r in map(parse_caa, reply.values) if r is not None), ""
    return "", (), ""


async def _certificate(site: Site, host: str) -> tuple[Certificate | None, str]:
    """The live leaf certificate of `host`, or a sentence about why there is none."""
    try:
        made: Handshake = await site.guard.handshake(host)
    except GuardError as error:
        return None, error.message
    leaf = read_certificate(made.chain_der[0]) if made.chain_der else None
    return leaf, "" if leaf else f"{host} sent no certificate that can be read."


def _issuer_names(certificate: Certificate) -> tuple[str, ...]:
    names = (certificate.issuer_organisation, certificate.issuer_common_name)
    return tuple(name[:200] for name in names if name)


def _covering_name(names: tuple[str, ...], host: str) -> str:
    """The name in the certificate that covers `host`: itself first, then a wildcard."""
    wildcard = f"*.{parent_name(host)}"
    return wildcard if host not in names and wildcard in names else host
