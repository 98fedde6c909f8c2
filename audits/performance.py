"""What the page Performance says: routes with their charts, and one ordered list of fixes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from django.utils import timezone

from audits import charts
from audits.catalogue import BY_ID
from audits.checks.perf_baseline import (
    PAGE_GOOD_MS,
    PAGE_POOR_MS,
    api_p95,
    cold_start,
    error_rate,
    ttfb_p95,
)
from audits.latency_models import LatencyRun
from audits.models import WHOLE, AuditRun, Finding
from audits.observations.answers import shown_url
from audits.observations.latency import RouteTimes, server_ms
from audits.observations.perf import Sample
from audits.observations.quantiles import Spread, Strength, spread_of
from audits.verdicts import Check, Result
from sprints.models import Risk, Sprint
from sprints.moments import ago

FAMILIES: Final = ("perf.", "cache.")
TROUBLES: Final = ("fail", "warn")
SHOWN_PLACES: Final = 4
PHASES: Final = (
    ("dns", "Name"),
    ("connect", "Connection"),
    ("tls", "Encryption"),
    ("server", "Server"),
    ("body", "Transfer"),
)
STOPPED: Final = {
    "errors": "It stopped answering, so we left it alone.",
    "rate_limit": "It asked us to slow down (429), so we left it alone.",
    "time": "It answers so slowly that our time was up before all requests were made.",
}

# `Any` throughout: whatever a template reads.


@dataclass(frozen=True, slots=True)
class Timed:
    """One route with the values by which it is judged: a page's first byte, the API's answer."""

    seen: RouteTimes
    values: tuple[float, ...]
    spread: Spread | None

    @classmethod
    def of(cls, seen: RouteTimes) -> "Timed":
        if seen.is_page:
            values = tuple(one.ttfb_ms for one in seen.answered)
        else:
            values = tuple(server_ms(one) for one in seen.good)
        return cls(seen, values, spread_of(values))

    @property
    def limits_ms(self) -> tuple[int, int]:
        if self.seen.is_page:
            return PAGE_GOOD_MS, PAGE_POOR_MS
        return self.seen.target_ms, self.seen.alert_ms

    @property
    def name(self) -> str:
        """The address without its scheme, as people read it."""
        return shown_url(self.seen.url).partition("://")[2]


def timed_of(run: LatencyRun | None) -> dict[str, Timed]:
    """The routes of a baseline by their addresses."""
    return {seen.url: Timed.of(seen) for seen in run.times()} if run else {}


def route_cards(run: LatencyRun, before: LatencyRun | None) -> list[dict[str, Any]]:
    """One card per route, the slowest against its own limit first."""
    old = timed_of(before)
    found = sorted(timed_of(run).values(), key=_lateness, reverse=True)
    return [_card(one, old.get(one.seen.url)) for one in found]


def _lateness(one: Timed) -> float:
    return one.spread.p95 / one.limits_ms[0] if one.spread else float("inf")


def _card(one: Timed, old: Timed | None) -> dict[str, Any]:
    rule: Check[RouteTimes] = ttfb_p95 if one.seen.is_page else api_p95
    result, errors, cold = (_only(check, one.seen) for check in (rule, error_rate, cold_start))
    spread = one.spread
    return {
        "name": one.name,
        "kind": "Page: until the first byte" if one.seen.is_page else "API: what the server takes",
        "verdict": str(result.verdict),
        "message": result.message,
        "spread": spread,
        "figures": _figures(one, old),
        "chart": _chart(one, old) if spread else None,
        "chart_words": chart_words(one, old) if spread else "",
        "limits": [charts.milliseconds(limit) for limit in one.limits_ms],
        "phases": _phase_bars(one.seen, old.seen if old else None),
        "errors": {"verdict": str(errors.verdict), "message": errors.message},
        "cold": {"verdict": str(cold.verdict), "message": cold.message},
        "stopped": STOPPED.get(one.seen.stopped, ""),
        "is_compared": old is not None and old.spread is not None,
    }


def _only(rule: Check[RouteTimes], seen: RouteTimes) -> Result:
    made = rule.judge(seen)
    assert isinstance(made, Result)  # noqa: S101 - every rule of the baseline makes one
    return made


def _figures(one: Timed, old: Timed | None) -> list[dict[str, str]]:
    spread = one.spread
    if spread is None:
        return []
    was = old.spread if old else None
    share = f"{100 * one.seen.error_share:.1f}".removesuffix(".0")
    p95 = charts.milliseconds(spread.p95)
    return [
        {
            "name": "Middle",
            "value": charts.milliseconds(spread.median),
            "note": _change(spread.median, was.median if was else None),
        },
        {
            "name": "95 of 100 within",
            "value": p95 if spread.strength is not Strength.MEDIAN_ONLY else "–",
            "note": _change(spread.p95, was.p95 if was else None) or _bounds(spread),
        },
        {
            "name": "Slowest",
            "value": charts.milliseconds(spread.largest),
            "note": f"of {spread.count} answers",
        },
        {
            "name": "Errors",
            "value": f"{share} %",
            "note": f"of {len(one.seen.samples)} requests",
        },
    ]


def _bounds(spread: Spread) -> str:
    if spread.low is None or spread.high is None:
        return "an estimate: few answers"
    low, high = (charts.milliseconds(value) for value in (spread.low, spread.high))
    return f"surely {low} to {high}"


def _change(now: float, was: float | None) -> str:
    """How a figure moved against the run before, in words; "" where there was none."""
    if was is None:
        return ""
    if abs(now - was) < max(5.0, 0.05 * was):
        return f"as before ({charts.milliseconds(was)})"
    word = "down" if now < was else "up"
    return f"{word} from {charts.milliseconds(was)}"


def _chart(one: Timed, old: Timed | None) -> charts.Distribution:
    spread = one.spread
    assert spread is not None  # noqa: S101 - the caller has looked
    is_bounded = spread.low is not None and spread.high is not None
    return charts.distribution(
        one.values,
        limits_ms=one.limits_ms,
        p95_ms=spread.p95 if spread.strength is not Strength.MEDIAN_ONLY else None,
        bound_ms=(spread.low or 0.0, spread.high or 0.0) if is_bounded else None,
        before=old.values if old else (),
    )


def chart_words(one: Timed, old: Timed | None = None) -> str:
    """The distribution as a sentence, for whoever can't see it."""
    spread = one.spread
    if spread is None:
        return "Nothing could be measured."
    good, poor = one.limits_ms
    slow = sum(value > good for value in one.values)
    late = sum(value > poor for value in one.values)
    words = (
        f"{spread.count} answers from {spread.smallest:.0f} to {spread.largest:.0f} ms, half of "
        f"them within {spread.median:.0f} ms; {slow} took longer than {good} ms, "
        f"{late} longer than {poor} ms."
    )
    was = old.spread if old else None
    return f"{words} The run before: half within {was.median:.0f} ms." if was else words


