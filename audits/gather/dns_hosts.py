"""Where the domain and its hosts lead: existence, bare domain, hosts, wildcard."""

import asyncio
import secrets
from datetime import UTC, datetime
from ipaddress import ip_address

from accounts.guard.exchange import DnsReply, GuardError
from audits.gather.dns_delegation import ask_directly, authorities
from audits.gather.site import Site
from audits.observations.dns import (
    ApexAddresses,
    ApexAlias,
    AuthorityAnswer,
    Delegation,
    DomainExistence,
    HostAddresses,
    HostRecords,
    JudgedAddress,
    WildcardDns,
)
from audits.observations.names import is_within
from audits.observations.target import Host
from audits.observations.vendors import recognise

MAX_RESOLVERS = 2
BESIDE_A_CNAME = ("MX", "TXT")


async def see_existence(site: Site, domain: str) -> DomainExistence:
    """The SOA question at two resolvers where two are configured, else at the one."""
    count = max(1, min(MAX_RESOLVERS, site.guard.resolver_count))
    replies = await asyncio.gather(
        *(site.guard.ask(domain, "SOA", resolver=number) for number in range(count))
    )
    return DomainExistence(domain, tuple(replies))


async def see_apex_addresses(site: Site, domain: str) -> ApexAddresses:
    """A and AAAA of the bare domain and of `www`, and the HTTPS record of the bare domain.

    Source: RFC 9460 section 2.4.2 (AliasMode may carry the bare domain).
    """
    if site.target.domain != domain:
        return ApexAddresses(domain, is_apex_target=False)
    a, aaaa, www_a, www_aaaa, https = await asyncio.gather(
        site.ask(domain, "A"),
        site.ask(domain, "AAAA"),
        site.ask(f"www.{domain}", "A"),
        site.ask(f"www.{domain}", "AAAA"),
        site.ask(domain, "HTTPS"),
    )
    return ApexAddresses(
        domain,
        is_apex_target=True,
        apex=(a, aaaa),
        www=(www_a, www_aaaa),
        https_record=https,
    )


async def see_apex_alias(site: Site, domain: str, delegation: Delegation) -> ApexAlias:
    """The CNAME question at the bare domain, put to its own servers, else to a resolver."""
    if site.target.domain != domain:
        return ApexAlias(domain, is_apex_target=False)
    addresses = authorities(delegation)
    direct = await asyncio.gather(
        *(ask_directly(site, address, domain, "CNAME") for address in addresses)
    )
    heard = tuple(reply for reply in direct if reply is not None and reply.is_answered)
    replies = heard or (await site.ask(domain, "CNAME"),)
    return ApexAlias(domain, is_apex_target=True, replies=replies)


async def see_host_records(
    site: Site, host: Host, domain: str, delegation: Delegation
) -> HostRecords:
    """One host's records from the zone's own servers, two at most, uncached.

    MX and TXT are asked only beside a CNAME, where they must not be. A host of another
    domain counts as delegated: its servers are not asked.
    """
    is_ours = is_within(host.name, domain)
    asked = authorities(delegation) if is_ours else ()
    answers, cached = await asyncio.gather(
        asyncio.gather(*(ask_owner(site, address, host.name) for address in asked)),
        asyncio.gather(site.ask(host.name, "A")),
    )
    return HostRecords(
        host=host.name,
        is_apex=host.name == domain,
        answers=tuple(answer for answer in answers if answer.replies),
        cached=tuple(cached),
        is_delegated=not is_ours
        or any(_is_referral(reply) for answer in answers for reply in answer.replies),
        observed_at=datetime.now(UTC),
        switch_at=moment(site.target.switch_at_iso),
    )


async def see_host_addresses(site: Site, host: Host) -> HostAddresses:
    """A and AAAA of `host`, every address judged as the guard would before connecting.

    Names among the declared targets are resolved, so that equal addresses count as equal.
    """
    replies = await asyncio.gather(site.ask(host.name, "A"), site.ask(host.name, "AAAA"))
    chain = max((reply.chain for reply in replies), key=len)
    addresses = tuple(dict.fromkeys(value for reply in replies for value in reply.values))
    return HostAddresses(
        host=host,
        replies=tuple(replies),
        addresses=tuple(_judged(site, host.name, address) for address in addresses),
        chain=chain,
        vendors=recognise(cname_chain=chain, addresses=addresses),
        declared_addresses=await _declared_addresses(site, host, chain),
    )


async def see_wildcard(site: Site, domain: str) -> WildcardDns:
    """The answers for a label that nobody can have made. Source: RFC 4592."""
    probe = f"{secrets.token_hex(8)}.{domain}"
    replies = await asyncio.gather(site.ask(probe, "A"), site.ask(probe, "AAAA"))
    chain = max((reply.chain for reply in replies), key=len)
    addresses = [value for reply in replies for value in reply.values]
    vendors = recognise(cname_chain=chain, addresses=addresses)
    return WildcardDns(domain, probe, tuple(replies), vendors)


async def ask_owner(site: Site, address: str, name: str) -> AuthorityAnswer:
    """What the server at `address` holds at `name`, asked once per look."""
    return await site.once(("owner", address, name), lambda: _ask_owner(site, address, name))


async def _ask_owner(site: Site, address: str, name: str) -> AuthorityAnswer:
    replies = list(
        await asyncio.gather(*(ask_directly(site, address, name, t) for t in ("CNAME", "A")))
    )
    if any(_has_cname(reply, name) for reply in replies):
        replies += await asyncio.gather(
            *(ask_directly(site, address, name, rtype) for rtype in BESIDE_A_CNAME)
        )
    heard = tuple(reply for reply in replies if reply is not None and reply.is_answered)
    return AuthorityAnswer(address, heard)


def _has_cname(reply: DnsReply | None, name: str) -> bool:
    return reply is not None and any(r.rtype == "CNAME" and r.name == name for r in reply.answer)


def _is_referral(reply: DnsReply) -> bool:
    points_on = any(record.rtype == "NS" for record in reply.authority)
    return not reply.is_authoritative and not reply.answer and points_on


def _judged(site: Site, host: str, address: str) -> JudgedAddress:
    refusal: GuardError | None = site.guard.refusal(address)
    if refusal is not None:
        return JudgedAddress(address, refusal.code, refusal.message)
    if ip_address(address).is_loopback and not is_within(host, "test"):
        return JudgedAddress(address, "address_not_public", f"{host} resolves to {address}.")
    return JudgedAddress(address)


async def _declared_addresses(site: Site, host: Host, chain: tuple[str, ...]) -> tuple[str, ...]:
    names = [
        word.rstrip(".").lower()
        for word in host.points_to
        if "." in word and not word.replace(".", "").isdigit() and "/" not in word
    ]
    unmet = [name for name in names if name not in chain and name != host.name]
    replies = await asyncio.gather(
        *(site.ask(name, rtype) for name in unmet for rtype in ("A", "AAAA"))
    )
    return tuple(dict.fromkeys(value for reply in replies for value in reply.values))


def moment(iso: str) -> datetime | None:
    """An aware moment (UTC where nothing is said), None for what is none."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
