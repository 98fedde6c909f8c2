"""An invitation's own pages: look, prove the address, join."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import EmailAddress, Login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, sessions
from accounts.codes import Purpose, TooManyCodesError
from accounts.forms import MailedCodeForm, NewPersonForm
from accounts.invitations import InvitationError, Offer, accept, find
from accounts.mails import short_name
from accounts.models import User
from accounts.practices import make_person, user_by_email
from accounts.views.signin import closed_without_counting


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@closed_without_counting
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows, however often. POST joins, or mails a code to the invited address."""
    offer = find(token)
    if offer is None:
        return gone(request)
    if not isinstance(request.user, User):
        return _ask_for_proof(request, offer, token)
    is_theirs = _proved(request.user, offer.invitation.email)
    if request.method == "POST" and is_theirs:
        return _join(request, offer, request.user)
    shown = {"offer": offer, "is_theirs": is_theirs, "token": token}
    status = 403 if request.method == "POST" else 200
    return render(request, "accounts/invitation.html", shown, status=status)


def _ask_for_proof(request: HttpRequest, offer: Offer, token: str) -> HttpResponse:
    if request.method == "POST":
        try:
            about, words = {"token": token}, {"place": short_name(offer.place)}
            email = offer.invitation.email
            codes.ask(request, Purpose.INVITATION, email, about=about, words=words)
        except TooManyCodesError:
            return render(request, "429.html", status=429)
        return redirect("invitation-code", token=token)
    return render(request, "accounts/invitation.html", {"offer": offer, "token": token})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_code(request: HttpRequest, token: str) -> HttpResponse:
    """The code proves the address; whoever is new also says their name."""
    offer, code = find(token), codes.waiting(request, Purpose.INVITATION)
    if offer is None:
        return gone(request)
    if code is None or code.about["token"] != token or request.user.is_authenticated:
        return redirect("invitation", token=token)
    known = user_by_email(code.email)
    data = request.POST if request.method == "POST" else None
    form, named = MailedCodeForm(data), None if known else NewPersonForm(data)
    if data is not None and form.is_valid() and (named is None or named.is_valid()):
        if code.accepts(form.cleaned_data["code"]):
            name = named.cleaned_data["name"] if named else ""
            return _arrive(request, offer, known or make_person(code.email, name), code.email)
        form.add_error("code", "That isn’t the code. Look at the newest mail.")
    shown = {"offer": offer, "form": form, "named": named, "token": token, "code": code}
    status = 422 if data is not None else 200
    return render(request, "accounts/invitation_code.html", shown, status=status)


@login_not_required
@require_POST
def invitation_code_resend(request: HttpRequest, token: str) -> HttpResponse:
    code = codes.waiting(request, Purpose.INVITATION)
    if code is not None and code.about["token"] == token:
        code.resend()
    return redirect("invitation-code", token=token)


def _arrive(request: HttpRequest, offer: Offer, user: User, email: str) -> HttpResponse:
    try:
        accept(offer, user, email)
    except InvitationError as error:
        return _refused(request, offer, error)
    record_authentication(request, user, method="code", email=email)
    answer: HttpResponse = perform_login(request, Login(user=user, email=email))
    return answer


def _join(request: HttpRequest, offer: Offer, user: User) -> HttpResponse:
    try:
        accept(offer, user, offer.invitation.email)
    except InvitationError as error:
        return _refused(request, offer, error)
    sessions.settle(request, user)
    request.session.cycle_key()
    messages.success(request, f"You have joined {offer.place}.")
    return redirect("places")


def _refused(request: HttpRequest, offer: Offer, error: InvitationError) -> HttpResponse:
    shown = {"offer": offer, "refusal": str(error)}
    return render(request, "accounts/invitation.html", shown, status=403)


def _proved(user: User, email: str) -> bool:
    mine = EmailAddress.objects.filter(user=user, verified=True)
    return bool(mine.filter(email__iexact=email).exists())


def gone(request: HttpRequest) -> HttpResponse:
    """One answer for expired, revoked, used and unknown."""
    return render(request, "accounts/invitation_gone.html", status=404)
