"""Passkeys for everybody; an authenticator app and recovery codes for staff."""

from typing import Any

import qrcode  # type: ignore[import-untyped]
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit, delete_and_cleanup
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    clear_totp_secret,
    get_totp_secret,
    validate_totp_code,
)
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from accounts import mails, sessions, stepup
from accounts.forms import MALFORMED, AuthenticatorForm, PasskeyForm
from accounts.models import User
from accounts.places import is_staff
from accounts.views.account import person
from accounts.views.signin import closed_without_counting

Kind = Authenticator.Type


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@stepup.required("add a passkey", is_sign_in_enough=True)
def passkey_add(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        credential = form.cleaned_data["credential"]
        try:
            auth.parse_registration_response(credential)
            auth.complete_registration(credential)
        except (ValidationError, *MALFORMED):
            form.add_error(None, "The passkey didn’t answer as expected. Try once more.")
        else:
            auth.WebAuthn.add(user, form.cleaned_data["name"], credential)
            return _changed(request, user, f"The passkey “{form.cleaned_data['name']}” was added")
    shown = {
        "form": form,
        "asked": {"creation_options": auth.begin_registration(user, passwordless=True)},
        "next": _way_on(request),
    }
    return render(request, "accounts/passkey_add.html", shown, status=422 if form.is_bound else 200)


@require_POST
@stepup.required("remove a passkey")
def passkey_remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    user = person(request)
    passkey = get_object_or_404(Authenticator, pk=factor_id, user=user, type=Kind.WEBAUTHN)
    name = str(passkey)
    delete_and_cleanup(request, passkey)
    return _changed(request, user, f"The passkey “{name}” was removed")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@closed_without_counting
@stepup.required("add an authenticator app", is_sign_in_enough=True)
def app_add(request: HttpRequest) -> HttpResponse:
    user = staff_person(request)
    if Authenticator.objects.filter(user=user, type=Kind.TOTP).exists():
        return redirect("account")
    form = AuthenticatorForm(request.POST if request.method == "POST" else None)
    secret = get_totp_secret(regenerate=not form.is_bound)
    if request.method == "POST" and form.is_valid():
        clear_limit = check_rate_limit(user)
        if validate_totp_code(secret, form.cleaned_data["code"]):
            clear_limit()
            TOTP.activate(user, secret)
            clear_totp_secret(request)
            return _changed(request, user, "An authenticator app was added")
        form.add_error("code", "These digits don’t match. Wait for the next ones.")
    shown = {"form": form, "secret": secret, "next": _way_on(request)}
    return render(request, "accounts/app_add.html", shown, status=422 if form.is_bound else 200)


@never_cache
@require_safe
def app_picture(request: HttpRequest) -> HttpResponse:
    """The square code that the authenticator app reads, of the secret that is being set up."""
    url = get_adapter().build_totp_url(staff_person(request), get_totp_secret())
    picture = qrcode.make(url, image_factory=SvgPathImage, border=2)
    return HttpResponse(picture.to_string(), content_type="image/svg+xml")


@require_POST
@stepup.required("remove your authenticator app")
def app_remove(request: HttpRequest) -> HttpResponse:
    user = person(request)
    delete_and_cleanup(request, get_object_or_404(Authenticator, user=user, type=Kind.TOTP))
    return _changed(request, user, "The authenticator app was removed")


@never_cache
@require_POST
@stepup.required("make new recovery codes", is_sign_in_enough=True)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make ten new codes and show them once; old ones stop working."""
    user = staff_person(request)
    Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
    codes = RecoveryCodes.activate(user).get_unused_codes()
    _tell(request, user, "New recovery codes were made")
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


def staff_person(request: HttpRequest) -> User:
    """The visitor, if they work for a practice."""
    user = person(request)
    if not is_staff(user):
        raise Http404
    return user


def _changed(request: HttpRequest, user: User, what: str) -> HttpResponse:
    _tell(request, user, what)
    messages.success(request, f"{what}. Every other browser is signed out.")
    return redirect(_way_on(request) or "account")


def _tell(request: HttpRequest, user: User, what: str) -> None:
    """Every change of a factor ends the other sessions and is mailed (security.md X5)."""
    sessions.end_others(request, user)
    at = f"{timezone.now():%H:%M} UTC on {timezone.now():%-d %B}"
    mails.send("factor_changed", user.email, {"what": what, "at": at})


# `Any`: what a form or an address holds.
def _way_on(request: HttpRequest) -> str:
    way: Any = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        way, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return str(way) if is_ours else ""
