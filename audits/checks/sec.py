"""Exposure: does the product give away keys, files or its own debug page. Stage 1."""

from audits.observations.exposure import (
    ErrorPages,
    FoundSecret,
    ServedCode,
    ServedPaths,
)
from audits.observations.secret_rules import Grade
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

SERIOUS = {Grade.CRITICAL, Grade.HIGH}
SLIGHT = {Grade.MEDIUM, Grade.LOW}


def shown(secret: FoundSecret) -> tuple[Evidence, ...]:
    """Where and what, masked; enough to find it, never enough to use it."""
    hit = secret.hit
    lines = [
        Evidence("file", f"{secret.file}, line {hit.line}"),
        Evidence("value", f"{hit.masked} ({hit.length} characters)"),
    ]
    if len(secret.hosts) > 1:
        lines.append(Evidence("served by", ", ".join(secret.hosts)))
    if hit.fingerprint:
        lines.append(Evidence("SHA-256 begins", hit.fingerprint))
    if hit.note:
        lines.append(Evidence("note", hit.note))
    return tuple(lines)


@check(
    id="sec.js_secret",
    title="No private key in anything a browser receives",
    stage=1,
    severity=Severity.S0,
    needs=ServedCode,
    source="OWASP ASVS 5.0 section 13.3 (secret management); vendors' key formats",
    remedy="Rotate the key first: it counts as known. Then call the service from the server, "
    "and deploy without the key.",
    trouble="A private key is readable in the app’s code",
    impact="Anyone who opens the page can copy the key and spend your money or read your data. "
    "Bots find such keys within hours.",
    item="1.4",
)
def js_secret(seen: ServedCode) -> list[Result]:
    serious = [secret for secret in seen.secrets if secret.hit.grade in SERIOUS]
    slight = [secret for secret in seen.secrets if secret.hit.grade in SLIGHT]
    results = [_found(secret, Verdict.FAIL) for secret in serious]
    results += [_found(secret, Verdict.WARN) for secret in slight]
    results += [_direct(vendor) for vendor in seen.direct_calls if not serious]
    if results:
        return results
    what = f"{seen.file_count} files, {seen.byte_count / 1_000_000:.1f} MB"
    if missing := unread(seen):
        return [
            Result(
                Verdict.UNKNOWN,
                f"No key was met, but only a part could be scanned: {missing}.",
                cause="partial",
            )
        ]
    public = sorted({s.hit.label for s in seen.secrets if s.hit.grade == Grade.PUBLIC})
    evidence = tuple(Evidence("public by design", label) for label in public)
    return [Result(Verdict.PASS, f"No known key shape in {what}.", evidence=evidence)]


def unread(seen: ServedCode | ServedPaths) -> str:
    """What is missing from a look at several hosts, in a few words; "" where nothing is."""
    if seen.unread:
        return f"{seen.unread[0][0]} could not be read"
    return seen.partial if isinstance(seen, ServedCode) else ""


def _found(secret: FoundSecret, verdict: Verdict) -> Result:
    hit = secret.hit
    return Result(
        verdict,
        f"{_article(hit.label)} {hit.label} stands in {_name(secret.file)}: {hit.masked}",
        cause=f"{hit.rule}:{hit.fingerprint or hit.masked}"[:80],
        evidence=shown(secret),
        trouble=f"{_article(hit.label)} {hit.label} is readable in the app’s code",
    )


def _direct(vendor: str) -> Result:
    return Result(
        Verdict.FAIL,
        f"The browser calls {vendor} itself, with an authorisation from the code.",
        cause=f"direct:{vendor}",
        evidence=(Evidence("called", vendor),),
    )


def _article(label: str) -> str:
    return "An" if label[:1].lower() in "aeiou" else "A"


def _name(url: str) -> str:
    return url.partition("://")[2].partition("/")[2] or url


@check(
    id="sec.env_file",
    title="No environment file is served",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L2,
    needs=ServedPaths,
    source="OWASP ASVS 5.0 section 13.4 (unintended information leakage)",
    remedy="Block paths that begin with a dot, remove the file from the web root, and rotate "
    "every value in it.",
    trouble="The file with all passwords and keys can be downloaded",
    impact="Whoever asks for it holds your database, your mail and your payment account.",
    item="1.4",
)
def env_file(seen: ServedPaths) -> Result:
    if not seen.env_files:
        return _nothing(seen, "No environment file is served")
    first = seen.env_files[0]
    return Result(
        Verdict.FAIL,
        f"{first.host}{first.path} is served with {first.line_count} settings.",
        cause="served",
        evidence=(
            *(Evidence("address", f"https://{env.host}{env.path}") for env in seen.env_files[:6]),
            Evidence("names, without values", ", ".join(first.names)),
        ),
    )


