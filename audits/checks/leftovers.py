"""Does the product serve files that nobody meant to serve. Stage 1."""

from collections.abc import Iterable, Iterator

from audits.observations.answers import shown_url
from audits.observations.leftovers import (
    ApiDocs,
    ClientSettings,
    Kind,
    LeftFile,
    Leftovers,
    Listing,
)
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

SOURCE = "OWASP ASVS 5.0 section 13.4 (unintended information leakage)"
SEVERITY_OF_KIND = {
    Kind.CREDENTIALS: Severity.S0,
    Kind.DATA: Severity.S0,
    Kind.SOURCE: Severity.S1,
    Kind.SETTINGS: Severity.S2,
    Kind.TRACES: Severity.S3,
}
MAX_SHOWN = 6


@check(
    id="sec.ai_tool_files",
    title="Notes for coding assistants are not served",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L2,
    needs=Leftovers,
    source=SOURCE,
    remedy="Leave these files out of the web root, and rotate any key in them.",
    trouble="Notes for coding assistants can be read by everybody",
    impact="They tell how the app is built and where it is weak, often with addresses and keys.",
    item="1.4",
)
def ai_tool_files(seen: Leftovers) -> Iterator[Result]:
    notes = [file for file in seen.files if file.kind is Kind.AI_NOTES]
    if not notes:
        yield _nothing(seen, "No notes for coding assistants are served")
        return
    holding = [file for file in notes if file.is_holding_a_key]
    if holding:
        message = f"{_place(holding[0])} is served, and a key stands in it."
        yield Result(Verdict.FAIL, message, cause="key", evidence=_shown(holding))
    bare = [file for file in notes if not file.is_holding_a_key]
    if bare:
        message = f"{_place(bare[0])} is served: {bare[0].what}."
        yield Result(Verdict.WARN, message, cause="notes", evidence=_shown(bare))


@check(
    id="sec.backup_vcs",
    title="No backup, dump or settings file is served",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L2,
    needs=Leftovers,
    source=SOURCE,
    remedy="Delete the file from the web root, find out since when it lay there, and rotate every "
    "key in it.",
    trouble="A file with the product’s data or settings can be downloaded",
    impact="Whoever asks for it may hold your customers' data or your keys.",
    item="1.4",
)
def backup_vcs(seen: Leftovers) -> Iterator[Result]:
    files = [file for file in seen.files if file.kind is not Kind.AI_NOTES]
    if not files:
        yield _nothing(seen, "No backup, dump or settings file is served")
        return
    groups: dict[Kind, list[LeftFile]] = {}
    for file in files:
        kind = Kind.CREDENTIALS if file.is_holding_a_key else file.kind
        groups.setdefault(kind, []).append(file)
    for kind, members in groups.items():
        yield Result(
            Verdict.FAIL,
            f"{_place(members[0])} is served: {members[0].what}.",
            severity=SEVERITY_OF_KIND[kind],
            cause=str(kind),
            evidence=_shown(members),
        )


def _nothing(seen: Leftovers, words: str) -> Result:
    return Result(Verdict.PASS, f"{words} by {seen.host}.")


def _place(file: LeftFile) -> str:
    return f"{file.host}{file.path}"


def _shown(files: Iterable[LeftFile]) -> tuple[Evidence, ...]:
    lines = []
    for file in list(files)[:MAX_SHOWN]:
        lines.append(Evidence("address", f"https://{_place(file)}"))
        lines += [Evidence(hit.label, hit.masked) for hit in file.secrets[:2]]
    return tuple(lines)


@check(
    id="sec.client_env",
    title="Settings for browsers hold nothing private",
    stage=1,
    severity=Severity.S0,
    needs=ClientSettings,
    source=SOURCE,
    remedy="Hand browsers only what they need, by names that say public; rotate what was private.",
    trouble="Private settings are handed to every browser",
    impact="Anyone who opens the page can read them and use what they open.",
    item="1.4",
)
def client_env(seen: ClientSettings) -> Iterator[Result]:
    files = tuple(Evidence("address", shown_url(url)) for url in seen.urls)
    for hit in seen.secrets:
        message = f"A {hit.label} stands in the settings that browsers load: {hit.masked}"
        cause = f"{hit.rule}:{hit.fingerprint or hit.masked}"[:80]
        yield Result(Verdict.FAIL, message, cause=cause, evidence=files)
    if seen.private_names and not seen.secrets:
        names = ", ".join(seen.private_names)
        message = f"The settings that browsers load name {seen.private_names[0]} with a value."
        evidence = (*files, Evidence("names, without values", names))
        yield Result(Verdict.WARN, message, cause="private_name", evidence=evidence)
    if not seen.secrets and not seen.private_names:
        words = "hold nothing private" if seen.urls else "are not in files of their own"
        yield Result(Verdict.PASS, f"Settings for browsers {words}.", evidence=files)


@check(
    id="sec.dir_listing",
    title="Folders don't list their files",
    stage=1,
    severity=Severity.S3,
    needs=Listing,
    source=SOURCE,
    remedy="Switch the server's automatic index off.",
    trouble="Everybody can see which files lie in a folder",
    impact="Old versions and forgotten files are found without guessing.",
    item="1.4",
)
def dir_listing(seen: Listing) -> Result:
    if not seen.url:
        return Result(Verdict.PASS, "The folder of the page's files doesn't list them.")
    evidence = (Evidence("address", shown_url(seen.url)),)
    return Result(Verdict.WARN, "The folder lists its files.", cause="listed", evidence=evidence)


@check(
    id="sec.api_docs",
    title="The API's description is meant for everybody",
    stage=1,
    severity=Severity.S2,
    needs=ApiDocs,
    source=SOURCE,
    remedy="Serve the description only to the team, or leave the admin operations out of it.",
    trouble="The API's description shows its admin operations",
    impact="Strangers learn which addresses to try first.",
)
def api_docs(seen: ApiDocs) -> Result:
    evidence = tuple(Evidence("address", shown_url(url)) for url in seen.urls)
    if seen.admin_paths:
        shown = Evidence("operations", ", ".join(seen.admin_paths)[:300])
        message = f"The description of {seen.host} lists admin operations."
        return Result(
            Verdict.WARN, message, severity=Severity.S3, cause="admin", evidence=(*evidence, shown)
        )
    if seen.urls or seen.is_introspectable:
        what = "its schema to any question" if seen.is_introspectable else "its description"
        message = f"{seen.host} shows {what}, which is right for a public API."
        return Result(Verdict.INFO, message, cause="public", evidence=evidence)
    return Result(Verdict.PASS, f"{seen.host} shows no description of its API.")


CHECKS = (client_env, ai_tool_files, backup_vcs, dir_listing, api_docs)
