"""Pages that belong to no single app."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config import showcase

type View = Callable[[HttpRequest], HttpResponse]


def public(view: View) -> View:
    """A page to read for anybody: no sign-in, and no transaction, for it asks no database."""
    return login_not_required(transaction.non_atomic_requests(require_safe(view)))


@public
def home(request: HttpRequest) -> HttpResponse:
    shown = {
        "stages": showcase.STAGES,
        "founder_stages": showcase.FOUNDER_STAGES,
        "risks": showcase.RISKS,
        "families": showcase.FAMILIES,
        "breaks": showcase.BREAKS,
        "questions": showcase.QUESTIONS,
    }
    return render(request, "home/home.html", shown)


@public
def bot(request: HttpRequest) -> HttpResponse:
    return render(request, "home/bot.html")


@public
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "home/privacy.html")


@public
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "home/terms.html")
