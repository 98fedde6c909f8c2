"""What stands in front: edges, the server behind them, apps' way in, names, admin pages."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from accounts.guard.exchange import DnsReply, Exchange, FetchError, TargetRefusedError
from audits.gather.baseline import absence_of, baselines, challenge_of
from audits.gather.cors import MONITORED
from audits.gather.dns_hosts import see_wildcard
from audits.gather.http import home
from audits.gather.http_redirects import page_hosts
from audits.gather.lenient import is_html, lenient_hop, lenient_page
from audits.gather.site import Family, Site
from audits.gather.vendors import mx_hosts
from audits.observations.answers import host_of
from audits.observations.challenges import challenger
from audits.observations.dns import WildcardDns
from audits.observations.edge import (
    EDGE_MAIL,
    EDGE_STATUSES,
    AdminDoor,
    AdminDoors,
    AppReach,
    EdgeAnswer,
    MailNames,
    OriginDoor,
    Proxying,
    Subdomains,
    admin_product,
    edge_of,
)
from audits.observations.names import is_within
from audits.observations.pages import read_page
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike
from audits.observations.target import Host, HostKind
from audits.observations.vendors import recognise

L2 = 2
OK = 200
REFUSALS = frozenset({401, 403, 406, 429, 503})
GUESSED = (
    *("api", "app", "admin", "www", "staging", "dev", "auth", "cdn", "status", "mail", "docs"),
)
ORIGIN_LABELS = ("direct", "origin", "cpanel")
MAX_ORIGINS = 4
ADMIN_PATHS = ("/admin/", "/wp-admin/", "/django-admin/", "/phpmyadmin/")
ORIGIN_DEADLINE = timedelta(seconds=6)
# As apps and the pages inside them ask; the last words say who it really is.
CLIENTS = (
    ("an iPhone app", "App/1 CFNetwork/1568.100.1 Darwin/24.0.0 LaunchReady"),
    ("an Android app", "okhttp/4.12.0 LaunchReady"),
    (
        "a page inside an app",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 LaunchReady",
    ),
)


async def addresses_of(site: Site, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses and the chain of aliases of `name`, as the resolver tells them."""
    replies = await asyncio.gather(site.ask(name, "A"), site.ask(name, "AAAA"))
    chain = max((reply.chain for reply in replies), key=len)
    return tuple(value for reply in replies for value in reply.values), chain


async def gather_proxying(site: Site) -> None:
    """Observe a `Proxying` per host that people or apps call."""
    called = {*page_hosts(site), *site.target.host_names(HostKind.API)}
    hosts = [host for host in site.target.hosts if host.name in called]
    await asyncio.gather(*(_proxying(site, host) for host in hosts))


async def _proxying(site: Site, host: Host) -> None:
    addresses, chain = await addresses_of(site, host.name)
    if not addresses:
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, f"{host.name} has no address.")
        site.seen.miss(Proxying, failure, subject=host.name)
        return
    looked, _ = await home(site, host.name)
    headers = looked.headers if isinstance(looked, Exchange) else ()
    named = tuple(one.name for one in recognise(headers=headers) if one.role == "cdn")
    expected = next((edge for to in host.points_to if (edge := _declared_edge(to))), "")
    seen = Proxying(host.name, edge_of(addresses, chain), expected, named)
    site.seen.add(seen, subject=host.name)


def _declared_edge(points_to: str) -> str:
    """The edge that a declared target names, by its name or as one of its addresses."""
    by_name = {"cloudflare": "Cloudflare", "fastly": "Fastly", "cloudfront": "Amazon CloudFront"}
    known = next((edge for word, edge in by_name.items() if word in points_to.lower()), "")
    return known or edge_of((points_to,))


async def gather_mail_names(site: Site) -> None:
    """Observe the `MailNames` of the domain: mail does not pass an edge for pages."""
    domain = site.target.domain
    reply = await site.ask(domain, "MX")
    if not reply.is_answered:
        message = f"The mail servers of {domain} were not told ({reply.status})."
        failure = GatherFailure(FailureKind.NO_ANSWER, message)
        site.seen.miss(MailNames, failure, subject=domain)
        return
    names = [name for name in mx_hosts(reply.values) if not name.endswith(EDGE_MAIL)]
    found = await asyncio.gather(*(addresses_of(site, name) for name in names))
    servers = tuple(
        (name, edge_of(addresses)) for name, (addresses, _) in zip(names, found, strict=True)
    )
    site.seen.add(MailNames(domain, servers), subject=domain)


