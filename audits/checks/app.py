"""The app's own addresses: does live code call the developer's machine or a preview. Stage 1."""

from collections.abc import Iterable

from audits.checks.sec import unread
from audits.observations.code_addresses import is_local, is_staging
from audits.observations.exposure import FoundAddress, ServedCode, Use
from audits.observations.names import is_within, registrable_domain
from audits.verdicts import Evidence, Result, Severity, Verdict, check

CALLED = {Use.REQUEST, Use.CALLBACK}
MAX_EVIDENCE = 5
# What frameworks write as a base for relative URLs; nobody ever calls it.
DUMMY_BASES = {"http://localhost", "http://localhost/", "https://localhost", "http://localhost:80"}


def nothing_met(seen: ServedCode, words: str) -> Result:
    """A pass where everything was read; else not known, with what is missing."""
    if missing := unread(seen):
        return Result(Verdict.UNKNOWN, f"{words}; {missing}.", cause="partial")
    return Result(Verdict.PASS, f"{words}.")


def quotes(found: Iterable[FoundAddress]) -> tuple[Evidence, ...]:
    """Where the address stands, with a piece of the code around it."""
    each = {(item.file, item.url): item for item in found}
    return tuple(
        Evidence(item.file.rpartition("/")[2] or item.file, item.quote)
        for item in list(each.values())[:MAX_EVIDENCE]
    )


@check(
    id="app.localhost_links",
    title="Nothing in the live app points at a developer's machine",
    stage=1,
    severity=Severity.S0,
    needs=ServedCode,
    source="RFC 6761 section 6.3 (localhost); RFC 1918 section 3",
    remedy="Set the production base address in the build's environment and rebuild.",
    trouble="The app calls an address that only the developer's machine knows",
    impact="Sign-in, reset links or data don't work for anybody but the developer.",
    item="1.1",
)
def localhost_links(seen: ServedCode) -> Result:
    local = [a for a in seen.addresses if is_local(a.host) and a.url not in DUMMY_BASES]
    called = [a for a in local if a.use in CALLED]
    branch = [a for a in local if a.use == Use.DEV_BRANCH]
    if not _has_other_base(seen):
        # A development address with no other beside it is the one that runs.
        called += branch
    if called:
        return Result(
            Verdict.FAIL,
            f"{seen.domain} sends requests to {_hosts(called)}.",
            cause="called",
            evidence=quotes(called),
        )
    if local:
        return Result(
            Verdict.WARN,
            f"The code of {seen.domain} mentions {_hosts(local)}.",
            cause="mentioned",
            evidence=quotes(local),
        )
    return nothing_met(seen, f"No local address in {seen.file_count} files")


def _has_other_base(seen: ServedCode) -> bool:
    """Whether the code also names a public host of the product's own."""
    ours = {registrable_domain(name) or name for name in (*seen.known_hosts, seen.domain)}
    return any(
        not is_local(a.host) and any(is_within(a.host, domain) for domain in ours)
        for a in seen.addresses
        if a.use != Use.MENTION or a.file.endswith("js")
    )


@check(
    id="app.staging_links",
    title="Nothing in the live app points at a preview or staging host",
    stage=1,
    severity=Severity.S1,
    needs=ServedCode,
    source="RFC 6454 section 4 (origin): another host is another app",
    remedy="Point the environment variable at the production host and rebuild, or enter the "
    "host as intended.",
    trouble="The live app depends on a preview or staging host",
    impact="A cleaned-up preview takes sign-in or data down, and users see test data.",
    item="1.2",
)
def staging_links(seen: ServedCode) -> Result:
    intended = {*seen.hosts, *seen.known_hosts}
    found = [
        a
        for a in seen.addresses
        if a.host not in intended and a.use != Use.MENTION and is_staging(a.host, seen.domain)
    ]
    called = [a for a in found if a.use in CALLED]
    if called:
        return Result(
            Verdict.FAIL,
            f"{seen.domain} sends requests or sign-ins to {_hosts(called)}.",
            cause="called",
            evidence=quotes(called),
        )
    if found:
        return Result(
            Verdict.WARN,
            f"{seen.domain} loads files from {_hosts(found)}.",
            cause="asset",
            evidence=quotes(found),
        )
    return nothing_met(seen, f"No preview host in {seen.file_count} files")


@check(
    id="app.undefined_config",
    title="Every setting that the live app needs is set",
    stage=1,
    severity=Severity.S0,
    needs=ServedCode,
    source="WHATWG URL, section 4.1: “undefined” is a path segment like any other",
    remedy="Set the missing variable where the build runs, make the build fail without it, "
    "and rebuild.",
    trouble="A setting is missing in the live app",
    impact="A part of the app calls an address that doesn't exist and shows nothing.",
    item="1.1",
)
def undefined_config(seen: ServedCode) -> Result:
    called = [a for a in seen.unset if a.use in CALLED | {Use.ASSET}]
    if called:
        return Result(
            Verdict.FAIL,
            f"{seen.domain} calls {called[0].url}",
            cause="unset",
            evidence=quotes(called),
        )
    return nothing_met(seen, f"No unset value in an address in {seen.file_count} files")


def _hosts(found: Iterable[FoundAddress]) -> str:
    names = sorted({item.host for item in found})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - shown
    return ", ".join(names[:3]) + more


CHECKS = (localhost_links, staging_links, undefined_config)
