"""Response headers that Django doesn't set by itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing here asks for a camera or a place; the clipboard is written by a pressed button,
# and passkeys are made and used on our own pages only.
PERMISSIONS_POLICY = ", ".join(
    (
        "accelerometer=()",
        "browsing-topics=()",
        "camera=()",
        "clipboard-read=()",
        "clipboard-write=(self)",
        "display-capture=()",
        "geolocation=()",
        "gyroscope=()",
        "magnetometer=()",
        "microphone=()",
        "midi=()",
        "payment=()",
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
        "serial=()",
        "usb=()",
    )
)


class HeadersMiddleware:
    """Add Permissions-Policy and Cross-Origin-Resource-Policy where a view set none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
