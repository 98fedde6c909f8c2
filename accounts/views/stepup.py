"""The page between a grave act and its doing: a passkey, or a code mailed for this act."""

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import codes, stepup
from accounts.codes import Purpose, TooManyCodesError
from accounts.forms import MailedCodeForm, PasskeyAnswerForm
from accounts.models import User
from accounts.views.signin import closed_without_counting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@closed_without_counting
def stepup_page(request: HttpRequest) -> HttpResponse:
    """GET shows the ways; POST judges the typed code or the passkey's answer."""
    kept = stepup.kept(request)
    if kept is None:
        return redirect("places")
    form = MailedCodeForm(request.POST if "code" in request.POST else None)
    if "credential" in request.POST and _is_passkey(request):
        stepup.prove(request, by_passkey=True)
        return redirect("stepup-resumption")
    if "credential" in request.POST:
        messages.error(request, "That passkey didn’t answer as expected. Try again, or by code.")
        return redirect("stepup")
    code = codes.waiting(request, Purpose.STEP_UP)
    is_ours = code is not None and code.about["path"] == kept["path"]
    if form.is_bound and form.is_valid():
        if code is not None and is_ours and code.accepts(form.cleaned_data["code"]):
            stepup.prove(request, by_passkey=False)
            return redirect("stepup-resumption")
        form.add_error("code", "That isn’t the code. After three tries, ask for a new one.")
    shown = {
        "form": form,
        "act": kept["act"],
        "way_back": kept["from"],
        "is_mailed": is_ours and codes.waiting(request, Purpose.STEP_UP) is not None,
        "has_passkey": _passkeys(request).exists(),
    }
    return render(request, "accounts/stepup.html", shown, status=422 if form.is_bound else 200)


@require_POST
@closed_without_counting
def stepup_code(request: HttpRequest) -> HttpResponse:
    """Mail a code for the act that waits."""
    kept = stepup.kept(request)
    if kept is None:
        return redirect("places")
    email = _person(request).email
    about, words = {"path": kept["path"]}, {"act": kept["act"]}
    try:
        codes.ask(request, Purpose.STEP_UP, email, about=about, words=words)
    except TooManyCodesError:
        return render(request, "429.html", status=429)
    return redirect("stepup")


@require_safe
def stepup_passkey(request: HttpRequest) -> HttpResponse:
    """What the browser asks the passkey."""
    return JsonResponse({"request_options": auth.begin_authentication(_person(request))})


@never_cache
@require_safe
def stepup_resumption(request: HttpRequest) -> HttpResponse:
    """The kept POST, ready to go on; a script presses its button."""
    kept = stepup.kept(request)
    if kept is None:
        return redirect("places")
    stepup.forget(request)
    if kept["fields"] is None:
        messages.info(request, "It is you. What you typed was too long to keep: send it again.")
        return redirect(kept["from"])
    return render(request, "accounts/stepup_resumption.html", kept)


def _is_passkey(request: HttpRequest) -> bool:
    return bool(PasskeyAnswerForm(request.POST, user=request.user).is_valid())


def _passkeys(request: HttpRequest) -> QuerySet[Authenticator]:
    mine: QuerySet[Authenticator] = Authenticator.objects.filter(user=request.user)
    return mine.filter(type=Authenticator.Type.WEBAUTHN)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the sign-in middleware has seen to it
    return request.user
