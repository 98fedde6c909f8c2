"""Structured logs: one line per event, secrets taken out, foreign text made harmless.

A public installation writes JSON, a local one lines to read. Both pass the same redaction.
"""

import logging
import re
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"
MAX_TEXT_CHARACTERS = 8000

# Under these names a value is never written, whatever it is.
SECRET_NAMES = re.compile(
    r"(?:^|[_.-])(?:authorization|cookies?|token|code|password|passwd|secret|query|key|dsn)$"
    r"|^(?:query_string|set-cookie|sessionid)$",
    re.IGNORECASE,
)
HARMLESS_NAMES = frozenset({"status_code", "error_code", "exit_code", "check_key"})

# Bounded repeats: the text may be a stranger's, and the time must stay linear.
URL = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,19}://)"
    r"(?P<userinfo>[^\s/?#@\"'<>]{0,500}@)*"
    r"(?P<rest>[^\s?#\"'<>]{0,2000})"
    r"(?P<query>\?[^\s#\"'<>]{0,4000})?",
    re.IGNORECASE,
)
HEADER = re.compile(
    r"\b(?P<name>(?:proxy-)?authorization|(?:set-)?cookie)(?P<between>[\"']?\s{0,3}[:=]\s{0,3})"
    r"[^\r\n]{1,4000}",
    re.IGNORECASE,
)
ASSIGNED = re.compile(
    r"(?P<name>(?<![a-z])(?<!status[_ -])(?<!error[_ -])(?<!exit[_ -])"
    r"(?:token|code|passcode|password|passwd|secret|api[_-]?key|private[_-]?key))"
    r"(?P<between>[\"']?\s{0,3}[:=]\s{0,3}[\"']?)(?P<value>[^\s,;&\"'}\)]{1,500})",
    re.IGNORECASE,
)
# C0 and C1 controls, DEL, line and paragraph separators, and the marks that turn text around.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def redact(text: str) -> str:
    """`text` without URL userinfo and query, header values and assigned secrets."""
    text = URL.sub(_plain_url, text)
    text = HEADER.sub(rf"\g<name>\g<between>{REDACTED}", text)
    return ASSIGNED.sub(rf"\g<name>\g<between>{REDACTED}", text)


def one_line(text: str) -> str:
    """`text` with every control character written out, so that it can't forge a line."""
    return CONTROL.sub(lambda met: met.group().encode("unicode_escape").decode(), text)


def harmless(value: object, *, depth: int = 4) -> object:
    """`value` redacted and on one line, containers included; what is neither becomes its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and depth:
        return {
            one_line(str(k)): REDACTED if is_secret(str(k)) else harmless(v, depth=depth - 1)
            for k, v in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [harmless(item, depth=depth - 1) for item in value]
    return one_line(redact(str(value)[:MAX_TEXT_CHARACTERS]))


def is_secret(name: str) -> bool:
    return name.lower() not in HARMLESS_NAMES and bool(SECRET_NAMES.search(name))


def redaction(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor: every value but the record itself, and the event's own text."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = REDACTED if is_secret(name) else harmless(value)
    return event


def without_address(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django logs a refused or failed request with its path, and that may be a secret address."""
    if str(event.get("logger")).startswith(("django.request", "django.security")):
        event["event"] = str(event["event"]).partition(": /")[0]
    return event


def _plain_url(met: re.Match[str]) -> str:
    userinfo = f"{REDACTED}@" if met["userinfo"] else ""
    query = f"?{REDACTED}" if met["query"] else ""
    return f"{met['scheme']}{userinfo}{met['rest']}{query}"


SHARED: Final[list[Any]] = [  # Any: structlog's processors are of many shapes
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
# One list for the process: loggers keep it, so a second configuration must not make another.
PROCESSORS: Final[list[Any]] = [*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


# `Any`: the shape is logging.config's.
def logging_settings(*, level: str, is_readable: bool) -> dict[str, Any]:
    """Django's LOGGING; our own loggers and everybody else's end in the same handler."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, without_address],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redaction,
                    *_renderers(is_readable=is_readable),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            name: {"handlers": [], "propagate": True, "level": wanted}
            for name, wanted in QUIETER.items()
        },
    }


# A 404 is a stranger's doing and stands in the request's own line; the others talk too much.
QUIETER = {
    "django": logging.INFO,
    "django.request": logging.ERROR,
    "django.security.DisallowedHost": logging.CRITICAL,
    "django.server": logging.WARNING,
    "gunicorn.error": logging.INFO,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "celery.beat": logging.WARNING,
    "kombu": logging.WARNING,
}


def _renderers(*, is_readable: bool) -> list[Any]:  # `Any`: structlog's processors
    if not is_readable:
        return [structlog.processors.JSONRenderer()]
    return [readable_traceback, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]


def readable_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """On a local machine a traceback may have its lines back: nobody parses them there."""
    if isinstance(event.get("exception"), str):
        event["exception"] = event["exception"].replace("\\n", "\n")
    return event
