"""Performance as a handful of requests shows it: first bytes, packing, weight, strangers."""

from collections.abc import Iterator

from audits.observations.answers import host_of, shown_url
from audits.observations.perf import (
    WORTH_COMPRESSING_BYTES,
    Compression,
    FirstLoad,
    Loaded,
    QuickLook,
    Sample,
    SizedFile,
)
from audits.observations.quantiles import nearest_rank
from audits.verdicts import Evidence, Result, Severity, Verdict, check

SLOW_MS, TOO_SLOW_MS = 600, 2000
FIRST_SERVER_ERROR, TOO_MANY = 500, 429
HEAVY_BYTES, TOO_HEAVY_BYTES = 1_600_000, 4_000_000
HEAVY_SCRIPT_BYTES = 500_000
MANY_BLOCKING, MANY_ORIGINS = 2, 12
SHOWN = 5
MODERN = frozenset({"br", "zstd"})
PAST = frozenset({"gzip", "x-gzip", "deflate"})


@check(
    id="perf.quick",
    title="The first answer comes soon",
    stage=1,
    item="",
    severity=Severity.S2,
    needs=QuickLook,
    source="web.dev, Time to First Byte; RFC 9110 section 15.6",
    remedy="See what the server does before its first byte: cache the page, add an index, move "
    "the server nearer to its users; then measure with the latency baseline.",
    trouble="The app takes long to answer",
    impact="People look at an empty screen before anything appears, and some leave.",
)
def quick(seen: QuickLook) -> Result:
    answered = [one for one in seen.warm if one.status]
    evidence = _times(seen.cold, answered)
    failed = [one.status for one in (seen.cold, *answered) if one.status >= FIRST_SERVER_ERROR]
    if failed:
        message = f"One of {len(answered) + 1} requests was answered {failed[0]}."
        return Result(Verdict.FAIL, message, cause="server_error", evidence=evidence)
    if any(one.status == TOO_MANY for one in answered):
        message = "It answered 429 to a handful of requests, so it could not be timed."
        return Result(Verdict.BLOCKED, message, cause="rate_limit", evidence=evidence)
    if not answered:
        message = "Only the first request was answered, so nothing can be said about its speed."
        return Result(Verdict.UNKNOWN, message, cause="no_sample", evidence=evidence)
    ordered = sorted(one.ttfb_ms for one in answered)
    middle, fastest = nearest_rank(ordered, 0.5), ordered[0]
    message = f"The first byte comes after {middle:.0f} ms in the middle of {len(answered)}."
    if middle > TOO_SLOW_MS and fastest > SLOW_MS:
        return Result(Verdict.FAIL, message, cause="slow", evidence=evidence)
    # The audit itself is busy meanwhile: that can make one request slow, never one quick.
    if middle > SLOW_MS and fastest > SLOW_MS / 2:
        return Result(Verdict.WARN, message, cause="slow", evidence=evidence)
    return Result(Verdict.PASS, message, evidence=evidence)


def _times(cold: Sample, answered: list[Sample]) -> tuple[Evidence, ...]:
    rest = ", ".join(f"{one.ttfb_ms:.0f} ms" for one in answered)
    return (
        Evidence("first request", f"{cold.ttfb_ms:.0f} ms"),
        Evidence("after it", rest or "no answer"),
    )


