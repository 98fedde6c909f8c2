"""What comes of check_host(): the result, the way to it, and what is still missing."""

from dataclasses import dataclass, field
from enum import StrEnum

from audits.observations.dns_answers import Question
from audits.observations.spf_record import SpfProblem


class SpfResult(StrEnum):
    """RFC 7208 section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


BY_QUALIFIER = {
    "+": SpfResult.PASS,
    "-": SpfResult.FAIL,
    "~": SpfResult.SOFTFAIL,
    "?": SpfResult.NEUTRAL,
}


@dataclass(slots=True)
class Tested:
    """One term that was evaluated. `outcome` is match, no match or error.

    `target` is the name it asked for (None: nothing was asked), `visit` what an include
    or a redirect led to. It grows while the evaluation runs.
    """

    term: str
    target: str | None = None
    is_counted: bool = False
    is_void: bool = False
    outcome: str = "no match"
    visit: "Visit | None" = None


@dataclass(slots=True)
class Visit:
    """One record on the way: its domain, its text (None: no record) and its tested terms."""

    domain: str
    text: str | None = None
    result: SpfResult | None = None
    tested: list[Tested] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SpfCheck:
    """What came of check_host(). `missing` is empty once it has ended.

    `mechanism` is the matching term of the deciding record, "" for none (a default or an
    error). `problems` say what voided a record, or what only looks odd.
    """

    result: SpfResult
    path: Visit
    mechanism: str = ""
    explanation: str = ""
    lookups: int = 0
    void_lookups: int = 0
    problems: tuple[SpfProblem, ...] = ()
    missing: tuple[Question, ...] = ()
