"""What a view of a tenant's address receives, and what it asks of the visitor."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from accounts.models import Client, ClientMembership, Membership, Practice, User
from accounts.roles import Action, may
from accounts.tenancy.scope import Actor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TenantRequest(HttpRequest):
    """A request below `/p/<practice>/` or `/c/…/`, as `accounts.middleware` leaves it."""

    user: User
    htmx: HtmxDetails
    practice: Practice
    membership: Membership | ClientMembership
    actor: Actor
    # The client for whom a founder or viewer is here; None for staff.
    client_org: Client | None
    # The way to this page, as config.shell shows it.
    crumbs: list[dict[str, str]]


def set_crumbs(request: TenantRequest, *steps: tuple[str, str]) -> None:
    """The way to this page for staff: the practice, then `steps` of (name, address)."""
    home = {"name": request.practice.name, "url": f"/p/{request.practice.slug}/"}
    request.crumbs = [home, *({"name": name, "url": url} for name, url in steps)]


type View[**P] = Callable[Concatenate[TenantRequest, P], HttpResponse]


def allowed[**P](action: Action, *, post: Action | None = None) -> Callable[[View[P]], View[P]]:
    """Let a view through for whom the matrix names; `post` is asked instead of a writing request.

    A writing request that is answered with 4xx leaves nothing behind.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            is_write = request.method not in SAFE_METHODS
            asked = post if is_write and post else action
            if not may(request.membership, asked):
                raise PermissionDenied(refusal(request.membership.role, asked))
            response = view(request, *args, **kwargs)
            is_refusal = 400 <= response.status_code < 500  # noqa: PLR2004 - HTTP's own classes
            if is_write and is_refusal and connection.in_atomic_block:
                transaction.set_rollback(True)
            return response

        answer.actions = {"read": action, "write": post or action}  # type: ignore[attr-defined]
        return answer

    return decorate


def refusal(role: str, action: Action) -> str:
    """The sentence of a 403."""
    return (
        f"As {role} you may look at this, but not {action.value.replace('_', ' ')}. "
        "Ask the practice's owner if you should."
    )
