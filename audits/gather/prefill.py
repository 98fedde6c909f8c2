"""What can be filled in from the domain alone: hosts that answer, and the vendors' names."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.guard import Guard
from accounts.guard.exchange import DnsReply
from audits.gather.vendors import mx_hosts
from audits.observations.names import registrable_domain
from audits.observations.target import Host, HostKind, MailDomain, Vendor
from audits.observations.vendors import recognise, spf_include_hosts

DEADLINE = timedelta(seconds=4)
PROBED = (
    ("www", HostKind.WEB),
    ("app", HostKind.WEB),
    ("api", HostKind.API),
    ("admin", HostKind.ADMIN),
    ("staging", HostKind.STAGING),
    ("dev", HostKind.STAGING),
    ("auth", HostKind.API),
    ("status", HostKind.OTHER),
    ("mail", HostKind.MAIL),
    ("docs", HostKind.WEB),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What the domain's public records suggest; everything is for a person to confirm.

    `hosts` are those that answer, the bare domain first. `is_complete` is False where
    the time ran out: then what is missing was not looked at. `has_wildcard` means that
    any name answers, so only names that answer differently are listed.
    """

    domain: str
    hosts: tuple[Host, ...] = ()
    dns_vendor: Vendor | None = None
    mail_vendor: Vendor | None = None
    hosting: Vendor | None = None
    senders: tuple[Vendor, ...] = ()
    mail_domains: tuple[MailDomain, ...] = ()
    has_wildcard: bool = False
    is_complete: bool = True


@dataclass
class Found:
    """What has come in so far, by question."""

    replies: dict[tuple[str, str], DnsReply] = field(default_factory=dict)

    def values(self, name: str, rtype: str) -> tuple[str, ...]:
        reply = self.replies.get((name, rtype))
        return reply.values if reply else ()

    def path(self, name: str) -> tuple[tuple[str, ...], frozenset[str]]:
        """The chain and the addresses of a name, empty where it does not answer."""
        replies = [self.replies.get((name, rtype)) for rtype in ("A", "AAAA")]
        heard = [reply for reply in replies if reply is not None and reply.values]
        chain = max((reply.chain for reply in heard), key=len, default=())
        return chain, frozenset(value for reply in heard for value in reply.values)


async def guess(domain: str, guard: Guard, *, deadline: timedelta = DEADLINE) -> Guess:
    """What `domain` suggests, within `deadline` and at most 30 DNS questions.

    All questions run at once; when time is up, what has come in stands. Names that answer
    just like a random label are the wildcard's, not hosts. Nothing is fetched.
    """
    zone = registrable_domain(domain)
    if not zone:
        return Guess(domain)
    found, probe = Found(), f"{secrets.token_hex(8)}.{zone}"
    names = (zone, *(f"{label}.{zone}" for label, _ in PROBED), probe)
    questions = [(name, rtype) for name in names for rtype in ("A", "AAAA")]
    questions += [(zone, "NS"), (zone, "MX"), (zone, "TXT"), (f"send.{zone}", "MX")]
    tasks = [asyncio.create_task(_ask(guard, found, *question)) for question in questions]
    _, late = await asyncio.wait(tasks, timeout=deadline.total_seconds())
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return concluded(zone, probe, found, is_complete=not late)


async def _ask(guard: Guard, found: Found, name: str, rtype: str) -> None:
    found.replies[(name, rtype)] = await guard.ask(name, rtype)


def concluded(zone: str, probe: str, found: Found, *, is_complete: bool) -> Guess:
    """The guess from what has come in; `probe` is the made-up name that was asked, too."""
    hosts = _hosts(zone, probe, found)
    vendors = recognise(
        ns=found.values(zone, "NS"),
        mx=mx_hosts(found.values(zone, "MX")),
        spf_includes=spf_include_hosts(found.values(zone, "TXT")),
    )
    senders = recognise(
        mx=mx_hosts(found.values(f"send.{zone}", "MX")),
        spf_includes=spf_include_hosts(found.values(zone, "TXT")),
    )
    return Guess(
        domain=zone,
        hosts=hosts,
        dns_vendor=_first(vendors, "dns"),
        mail_vendor=_first(vendors, "mail"),
        hosting=_hosting(hosts, found),
        senders=tuple(vendor for vendor in senders if vendor.role == "sender"),
        mail_domains=_mail_domains(zone, found),
        has_wildcard=bool(found.path(probe)[1]),
        is_complete=is_complete,
    )


def _hosts(zone: str, probe: str, found: Found) -> tuple[Host, ...]:
    made_up = found.path(probe)
    candidates = ((zone, HostKind.WEB), *((f"{label}.{zone}", kind) for label, kind in PROBED))
    return tuple(
        Host(name, kind)
        for name, kind in candidates
        if found.path(name)[1] and (name == zone or not _is_same(found.path(name), made_up))
    )


def _is_same(
    path: tuple[tuple[str, ...], frozenset[str]], made_up: tuple[tuple[str, ...], frozenset[str]]
) -> bool:
    """True where a name leads just where a made-up one does; rotating pools overlap only."""
    return path[0] == made_up[0] and bool(path[1] & made_up[1])


def _hosting(hosts: tuple[Host, ...], found: Found) -> Vendor | None:
    """The platform of the first host where one shows, else the edge in front of it."""
    met = [
        recognise(cname_chain=chain, addresses=addresses)
        for chain, addresses in (found.path(host.name) for host in hosts)
    ]
    vendors = [vendor for some in met for vendor in some]
    return _first(vendors, "hosting") or _first(vendors, "cdn")


def _mail_domains(zone: str, found: Found) -> tuple[MailDomain, ...]:
    has_spf = any(v.lower().startswith("v=spf1") for v in found.values(zone, "TXT"))
    receives = any(host for host in mx_hosts(found.values(zone, "MX")))
    return (MailDomain(zone),) if has_spf or receives else ()


def _first(vendors: tuple[Vendor, ...] | list[Vendor], role: str) -> Vendor | None:
    return next((vendor for vendor in vendors if vendor.role == role), None)
