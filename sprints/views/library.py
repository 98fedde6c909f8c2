"""The practice's write-ups: reading them, putting one on a list, saving a risk as one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.library import archive, keep, offer_again, put_on_list, write_ups
from sprints.models import RiskTemplate
from sprints.views.finding import find_risk, find_sprint, set_crumbs, words_of

MAX_WORDS_CHARS = 80
MOST_RETIRED = 50


@require_safe
@allowed(Action.EDIT_WORK)
def library(request: TenantRequest) -> HttpResponse:
    access.set_crumbs(request, ("Library", ""))
    asked = request.GET.get("q", "").strip()[:MAX_WORDS_CHARS]
    own, built_in = write_ups(request.practice, asked)
    gone = RiskTemplate.objects.of(request.practice).exclude(archived_at=None)
    shown = {
        "asked": asked,
        "own": own,
        "built_in": built_in,
        "retired": [] if asked else gone.order_by("-archived_at")[:MOST_RETIRED],
    }
    return render(request, "sprints/library.html", shown)


@require_POST
@allowed(Action.EDIT_WORK)
def template_archival(request: TenantRequest, template_id: int) -> HttpResponse:
    """Retire it, or offer it again (`to` is "back")."""
    found = get_object_or_404(RiskTemplate.objects.of(request.practice), pk=template_id)
    is_back = request.POST.get("to") == "back"
    try:
        (offer_again if is_back else archive)(found, by=request.user)
        word = "in the library again" if is_back else "retired. Lists that have it keep it"
        messages.success(request, f"“{found.title}” is {word}.")
    except ValueError as why:
        messages.warning(request, str(why))
    return redirect("sprints:library", practice_slug=request.practice.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def library_pick(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Typing finds write-ups; a press puts one on the list."""
    sprint = find_sprint(request, sprint_id)
    words = words_of(sprint, request)
    list_url = reverse("sprints:risk-list", kwargs=words)
    asked = request.GET.get("q", "").strip()[:MAX_WORDS_CHARS]
    own, built_in = write_ups(request.practice, asked)
    why = ""
    if request.method == "POST":
        chosen = next((x for x in own + built_in if x.key == request.POST.get("pick")), None)
        try:
            if chosen is None:
                raise ValueError("This write-up is no longer in the library. Choose another.")
            risk = put_on_list(sprint, chosen, by=request.user)
            found = words_of(sprint, request, number=risk.number)
            return redirect(reverse("sprints:risk-detail", kwargs=found))
        except ValueError as refusal:
            why = str(refusal)
    set_crumbs(request, sprint, ("Risks", list_url), ("From the library", ""))
    shown = {"sprint": sprint, "asked": asked, "own": own, "built_in": built_in, "why": why}
    shown |= {"list_url": list_url, "create_url": reverse("sprints:risk-create", kwargs=words)}
    return render(request, "sprints/library.html", shown, status=422 if why else 200)


@require_POST
@allowed(Action.EDIT_WORK)
def template_keep(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Save the risk's words for the next sprint."""
    risk = find_risk(request, sprint_id, number)
    try:
        kept = keep(risk, by=request.user)
        messages.success(request, f"“{kept.title}” is in the library, version {kept.version}.")
    except ValueError as why:
        messages.warning(request, str(why))
    words = words_of(risk.sprint, request, number=number)
    return redirect(reverse("sprints:risk-detail", kwargs=words))
