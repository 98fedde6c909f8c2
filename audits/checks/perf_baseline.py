"""The latency baseline: p95 with the bound that the sample can bear, cold start, errors.

An audit can't judge these: the baseline is a job of its own (`audits/latency.py`).
"""

from audits.observations.latency import TOO_MANY, RouteTimes, server_ms
from audits.observations.quantiles import FEWEST_SURE, Spread, Strength, spread_of
from audits.verdicts import Confidence, Evidence, Result, Severity, Verdict, check

PAGE_GOOD_MS, PAGE_POOR_MS = 800, 1800
COLD_MS, IDLE_MINUTES = 3000, 15
SOME_ERRORS, MANY_ERRORS, MOST_ERRORS = 0.005, 0.02, 0.2


@check(
    id="perf.api_p95",
    title="The API answers within the target",
    stage=4,
    item="4.4",
    severity=Severity.S1,
    needs=RouteTimes,
    source="Order statistics of the sample; target and alert of the project",
    remedy="Find what the slowest requests wait for: a missing index, a call to another service, "
    "a region far from the database; cache what many people ask alike.",
    trouble="The app’s answers come late",
    impact="Buttons and chats feel stuck; one in twenty people waits longer than this.",
)
def api_p95(seen: RouteTimes) -> Result:
    if seen.is_page:
        return Result(
            Verdict.NA, "This route answers a page; its first byte is judged.", cause="page"
        )
    spread = spread_of([server_ms(one) for one in seen.good])
    return _judged(seen, spread, seen.target_ms, seen.alert_ms, "An answer takes")


@check(
    id="perf.ttfb_p95",
    title="Pages begin to arrive soon",
    stage=4,
    item="4.4",
    severity=Severity.S2,
    needs=RouteTimes,
    source="web.dev, Time to First Byte",
    remedy="Keep the page's HTML at the edge, or make it without waiting for other services.",
    trouble="Pages begin to arrive late",
    impact="People look at an empty screen before anything appears, and some leave.",
)
def ttfb_p95(seen: RouteTimes) -> Result:
    if not seen.is_page:
        return Result(Verdict.NA, "This route answers no page; the API is judged.", cause="api")
    # Pages out of a cache count: that is how visitors get them.
    spread = spread_of([one.ttfb_ms for one in seen.answered])
    if spread is not None and spread.strength is Strength.BOUNDED:
        return _bounded(seen, spread, PAGE_GOOD_MS, PAGE_POOR_MS)
    return _judged(seen, spread, PAGE_GOOD_MS, PAGE_POOR_MS, "The first byte takes")


def _bounded(seen: RouteTimes, spread: Spread, good_ms: int, poor_ms: int) -> Result:
    low, high = spread.low or 0.0, spread.high or spread.largest
    message = f"The first byte takes {_bounds(spread)} for 95 of 100 requests."
    if high <= good_ms:
        return Result(Verdict.PASS, message, evidence=_evidence(seen, spread))
    verdict = Verdict.FAIL if low > poor_ms else Verdict.WARN
    return Result(verdict, message, cause="slow", evidence=_evidence(seen, spread))


def _judged(
    seen: RouteTimes, spread: Spread | None, target_ms: int, alert_ms: int, what: str
) -> Result:
    """Pass where even the upper bound holds, fail where even the lower one does not."""
    if spread is None:
        message = f"None of {len(seen.samples)} requests brought an answer that can be timed."
        return Result(Verdict.UNKNOWN, message, cause="no_sample")
    evidence = _evidence(seen, spread)
    if spread.strength is Strength.MEDIAN_ONLY:
        message = (
            f"{what} {spread.median:.0f} ms in the middle; {spread.count} are too few for p95."
        )
        return Result(Verdict.UNKNOWN, message, cause="too_few", evidence=evidence)
    if spread.strength is Strength.INDICATIVE:
        return _indicative(spread, target_ms, what, evidence)
    low, high = spread.low or 0.0, spread.high or spread.largest
    message = f"{what} {_bounds(spread)} for 95 of 100 requests; the target is {target_ms} ms."
    if high <= target_ms:
        return Result(Verdict.PASS, message, evidence=evidence)
    if low <= target_ms:
        return Result(Verdict.WARN, message, cause="between", evidence=evidence)
    severity = Severity.S1 if low > alert_ms else Severity.S2
    return Result(Verdict.FAIL, message, severity=severity, cause="slow", evidence=evidence)


