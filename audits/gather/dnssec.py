"""DNSSEC: what the parent promises, what the zone's servers keep, what a resolver says.

Two ways to know, side by side. A resolver that validates says so by AD, or by SERVFAIL
that goes away when checking is disabled. And the last link of the chain, the one that a
domain's owner can break, is checked here by ourselves: DS at the parent, keys and
signatures at the zone's own servers. Source: RFC 4035 section 5.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.dnssecalgs
import dns.exception
import dns.name
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.dnskeybase import Flag

from accounts.guard.exchange import DnsReply, DnsStatus, FetchError, TargetRefusedError
from audits.gather.dns import zone_of
from audits.gather.dns_delegation import authorities, delegation_of, server_address
from audits.gather.site import Family, Site
from audits.observations.dns import Delegation
from audits.observations.dnssec import Dnssec, Link, Signature, SignedServer, parse_signature
from audits.observations.names import parent_name

MAX_RECORDS = 20
ANY_POLICY = dns.dnssec.allow_all_policy


async def gather_dnssec(site: Site) -> None:
    """Put the one DNSSEC observation of the domain into `site.seen`; never raises."""
    if not site.wants(Dnssec):
        return
    domain = zone_of(site)
    delegation = await delegation_of(site, domain)
    site.seen.add(await see_dnssec(site, domain, delegation), subject=domain)


async def see_dnssec(site: Site, domain: str, delegation: Delegation) -> Dnssec:
    """The DS set, and only where there is one the keys, the signatures and the resolver.

    The plain question goes out before the one with CD, so that no cache learns an
    unchecked answer from us.
    """
    now = datetime.now(UTC)
    if not delegation.is_zone and delegation.parent_names is not None:
        return Dnssec(domain, now, is_zone=False)
    promised, asked_at_parent = await _promised(site, domain, delegation)
    plain = await _ask(site, domain, "SOA")
    seen = Dnssec(domain, now, True, promised, asked_at_parent, plain=plain)
    if promised == ():
        return seen
    addresses = authorities(delegation)
    servers, unchecked, is_validating = await asyncio.gather(
        asyncio.gather(*(_ask_server(site, a, domain, promised or (), now) for a in addresses)),
        _unchecked(site, domain, plain),
        _is_validating(site, domain, plain),
    )
    again = plain
    if not plain.is_validated and plain.is_answered and is_validating:
        # An answer that was cached for somebody who disabled checking can lack AD.
        again = await _ask(site, domain, "SOA")
    return Dnssec(
        domain,
        now,
        True,
        promised,
        asked_at_parent,
        servers=tuple(servers),
        plain=again,
        unchecked=unchecked,
        is_validating=is_validating or again.is_validated,
    )


async def _ask(site: Site, name: str, rtype: str, *, is_unchecked: bool = False) -> DnsReply:
    resolver = site.attempt % max(1, site.guard.resolver_count)
    return await site.guard.ask(
        name, rtype, resolver=resolver, want_dnssec=True, checking_disabled=is_unchecked
    )


async def _unchecked(site: Site, domain: str, plain: DnsReply) -> DnsReply | None:
    if plain.status != DnsStatus.SERVFAIL:
        return None
    return await _ask(site, domain, "SOA", is_unchecked=True)


async def _is_validating(site: Site, domain: str, plain: DnsReply) -> bool | None:
    """Whether the resolver validates, by its behaviour: AD here, or else for the parent."""
    if plain.is_validated:
        return True
    if not plain.is_answered:
        return None
    return (await _ask(site, parent_name(domain) or ".", "SOA")).is_validated


async def _promised(
    site: Site, domain: str, delegation: Delegation
) -> tuple[tuple[str, ...] | None, bool]:
    """The DS set from the parent's own server, else from the resolver."""
    if delegation.parent_server:
        address = server_address(delegation.parent_server)
        reply = await _direct(site, address, domain, "DS")
        if reply is not None and reply.is_answered and reply.is_authoritative:
            return reply.values[:MAX_RECORDS], True
    reply = await site.ask(domain, "DS")
    return (reply.values[:MAX_RECORDS] if reply.is_answered else None), False


async def _direct(site: Site, address: str, name: str, rtype: str) -> DnsReply | None:
    try:
        return await site.guard.ask_server(address, name, rtype, want_dnssec=True)
    except (TargetRefusedError, FetchError):
        return None


async def _ask_server(
    site: Site, address: str, domain: str, promised: tuple[str, ...], now: datetime
) -> SignedServer:
    keys, soa = await asyncio.gather(
        _direct(site, address, domain, "DNSKEY"), _direct(site, address, domain, "SOA")
    )
    is_heard = keys is not None and keys.is_answered and keys.is_authoritative
    if keys is None or soa is None or not is_heard or not soa.is_answered:
        return SignedServer(address, Link.SILENT)
    return SignedServer(
        address,
        link_of(domain, promised, keys, soa, now),
        key_tags=tuple(dns.dnssec.key_id(key) for key in read_keys(keys)),
        signatures=_signatures(keys, soa),
    )


