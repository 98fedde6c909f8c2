"""The security headers of a product, as a set of faults has them."""

from __future__ import annotations

from tests.lab.product_pages import Has
from tests.lab.web import Request, Response

type Headers = tuple[tuple[str, str], ...]

TWO_YEARS = "max-age=63072000; includeSubDomains"


def harden(domain: str, request: Request, response: Response, has: Has) -> Response:
    """`response` with the headers that the edge adds to everything."""
    headers: Headers = (*transport(request, has), *hardening(domain, request, has))
    leaks = (
        (("Server", "nginx/1.14.0"), ("X-Powered-By", "PHP/7.2.34")) if has("server_leak") else ()
    )
    is_hidden = request.host.startswith("hidden.") and has("preview_noindex")
    robots = (("X-Robots-Tag", "noindex"),) if has("noindex_header") or is_hidden else ()
    return response.having(*headers, *leaks, *robots)


def transport(request: Request, has: Has) -> Headers:
    """HSTS: only ever over https, unless that is the fault."""
    name = "Strict-Transport-Security"
    if has("hsts_http_only"):
        return ((name, TWO_YEARS),) if request.scheme == "http" else ()
    if request.scheme == "http" or has("hsts_missing"):
        return ()
    values = {
        "hsts_short": "max-age=2592000",
        "hsts_zero": "max-age=0",
        "hsts_own_host": "max-age=63072000",
        "hsts_preload_unmet": "max-age=63072000; preload",
    }
    return ((name, next((value for fault, value in values.items() if has(fault)), TWO_YEARS)),)


def hardening(domain: str, request: Request, has: Has) -> Headers:
    found: list[tuple[str, str]] = [*content_policy(domain, request, has)]
    if has("frame_allowall"):
        found.append(("X-Frame-Options", "ALLOWALL"))
    elif not has("frame_missing"):
        found.append(("X-Frame-Options", "DENY"))
    if not has("nosniff_missing"):
        found.append(("X-Content-Type-Options", "nosniff"))
    policy = "unsafe-url" if has("referrer_unsafe") else "strict-origin-when-cross-origin"
    found.append(("Referrer-Policy", policy))
    found.append(("Permissions-Policy", "camera=(), microphone=(), geolocation=()"))
    found.append(("Cross-Origin-Opener-Policy", "same-origin"))
    return tuple(found)


def content_policy(domain: str, request: Request, has: Has) -> Headers:
    if has("csp_missing"):
        return ()
    if request.host == f"api.{domain}":
        return (("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),)
    script = "'self'"
    if has("csp_unsafe_inline"):
        script = "'self' 'unsafe-inline' 'unsafe-eval'"
    if has("csp_nonce"):
        script = "'self' 'nonce-c2FtcGxlIG5vbmNl' 'unsafe-inline'"
    parts = [
        "default-src 'self'",
        f"script-src {script}",
        "style-src 'self'",
        "img-src 'self' data:",
        f"connect-src 'self' https://api.{domain}",
        "object-src 'none'",
        "base-uri 'self'",
        f"form-action 'self' https://app.{domain}",
    ]
    if not has("frame_missing") and not has("frame_allowall"):
        parts.append("frame-ancestors 'none'")
    if has("mixed_script_upgraded"):
        parts.append("upgrade-insecure-requests")
    name = "Content-Security-Policy"
    if has("csp_report_only"):
        name += "-Report-Only"
    return ((name, "; ".join(parts)),)