async def gather_origin(site: Site) -> None:
    """Observe the `OriginDoor` of the main host, where an edge stands in front of it."""
    host = site.target.main_host
    addresses, chain = await addresses_of(site, host)
    edge = edge_of(addresses, chain)
    looked, _ = await home(site, host)
    if not edge:
        message = "No edge stands in front, so there is no server behind one."
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(OriginDoor, failure, subject=host)
        return
    if isinstance(looked, GatherFailure):
        site.seen.miss(OriginDoor, looked, subject=host)
        return
    tried = (await _origins(site, addresses))[:MAX_ORIGINS]
    answers = await asyncio.gather(*(_shows_product(site, looked, where) for where, _ in tried))
    answering = tuple(one for one, shows in zip(tried, answers, strict=True) if shows)
    site.seen.add(OriginDoor(host, edge, tuple(tried), answering), subject=host)


async def _origins(site: Site, known: tuple[str, ...]) -> list[tuple[str, str]]:
    """Addresses that may be the server's own, and by which record each is known."""
    domain = site.target.domain
    names = [f"{label}.{domain}" for label in ORIGIN_LABELS]
    found = await asyncio.gather(*(site.ask(name, "A") for name in names))
    told = [(value, name) for name, one in zip(names, found, strict=True) for value in one.values]
    mx, txt = await asyncio.gather(site.ask(domain, "MX"), site.ask(domain, "TXT"))
    servers = [name for name in mx_hosts(mx.values) if is_within(name, domain)]
    mails = await asyncio.gather(*(site.ask(name, "A") for name in servers))
    told += [
        (value, name) for name, one in zip(servers, mails, strict=True) for value in one.values
    ]
    told += [(value, "the SPF record") for value in _spf_addresses(txt)]
    wildcard = await _wildcard(site)
    skipped = {value for reply in wildcard.replies for value in reply.values} | set(known)
    fresh = {where: how for where, how in told if where not in skipped and not edge_of((where,))}
    return list(fresh.items())


async def _wildcard(site: Site) -> WildcardDns:
    domain = site.target.domain
    return await site.once(("wildcard", domain), lambda: see_wildcard(site, domain))


def _spf_addresses(reply: DnsReply) -> Iterable[str]:
    records = (value for value in reply.values if value.lower().startswith("v=spf1 "))
    terms = (term for record in records for term in record.split()[1:])
    return [term[4:] for term in terms if term.lower().startswith("ip4:") and "/" not in term]


async def _shows_product(site: Site, home_page: Exchange, address: str) -> bool:
    """True where the server at `address` shows the main page when asked for it by name."""
    try:
        answer = await site.guard.fetch(
            home_page.url, address=address, follow=0, verify=False, deadline=ORIGIN_DEADLINE
        )
    except (FetchError, TargetRefusedError):
        return False
    if answer.status != home_page.status:
        return False
    return is_alike(absence_of(answer).simhash, absence_of(home_page).simhash)


async def gather_edge_answers(site: Site) -> None:
    """Observe an `EdgeAnswer` per page host: an edge that can't reach its server says so."""
    for name in sorted(page_hosts(site)):
        addresses, chain = await addresses_of(site, name)
        looked, _ = await home(site, name)
        edge = edge_of(addresses, chain)
        if isinstance(looked, GatherFailure):
            is_looping = looked.code in {"redirect_loop", "too_many_redirects"}
            if not (edge and is_looping):
                site.seen.miss(EdgeAnswer, looked, subject=name)
                continue
            site.seen.add(EdgeAnswer(name, edge, is_looping=True), subject=name)
            continue
        status = looked.status if looked.status in EDGE_STATUSES else 0
        site.seen.add(EdgeAnswer(name, edge, status), subject=name)


