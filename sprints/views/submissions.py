"""Putting a stage before the founder, and taking it back."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.submitting import SubmissionRefusedError, submit, withdraw
from sprints.views.finding import find_sprint, words_of
from sprints.views.stages import find_stage, show


@require_POST
@allowed(Action.SUBMIT_STAGE)
def stage_submit(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    """Ask the founder for a yes, or take the question back (`to` is "back")."""
    sprint = find_sprint(request, sprint_id)
    found = find_stage(request, sprint, ordinal)
    try:
        if request.POST.get("to") == "back":
            withdraw(found, by=request.user)
        else:
            submit(found, request.POST.get("note", ""), by=request.user)
    except SubmissionRefusedError as error:
        return show(request, sprint, ordinal, refusal=str(error), status=422)
    return redirect(reverse("sprints:stage", kwargs=words_of(sprint, request, ordinal=ordinal)))
