"""Which versions of HTTP the product speaks, and what its HTTPS records announce."""

import asyncio

from accounts.guard.exchange import DnsStatus, Exchange, FetchError, TargetRefusedError
from audits.gather.http import home
from audits.gather.perf import warm_home
from audits.gather.site import Family, Site
from audits.gather.tls import MODERN
from audits.observations.https_records import read_https_records
from audits.observations.protocols import HttpsHints, Protocols
from audits.observations.seen import GatherFailure


async def _alpn(site: Site, host: str) -> str | None:
    """The protocol that TLS on `host` chose, "" for none named, None where none answered."""

    async def ask() -> str | None:
        try:
            shown = await site.guard.handshake(host, offer=MODERN)
        except (FetchError, TargetRefusedError):
            return None
        return shown.alpn or ""

    return await site.once(("alpn", host), ask)


async def gather_protocols(site: Site) -> None:
    """Observe `Protocols` of the main host. Alt-Svc may first come with a later answer."""
    host = site.target.main_host
    looked = await warm_home(site)
    if isinstance(looked, GatherFailure):
        site.seen.miss(Protocols, looked, subject=host)
        return
    first, again = looked
    reply = await site.ask(host, "HTTPS")
    lines = tuple(line for one in (first, *again) for line in one.header_all("alt-svc"))
    records = read_https_records(reply.values)
    seen = Protocols(host, await _alpn(site, host), tuple(dict.fromkeys(lines)), records)
    site.seen.add(seen, subject=host)


async def gather_hints(site: Site) -> None:
    """Observe `HttpsHints` of the main host and of its www or bare twin."""
    main = site.target.main_host
    twin = main.removeprefix("www.") if main.startswith("www.") else f"www.{main}"
    names = [name for name in (main, twin) if name in {main, *site.target.host_names()}]
    await asyncio.gather(*(_hints(site, name) for name in names))


async def _hints(site: Site, name: str) -> None:
    https, a, aaaa = await asyncio.gather(*(site.ask(name, kind) for kind in KINDS))
    records = read_https_records(https.values) if https.is_answered else None
    alpn = None
    if records and any(record.alpn for record in records):
        looked, _ = await home(site, name)
        alpn = await _alpn(site, name) if isinstance(looked, Exchange) else None
    found = tuple(dict.fromkeys((*a.values, *aaaa.values)))
    is_known = DnsStatus.NOERROR in {a.status, aaaa.status}
    seen = HttpsHints(name, records, found if is_known else (), alpn)
    site.seen.add(seen, subject=name)


KINDS = ("HTTPS", "A", "AAAA")
LOOKS = ((Protocols, gather_protocols), (HttpsHints, gather_hints))


async def _gather(site: Site) -> None:
    await asyncio.gather(*(look(site) for kind, look in LOOKS if site.wants(kind)))


FAMILIES = (
    Family(
        name="protocols",
        title="Which versions of HTTP it speaks",
        provides=tuple(kind for kind, _ in LOOKS),
        gather=_gather,
        consent=1,
    ),
)