async def gather_reach(site: Site) -> None:
    """Observe `AppReach` of one declared API route, else of the main page."""
    routes = [
        route.url
        for route in site.target.routes
        if route.method.upper() == "GET"
        and host_of(route.url) in site.target.host_names(HostKind.API)
        and not MONITORED.search(route.url.partition("?")[0])
    ]
    url = next(iter(routes), f"https://{site.target.main_host}/")
    blocked = await challenge_of(site, host_of(url))
    plain = await lenient_hop(site, url)
    failure = blocked or (plain if isinstance(plain, GatherFailure) else None)
    if failure is not None or not isinstance(plain, Exchange):
        site.seen.miss(AppReach, failure or plain, subject=url)  # type: ignore[arg-type]
        return
    answers = await asyncio.gather(*(_as_client(site, url, agent) for _, agent in CLIENTS))
    refused = tuple(
        (who, words)
        for (who, _), answer in zip(CLIENTS, answers, strict=True)
        if (words := _refusal(answer, plain))
    )
    asked = tuple(who for (who, _), one in zip(CLIENTS, answers, strict=True) if one is not None)
    site.seen.add(AppReach(url, plain.status, refused, asked), subject=url.partition("?")[0])


async def _as_client(site: Site, url: str, agent: str) -> Exchange | None:
    looked = await site.fetch(url, headers={"User-Agent": agent, "Accept": "*/*"}, follow=0)
    return looked if isinstance(looked, Exchange) else None


def _refusal(answer: Exchange | None, plain: Exchange) -> str:
    """What a client met that we did not; "" where it was let through."""
    if answer is None:
        return ""
    vendor = challenger(answer.status, answer.headers, answer.body)
    if vendor:
        return f"{answer.status} with a challenge of {vendor}"
    is_refused = answer.status in REFUSALS and plain.status not in REFUSALS
    return str(answer.status) if is_refused else ""


async def gather_subdomains(site: Site) -> None:
    """Observe the `Subdomains` that lead somewhere though nobody declared them."""
    target = site.target
    known = {target.domain, *target.host_names(), *(mail.name for mail in target.mail_domains)}
    known |= set(mx_hosts((await site.ask(target.domain, "MX")).values))
    wildcard = await _wildcard(site)
    looked, _ = await home(site, target.main_host)
    links: tuple[str, ...] = ()
    if isinstance(looked, Exchange) and is_html(looked):
        links = read_page(looked.url, looked.body).anchors
    names = [f"{label}.{target.domain}" for label in GUESSED]
    names += [name for url in links if is_within(name := host_of(url), target.domain)]
    asked = [name for name in dict.fromkeys(names) if name not in known]
    usual = {value for reply in wildcard.replies for value in reply.values}
    found = await asyncio.gather(*(addresses_of(site, name) for name in asked))
    unknown = tuple(
        (name, (chain or addresses)[-1])
        for name, (addresses, chain) in zip(asked, found, strict=True)
        if addresses and not set(addresses) <= usual
    )
    seen = Subdomains(target.domain, unknown, len(asked), has_wildcard=bool(usual))
    site.seen.add(seen, subject=target.domain)


async def gather_admin(site: Site) -> None:
    """Observe the `AdminDoors`: declared admin hosts, and usual paths of the main host."""
    target = site.target
    host = target.main_host
    base = await baselines(site, host, extension="md")
    if isinstance(base, GatherFailure):
        site.seen.miss(AdminDoors, base, subject=target.domain)
        return
    urls = [f"https://{name}/" for name in target.host_names(HostKind.ADMIN)]
    urls += [f"https://{host}{path}" for path in ADMIN_PATHS]
    answers = await asyncio.gather(*(lenient_page(site, url) for url in urls))
    doors = tuple(
        AdminDoor(answer.url, product, asks)
        for answer in answers
        if isinstance(answer, Exchange)
        and answer.status == OK
        and not base.looks_like_baseline(answer)
        for product, asks in (admin_product(answer.text),)
        if product
    )
    site.seen.add(AdminDoors(target.domain, doors, len(urls)), subject=target.domain)


LOOKS = (
    (Proxying, gather_proxying),
    (MailNames, gather_mail_names),
    (OriginDoor, gather_origin),
    (EdgeAnswer, gather_edge_answers),
    (AppReach, gather_reach),
    (Subdomains, gather_subdomains),
)


async def _gather(site: Site) -> None:
    looks = [look for kind, look in LOOKS if site.wants(kind)]
    if site.consent >= L2 and site.wants(AdminDoors):
        looks.append(gather_admin)
    await asyncio.gather(*(look(site) for look in looks))


FAMILIES = (
    Family(
        name="edge",
        title="What stands in front",
        provides=(*(kind for kind, _ in LOOKS), AdminDoors),
        gather=_gather,
        consent=1,
    ),
)
