"""The tenant of a request, read from its address and never from the session or a form.

Staff stand under `/p/<practice slug>/…`; founder and viewer under `/c/…`, where the address
holds a client's or a sprint's id. Whoever does not belong there gets 404. Whoever holds a
link stands under `/h/…` or `/r/…`: it reads one client and writes through named functions.
"""

from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import SAFE_METHODS, TenantRequest
from accounts.models import (
    ClientMembership,
    Membership,
    MemberStatus,
    Practice,
    token_hash,
)
from accounts.tenancy.scope import Actor, Scope, bind, bound, practice_scope

STAFF_PREFIX: Final = "p/"
CLIENT_PREFIX: Final = "c/"
LINK_PREFIXES: Final = ("h/", "r/")

# Definer functions (user, id) → (practice_id, client_id, id of the membership), by the name
# that the id has in the address. `client_of_sprint` is declared by a migration of `sprints`.
CLIENT_LOOKUPS: Final = {
    "client_id": "SELECT practice_id, client_id, id FROM client_places(%s) WHERE client_id = %s",
    "sprint_id": "SELECT practice_id, client_id, id FROM client_of_sprint(%s, %s)",
}
# Declared by a migration of `sprints`: hash of the token → (practice_id, client_id, id).
LINK_LOOKUP: Final = "SELECT practice_id, client_id, id FROM link_by_hash(%s)"


class TenantMiddleware:
    """Find the tenant, name the scope; the view's own transaction then begins inside it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with bound(None):
            return self.get_response(request)

    # `Any`: the parameters that Django found in the address.
    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        match = request.resolver_match
        route = match.route if match else ""
        if route.startswith((STAFF_PREFIX, CLIENT_PREFIX)) and not request.user.is_authenticated:
            raise Http404("No address of a tenant is open without a session.")
        if route.startswith(STAFF_PREFIX):
            scope = enter_as_staff(request, kwargs.pop("practice_slug"))  # type: ignore[arg-type]
        elif route.startswith(CLIENT_PREFIX) and CLIENT_LOOKUPS.keys() & kwargs.keys():
            scope = enter_as_client(request, kwargs)  # type: ignore[arg-type]
        elif route.startswith(LINK_PREFIXES):
            if not hasattr(view, "is_link"):
                raise PermissionDenied(f"{route} asks for no living link, so nobody gets in.")
            enter_by_link(request, kwargs["token"])
            return
        else:
            return
        if request.method not in SAFE_METHODS and not hasattr(view, "actions"):
            raise PermissionDenied(f"{route} names no action, so nobody may write there.")
        bind(scope)


def enter_as_staff(request: TenantRequest, slug: str) -> Scope:
    """The practice of the address, if the visitor is on its staff."""
    practice = Practice.objects.filter(slug=slug).first()
    if practice is None:
        raise Http404
    with practice_scope(practice.pk, actor=Actor.STAFF) as scope:
        memberships = Membership.objects.of(practice).filter(status=MemberStatus.ACTIVE)
        membership = memberships.filter(user=request.user).first()
    if membership is None:
        raise Http404
    membership.practice = practice
    request.client_org = None
    return fill(request, membership, scope)


# `Any`: the parameters that Django found in the address.
def enter_as_client(request: TenantRequest, kwargs: dict[str, Any]) -> Scope:
    """The client that the address belongs to, if the visitor is its founder or viewer."""
    name = "sprint_id" if "sprint_id" in kwargs else "client_id"
    with connection.cursor() as cursor:
        cursor.execute(CLIENT_LOOKUPS[name], [request.user.pk, kwargs[name]])
        place = cursor.fetchone()
    if place is None:
        raise Http404
    practice_id, client_id, membership_id = place
    with practice_scope(practice_id, actor=Actor.CLIENT, client_id=client_id) as scope:
        memberships = ClientMembership.objects.of(practice_id).of_client(client_id)
        membership = memberships.select_related("client", "practice").get(pk=membership_id)
    request.client_org = membership.client
    return fill(request, membership, scope)


def enter_by_link(request: HttpRequest, token: str) -> None:
    """Stand in the scope of the link, if there is one; its view says whether it still opens."""
    with connection.cursor() as cursor:
        cursor.execute(LINK_LOOKUP, [token_hash(token)])
        place = cursor.fetchone()
    if place is None:
        return
    practice_id, client_id, link_id = place
    request.link_id = link_id  # type: ignore[attr-defined]
    bind(Scope(practice_id, Actor.LINK, client_id))


def fill(request: TenantRequest, membership: Membership | ClientMembership, scope: Scope) -> Scope:
    """Put what was found onto the request."""
    if membership.practice.status == Practice.Status.SUSPENDED:
        raise PermissionDenied(f"{membership.practice} is suspended. Its owner knows why.")
    membership.user = request.user
    request.practice = membership.practice
    request.membership = membership
    request.actor = scope.actor
    return scope
