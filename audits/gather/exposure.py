"""What a product gives away in what it serves: its code, debug pages, sensitive files.

What browsers receive is scanned and only masked hits are kept; paths are believed only by
their content. Source: automation specification, section 2.7.
"""

import asyncio
import re
from datetime import timedelta

from accounts.guard.exchange import Exchange
from audits.gather.baseline import HostBaseline, baselines
from audits.gather.http import is_mirror
from audits.gather.lenient import is_html, lenient_hop, lenient_page
from audits.gather.served_code import NO_HOST, gather_code, unread_of
from audits.gather.site import Family, Site
from audits.observations.debug_pages import debug_marker
from audits.observations.exposure import EnvFile, ErrorPages, GitFolder, ServedCode, ServedPaths
from audits.observations.seen import GatherFailure
from audits.observations.target import HostKind

OK, FORBIDDEN = 200, 403
L2 = 2

BROWSED = (HostKind.WEB, HostKind.ADMIN, HostKind.OTHER)
CENTRAL = (HostKind.WEB, HostKind.API, HostKind.ADMIN)
PROBED = (*BROWSED, HostKind.API, HostKind.ASSETS, HostKind.STAGING)

ENV_PATHS = ("/.env", "/.env.local", "/.env.production", "/api/.env")
ENV_LINE = re.compile(r"^(?:export\s+)?([A-Z][A-Z0-9_]{1,60})\s*=", re.MULTILINE)
ENV_MIN_LINES = 2
GIT_HEAD = re.compile(r"\Aref: refs/[\w./-]+\s*\Z|\A[0-9a-f]{40}\s*\Z")


async def gather_exposure(site: Site) -> None:
    """`ServedCode` and, with consent, `ServedPaths` of the product; `ErrorPages` per host."""
    browsed = [host.name for host in site.target.hosts if host.kind in BROWSED]
    probed = [host.name for host in site.target.hosts if host.kind in PROBED]
    work = []
    if site.wants(ServedCode):
        work.append(gather_code(site, browsed))
    if site.wants(ErrorPages):
        work += [_error_pages(site, name) for name in probed]
    if site.consent >= L2 and site.wants(ServedPaths):
        work.append(_paths(site, await _apart(site, probed)))
    await asyncio.gather(*work)


async def _apart(site: Site, names: list[str]) -> list[str]:
    """`names` without those beside the product's own that show the main page once more: what
    lies open there lies open on the main host too, and requests are counted."""
    beside = [name for name in names if name in site.target.host_names(HostKind.OTHER)]
    mirrors = await asyncio.gather(*(is_mirror(site, name) for name in beside))
    skipped = {name for name, mirrored in zip(beside, mirrors, strict=True) if mirrored}
    return [name for name in names if name not in skipped]


async def _error_pages(site: Site, host: str) -> None:
    """The host's answers to paths that can't exist, looked at for a debug page."""
    shown = ErrorPages(host)
    # What the product stands on is asked twice: some frameworks fail only on a broken path.
    is_central = host in site.target.host_names(*CENTRAL)
    for path in (site.absent_path, *([f"{site.absent_path}%ff"] if is_central else ())):
        url = f"https://{host}{path}"
        answer = await lenient_hop(site, url)
        if isinstance(answer, GatherFailure):
            site.seen.miss(ErrorPages, answer, subject=host)
            return
        framework, marker = debug_marker(answer.status, answer.text)
        if framework:
            shown = ErrorPages(host, framework, marker, answer.status, url)
            break
    if not shown.framework:
        shown = await _development_server(site, shown)
    site.seen.add(shown, subject=host)


async def _development_server(site: Site, shown: ErrorPages) -> ErrorPages:
    """A development server shows itself on the start page too."""
    home = await lenient_page(site, f"https://{shown.host}/")
    if isinstance(home, Exchange):
        framework, marker = debug_marker(home.status, home.text)
        if framework:
            return ErrorPages(shown.host, framework, marker, home.status, home.url)
    return shown


async def _paths(site: Site, hosts: list[str]) -> None:
    """Sensitive paths, believed only by their content and against the host's baselines."""
    looked = await asyncio.gather(*(_probe(site, host) for host in hosts))
    read = [(host, found) for host, found in zip(hosts, looked, strict=True)
            if not isinstance(found, GatherFailure)]  # fmt: skip
    domain = site.target.domain
    if not read:
        why = next((found for found in looked if isinstance(found, GatherFailure)), NO_HOST)
        site.seen.miss(ServedPaths, why, subject=f"files of {domain}")
        return
    seen = ServedPaths(
        domain=domain,
        hosts=tuple(host for host, _ in read),
        unread=unread_of(hosts, looked),
        env_files=tuple(env for _, (env, _git) in read if env is not None),
        git_folders=tuple(git for _, (_env, git) in read),
    )
    site.seen.add(seen, subject=f"files of {domain}")


async def _probe(site: Site, host: str) -> tuple[EnvFile | None, GitFolder] | GatherFailure:
    base = await baselines(site, host, extension="env")
    if isinstance(base, GatherFailure):
        return base
    env = await _env_file(site, host, base)
    git = await _git_folder(site, host, base)
    if isinstance(env, GatherFailure):
        return env
    return git if isinstance(git, GatherFailure) else (env, git)


async def _env_file(site: Site, host: str, base: HostBaseline) -> EnvFile | GatherFailure | None:
    for path in ENV_PATHS:
        answer = await lenient_hop(site, f"https://{host}{path}")
        if isinstance(answer, GatherFailure):
            return answer
        if answer.status != OK or is_html(answer) or base.looks_like_baseline(answer):
            continue
        names = ENV_LINE.findall(answer.text)
        if len(names) >= ENV_MIN_LINES:
            return EnvFile(host, path, tuple(dict.fromkeys(names))[:20], len(names))
    return None


async def _git_folder(site: Site, host: str, base: HostBaseline) -> GitFolder | GatherFailure:
    head = await lenient_hop(site, f"https://{host}/.git/HEAD")
    config = await lenient_hop(site, f"https://{host}/.git/config")
    if isinstance(head, GatherFailure):
        return head
    if isinstance(config, GatherFailure):
        return config
    return GitFolder(
        host,
        is_head_served=_is_file(head, base) and bool(GIT_HEAD.match(head.text)),
        is_config_served=_is_file(config, base) and "[core]" in config.text,
        is_forbidden=FORBIDDEN in {head.status, config.status},
    )


def _is_file(answer: Exchange, base: HostBaseline) -> bool:
    return (
        answer.status == OK
        and not base.looks_like_baseline(answer)
        and "<html" not in answer.text[:2000].lower()
    )


FAMILIES = (
    Family(
        name="exposure",
        title="Keys and addresses in what is served",
        provides=(ServedCode, ErrorPages, ServedPaths),
        gather=gather_exposure,
        consent=1,
        limit=timedelta(seconds=40),
    ),
)
