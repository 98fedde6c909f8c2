"""How a product behaves as something deployed: old chunks, missing pages, health routes."""

import asyncio
import re
import secrets
from urllib.parse import urlsplit, urlunsplit

from accounts.guard.exchange import Exchange
from audits.gather.baseline import absence_of, unchallenged
from audits.gather.cors import MONITORED
from audits.gather.http import answer_of, home
from audits.gather.lenient import is_html, lenient_hop
from audits.gather.site import Family, Site
from audits.observations.answers import Answer, host_of
from audits.observations.build_signs import Deployed, HealthRoute, build_marks, repositories
from audits.observations.cached import is_hashed
from audits.observations.pages import PageFacts, read_page
from audits.observations.secret_rules import Grade
from audits.observations.secret_scan import scan
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike

HASH = re.compile(
    r"(?<=[-._/])[0-9a-fA-F]{8,64}(?=[-._/])|(?<=[-._])(?=\w{0,64}\d)\w{8,64}(?=\.\w{1,8}$)"
)
MAX_HEALTH_ROUTES = 4
SHOWN_CHARS = 2_000


async def gather_deployed(site: Site) -> None:
    """Observe `Deployed` of the main host."""
    host = site.target.main_host
    looked, _ = await home(site, host)
    missing = await lenient_hop(site, f"https://{host}{site.absent_path}")
    for one in (looked, missing):
        if isinstance(one, GatherFailure):
            site.seen.miss(Deployed, one, subject=host)
            return
    assert isinstance(looked, Exchange)  # noqa: S101 - the loop above has told
    assert isinstance(missing, Exchange)  # noqa: S101 - as above
    page = read_page(looked.url, looked.body) if is_html(looked) else None
    url, chunk = await _missing_chunk(site, page)
    first, second = absence_of(looked), absence_of(missing)
    seen = Deployed(
        host,
        answer_of(missing),
        is_missing_home=is_html(missing) and is_alike(first.simhash, second.simhash),
        chunk_url=url,
        missing_chunk=chunk,
        marks=build_marks(answer_of(looked), looked.text),
        links=repositories(page.anchors) if page else (),
    )
    site.seen.add(seen, subject=host)


async def _missing_chunk(site: Site, page: PageFacts | None) -> tuple[str, Answer | None]:
    """The answer to the page's own script under another hash, as after the next deploy."""
    scripts = [script.url for script in page.scripts] if page else []
    own = (url for url in scripts if host_of(url) == host_of(page.url if page else ""))
    for url in own:
        parts = urlsplit(url)
        path, count = HASH.subn(lambda match: _other(match[0]), parts.path)
        if is_hashed(url) and count:
            other = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
            looked = unchallenged(site, await site.hop(other))
            return other, answer_of(looked) if isinstance(looked, Exchange) else None
    return "", None


def _other(digest: str) -> str:
    return secrets.token_hex(len(digest))[: len(digest)]


async def gather_health(site: Site) -> None:
    """Observe a `HealthRoute` per declared route that only monitors call."""
    routes = [
        route
        for route in site.target.routes
        if route.method.upper() == "GET" and MONITORED.search(route.url.partition("?")[0])
    ][:MAX_HEALTH_ROUTES]
    if not routes:
        message = "No health route (such as /healthz) is declared."
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(HealthRoute, failure, subject=site.target.domain)
    for route in routes:
        looked = await lenient_hop(site, route.url)
        subject = route.url.partition("?")[0]
        if isinstance(looked, GatherFailure):
            site.seen.miss(HealthRoute, looked, subject=subject)
            continue
        hits = scan(looked.text[:200_000])
        seen = HealthRoute(
            route.url,
            route.expected_status,
            route.must_say,
            answer_of(looked),
            looked.text[:SHOWN_CHARS],
            looked.timing.total_ms,
            tuple(hit.label for hit in hits if hit.grade in {Grade.CRITICAL, Grade.HIGH}),
        )
        site.seen.add(seen, subject=subject)


async def _gather(site: Site) -> None:
    looks = ((Deployed, gather_deployed), (HealthRoute, gather_health))
    await asyncio.gather(*(look(site) for kind, look in looks if site.wants(kind)))


FAMILIES = (
    Family(
        name="deploying",
        title="How it is deployed",
        provides=(Deployed, HealthRoute),
        gather=_gather,
        consent=1,
    ),
)
