"""One's own account: name, address, browsers that are signed in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import codes, mails, sessions, stepup
from accounts.browsers import browser_name
from accounts.codes import Purpose, TooManyCodesError
from accounts.forms import MailedCodeForm, NewAddressForm, PersonForm
from accounts.models import User
from accounts.places import is_staff
from accounts.practices import user_by_email
from accounts.views.signin import closed_without_counting


def person(request: HttpRequest) -> User:
    """The visitor, who is signed in wherever these views are reached."""
    assert isinstance(request.user, User)  # noqa: S101 - the sign-in middleware has seen to it
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = PersonForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    factors = Authenticator.objects.filter(user=user).order_by("created_at")
    by_type = {kind: [one for one in factors if one.type == kind] for kind in Authenticator.Type}
    shown = {
        "form": form,
        "passkeys": by_type[Authenticator.Type.WEBAUTHN],
        "app": next(iter(by_type[Authenticator.Type.TOTP]), None),
        "recovery": next(iter(by_type[Authenticator.Type.RECOVERY_CODES]), None),
        "is_staff": is_staff(user),
        "sessions": _sessions(request, user),
    }
    return render(request, "accounts/account.html", shown, status=422 if form.is_bound else 200)


def _sessions(request: HttpRequest, user: User) -> list[dict[str, object]]:
    """The browsers that are signed in, this one first; ended ones are left out, not deleted."""
    found = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    rows = [
        {
            "pk": one.pk,
            "name": browser_name(one.user_agent),
            "ip": one.ip,
            "since": one.created_at,
            "is_current": one.session_key == request.session.session_key,
        }
        for one in found
        if one.exists()
    ]
    return sorted(rows, key=lambda row: not row["is_current"])


@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=session_id, user=person(request))
    if session.session_key == request.session.session_key:
        return redirect("account")
    session.end()
    messages.success(request, "That browser is signed out.")
    return redirect("account")


@require_POST
def other_sessions_end(request: HttpRequest) -> HttpResponse:
    sessions.end_others(request, person(request))
    messages.success(request, "Every other browser is signed out.")
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@closed_without_counting
@stepup.required("change your address")
def address_change(request: HttpRequest) -> HttpResponse:
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes.ask(request, Purpose.ADDRESS, form.cleaned_data["email"])
        except TooManyCodesError:
            return render(request, "429.html", status=429)
        return redirect("address-code")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/address.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def address_code(request: HttpRequest) -> HttpResponse:
    code = codes.waiting(request, Purpose.ADDRESS)
    if code is None:
        return redirect("address-change")
    form = MailedCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if code.accepts(form.cleaned_data["code"]):
            return _take_address(request, code.email)
        form.add_error("code", "That isn’t the code. Look at the newest mail.")
    shown = {"form": form, "code": code}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/address_code.html", shown, status=status)


def _take_address(request: HttpRequest, email: str) -> HttpResponse:
    """The new address is proved: sign in by it from now on, and tell the old one."""
    user, taken = person(request), "Somebody else already signs in with this address."
    known = user_by_email(email)
    if known is not None and known.pk != user.pk:
        messages.error(request, taken)
        return redirect("account")
    old = user.email
    try:
        with transaction.atomic():
            EmailAddress.objects.filter(user=user).delete()
            user.email = email.lower()
            user.save(update_fields=["email"])
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    except IntegrityError:
        messages.error(request, taken)
        return redirect("account")
    mails.send("address_changed", old, {"name": str(user), "new_address": user.email})
    sessions.end_others(request, user)
    messages.success(request, f"From now on you sign in with {user.email}.")
    return redirect("account")


@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why a second factor is asked, and the two ways to one."""
    return render(request, "accounts/second_factor.html", {"next": request.GET.get("next", "")})