def _phase_bars(seen: RouteTimes, old: RouteTimes | None) -> dict[str, Any]:
    """The middle of each phase, now and before, on one scale."""
    named = [("This time", _phase_parts(seen.answered))]
    if old is not None and old.answered:
        named.append(("Before", _phase_parts(old.answered)))
    longest = max((sum(v for _, v in parts) for _, parts in named), default=0.0)
    bars = [charts.phases(label, parts, longest_ms=longest) for label, parts in named if parts]
    words = "; ".join(f"{name} {value:.0f} ms" for name, value in _named(named[0][1]))
    return {"bars": bars, "words": words, "legend": _named(named[0][1])}


def _named(parts: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    names = dict(PHASES)
    return [(names[kind], value) for kind, value in parts]


def _phase_parts(samples: Sequence[Sample]) -> list[tuple[str, float]]:
    if not samples:
        return []
    columns = {
        "dns": [one.dns_ms for one in samples],
        "connect": [one.connect_ms for one in samples],
        "tls": [one.tls_ms for one in samples],
        "server": [one.first_byte_ms for one in samples],
        "body": [max(one.total_ms - one.ttfb_ms, 0.0) for one in samples],
    }
    return [(kind, median(columns[kind])) for kind, _ in PHASES]


def headline(run: LatencyRun) -> str:
    """The baseline in one sentence: how far the worst route is from its limit."""
    found = [one for one in timed_of(run).values() if one.spread]
    if not found:
        return "No answer could be timed."
    worst = max(found, key=_lateness)
    spread = worst.spread
    assert spread is not None  # noqa: S101 - filtered above
    what = "begins to arrive" if worst.seen.is_page else "answers"
    limit = charts.milliseconds(worst.limits_ms[0])
    sure = "" if spread.strength is Strength.BOUNDED else "about "
    late = "which is within" if spread.p95 <= worst.limits_ms[0] else "which is more than"
    return (
        f"{worst.name} {what} within {sure}{charts.milliseconds(spread.p95)} for 95 of 100 "
        f"requests, {late} the {limit} that we aim for."
    )


def newest(sprint: Sprint) -> LatencyRun | None:
    """The newest finished baseline of the sprint."""
    runs = LatencyRun.objects.of(sprint.practice_id).filter(sprint=sprint)
    return runs.filter(state=LatencyRun.State.DONE).order_by("-number").first()


def fixes(sprint: Sprint, run: LatencyRun | None) -> list[dict[str, Any]]:
    """What to mend, the most pressing first: the newest whole audit's findings about speed
    and caching, and the baseline's. One entry per check and cause."""
    findings = _findings(sprint, run)
    by_print = {one.fingerprint: one for one in findings}
    risks = Risk.objects.of(sprint.practice_id).filter(sprint=sprint, fingerprint__in=by_print)
    refs = {str(risk.fingerprint): risk for risk in risks}
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.check_id, one.cause), []).append(one)
    ordered = sorted(groups.values(), key=lambda group: _rank(group[0]))
    return [_fix(group, refs) for group in ordered]