def _indicative(
    spread: Spread, target_ms: int, what: str, evidence: tuple[Evidence, ...]
) -> Result:
    message = (
        f"{what} about {spread.p95:.0f} ms for 95 of {spread.count} requests; "
        f"{FEWEST_SURE} are needed to be sure."
    )
    verdict = Verdict.WARN if spread.p95 > target_ms else Verdict.INFO
    return Result(
        verdict, message, cause="estimate", evidence=evidence, confidence=Confidence.HEURISTIC
    )


def _bounds(spread: Spread) -> str:
    return f"between {spread.low or 0:.0f} and {spread.high or spread.largest:.0f} ms"


def _evidence(seen: RouteTimes, spread: Spread) -> tuple[Evidence, ...]:
    apart = f"{seen.cached_count or 'none'} from a cache"
    return (
        Evidence("measured", f"{spread.count} of {len(seen.samples)} answers, {apart}"),
        Evidence("middle", f"{spread.median:.0f} ms"),
        Evidence("p95", f"{spread.p95:.0f} ms"),
        Evidence("slowest", f"{spread.largest:.0f} ms"),
    )


@check(
    id="perf.cold_start",
    title="The first visitor after a pause is served, too",
    stage=4,
    item="4.4",
    severity=Severity.S2,
    needs=RouteTimes,
    source="Cloud providers on cold starts of scaled-down instances",
    remedy="Keep at least one instance running, or make starting lighter.",
    trouble="The first visitor after a pause waits long",
    impact="Whoever comes first after a quiet hour sees nothing for seconds.",
)
def cold_start(seen: RouteTimes) -> Result:
    if seen.cold is None or not seen.cold.status:
        message = "The first request brought no answer, so its time isn't known."
        return Result(Verdict.UNKNOWN, message, cause="no_sample")
    took = f"The first request took {seen.cold.total_ms:.0f} ms"
    if seen.idle_minutes is not None and seen.idle_minutes < IDLE_MINUTES:
        message = f"{took}, {seen.idle_minutes:.0f} minutes after we had asked before: no pause."
        return Result(Verdict.NA, message, cause="warm")
    if seen.cold.total_ms > COLD_MS:
        # One step less than a fail: other people's visits may have kept it warm or not.
        return Result(Verdict.WARN, f"{took} after a pause.", Severity.S2, cause="slow")
    return Result(Verdict.PASS, f"{took}, after a pause of ours.")


@check(
    id="perf.error_rate",
    title="Requests are answered each time",
    stage=4,
    item="4.4",
    severity=Severity.S1,
    needs=RouteTimes,
    source="RFC 9110 section 15.6",
    remedy="Look for the failed requests' times in the server's log; then run the baseline again.",
    trouble="Some requests get no answer",
    impact="People meet errors at random, and try again or leave.",
)
def error_rate(seen: RouteTimes) -> Result:
    evidence = tuple(
        Evidence(f"status {status}" if status else "no answer", str(count))
        for status, count in seen.statuses()
    )
    if not seen.samples:
        return Result(Verdict.UNKNOWN, "No request was made.", cause="no_sample")
    share, failed = seen.error_share, len(seen.failed)
    if share > MANY_ERRORS:
        severity = Severity.S0 if share > MOST_ERRORS else Severity.S1
        message = f"{failed} of {len(seen.samples)} requests failed."
        return Result(Verdict.FAIL, message, severity=severity, cause="errors", evidence=evidence)
    if seen.refused_count:
        message = f"It answered {TOO_MANY} to us, so the measuring was stopped there."
        return Result(Verdict.BLOCKED, message, cause="rate_limit", evidence=evidence)
    if share > SOME_ERRORS:
        message = f"{failed} of {len(seen.samples)} requests failed."
        return Result(Verdict.WARN, message, cause="errors", evidence=evidence)
    return Result(Verdict.PASS, f"{len(seen.samples)} requests, no error.", evidence=evidence)


CHECKS = (api_p95, ttfb_p95, cold_start, error_rate)
