"""The gallery of components for developers, under /dev/look/ where DEBUG is on. Invented data."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from config import look_data, showcase
from config.look_data import SHELL_CLIENT, SHELL_STAFF
from config.pages import public

LAST_STEP = 3
ERROR_PAGES = ("400", "403", "403_csrf", "404", "429", "500")


class ProjectForm(forms.Form):
    """Every kind of field once."""

    client = forms.CharField(max_length=80, help_text="As the founder writes it.")
    domain = forms.CharField(
        max_length=253,
        help_text="The name that visitors will type, without https.",
        widget=forms.TextInput(attrs={"data-mono": "", "autocapitalize": "none"}),
    )
    founder = forms.EmailField(label="Founder’s e-mail address", required=False)
    launch = forms.DateField(
        label="Launch date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    hosting = forms.ChoiceField(choices=[("", "Guess from the answers"), ("vercel", "Vercel")])
    stance = forms.ChoiceField(
        label="Who approves stages",
        choices=[("founder", "The founder"), ("practice", "The practice alone")],
        widget=forms.RadioSelect,
    )
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_allowed = forms.BooleanField(
        label="We may read public pages and records",
        help_text="Only what any visitor could read. Deeper looks are asked for later.",
    )

    def clean_domain(self) -> str:
        domain = str(self.cleaned_data["domain"])
        if "." not in domain or "/" in domain:
            raise forms.ValidationError(
                f"“{domain}” is not a name that visitors can type. Leave out https:// and the "
                "path, and keep the ending, as in brightchat.app."
            )
        return domain


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code from the mail",
        help_text="Eight letters, sent to jonas@brightchat.app. It works for ten minutes.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "size": 9}
        ),
    )


def _project_form() -> ProjectForm:
    return ProjectForm(
        initial={"client": "Brightchat Inc", "domain": "brightchat.app", "stance": "founder"}
    )


def _risks() -> list[showcase.ShownRisk]:
    return [{**risk, "url": reverse("look-risk")} for risk in showcase.RISKS]


@public
def gallery(request: HttpRequest) -> HttpResponse:
    wrong = ProjectForm({"client": "", "domain": "https://brightchat", "stance": "founder"})
    context = {
        "shell": SHELL_STAFF,
        "form": _project_form(),
        "wrong": wrong,
        "code_form": CodeForm(),
        "wrong_code": CodeForm({"code": ""}),
        "stages": showcase.STAGES,
        "founder_stages": showcase.FOUNDER_STAGES,
        "risks": _risks(),
        "families": showcase.FAMILIES,
        "page": Paginator(range(61), 25).page(2),
        "step": 0,
        **look_data.GALLERY,
    }
    return render(request, "dev/look/gallery.html", context)


@public
def progress(request: HttpRequest) -> HttpResponse:
    step = min(int(request.GET.get("step", "0")) + 1, LAST_STEP)
    context = {"step": step, "is_finished": step == LAST_STEP, "families": showcase.FAMILIES}
    return render(request, "dev/look/_live.html#progress", context)


@login_not_required
@transaction.non_atomic_requests
@require_http_methods(["GET", "POST"])
def project_form(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST) if request.method == "POST" else _project_form()
    if form.is_bound and form.is_valid():
        messages.success(request, f"{form.cleaned_data['client']} is saved.")
        return redirect("look")
    status = 422 if form.is_bound else 200
    if request.headers.get("HX-Request"):
        return render(request, "dev/look/_live.html#form", {"form": form}, status=status)
    context = {"shell": SHELL_STAFF, "form": form}
    return render(request, "dev/look/form_page.html", context, status=status)


@public
def sprint(request: HttpRequest) -> HttpResponse:
    context = {
        "shell": SHELL_STAFF,
        "stages": showcase.STAGES,
        "risks": _risks(),
        **look_data.GALLERY,
    }
    return render(request, "dev/look/sprint.html", context)


@public
def risk(request: HttpRequest) -> HttpResponse:
    context = {
        "shell": SHELL_STAFF,
        "risks": _risks(),
        "risk": _risks()[0],
        **look_data.GALLERY,
    }
    return render(request, "dev/look/risk.html", context)


@public
def founder(request: HttpRequest) -> HttpResponse:
    context = {
        "shell": SHELL_CLIENT,
        "founder_stages": showcase.FOUNDER_STAGES,
        "risks": _risks(),
    }
    return render(request, "dev/look/founder.html", context)


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    return render(request, "dev/look/sign_in.html", {"form": CodeForm()})


@login_not_required
@transaction.non_atomic_requests
@require_safe
def error_page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"{name if name in ERROR_PAGES else '404'}.html")


urlpatterns = [
    path("", gallery, name="look"),
    path("progress/", progress, name="look-progress"),
    path("form/", project_form, name="look-form"),
    path("sprint/", sprint, name="look-sprint"),
    path("risk/", risk, name="look-risk"),
    path("founder/", founder, name="look-founder"),
    path("sign-in/", sign_in, name="look-sign-in"),
    path("error/<slug:name>/", error_page, name="look-error"),
]