@check(
    id="perf.compression",
    title="Text travels packed",
    stage=4,
    item="4.3",
    severity=Severity.S2,
    needs=Compression,
    source="RFC 9110 sections 12.5.3 and 12.5.5; RFC 7932; RFC 8878; RFC 9659",
    remedy="Switch Brotli or Zstandard on at the edge for HTML, scripts, styles and JSON, with "
    "`Vary: Accept-Encoding`. Leave out answers that repeat what a stranger sent beside a secret.",
    trouble="Pages travel larger than they need to",
    impact="On mobile data the app loads longer and costs its users more.",
)
def compression(seen: Compression) -> Iterator[Result]:
    files = [one for one in seen.files if _is_worth_packing(one)]
    if not files:
        yield Result(Verdict.NA, "No text here is large enough to be packed.", cause="small")
        return
    groups = {
        "identity": [one for one in files if not set(one.coding.split(",")) & (MODERN | PAST)],
        "gzip_only": [one for one in files if one.coding in PAST],
        "modern": [one for one in files if set(one.coding.split(",")) & MODERN],
    }
    if groups["identity"]:
        yield _packed(Verdict.FAIL, groups["identity"], "travel unpacked", "identity")
    if groups["gzip_only"]:
        yield _packed(Verdict.WARN, groups["gzip_only"], "are packed by gzip only", "gzip_only")
    if groups["modern"] and len(groups["modern"]) == len(files):
        yield _packed(Verdict.PASS, files, "are packed by br or zstd", "")
    unsaid = [one for one in files if _hides_packing(one)]
    if unsaid:
        yield _packed(Verdict.WARN, unsaid, "lack Vary: Accept-Encoding", "vary_missing")


def _is_worth_packing(one: SizedFile) -> bool:
    is_stream = one.answer.media_type == "text/event-stream"
    is_small = one.coding == "identity" and one.wire_bytes <= WORTH_COMPRESSING_BYTES
    return one.is_text and not is_stream and not is_small


def _hides_packing(one: SizedFile) -> bool:
    """Packed, kept by shared caches, and not told apart there."""
    said = one.answer.tokens("cache-control")
    is_kept = not {"no-store", "private"} & set(said)
    varies = {"accept-encoding", "*"} & set(one.answer.tokens("vary"))
    return one.coding != "identity" and is_kept and not varies


def _packed(verdict: Verdict, files: list[SizedFile], what: str, cause: str) -> Result:
    evidence = tuple(
        Evidence(shown_url(one.url), f"{one.coding}, {one.wire_bytes} bytes")
        for one in files[:SHOWN]
    )
    count = "1 of the texts looked at" if len(files) == 1 else f"{len(files)} texts looked at"
    singular = {"travel": "travels", "are": "is", "lack": "lacks"}
    if len(files) == 1:
        verb, _, rest = what.partition(" ")
        what = f"{singular[verb]} {rest}"
    return Result(verdict, f"{count} {what}.", cause=cause, evidence=evidence)


@check(
    id="perf.page_weight",
    title="The first view is light",
    stage=4,
    item="4.3",
    severity=Severity.S2,
    needs=FirstLoad,
    source="HTTP Archive Web Almanac, Page Weight; web.dev, Performance budgets",
    remedy="Split the code by page, load pictures in the size they are shown in, and leave out "
    "libraries that the first view doesn't use.",
    trouble="The first view is heavy to load",
    impact="On a phone away from Wi-Fi it takes many seconds until the app can be used.",
)
def page_weight(seen: FirstLoad) -> Result:
    total, scripts = seen.sum_bytes(), seen.sum_bytes("script")
    message = f"The first view loads {_size(total)}, {_size(scripts)} of it scripts."
    if seen.unmeasured:
        message = f"{message} {len(seen.unmeasured)} more files were not measured."
    evidence = (
        Evidence("page itself", _size(seen.html_bytes)),
        *(Evidence(_what(one), _size(one.wire_bytes or 0)) for one in _largest(seen)),
    )
    if total > TOO_HEAVY_BYTES:
        return Result(Verdict.FAIL, message, cause="heavy", evidence=evidence)
    if total > HEAVY_BYTES or scripts > HEAVY_SCRIPT_BYTES:
        return Result(Verdict.WARN, message, cause="heavy", evidence=evidence)
    if seen.unmeasured:
        return Result(Verdict.INFO, message, cause="not_all", evidence=evidence)
    return Result(Verdict.PASS, message, evidence=evidence)


