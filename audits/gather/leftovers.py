"""Files that nobody meant to serve: notes for assistants, backups, settings, listings.

Paths are believed only by their content and against the host's way of saying "not there".
The main host is asked for files, one API host for descriptions; a product's other hosts
mostly serve the same build, and every request counts.
"""

import asyncio
from urllib.parse import urlsplit

from accounts.guard.exchange import Exchange
from audits.gather.baseline import HostBaseline, baselines, challenge_of
from audits.gather.http import home, same_site
from audits.gather.lenient import is_html, lenient_hop
from audits.gather.site import Family, Site
from audits.observations.leftovers import (
    AI_PATHS,
    OTHER_PATHS,
    ApiDocs,
    ClientSettings,
    LeftFile,
    Leftovers,
    Listing,
    Path,
    admin_paths,
    documented_paths,
    is_listing,
    left_file,
    private_names,
)
from audits.observations.pages import read_page
from audits.observations.secret_rules import Grade
from audits.observations.secret_scan import scan
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind

OK = 200
L2 = 2
SETTINGS_PATHS = ("/env.js", "/config.js", "/config.json")
DOCS_PATHS = ("/openapi.json", "/swagger.json", "/docs")
GRAPHQL = "/graphql?query=%7B__schema%7BqueryType%7Bname%7D%7D%7D"
DOCS_MARKERS = ("swagger-ui", "redoc", "scalar-api-reference", "api-reference")


async def gather_files(site: Site) -> None:
    """Observe `Leftovers` of the product; needs consent for sensitive paths."""
    host, subject = site.target.main_host, f"files of {site.target.domain}"
    found = await _files(site, host)
    if isinstance(found, GatherFailure):
        site.seen.miss(Leftovers, found, subject=subject)
    else:
        site.seen.add(Leftovers(host, tuple(found)), subject=subject)


async def _files(site: Site, host: str) -> list[LeftFile] | GatherFailure:
    base = await baselines(site, host, extension="md")
    if isinstance(base, GatherFailure):
        return base
    found: list[LeftFile] = []
    for path in (*AI_PATHS, *OTHER_PATHS):
        answer = await lenient_hop(site, f"https://{host}{path.path}")
        if isinstance(answer, GatherFailure):
            return answer
        file = _file(host, path, answer, base)
        found += [file] if file is not None else []
    return found


def _file(host: str, path: Path, answer: Exchange, base: HostBaseline) -> LeftFile | None:
    if answer.status != OK or is_html(answer) or base.looks_like_baseline(answer):
        return None
    return left_file(host, path, answer.body, answer.text)


async def gather_settings(site: Site) -> None:
    """Observe `ClientSettings` of the main host: files of settings that browsers load."""
    host = site.target.main_host
    blocked = await challenge_of(site, host)
    if blocked is not None:
        site.seen.miss(ClientSettings, blocked, subject=host)
        return
    answers = await asyncio.gather(
        *(lenient_hop(site, f"https://{host}{path}") for path in SETTINGS_PATHS)
    )
    failed = next((one for one in answers if isinstance(one, GatherFailure)), None)
    if failed is not None:
        site.seen.miss(ClientSettings, failed, subject=host)
        return
    files = [
        one
        for one in answers
        if isinstance(one, Exchange) and one.status == OK and not is_html(one)
    ]
    texts = "\n".join(file.text for file in files)
    hits = tuple(hit for hit in scan(texts) if hit.grade in {Grade.CRITICAL, Grade.HIGH})
    urls = tuple(file.url for file in files)
    site.seen.add(ClientSettings(host, urls, private_names(texts), hits), subject=host)


async def gather_listing(site: Site) -> None:
    """Observe a `Listing`: the folder of the main page's first script."""
    host = site.target.main_host
    looked, _ = await home(site, host)
    if isinstance(looked, GatherFailure):
        site.seen.miss(Listing, looked, subject=host)
        return
    page = read_page(looked.url, looked.body) if is_html(looked) else None
    urls = [script.url for script in page.scripts] + list(page.stylesheets) if page else []
    own = [
        url for url in same_site(urls, site.target.domain, 50) if urlsplit(url).path.count("/") > 1
    ]
    if not own:
        message = "The page loads no file from a folder of its own."
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(Listing, failure, subject=host)
        return
    folder = own[0].partition("?")[0].rpartition("/")[0] + "/"
    answer = await lenient_hop(site, folder)
    if isinstance(answer, GatherFailure):
        site.seen.miss(Listing, answer, subject=host)
        return
    is_listed = answer.status == OK and is_html(answer) and is_listing(answer.text)
    site.seen.add(Listing(host, folder, folder if is_listed else ""), subject=host)


async def gather_docs(site: Site) -> None:
    """Observe `ApiDocs` of the API host (the main one where no API is declared)."""
    host = next(iter(site.target.host_names(HostKind.API)), site.target.main_host)
    blocked = await challenge_of(site, host)
    if blocked is not None:
        site.seen.miss(ApiDocs, blocked, subject=host)
        return
    paths = (*DOCS_PATHS, GRAPHQL)
    answers = await asyncio.gather(*(lenient_hop(site, f"https://{host}{path}") for path in paths))
    failed = next((one for one in answers if isinstance(one, GatherFailure)), None)
    if failed is not None:
        site.seen.miss(ApiDocs, failed, subject=host)
        return
    *docs, graphql = (one for one in answers if isinstance(one, Exchange))
    served = [one for one in docs if one.status == OK]
    described = [(one, documented_paths(one.text)) for one in served]
    pages = [one for one in served if is_html(one) and _is_docs_page(one.text)]
    urls = [one.url for one, paths in described if paths is not None] + [one.url for one in pages]
    seen = ApiDocs(
        host,
        tuple(urls),
        admin_paths(tuple(path for _, found in described for path in found or ())),
        is_introspectable=graphql.status == OK and '"queryType"' in graphql.text[:2000],
    )
    site.seen.add(seen, subject=host)


def _is_docs_page(text: str) -> bool:
    start = text[:20_000].lower()
    return any(marker in start for marker in DOCS_MARKERS)


async def _gather(site: Site) -> None:
    looks = [
        (ClientSettings, gather_settings),
        (Listing, gather_listing),
        (ApiDocs, gather_docs),
    ]
    if site.consent >= L2:
        looks.append((Leftovers, gather_files))
    await asyncio.gather(*(look(site) for kind, look in looks if site.wants(kind)))


FAMILIES = (
    Family(
        name="leftovers",
        title="Files that nobody meant to serve",
        provides=(Leftovers, ClientSettings, Listing, ApiDocs),
        gather=_gather,
        consent=1,
    ),
)
