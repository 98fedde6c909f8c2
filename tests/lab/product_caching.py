"""What a product lets caches keep, and how its front answers the second time."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from tests.lab.product_pages import Has
from tests.lab.web import Request, Response

FILES = ("application/javascript", "text/css")
HOUR = "max-age=3600"


def kept(request: Request, response: Response, has: Has) -> Response:
    """`response` with the cache's headers that the planted faults ask for."""
    if request.scheme != "https":
        return response
    if response.content_type.startswith(FILES):
        return _file(request, response, has)
    if response.content_type.startswith("text/html"):
        return _page(response, has)
    return response


def _file(request: Request, response: Response, has: Has) -> Response:
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'
    if request.header("if-none-match") == tag and not has("validator_ignored"):
        return Response(HTTPStatus.NOT_MODIFIED, headers=(*response.headers, ("ETag", tag)))
    if has("files_short"):
        response = _saying(response, "public, max-age=600")
    if has("files_not_kept"):
        response = _saying(response, "no-store")
    more = [("ETag", tag)]
    if has("edge_misses"):
        more.append(("X-Cache", "MISS"))
    if has("files_vary"):
        more.append(("Vary", "User-Agent, Cookie"))
    return response.having(*more)


def _page(response: Response, has: Has) -> Response:
    if response.status == HTTPStatus.NOT_FOUND:
        return _saying(response, f"public, {HOUR}") if has("error_kept") else response
    if has("session_shared"):
        return _saying(response, "public, s-maxage=3600")
    if has("shell_kept"):
        return _saying(response, f"private, {HOUR}")
    return _saying(response, "") if has("page_unsaid") else response


def _saying(response: Response, line: str) -> Response:
    """The answer with this Cache-Control, or with none."""
    rest = tuple(pair for pair in response.headers if pair[0] != "Cache-Control")
    said = (("Cache-Control", line),) if line else ()
    return Response(
        response.status, response.body, response.content_type, rest + said, response.is_plain
    )