def has_looked(sprint: Sprint, run: LatencyRun | None) -> bool:
    """Whether anything has looked at speed and caching, so that silence means something."""
    audits = AuditRun.objects.of(sprint.practice_id).filter(sprint=sprint, scope=WHOLE)
    return run is not None or audits.filter(state=AuditRun.State.DONE).exists()


def _findings(sprint: Sprint, run: LatencyRun | None) -> list[Finding]:
    audits = AuditRun.objects.of(sprint.practice_id).filter(
        sprint=sprint, state=AuditRun.State.DONE
    )
    whole = audits.filter(scope=WHOLE).order_by("-number").values_list("pk", flat=True).first()
    wanted = [whole] if whole else []
    if run is not None and run.audit_number:
        wanted += list(audits.filter(number=run.audit_number).values_list("pk", flat=True))
    found = Finding.objects.of(sprint.practice_id).filter(run__in=wanted, verdict__in=TROUBLES)
    return [one for one in found.order_by("position") if one.check_id.startswith(FAMILIES)]


def _rank(one: Finding) -> tuple[int, bool, int]:
    """The worse first; a fail before a warning; what was measured before what was guessed."""
    return one.severity, one.verdict != "fail", one.confidence != "confirmed"


def _fix(group: Sequence[Finding], refs: dict[str, Risk]) -> dict[str, Any]:
    first = group[0]
    rule = BY_ID.get(first.check_id)
    risks = [refs[one.fingerprint] for one in group if one.fingerprint in refs]
    places = list(dict.fromkeys(_place(one.subject) for one in group))
    return {
        "title": (rule.trouble or rule.title) if rule else first.check_id,
        "verdict": first.verdict,
        "message": first.message,
        "remedy": first.remedy,
        "impact": rule.impact if rule else "",
        "places": places[:SHOWN_PLACES],
        "more_places": max(len(places) - SHOWN_PLACES, 0),
        "risks": risks[:3],
        "is_settled": bool(risks) and not any(risk.is_unsettled for risk in risks),
    }


def _place(subject: str) -> str:
    return subject.partition("://")[2] or subject


def comparison(run: LatencyRun) -> dict[str, Any]:
    """Every route's p95 beside its limit, on one scale of "times the limit"."""
    found = sorted(timed_of(run).values(), key=_lateness, reverse=True)
    timed = [one for one in found if one.spread]
    shares = [_shares(one) for one in timed]
    bars, limit = charts.rows(shares, limit_ms=1.0)
    rows = [
        {
            "name": one.name,
            "what": "begins to arrive" if one.seen.is_page else "answers",
            "value": charts.milliseconds(one.spread.p95 if one.spread else 0.0),
            "limit": charts.milliseconds(one.limits_ms[0]),
            "bar": bar,
        }
        for one, bar in zip(timed, bars, strict=True)
    ]
    return {"rows": rows, "limit": limit, "words": _row_words(rows)}


def _shares(one: Timed) -> tuple[float, float | None, float | None]:
    limit, spread = one.limits_ms[0], one.spread
    assert spread is not None  # noqa: S101 - the caller has filtered
    low, high = spread.low, spread.high
    return (
        spread.p95 / limit,
        None if low is None else low / limit,
        None if high is None else high / limit,
    )


def _row_words(rows: Iterable[dict[str, Any]]) -> str:
    return "; ".join(
        f"{row['name']} within {row['value']}, the aim is {row['limit']}" for row in rows
    )


def progress(run: LatencyRun) -> dict[str, Any]:
    """How far a baseline is, for the page that waits."""
    total = run.wanted_count
    if run.started_at is None:
        sentence = "Waiting for a free worker; usually a few seconds."
    elif not total:
        sentence = "The first request to each route is made."
    else:
        sentence = (
            f"{run.sample_count} of {total} requests made, two a second at most. This page "
            "updates itself; you can leave it."
        )
    return {"value": run.sample_count, "total": max(total, 1), "sentence": sentence}


def past_runs(sprint: Sprint) -> list[dict[str, Any]]:
    """The last baselines, the newest first."""
    runs = LatencyRun.objects.of(sprint.practice_id).filter(sprint=sprint)
    now = timezone.localtime()
    return [
        {"run": one, "when": ago(one.requested_at, now), "state": one.get_state_display()}
        for one in runs.select_related("requested_by").order_by("-number")[:5]
    ]
