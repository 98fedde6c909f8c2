"""How the API behaves beyond its answers, and who can see the previews.

The burst is sent only with the founder's recorded consent (level 3): at most 20 requests,
two a second, to one declared public route, and it stops at the first refusal. Source:
audit specification, section 2.6; automation specification, section 2.10.
"""

import asyncio
import time

from accounts.guard.exchange import Exchange
from audits.gather.baseline import unchallenged
from audits.gather.cors import MONITORED
from audits.gather.http import SIGN_IN, answer_of
from audits.gather.lenient import is_html, lenient_hop, lenient_page
from audits.gather.site import Family, Site
from audits.observations.answers import host_of
from audits.observations.challenges import challenger
from audits.observations.pages import read_page
from audits.observations.reliability import (
    TOO_MANY,
    UNAVAILABLE,
    ApiAnswers,
    Burst,
    Preview,
    limit_fields,
)
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind

MAX_BURST = 20
BETWEEN_SECONDS = 0.5
MAX_ROUTES = 4
L3 = 3


def _api_routes(site: Site) -> dict[str, list[str]]:
    """The declared GET routes of API hosts, by host."""
    apis = site.target.host_names(HostKind.API)
    found: dict[str, list[str]] = {}
    for route in site.target.routes:
        host = host_of(route.url)
        if route.method.upper() == "GET" and host in apis:
            found.setdefault(host, []).append(route.url)
    return found


async def gather_answers(site: Site) -> None:
    routes = _api_routes(site)
    if not routes:
        _nothing(site, ApiAnswers, "No GET route of an API is declared.")
    for host, urls in routes.items():
        looks = await asyncio.gather(*(lenient_hop(site, url) for url in urls[:MAX_ROUTES]))
        answers = tuple(answer_of(one) for one in looks if isinstance(one, Exchange))
        failed = next((one for one in looks if isinstance(one, GatherFailure)), None)
        if not answers and failed is not None:
            site.seen.miss(ApiAnswers, failed, subject=host)
        else:
            site.seen.add(ApiAnswers(host, answers), subject=host)


async def gather_burst(site: Site) -> None:
    """Observe a `Burst` on the first public route that is no health check."""
    urls = [url for found in _api_routes(site).values() for url in found]
    url = next((one for one in urls if not MONITORED.search(one.partition("?")[0])), "")
    if not url:
        _nothing(site, Burst, "No public route of an API is declared that could be tried.")
        return
    first = unchallenged(site, await site.hop(url))
    if isinstance(first, GatherFailure):
        site.seen.miss(Burst, first, subject=url.partition("?")[0])
        return
    site.seen.add(await _burst(site, url), subject=url.partition("?")[0])


async def _burst(site: Site, url: str) -> Burst:
    statuses: list[int] = []
    fields: list[str] = []
    begun = time.monotonic()
    vendor, has_retry_after = "", False
    for number in range(MAX_BURST):
        if number:
            await asyncio.sleep(BETWEEN_SECONDS)
        looked = await site.fetch(url, follow=0)
        if isinstance(looked, GatherFailure):
            break
        statuses.append(looked.status)
        fields += limit_fields(answer_of(looked))
        vendor = challenger(looked.status, looked.headers, looked.body)
        if vendor or looked.status in {TOO_MANY, UNAVAILABLE}:
            has_retry_after = looked.header("retry-after") is not None
            break
    elapsed_ms = (time.monotonic() - begun) * 1000
    known = tuple(dict.fromkeys(fields))
    return Burst(url, tuple(statuses), elapsed_ms, known, has_retry_after, vendor)


async def gather_previews(site: Site) -> None:
    """Observe a `Preview` per declared preview or staging host."""
    hosts = site.target.host_names(HostKind.STAGING)
    if not hosts:
        _nothing(site, Preview, "No preview or staging host is declared.")
    await asyncio.gather(*(_preview(site, host) for host in hosts))


async def _preview(site: Site, host: str) -> None:
    looked = await lenient_page(site, f"https://{host}/")
    if isinstance(looked, GatherFailure):
        site.seen.miss(Preview, looked, subject=host)
        return
    page = read_page(looked.url, looked.body) if is_html(looked) else None
    told = (*looked.header_all("x-robots-tag"), *(page.robots if page else ()))
    seen = Preview(
        host,
        looked.status,
        is_html=page is not None,
        is_noindex=any("noindex" in one.lower() or one.lower() == "none" for one in told),
        leads_to_sign_in=SIGN_IN.search(looked.url.partition("?")[0]) is not None
        or host_of(looked.url) != host,
    )
    site.seen.add(seen, subject=host)


def _nothing(site: Site, kind: type, message: str) -> None:
    failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
    site.seen.miss(kind, failure, subject=site.target.domain)


async def _gather(site: Site) -> None:
    looks = [(ApiAnswers, gather_answers), (Preview, gather_previews)]
    if site.consent >= L3:
        looks.append((Burst, gather_burst))
    await asyncio.gather(*(look(site) for kind, look in looks if site.wants(kind)))


FAMILIES = (
    Family(
        name="reliability",
        title="How the API behaves under use",
        provides=(ApiAnswers, Burst, Preview),
        gather=_gather,
        consent=1,
    ),
)
