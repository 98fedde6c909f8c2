"""Does the start page open, and does it start?"""

from audits.observations.answers import scheme_of, shown_url
from audits.observations.http import HomePage, ScriptLook
from audits.observations.target import HostKind
from audits.verdicts import Evidence, Result, Severity, Verdict, check

FIRST_ERROR_STATUS = 400
TOO_MANY_REQUESTS = 429
NOT_SIGNED_IN = frozenset({401, 403})
SHELL_TEXT_CHARS = 40
NO_PAGE_KINDS = frozenset({HostKind.API, HostKind.ASSETS, HostKind.MAIL, HostKind.OTHER})


@check(
    id="http.home_ok",
    title="The start page opens",
    stage=2,
    item="2.2",
    severity=Severity.S0,
    needs=HomePage,
    source="RFC 9110 section 15",
    remedy="Open the address in a private window, look at the status and at failing scripts in "
    "the network panel, and deploy again.",
    trouble="The start page doesn't open",
    impact="Visitors see an error or an empty page instead of the app.",
)
def home_ok(seen: HomePage) -> Result:
    if seen.kind in NO_PAGE_KINDS:
        return Result(
            Verdict.NA, f"{seen.host} is not meant to have a start page.", cause="no_page"
        )
    if seen.answer is None:
        message = f"https://{seen.host}/ gives no answer: {seen.fault}"
        return Result(Verdict.FAIL, message, cause="no_connection")
    status = seen.answer.status
    if status >= FIRST_ERROR_STATUS:
        return _judge_error(seen, status)
    broken = _failing_start(seen)
    if broken:
        return _judge_shell(broken)
    return Result(Verdict.PASS, f"{shown_url(seen.answer.url)} answers {status}.")


def _judge_error(seen: HomePage, status: int) -> Result:
    message = f"https://{seen.host}/ answers {status}."
    if status == TOO_MANY_REQUESTS:
        return Result(Verdict.BLOCKED, f"{message} It limits our requests.", cause="rate_limited")
    if status in NOT_SIGNED_IN and seen.kind in {HostKind.ADMIN, HostKind.STAGING}:
        return Result(Verdict.PASS, f"{message} It asks for a sign-in first.", cause="protected")
    return Result(Verdict.FAIL, message, cause="error_status")


def _failing_start(seen: HomePage) -> list[ScriptLook]:
    """The failing scripts without which an empty page stays empty."""
    if seen.page is None or seen.page.text_length >= SHELL_TEXT_CHARS:
        return []
    modules = {script.url for script in seen.page.scripts if script.is_module}
    classic = {script.url for script in seen.page.scripts if not script.is_nomodule}
    needed = modules or classic
    return [look for look in seen.scripts if look.url in needed and look.is_failing]


def _judge_shell(broken: list[ScriptLook]) -> Result:
    first = broken[0]
    what = f"answers {first.status}" if first.status else "is not there"
    if first.status and first.status < FIRST_ERROR_STATUS:
        what = f"answers {first.media_type} instead of a script"
    return Result(
        Verdict.FAIL,
        f"The page is an empty shell, and its main script {what}.",
        cause="script_failing",
        evidence=tuple(
            Evidence(str(look.status or "missing"), shown_url(look.url)) for look in broken[:5]
        ),
    )


@check(
    id="http.mixed_active",
    title="Nothing that runs is loaded over http",
    stage=2,
    item="F2.1",
    severity=Severity.S0,
    needs=HomePage,
    source="W3C Mixed Content, blockable content",
    remedy="Write https:// (or wss://) in every load, and set the API address in the build's "
    "configuration to https.",
    trouble="Parts of the app are blocked by the browser",
    impact="Browsers refuse the part loaded without encryption: the page opens, but buttons, "
    "data or sign-in don't work.",
)
def mixed_active(seen: HomePage) -> Result:
    if not _is_secure_page(seen):
        return Result(Verdict.NA, "There is no https page to mix anything into.", cause="no_page")
    loads = _active_loads(seen)
    if not loads:
        return Result(Verdict.PASS, "Nothing that runs is loaded over http.")
    evidence = tuple(Evidence(kind, shown_url(url)) for kind, url in loads[:8])
    count = f"{len(loads)} {'load' if len(loads) == 1 else 'loads'}"
    if _is_upgraded(seen):
        message = f"{count} over http, which upgrade-insecure-requests rewrites to https."
        return Result(Verdict.WARN, message, cause="upgraded", evidence=evidence)
    kind, url = loads[0]
    message = f"{count} over http that browsers block, first a {kind}: {shown_url(url)}."
    return Result(Verdict.FAIL, message, cause="blocked_load", evidence=evidence)


@check(
    id="http.mixed_passive",
    title="No picture or sound is loaded over http",
    stage=2,
    item="F2.1",
    severity=Severity.S3,
    needs=HomePage,
    source="W3C Mixed Content, upgradeable content",
    remedy="Write https:// in these addresses; check that the other host answers over https.",
    trouble="Pictures are loaded without encryption",
    impact="Browsers try https instead; where that host has none, pictures are missing.",
)
def mixed_passive(seen: HomePage) -> Result:
    if not _is_secure_page(seen) or seen.page is None:
        return Result(Verdict.NA, "There is no https page to mix anything into.", cause="no_page")
    urls = [url for url in seen.page.media if _is_plain(url)]
    urls += [load.url for load in seen.css_loads if _is_plain(load.url)]
    if not urls:
        return Result(Verdict.PASS, "No picture, sound or video is loaded over http.")
    evidence = tuple(Evidence("http", shown_url(url)) for url in urls[:8])
    message = f"{len(urls)} media addresses begin with http, first {shown_url(urls[0])}."
    if len(urls) == 1:
        message = f"A picture, sound or video is named with http: {shown_url(urls[0])}."
    return Result(Verdict.WARN, message, cause="passive_load", evidence=evidence)


def _is_secure_page(seen: HomePage) -> bool:
    return bool(seen.answer and seen.answer.is_https and seen.page and not seen.is_elsewhere)


def _active_loads(seen: HomePage) -> list[tuple[str, str]]:
    page = seen.page
    if page is None:
        return []
    named = (
        ("script", [script.url for script in page.scripts]),
        ("module", page.modulepreloads),
        ("style sheet", page.stylesheets),
        ("style sheet import", [load.url for load in seen.css_imports]),
        ("frame", page.iframes),
        ("object", page.objects),
        ("call", [load.url for load in seen.calls]),
        ("form", [form.action for form in page.forms]),
    )
    found = [(kind, url) for kind, urls in named for url in urls if _is_plain(url)]
    return list(dict.fromkeys(found))


def _is_plain(url: str) -> bool:
    """True for http and ws; a loopback address counts as secure (W3C Secure Contexts)."""
    if scheme_of(url) not in {"http", "ws"}:
        return False
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return not host.lower().startswith(("localhost", "127.", "[::1]"))


def _is_upgraded(seen: HomePage) -> bool:
    return any(p.is_enforced and p.has("upgrade-insecure-requests") for p in seen.policies)


CHECKS = (home_ok, mixed_active, mixed_passive)
