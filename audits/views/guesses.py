"""A guess at a typed domain, asked for while somebody fills in a form."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits import guesses
from audits.aim import NotANameError
from audits.forms import GuessForm
from audits.models import DomainGuess


@require_POST
@allowed(Action.EDIT_WORK)
def guess_create(request: TenantRequest) -> HttpResponse:
    form = GuessForm(request.POST)
    text = form.cleaned_data["domain"] if form.is_valid() else ""
    if "." not in text:
        return render(request, "audits/guess.html#guess", {"guess": None})
    try:
        found = guesses.ask(request.practice, text, by=request.user)
    except NotANameError as error:
        return render(request, "audits/guess.html#guess", {"guess": None, "trouble": str(error)})
    return _shown(request, found)


@require_safe
@allowed(Action.EDIT_WORK)
def guess_progress(request: TenantRequest, guess_id: int) -> HttpResponse:
    found = get_object_or_404(DomainGuess.objects.of(request.practice), pk=guess_id)
    return _shown(request, found)


def _shown(request: TenantRequest, found: DomainGuess) -> HttpResponse:
    words = {"practice_slug": request.practice.slug, "guess_id": found.pk}
    is_done = found.state != DomainGuess.State.ASKED
    trouble = found.trouble or (guesses.TOO_LATE if guesses.is_too_late(found) else "")
    context = {
        "guess": found,
        "is_waiting": not is_done and not trouble,
        "trouble": trouble,
        "found": found.result,
        "poll_url": reverse("audits:guess-progress", kwargs=words),
    }
    return render(request, "audits/guess.html#guess", context)
