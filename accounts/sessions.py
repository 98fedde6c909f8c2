"""How long a session lives, and how all the others of a person end.

A session ends in the database when it has been idle, or has lived, for too long; its row's
expiry is the truth, the cookie only follows it.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.usersessions.models import UserSession
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from accounts.models import User
from accounts.places import is_staff

# Kind → (idle, absolute), security.md X5.
LIMITS: Final = {
    "staff": (timedelta(hours=12), timedelta(days=7)),
    "client": (timedelta(days=14), timedelta(days=30)),
}
TOUCH_EVERY: Final = timedelta(minutes=5)
KIND, STARTED, TOUCHED = "kind", "started_at", "touched_at"


def begin(request: HttpRequest, user: User) -> None:
    """Note what kind of session this is, and when it began."""
    now = time.time()
    request.session[STARTED] = now
    settle(request, user)


def settle(request: HttpRequest, user: User) -> None:
    """Apply the limits of the person's kind, which may have changed by an invitation."""
    request.session.setdefault(STARTED, time.time())
    request.session[KIND] = "staff" if is_staff(user) else "client"
    _touch(request, time.time())


def end_others(request: HttpRequest, user: User) -> None:
    """Sign the person out of every other browser, and give this session a new key.

    Each session holds a hash over the (unusable) password, so that a new one ends them all.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    UserSession.objects.purge_and_list(user)
    UserSession.objects.create_from_request(request)


def _touch(request: HttpRequest, now: float) -> None:
    idle, absolute = LIMITS[request.session[KIND]]
    left = request.session[STARTED] + absolute.total_seconds() - now
    request.session.set_expiry(max(0, int(min(idle.total_seconds(), left))))
    request.session[TOUCHED] = now


def zone_of(user: User) -> ZoneInfo:
    """The person's time zone; UTC where this machine doesn't know it any more."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class SignedInMiddleware:
    """Prolong the session in use, keep its pages out of every cache, tell times by its clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        patch_vary_headers(response, ["HX-Request"])
        # A page that asked for no session isn't made to by this.
        if request.session.accessed and "_auth_user_id" in request.session:
            patch_cache_control(response, no_store=True)
            self.prolong(request)
        return response

    # `Any`: the parameters that Django found in the address.
    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> None:
        """Tell times by the person's own clock, on pages that know the person anyway."""
        if getattr(view, "login_required", True) and isinstance(request.user, User):
            timezone.activate(zone_of(request.user))

    def prolong(self, request: HttpRequest) -> None:
        session, now = request.session, time.time()
        if KIND not in session:
            return
        _, absolute = LIMITS[session[KIND]]
        if now >= session[STARTED] + absolute.total_seconds():
            logout(request)
        elif now >= session[TOUCHED] + TOUCH_EVERY.total_seconds():
            _touch(request, now)
