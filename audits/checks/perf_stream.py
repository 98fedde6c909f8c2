"""Whether a chat's answer comes word by word, or all at once at its end."""

from audits.observations.streaming import Piece, StreamLook
from audits.verdicts import Confidence, Consent, Evidence, Result, Severity, Verdict, check

SOON_MS, LATE_MS = 1000, 2500
FEWEST_WAVES, SAME_MOMENT_MS = 3, 20
MOST_AT_FIRST = 0.7
FEW_CHARS = 40
OK = 200
SHOWN_CHARS = 120


@check(
    id="perf.stream_first_token",
    title="Answers appear while they are written",
    stage=4,
    item="4.3",
    severity=Severity.S1,
    consent=Consent.L3,
    needs=StreamLook,
    source="WHATWG HTML section 9.2; RFC 9111 section 5.2.2.6 (no-transform)",
    remedy="Send pieces as they come: switch buffering off in the proxy (`proxy_buffering off`, "
    "`X-Accel-Buffering: no`), don't compress event streams, and answer with `Cache-Control: "
    "no-cache, no-transform`.",
    trouble="Answers come all at once, after a wait",
    impact="The chat looks dead until the whole answer is there, and people ask twice or leave.",
)
def stream_first_token(seen: StreamLook) -> Result:
    evidence = _evidence(seen)
    if seen.status != OK:
        message = f"The route answered {seen.status}, so nothing streamed that could be timed."
        return Result(Verdict.UNKNOWN, message, cause="status", evidence=evidence)
    if seen.error:
        message = "The stream ended in an error of its own, so it could not be timed."
        return Result(Verdict.UNKNOWN, message, cause="error", evidence=evidence)
    if not seen.pieces:
        message = "No visible text came within the time that we listened."
        return Result(Verdict.UNKNOWN, message, cause="no_text", evidence=evidence)
    return _timed(seen, evidence)


def _timed(seen: StreamLook, evidence: tuple[Evidence, ...]) -> Result:
    """One sample says much, not all: what fails is probable, and is looked at twice."""
    first_ms = seen.head_ms + seen.pieces[0].at_ms
    message = f"The first words came after {first_ms:.0f} ms"
    waves = waves_of(seen.pieces)
    if len(waves) < FEWEST_WAVES and first_ms > SOON_MS:
        message = f"{message}, and everything with them."
        return _probable(Verdict.FAIL, message, "burst", evidence)
    if len(waves) < FEWEST_WAVES:
        short = len(seen.text) < FEW_CHARS
        message = f"{message}, and the {'short ' if short else ''}answer was whole by then."
        return Result(Verdict.INFO, message, cause="at_once", evidence=evidence)
    if len(waves[0]) > MOST_AT_FIRST * len(seen.text):
        message = f"{message}, most of the answer at once."
        return _probable(Verdict.WARN, message, "buffered", evidence)
    message = f"{message}, the rest in {len(waves) - 1} pieces after it."
    if first_ms <= SOON_MS:
        return Result(Verdict.PASS, message, evidence=evidence)
    verdict = Verdict.WARN if first_ms <= LATE_MS else Verdict.FAIL
    return _probable(verdict, message, "late", evidence)


def _probable(verdict: Verdict, message: str, cause: str, evidence: tuple[Evidence, ...]) -> Result:
    return Result(verdict, message, cause=cause, evidence=evidence, confidence=Confidence.PROBABLE)


def waves_of(pieces: tuple[Piece, ...]) -> list[str]:
    """The text by moments: what comes within 20 ms of a moment's begin belongs to it."""
    waves: list[str] = []
    begun_ms = float("-inf")
    for piece in pieces:
        if piece.at_ms - begun_ms >= SAME_MOMENT_MS:
            waves.append("")
            begun_ms = piece.at_ms
        waves[-1] += piece.text
    return waves


def _evidence(seen: StreamLook) -> tuple[Evidence, ...]:
    first = seen.head_ms + seen.pieces[0].at_ms if seen.pieces else None
    told = (
        ("read as", seen.preset),
        ("head after", f"{seen.head_ms:.0f} ms"),
        ("first words after", "never" if first is None else f"{first:.0f} ms"),
        ("pieces", str(len(seen.pieces))),
        ("keep-alive comments", str(seen.comment_count) if seen.comment_count else ""),
        ("error", seen.error[:SHOWN_CHARS]),
    )
    return tuple(Evidence(label, value) for label, value in told if value)


CHECKS = (stream_first_token,)
