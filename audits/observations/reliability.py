"""What an API says beside its answers: a name for each request, when to come back, limits. Pure."""

from dataclasses import dataclass

from audits.observations.answers import Answer

# What a tracing system or the app itself sets; an edge's own mark is not the app's.
REQUEST_ID_FIELDS = ("x-request-id", "request-id", "x-correlation-id", "traceparent", "x-trace-id")
LIMIT_FIELDS = ("ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining",
                "x-ratelimit-limit", "x-ratelimit-remaining", "x-rate-limit-limit")  # fmt: skip
TOO_MANY, UNAVAILABLE = 429, 503


@dataclass(frozen=True, slots=True)
class ApiAnswers:
    """The answers of the declared API routes of one host to a plain GET."""

    host: str
    answers: tuple[Answer, ...]

    @property
    def without_request_id(self) -> tuple[Answer, ...]:
        return tuple(
            one for one in self.answers if not any(one.header(name) for name in REQUEST_ID_FIELDS)
        )

    @property
    def turned_away(self) -> tuple[Answer, ...]:
        """The answers that ask to come back later."""
        return tuple(one for one in self.answers if one.status in {TOO_MANY, UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Burst:
    """Some requests in a row to one public route, ended by the first refusal.

    `statuses` in order; `limit_fields` are the fields about limits met on any answer;
    `challenger` the bot filter that stepped in, "" where none did.
    """

    url: str
    statuses: tuple[int, ...]
    elapsed_ms: float
    limit_fields: tuple[str, ...] = ()
    has_retry_after: bool = False
    challenger: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview or staging host as a stranger meets it."""

    host: str
    status: int
    is_html: bool
    is_noindex: bool
    leads_to_sign_in: bool = False


def limit_fields(answer: Answer) -> tuple[str, ...]:
    return tuple(name for name in LIMIT_FIELDS if answer.header(name))
