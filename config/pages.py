"""Pages that belong to no single app."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config import showcase


@login_not_required
@require_safe
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


@login_not_required
@require_safe
def bot(request: HttpRequest) -> HttpResponse:
    return render(request, "home/bot.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "home/privacy.html")


@login_not_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "home/terms.html")
