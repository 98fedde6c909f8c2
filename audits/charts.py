"""The geometry of the latency charts: numbers in, places on a 640-wide canvas out. Pure.

The policy forbids inline style, so every bar is an SVG rectangle that the template writes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 640.0
LEFT, RIGHT = 10.0, 630.0
TOP, FLOOR = 34.0, 158.0
BINS = 40
NICE = (1, 2, 2.5, 5, 10)
TICKS = 4
MIN_LABEL_GAP = 130.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `kind` says what it stands for and decides its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across or beside which `text` stands; `anchor` as SVG knows it."""

    x: float
    text: str
    kind: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Bars of how many answers took how long, the limits, and the sample's own marks.

    `before` is the outline of the run before, "" where there is none. `beyond` answers took
    longer than the scale shows and stand in the last bar.
    """

    bars: tuple[Box, ...]
    ticks: tuple[Mark, ...]
    limits: tuple[Mark, ...]
    bound: Box | None
    p95: Mark | None
    before: str
    beyond: int


@dataclass(frozen=True, slots=True)
class Phases:
    """One bar of phases, one after the other, and what the whole came to."""

    label: str
    boxes: tuple[Box, ...]
    total_ms: float


def distribution(
    values: Sequence[float],
    *,
    limits_ms: Sequence[float],
    p95_ms: float | None = None,
    bound_ms: tuple[float, float] | None = None,
    before: Sequence[float] = (),
) -> Distribution:
    """The chart of `values` in milliseconds; `limits_ms` are always within the scale."""
    top = scale_end([*values, *before], limits_ms)
    counts = _counts(values, top)
    old = _counts(before, top)
    highest = max([*counts, *old], default=0) or 1
    step = (RIGHT - LEFT) / BINS
    bars = tuple(
        Box(LEFT + n * step + 0.75, _y(count / highest), step - 1.5, FLOOR - _y(count / highest))
        for n, count in enumerate(counts)
        if count
    )
    return Distribution(
        bars=bars,
        ticks=_ticks(top),
        limits=_limits(limits_ms, top),
        bound=_bound(bound_ms, top),
        p95=_p95(p95_ms, top),
        before=_outline(old, highest) if before else "",
        beyond=sum(value > top for value in values),
    )


def scale_end(values: Sequence[float], limits_ms: Sequence[float]) -> float:
    """Where the scale ends: past every limit and nearly every value, at a round number.

    One answer of ten seconds must not press all others into one bar.
    """
    ordered = sorted(values)
    most = ordered[max(0, math.ceil(0.97 * len(ordered)) - 1)] if ordered else 0.0
    wanted = max(1.12 * max(limits_ms, default=0.0), 1.15 * most, 10.0)
    step = _step(wanted)
    return math.ceil(wanted / step) * step


def phases(label: str, parts: Sequence[tuple[str, float]], *, longest_ms: float) -> Phases:
    """`parts` (kind, milliseconds) side by side, `longest_ms` filling the whole width."""
    boxes: list[Box] = []
    x, room = 0.0, WIDTH / (longest_ms or 1.0)
    for kind, value in parts:
        boxes.append(Box(x, 0.0, max(value * room, 0.0), 26.0, kind))
        x += value * room
    return Phases(label, tuple(boxes), sum(value for _, value in parts))


@dataclass(frozen=True, slots=True)
class Row:
    """One route in the comparison: how far its bar goes, and where its bounds lie."""

    width: float
    low: float
    high: float
    is_bounded: bool
    is_over: bool


def rows(
    spreads: Sequence[tuple[float, float | None, float | None]], *, limit_ms: float
) -> tuple[tuple[Row, ...], float]:
    """Bars of p95 with their bounds on one scale, and where the limit stands on it."""
    largest = max([limit_ms * 1.5, *(1.3 * p95 for p95, _, _ in spreads)])
    room = WIDTH / largest
    made = tuple(
        Row(
            width=p95 * room,
            low=(low if low is not None else p95) * room,
            # An upper bound of many seconds must not press the bars together.
            high=min((high if high is not None else p95) * room, WIDTH),
            is_bounded=low is not None and high is not None,
            is_over=p95 > limit_ms,
        )
        for p95, low, high in spreads
    )
    return made, limit_ms * room


def _counts(values: Sequence[float], top: float) -> list[int]:
    counts = [0] * BINS
    for value in values:
        counts[min(int(value / top * BINS), BINS - 1)] += 1
    return counts


def _x(value: float, top: float) -> float:
    return LEFT + min(value / top, 1.0) * (RIGHT - LEFT)


def _y(share: float) -> float:
    return FLOOR - share * (FLOOR - TOP)


def _step(end: float) -> float:
    rough = end / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in NICE if nice * power >= rough)


def _ticks(top: float) -> tuple[Mark, ...]:
    step = _step(top)
    count = int(top / step)
    anchors = {0: "start", count: "end"}
    return tuple(
        Mark(_x(n * step, top), milliseconds(n * step), anchor=anchors.get(n, "middle"))
        for n in range(count + 1)
    )


def _limits(limits_ms: Sequence[float], top: float) -> tuple[Mark, ...]:
    """Each limit with its words; two that stand close turn away from each other."""
    places = [_x(limit, top) for limit in limits_ms]
    is_close = bool(places) and max(places) - min(places) < MIN_LABEL_GAP
    anchors = ("end", "start") if is_close else ("middle", "middle")
    return tuple(
        Mark(x, milliseconds(limit), anchor=anchor)
        for x, limit, anchor in zip(places, limits_ms, anchors, strict=False)
    )


def _p95(value: float | None, top: float) -> Mark | None:
    if value is None:
        return None
    x = _x(value, top)
    return Mark(x, milliseconds(value), anchor="end" if x > WIDTH / 2 else "start")


def _bound(bound: tuple[float, float] | None, top: float) -> Box | None:
    if bound is None:
        return None
    low, high = (_x(value, top) for value in bound)
    return Box(low, TOP, max(high - low, 2.0), FLOOR - TOP)


def _outline(counts: Sequence[int], highest: int) -> str:
    """The steps of the run before as an SVG path."""
    step = (RIGHT - LEFT) / BINS
    path = [f"M{LEFT:.1f} {FLOOR:.1f}"]
    for n, count in enumerate(counts):
        path.append(f"V{_y(count / highest):.1f}H{LEFT + (n + 1) * step:.1f}")
    return "".join([*path, f"V{FLOOR:.1f}"])


def milliseconds(value: float) -> str:
    """`320 ms`, `1.4 s`: as short as a chart has room for."""
    if value < 1000:  # noqa: PLR2004 - the next unit
        return f"{value:.0f} ms"
    return f"{value / 1000:.1f}".removesuffix(".0") + " s"
