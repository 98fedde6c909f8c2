"""Signing in and out: allauth's views in our pages, closed while limits can't be counted."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import allauth.account.views as account_views
import allauth.mfa.base.views as factor_views
import allauth.mfa.webauthn.views as passkey_views
from allauth.account.internal.stagekit import clear_login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

EVEN_SECONDS: Final = 0.05

type View = Callable[..., HttpResponse]


def closed_without_counting(view: View) -> View:
    """Refuse where tries can't be counted: guessing would otherwise be free while Redis is away."""

    @wraps(view)
    # `Any`: whatever the view takes.
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RedisError:
            return render(request, "account/paused.html", status=503)

    return answer


def rendered(view: View) -> View:
    """Render within the view's transaction; a template response would do it after."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        return response

    return answer


def public(view: View) -> View:
    return login_not_required(closed_without_counting(rendered(view)))


def evenly(view: View) -> View:
    """Answer a POST no sooner than after a fixed while, so that its time tells nothing.

    Writing to a known address and to an unknown one takes about 10 ms, give or take one.
    """

    @wraps(view)
    # `Any`: whatever the view takes.
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        started = time.monotonic()
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            time.sleep(max(0.0, EVEN_SECONDS - (time.monotonic() - started)))
        return response

    return answer


request_code = public(evenly(account_views.request_login_code))
confirm_code = public(account_views.confirm_login_code)
second_factor = public(factor_views.authenticate)
passkey = public(passkey_views.login_webauthn)
sign_out = account_views.logout


@login_not_required
@never_cache
@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """Give up a half-finished sign-in, to try another address."""
    clear_login(request)
    return redirect("account_login")


@login_not_required
@require_safe
def closed_account(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_inactive.html", status=403)
