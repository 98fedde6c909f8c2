"""The product's JSON API and how it treats other origins."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

from tests.lab.product_pages import Has, django_debug_page
from tests.lab.web import Request, Response, redirect

METHODS = "GET, POST, OPTIONS"
ALLOWED_HEADERS = "authorization, content-type"
PUBLIC = (("Cache-Control", "public, max-age=60"),)
UNSTORED = (("Cache-Control", "no-store"),)

type Headers = tuple[tuple[str, str], ...]


def as_json(data: object, status: int = 200, headers: Headers = PUBLIC) -> Response:
    body = json.dumps(data).encode() + b"\n"
    return Response(status, body, "application/json", headers)


def answer_api(domain: str, request: Request, has: Has) -> Response:
    """The API's answer with its CORS headers."""
    if request.method == "OPTIONS" and request.header("access-control-request-method"):
        return preflight(domain, request, has)
    response = endpoint(domain, request, has)
    if not has("no_request_id"):
        response = response.having(("X-Request-Id", request_id(request)))
    return response.having(*cors_headers(domain, request.header("origin"), has))


def request_id(request: Request) -> str:
    """The same for the same request, so that a product shows nothing random."""
    return hashlib.sha256(f"{request.method} {request.target}".encode()).hexdigest()[:16]


def endpoint(domain: str, request: Request, has: Has) -> Response:
    path = request.path
    if path == "/v1/chat" and has("api_redirects_post"):
        return redirect(301, f"https://api.{domain}/v1/chat/")
    if path in {"/v1/chat", "/v1/chat/"}:
        return chat(request)
    answers: dict[str, Response] = {
        "/": as_json({"service": "assistant", "documentation": f"https://{domain}/pricing"}),
        "/healthz": health(has),
        "/v1/models": as_json({"models": ["bright-small", "bright-large"]}),
    }
    if path in answers:
        return answers[path]
    if has("debug_page"):
        page = django_debug_page(f"https://{request.host}{path}", path)
        return Response(HTTPStatus.NOT_FOUND, page.encode())
    return as_json({"error": "not_found"}, HTTPStatus.NOT_FOUND, UNSTORED)


def health(has: Has) -> Response:
    if has("health_down"):
        return as_json({"status": "database"}, HTTPStatus.SERVICE_UNAVAILABLE, UNSTORED)
    return as_json({"status": "ok", "build": "5d1e0c9"}, headers=UNSTORED)


def chat(request: Request) -> Response:
    if request.method != "POST":
        refusal = as_json({"error": "use_post"}, HTTPStatus.METHOD_NOT_ALLOWED, UNSTORED)
        return refusal.having(("Allow", "POST, OPTIONS"))
    return as_json({"answer": "Your parcel left us this morning."}, headers=UNSTORED)


def preflight(domain: str, request: Request, has: Has) -> Response:
    if has("preflight_401"):
        return as_json({"error": "missing_token"}, HTTPStatus.UNAUTHORIZED, UNSTORED)
    headers = cors_headers(domain, request.header("origin"), has)
    if not any(name == "Access-Control-Allow-Origin" for name, _ in headers):
        return Response(HTTPStatus.NO_CONTENT, headers=headers)
    headers += (("Access-Control-Allow-Methods", METHODS), ("Access-Control-Max-Age", "600"))
    if not has("preflight_no_headers"):
        headers += (("Access-Control-Allow-Headers", ALLOWED_HEADERS),)
    return Response(HTTPStatus.NO_CONTENT, headers=headers)


def is_allowed(domain: str, origin: str, has: Has) -> bool:
    """Whether this API lets `origin` read its answers with credentials."""
    if origin in {f"https://{domain}", f"https://app.{domain}"} or has("cors_reflect"):
        return True
    if has("cors_suffix"):
        return origin.endswith(domain) or origin.startswith(f"https://{domain}")
    return origin == "null" and has("cors_null")


def cors_headers(domain: str, origin: str, has: Has) -> Headers:
    vary: Headers = () if has("cors_no_vary") else (("Vary", "Origin"),)
    credentials = ("Access-Control-Allow-Credentials", "true")
    if has("cors_star_public"):
        return (("Access-Control-Allow-Origin", "*"),)
    if has("cors_star_credentials"):
        return (("Access-Control-Allow-Origin", "*"), credentials)
    if not origin or not is_allowed(domain, origin, has):
        return vary
    return (("Access-Control-Allow-Origin", origin), credentials, *vary)
