"""A view redirects the same way for a plain form and for htmx; this tells htmx to follow."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

REDIRECTS = (301, 302, 303, 307, 308)


class HtmxRedirectMiddleware:
    """Turn a redirect that answers htmx into `HX-Redirect`.

    `fetch` follows a redirect by itself, and htmx would then put a whole page into the
    place of a fragment. When a session has ended, the way back leads to the page that
    asked, not to the fragment it asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code not in REDIRECTS:
            return response
        answer = HttpResponse(status=200)
        answer.cookies = response.cookies
        # Vary, no-store and the like hold for this answer, too; what told of the body doesn't.
        for name in response.headers.keys() - {"Location", "Content-Type", "Content-Length"}:
            answer.headers[name] = response.headers[name]
        answer.headers["HX-Redirect"] = _way(request, response.headers["Location"])
        return answer


def _way(request: HttpRequest, location: str) -> str:
    sign_in = resolve_url(settings.LOGIN_URL)
    if urlsplit(location).path != sign_in:
        return location
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    asked_from = page.path + (f"?{page.query}" if page.query else "")
    is_ours = page.netloc == request.get_host()
    if not is_ours or not url_has_allowed_host_and_scheme(asked_from, allowed_hosts=None):
        return sign_in
    return f"{sign_in}?{urlencode({'next': asked_from})}"