def _nothing(seen: ServedPaths, words: str) -> Result:
    if missing := unread(seen):
        return Result(Verdict.UNKNOWN, f"{words} where we could look; {missing}.", cause="partial")
    return Result(Verdict.PASS, f"{words} by {len(seen.hosts)} hosts.")


@check(
    id="sec.git_dir",
    title="The Git folder is not served",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L2,
    needs=ServedPaths,
    source="OWASP ASVS 5.0 section 13.4.1",
    remedy="Deny /.git at the server, deploy without it, and rotate every key in its history.",
    trouble="The whole source code can be downloaded",
    impact="With the code come its history and every key that ever stood in it.",
    item="1.4",
)
def git_dir(seen: ServedPaths) -> Result:
    served = [git for git in seen.git_folders if git.is_head_served and git.is_config_served]
    if served:
        return Result(
            Verdict.FAIL,
            f"{served[0].host} serves /.git/HEAD and /.git/config.",
            cause="served",
            evidence=tuple(
                Evidence("address", f"https://{git.host}/.git/config") for git in served[:6]
            ),
        )
    forbidden = [git.host for git in seen.git_folders if git.is_forbidden]
    if forbidden and not seen.unread:
        return Result(Verdict.INFO, f"{forbidden[0]} answers 403 below /.git.", cause="forbidden")
    return _nothing(seen, "No Git folder is served")


@check(
    id="sec.source_map",
    title="Source maps with the original code are not served",
    stage=1,
    severity=Severity.S2,
    needs=ServedCode,
    source="ECMA-426 sections 4 (format) and 11 (retrieval)",
    remedy="Build without public source maps, or upload them to the error tracker only.",
    trouble="The original source code is readable",
    impact="Anyone reads the app's code with its comments, and copies or attacks it at leisure.",
    item="1.4",
)
def source_map(seen: ServedCode) -> list[Result]:
    secrets = {
        found.url: [secret for secret in found.secrets if secret.hit.grade in SERIOUS]
        for found in seen.maps
    }
    rows = [_map_secret(hits[0]) for hits in secrets.values() if hits]
    open_maps = [found for found in seen.maps if found.has_sources and not secrets[found.url]]
    if open_maps:
        names = ", ".join(open_maps[0].source_names[:4])
        rows.append(
            Result(
                Verdict.WARN,
                f"{len(open_maps)} source {'map' if len(open_maps) == 1 else 'maps'} with the "
                f"original code can be read, among them {_name(open_maps[0].url)}.",
                cause="served",
                evidence=(Evidence("map", open_maps[0].url), Evidence("sources", names)),
            )
        )
    return rows or [Result(Verdict.PASS, f"{seen.domain} serves no map with original code.")]


def _map_secret(secret: FoundSecret) -> Result:
    hit = secret.hit
    return Result(
        Verdict.FAIL,
        f"{_article(hit.label)} {hit.label} stands in the source map {_name(secret.file)}: "
        f"{hit.masked}",
        severity=Severity.S0,
        cause=f"secret:{hit.rule}:{hit.fingerprint or hit.masked}"[:80],
        evidence=shown(secret),
    )


@check(
    id="sec.debug_page",
    title="No debug page is shown to visitors",
    stage=1,
    severity=Severity.S0,
    needs=ErrorPages,
    source="OWASP ASVS 5.0 section 13.4.2 (debug modes off in production)",
    remedy="Switch debug mode off and deploy the production build.",
    trouble="Errors show the app's insides",
    impact="A visitor who meets an error reads settings and code, sometimes with a console.",
    item="1.4",
)
def debug_page(seen: ErrorPages) -> Result:
    if not seen.framework:
        return Result(Verdict.PASS, f"{seen.host} shows no debug page.")
    return Result(
        Verdict.FAIL,
        f"{seen.host} shows {seen.framework}'s debug page ({seen.marker}).",
        cause=seen.framework.lower(),
        evidence=(
            Evidence("address", seen.url),
            Evidence("status", str(seen.status)),
            Evidence("recognised by", f"{seen.framework}: {seen.marker}"),
        ),
    )


CHECKS = (js_secret, env_file, git_dir, source_map, debug_page)
