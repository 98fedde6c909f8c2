"""Starting a practice: one page, one code, and in."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes
from accounts.codes import MailedCode, Purpose, TooManyCodesError
from accounts.forms import MailedCodeForm, PracticeNameForm, StartForm
from accounts.mails import short_name
from accounts.models import User
from accounts.practices import make_person, start_practice, user_by_email
from accounts.quotas import QuotaError, check_practices
from accounts.views.signin import closed_without_counting

WANTED_NAME = "start:practice"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@closed_without_counting
def practice_start(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return _further_practice(request, request.user)
    if settings.SIGNUP != "open":
        return render(request, "account/signup_closed.html", {"mode": settings.SIGNUP})
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        about = {"name": answers["name"], "practice": answers["practice"]}
        try:
            words = {"practice": short_name(answers["practice"])}
            codes.ask(request, Purpose.START, answers["email"], about=about, words=words)
        except TooManyCodesError:
            return render(request, "429.html", status=429)
        return redirect("start-code")
    return _page(request, "account/signup.html", form)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def start_code(request: HttpRequest) -> HttpResponse:
    code = codes.waiting(request, Purpose.START)
    if code is None:
        return redirect("account_signup")
    form = MailedCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if code.accepts(form.cleaned_data["code"]):
            return _arrive(request, code)
        if codes.waiting(request, Purpose.START) is None:
            messages.error(request, "That was one try too many. Begin once more, please.")
            return redirect("account_signup")
        form.add_error("code", "That isn’t the code. Look at the newest mail.")
    return _page(request, "account/start_code.html", form, code=code)


@login_not_required
@require_POST
def start_code_resend(request: HttpRequest) -> HttpResponse:
    code = codes.waiting(request, Purpose.START)
    if code is not None:
        code.resend()
    return redirect("start-code")


def _arrive(request: HttpRequest, code: MailedCode) -> HttpResponse:
    """The address is proved. Somebody known signs in first, and then names the practice."""
    known = user_by_email(code.email)
    if known is not None:
        request.session[WANTED_NAME] = code.about["practice"]
        return _sign_in(request, known, code.email, to="/start/")
    user = make_person(code.email, code.about["name"])
    practice = start_practice(user, code.about["practice"])
    return _sign_in(request, user, user.email, to=f"/p/{practice.slug}/")


def _sign_in(request: HttpRequest, user: User, email: str, *, to: str) -> HttpResponse:
    record_authentication(request, user, method="code", email=email)
    login = Login(user=user, email=email, redirect_url=to)
    answer: HttpResponse = perform_login(request, login)
    return answer


def _further_practice(request: HttpRequest, user: User) -> HttpResponse:
    if settings.SIGNUP == "closed":
        return render(request, "account/signup_closed.html", {"mode": settings.SIGNUP})
    initial = {"practice": request.session.get(WANTED_NAME, "")}
    form = PracticeNameForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            check_practices(user)
        except QuotaError as error:
            form.add_error(None, str(error))
        else:
            practice = start_practice(user, form.cleaned_data["practice"])
            request.session.pop(WANTED_NAME, None)
            return redirect(f"/p/{practice.slug}/")
    return _page(request, "account/practice_new.html", form)


def _page(
    request: HttpRequest,
    template: str,
    form: PracticeNameForm | MailedCodeForm,
    **words: object,
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **words}, status=status)
