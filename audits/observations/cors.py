"""What an API tells browsers about scripts of other origins. Pure.

Source: Fetch Standard, "CORS protocol".
"""

from dataclasses import dataclass
from enum import StrEnum

from audits.observations.answers import Answer, origin_of

SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})
SAFE_HEADERS = frozenset({"accept", "accept-language", "content-language", "range"})


class OriginKind(StrEnum):
    """Which origin was claimed in a request."""

    OWN = "own"
    FOREIGN = "foreign"
    NULL = "null"
    PREFIXED = "prefixed"
    SUFFIXED = "suffixed"
    PLAIN_HTTP = "plain_http"


@dataclass(frozen=True, slots=True)
class CorsAnswer:
    """One request with an Origin, and its answer; `answer` None: no answer, `note` says why."""

    kind: OriginKind
    origin: str
    answer: Answer | None
    note: str = ""

    @property
    def allowed(self) -> str:
        """Access-Control-Allow-Origin as sent; several lines joined, as browsers see them."""
        lines = self.answer.header_all("access-control-allow-origin") if self.answer else ()
        return ", ".join(line.strip() for line in lines)

    @property
    def allows_credentials(self) -> bool:
        """True only for the exact, case-sensitive `true` (Fetch)."""
        value = self.answer.header("access-control-allow-credentials") if self.answer else None
        return (value or "").strip() == "true"

    @property
    def is_echoed(self) -> bool:
        return self.answer is not None and self.allowed == self.origin

    @property
    def is_admitted(self) -> bool:
        """True where a script of that origin may read the answer (without credentials)."""
        return self.answer is not None and self.allowed in {self.origin, "*"}


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a front end's call to a declared route meets before it is sent.

    `is_declared` False: no route was declared, so method and headers are our guess.
    `needs_preflight` False: the browser sends the call at once, and `answer` is the one to
    a plain GET.
    """

    url: str
    origin: str
    method: str
    headers: tuple[str, ...]
    answer: CorsAnswer
    is_declared: bool = True
    needs_preflight: bool = True


@dataclass(frozen=True, slots=True)
class PreflightSet:
    """All cross-origin calls of the declared front ends to one route."""

    url: str
    calls: tuple[Preflight, ...]


@dataclass(frozen=True, slots=True)
class CorsProbe:
    """One route, asked with each kind of origin. `uses_cookies` None: nothing was seen.

    `is_bearer_only` says that its calls sign in by an Authorization header alone.
    """

    url: str
    answers: tuple[CorsAnswer, ...]
    is_bearer_only: bool = False

    def of(self, kind: OriginKind) -> CorsAnswer | None:
        return next((answer for answer in self.answers if answer.kind is kind), None)


def needs_preflight(method: str, headers: tuple[str, ...]) -> bool:
    """Whether a browser asks first. A JSON body's content-type is counted as such."""
    unsafe = {name.lower() for name in headers} - SAFE_HEADERS
    return method.upper() not in SAFE_METHODS or bool(unsafe) or method.upper() == "POST"


def is_cross_origin(url: str, origin: str) -> bool:
    return origin_of(url) != origin_of(origin)
