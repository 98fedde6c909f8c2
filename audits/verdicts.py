"""What a check can say, and what a check is. Pure: no network, no Django, no clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    INFO = "info"
    NA = "na"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


class Severity(IntEnum):
    """How bad: S0 stops the launch alone, S4 is for the record."""

    S0 = 0
    S1 = 1
    S2 = 2
    S3 = 3
    S4 = 4


class Consent(IntEnum):
    """What the owner must have allowed: public records, pages, sensitive paths, bursts."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3


class Confidence(StrEnum):
    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    HEURISTIC = "heuristic"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of what was seen: a short label and the value met, secrets already masked."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Result:
    """One judgement.

    `message` is one sentence that says what was met, with the value. `severity` is set
    only where the catalogue's row names another one for this case (decisions.md 21).
    `subject` is the host, record, file or route it is about; empty means the
    observation's own. `cause` is a stable slug of *why* (`no_record`, `expired`): with
    check and subject it is the fingerprint, so it never holds a value that may change.
    `remedy` and `trouble` stand in for the check's own where this case needs other words.
    """

    verdict: Verdict
    message: str
    severity: Severity | None = None
    subject: str = ""
    cause: str = ""
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    confidence: Confidence = Confidence.CONFIRMED
    trouble: str = ""


type Judgement = Result | Iterable[Result]


@dataclass(frozen=True, slots=True)
class Check[O]:
    """One rule of the catalogue. `judge` is a pure function of the one observation `needs`.

    `trouble` is the risk's title in a founder's words when it fails, `impact` what a
    user of the app would notice; `item` the stage item it feeds (`1.3`).
    """

    id: str
    title: str
    stage: int
    severity: Severity
    consent: Consent
    needs: type[O]
    source: str
    remedy: str
    trouble: str
    impact: str
    item: str
    judge: Callable[[O], Judgement]

    @property
    def family(self) -> str:
        return self.id.partition(".")[0]


def check[O](  # noqa: PLR0913 - every field of the catalogue's row is asked for by name
    *,
    id: str,
    title: str,
    stage: int,
    severity: Severity,
    needs: type[O],
    source: str,
    remedy: str,
    trouble: str,
    impact: str,
    consent: Consent = Consent.L1,
    item: str = "",
) -> Callable[[Callable[[O], Judgement]], Check[O]]:
    """Make a `Check` of the judging function below it."""

    def made(judge: Callable[[O], Judgement]) -> Check[O]:
        return Check(
            id=id,
            title=title,
            stage=stage,
            severity=severity,
            consent=consent,
            needs=needs,
            source=source,
            remedy=remedy,
            trouble=trouble,
            impact=impact,
            item=item,
            judge=judge,
        )

    return made


def effective_severity(verdict: Verdict, named: Severity | None, own: Severity) -> Severity:
    """The severity of a result (decisions.md 21).

    A fail carries the check's severity, or the one its row names for that case. A warn
    carries one step less and never more than S2. Everything else is S4.
    """
    if verdict == Verdict.FAIL:
        return own if named is None else named
    if verdict == Verdict.WARN:
        step = named if named is not None else Severity(min(own + 1, Severity.S4))
        return max(step, Severity.S2)
    return Severity.S4
