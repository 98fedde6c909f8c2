"""The door of a link's page: what a visitor without an account must hold, and what is sent along.

A dead link, one taken back and one that never was answer alike.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import SAFE_METHODS
from accounts.models import Practice, token_hash
from sprints.linking import is_alive
from sprints.models import ShareLink

GONE = 404


class LinkRequest(HttpRequest):
    """A request below `/h/` or `/r/`, inside the scope of the link that was found."""

    practice: Practice
    link: ShareLink


type LinkView[**P] = Callable[..., HttpResponse]


# A page with forms tells our own origin where it was: without, browsers send `Origin: null`,
# and no form would get through. Nobody else is told anything.
REFERRER_POLICY = {ShareLink.Kind.REPORT: "no-referrer", ShareLink.Kind.HELPER: "same-origin"}


def by_link(kind: ShareLink.Kind) -> Callable[[LinkView[...]], LinkView[...]]:
    """Let a view through for a living link of this kind; all else meets one and the same page."""

    def decorate(view: LinkView[...]) -> LinkView[...]:
        @login_not_required
        @wraps(view)
        def answer(request: HttpRequest, token: str, **words: object) -> HttpResponse:
            link = find_link(request, token, kind)
            if link is None:
                return gone(request)
            request.link = link  # type: ignore[attr-defined]
            request.practice = link.practice  # type: ignore[attr-defined]
            response = view(request, token, **words)
            is_refusal = 400 <= response.status_code < 500  # noqa: PLR2004 - HTTP's own classes
            if request.method not in SAFE_METHODS and is_refusal and connection.in_atomic_block:
                transaction.set_rollback(True)
            return closed(response, REFERRER_POLICY[kind])

        answer.is_link = True  # type: ignore[attr-defined]
        return answer

    return decorate


def find_link(request: HttpRequest, token: str, kind: ShareLink.Kind) -> ShareLink | None:
    """The living link of the token; the middleware stands in its scope already, or in none."""
    if getattr(request, "link_id", None) is None:
        return None
    links = ShareLink.objects.select_related("sprint__project", "sprint__lead", "practice")
    link = links.filter(pk=request.link_id, kind=kind, token_hash=token_hash(token)).first()  # type: ignore[attr-defined]
    if link is None or not is_alive(link) or link.practice.status != Practice.Status.ACTIVE:
        return None
    return link


def gone(request: HttpRequest) -> HttpResponse:
    """The one page of every link that opens nothing."""
    return closed(render(request, "pages/link_gone.html", status=GONE))


def closed(response: HttpResponse, policy: str = "no-referrer") -> HttpResponse:
    """Kept by nobody, found by no search, and its address told to nobody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = policy
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