def _largest(seen: FirstLoad) -> list[Loaded]:
    measured = [one for one in seen.files if one.wire_bytes is not None]
    return sorted(measured, key=lambda one: -(one.wire_bytes or 0))[:SHOWN]


def _what(one: Loaded) -> str:
    return f"{one.kind} {shown_url(one.url)}"


@check(
    id="perf.third_party",
    title="Other people's scripts don't hold the app up",
    stage=4,
    item="4.3",
    severity=Severity.S2,
    needs=FirstLoad,
    source="WHATWG HTML section 4.12.1; web.dev, Load third-party JavaScript",
    remedy="Load them with `async` or after the first view, and leave out what nobody reads.",
    trouble="Other people's scripts hold the app up",
    impact="The app stays empty while another company's server answers, and with it when it "
    "doesn't.",
)
def third_party(seen: FirstLoad) -> Iterator[Result]:
    scripts = [one for one in seen.files if one.kind == "script" and one.is_third_party]
    blocking = [one for one in scripts if one.is_blocking]
    evidence = tuple(
        Evidence("script", shown_url(one.url)) for one in (blocking or scripts)[:SHOWN]
    )
    if not scripts:
        yield Result(Verdict.PASS, "The page itself names no script of another company.")
        return
    if blocking:
        verdict = Verdict.FAIL if len(blocking) > MANY_BLOCKING else Verdict.WARN
        message = f"{_scripts(len(blocking))} of other companies must load before the page shows."
        yield Result(verdict, message, cause="blocking", evidence=evidence)
    theirs = sum(one.wire_bytes or 0 for one in scripts)
    ours = seen.sum_bytes("script") - theirs
    if theirs > ours and theirs > WORTH_COMPRESSING_BYTES:
        message = f"Other companies' scripts weigh {_size(theirs)}, the app's own {_size(ours)}."
        yield Result(Verdict.WARN, message, cause="heavier", evidence=evidence)
    origins = {host_of(one.url) for one in scripts}
    if len(origins) > MANY_ORIGINS:
        message = f"Scripts come from {len(origins)} hosts of other companies."
        yield Result(Verdict.WARN, message, cause="many_hosts", evidence=evidence)
    elif not blocking and theirs <= ours:
        message = f"{_scripts(len(scripts))} of other companies, none of which holds the page up."
        yield Result(Verdict.PASS, message, evidence=evidence)


def _scripts(count: int) -> str:
    return "1 script" if count == 1 else f"{count} scripts"


@check(
    id="perf.dns_tls",
    title="How long the way to the server takes",
    stage=4,
    item="4.3",
    severity=Severity.S4,
    needs=QuickLook,
    source="W3C Resource Timing, section on timing attributes",
    remedy="Where the way takes most of the time, put an edge nearer to the users and add "
    "`preconnect` for the API's host.",
    trouble="",
    impact="For the record: how much of the wait is the way there and how much the app.",
)
def dns_tls(seen: QuickLook) -> Result:
    answered = [one for one in seen.warm if one.status and one.ttfb_ms > 0]
    if not answered:
        return Result(Verdict.NA, "There is no second answer to take apart.", cause="no_sample")
    sample = sorted(answered, key=lambda one: one.ttfb_ms)[(len(answered) - 1) // 2]
    share = round(100 * sample.setup_ms / sample.ttfb_ms)
    message = f"{share} % of the wait for the first byte is the way to the server."
    evidence = (
        Evidence("name", f"{sample.dns_ms:.0f} ms"),
        Evidence("connection", f"{sample.connect_ms:.0f} ms"),
        Evidence("TLS", f"{sample.tls_ms:.0f} ms"),
        Evidence("server", f"{sample.first_byte_ms:.0f} ms"),
    )
    return Result(Verdict.INFO, message, evidence=evidence)


def _size(count: int) -> str:
    if count < 1000:  # noqa: PLR2004 - the next unit
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"  # noqa: PLR2004


CHECKS = (quick, compression, page_weight, third_party, dns_tls)
