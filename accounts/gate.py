"""A second factor for owners, once a client is involved (decisions.md 18).

Asked from the first invited client or stored secret on, with seven days' grace: a line on
every page first, then a page that helps and leads on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Practice, User
from accounts.roles import Role

GRACE: Final = timedelta(days=7)
FACTORS: Final = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


def ask_second_factor(practice: Practice) -> None:
    """From now on the practice's owners need a second factor. Asking twice changes nothing."""
    asked = Practice.objects.filter(pk=practice.pk, second_factor_since=None)
    asked.update(second_factor_since=timezone.now())


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def second_factor_due_at(request: HttpRequest) -> datetime | None:
    """When the visitor's grace ends; None where nothing is asked of them."""
    membership = getattr(request, "membership", None)
    if not isinstance(membership, Membership) or membership.role != Role.OWNER:
        return None
    since = membership.practice.second_factor_since
    if since is None or has_second_factor(membership.user):
        return None
    return since + GRACE


class SecondFactorMiddleware:
    """Lead an owner whose grace is over to the page that sets a second factor up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    # `Any`: the parameters that Django found in the address.
    def process_view(
        self, request: HttpRequest, _view: object, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        due_at = second_factor_due_at(request)
        if due_at is None or timezone.now() < due_at:
            return None
        way_back = request.get_full_path() if request.method == "GET" else ""
        query = {"next": way_back} if way_back else None
        return redirect(reverse("second-factor", query=query))
