"""Every request gets an id and one line in the log."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

# A proxy's id is kept only if it can't be anything but an id.
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
QUIET_PATHS = ("/healthz", "/readyz", "/static/")


class RequestLogMiddleware:
    """Binds `request_id` for all logs of the request, answers with it, and logs the outcome.

    The route is logged, not the path: a path may hold the secret slug of a public page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if not request.path.startswith(QUIET_PATHS) or response.status_code >= 500:  # noqa: PLR2004
                _log_outcome(request, response, time.monotonic() - started)
        finally:
            structlog.contextvars.clear_contextvars()
        return response


def request_id_of(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if GIVEN_ID.fullmatch(given) else uuid4().hex


def _log_outcome(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    log.info(
        "request",
        method=request.method,
        route=match.route if match else None,
        status_code=response.status_code,
        elapsed_ms=round(seconds * 1000),
    )