def _signatures(*replies: DnsReply) -> tuple[Signature, ...]:
    values = [r.value for reply in replies for r in reply.answer if r.rtype == "RRSIG"]
    return tuple(s for s in map(parse_signature, values[:MAX_RECORDS]) if s is not None)


def link_of(
    domain: str, promised: tuple[str, ...], keys: DnsReply, soa: DnsReply, now: datetime
) -> Link:
    """How the keys and the SOA of one server hold to the DS set `promised`.

    A key must match a DS record by tag, algorithm and digest, the keys must be signed by
    such a key, and the SOA by any of the keys. Source: RFC 4035 sections 5.2 and 5.3.
    """
    known = [ds for ds in map(_ds, promised) if ds is not None]
    ours = read_keys(keys)
    if not ours:
        return Link.NO_KEY
    if promised and not any(_is_computable(ds) for ds in known):
        return Link.NOT_COMPARABLE
    matching = [key for key in ours if any(_is_match(domain, key, ds) for ds in known)]
    if promised and not matching:
        return Link.NO_MATCH
    for reply, signers in ((keys, matching or ours), (soa, ours)):
        state = _verify(domain, reply, signers, now)
        if state != Link.HOLDS:
            return state
    return Link.HOLDS


def read_keys(reply: DnsReply) -> list[DNSKEY]:
    """The zone's keys (RFC 4034 section 2.1.1: the zone flag), unreadable ones left out."""
    rrset = _rrset(reply, "DNSKEY")
    keys = [key for key in rrset or () if isinstance(key, DNSKEY)]
    return [key for key in keys if key.flags & Flag.ZONE]


def _ds(value: str) -> DS | None:
    try:
        read = dns.rrset.from_text(".", 0, "IN", "DS", value)[0]
    except (dns.exception.DNSException, ValueError):
        return None
    return read if isinstance(read, DS) else None


def _is_computable(ds: DS) -> bool:
    try:
        dns.dnssecalgs.get_algorithm_cls(ds.algorithm)
    except dns.exception.UnsupportedAlgorithm:
        return False
    return ds.digest_type in {1, 2, 4}  # RFC 4034 appendix B, RFC 4509, RFC 6605


def _is_match(domain: str, key: DNSKEY, ds: DS) -> bool:
    if dns.dnssec.key_id(key) != ds.key_tag or key.algorithm != ds.algorithm:
        return False
    try:
        made = dns.dnssec.make_ds(domain + ".", key, ds.digest_type, policy=ANY_POLICY)
    except (dns.exception.DNSException, ValueError):
        return False
    return bool(made.digest == ds.digest)


def _verify(domain: str, reply: DnsReply, signers: list[DNSKEY], now: datetime) -> Link:
    """Whether the asked set of `reply` is signed by one of `signers` and holds at `now`."""
    records, signatures = _rrset(reply, reply.rtype), _signatures_of(reply)
    if records is None:
        return Link.SILENT
    if signatures is None:
        return Link.NOT_SIGNED
    owner = dns.name.from_text(domain)
    keys = dns.rrset.from_rdata_list(owner, 0, signers)
    try:
        dns.dnssec.validate(
            records,
            signatures,
            {owner: keys.to_rdataset()},
            now=now.timestamp(),
            policy=ANY_POLICY,
        )
    except dns.exception.ValidationFailure:
        return _why(_signatures(reply), reply.rtype, now)
    except (dns.exception.DNSException, ValueError):
        return Link.NOT_COMPARABLE
    return Link.HOLDS


def _why(signatures: tuple[Signature, ...], rtype: str, now: datetime) -> Link:
    """The reason why no signature of `rtype` holds."""
    ours = [signature for signature in signatures if signature.covers == rtype]
    if ours and all(signature.expiration < now for signature in ours):
        return Link.EXPIRED
    if ours and all(signature.inception > now for signature in ours):
        return Link.NOT_YET
    return Link.WRONG


def _signatures_of(reply: DnsReply) -> dns.rrset.RRset | None:
    covering = [
        record.value
        for record in reply.answer
        if record.rtype == "RRSIG"
        and record.name == reply.name
        and record.value.startswith(f"{reply.rtype} ")
    ]
    return _read(reply.name, "RRSIG", covering)


def _rrset(reply: DnsReply, rtype: str) -> dns.rrset.RRset | None:
    values = [r.value for r in reply.answer if r.rtype == rtype and r.name == reply.name]
    return _read(reply.name, rtype, values)


def _read(name: str, rtype: str, values: list[str]) -> dns.rrset.RRset | None:
    """`values` as a set, None where there are none or they can't be read."""
    if not values:
        return None
    try:
        return dns.rrset.from_text_list(name + ".", 0, "IN", rtype, values[:MAX_RECORDS])
    except (dns.exception.DNSException, ValueError):
        return None


FAMILIES = (
    Family(
        name="dnssec",
        title="Signatures of the zone",
        provides=(Dnssec,),
        gather=gather_dnssec,
        limit=timedelta(seconds=20),
    ),
)
