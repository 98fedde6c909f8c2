"""The risk list as a file, and files into the risk list; staff only."""

from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.exporting import FORMATS
from sprints.filters import RiskFilter
from sprints.importing import MAX_BYTES, FileRefusedError, Plan, plan, read, run
from sprints.models import Risk, Sprint
from sprints.models.risk import RiskQuerySet
from sprints.views.finding import find_sprint, set_crumbs, words_of

CONFLICT: Final = 409
INVALID: Final = 422


@require_safe
@allowed(Action.EXPORT_SPRINT)
def risk_export(request: TenantRequest, sprint_id: int, form: str) -> HttpResponse:
    """The list as it is filtered, internal risks too."""
    sprint = find_sprint(request, sprint_id)
    if form not in FORMATS:
        raise Http404
    write, kind = FORMATS[form]
    asked = RiskFilter.of(request.GET)
    risks: RiskQuerySet = Risk.objects.of(request.practice)  # type: ignore[assignment]
    listed = risks.filter(sprint=sprint).select_related("owner").ranked()
    found = [risk for risk in listed if asked.admits(risk, me=request.user.pk)]
    title = f"{sprint.project.name}, sprint {sprint.number}"
    answer = HttpResponse(write(found, title), content_type=kind)
    name = f"risks-{sprint.pk}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SCORE_RISK)
def risk_import(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """A file is shown as what it would do; one press on that page does it."""
    sprint = find_sprint(request, sprint_id)
    if request.method != "POST":
        return shown(request, sprint)
    try:
        text = sent_text(request)
        planned = plan(sprint, text)
    except FileRefusedError as refusal:
        return shown(request, sprint, why=str(refusal), status=INVALID)
    if "plan" not in request.POST:
        return shown(request, sprint, text=text, planned=planned)
    if not planned.may_run:
        return shown(request, sprint, text=text, planned=planned, status=INVALID)
    if planned.digest != request.POST["plan"]:
        why = "The list has changed since you looked. This is what the file would do by now."
        return shown(request, sprint, why=why, text=text, planned=planned, status=CONFLICT)
    run(sprint, planned, by=request.user)
    told = f"{planned.count('add')} added, {planned.count('change')} changed."
    messages.success(request, told)
    return redirect(reverse("sprints:risk-list", kwargs=words_of(sprint, request)))


def sent_text(request: TenantRequest) -> str:
    """The chosen file, or the text that an earlier look at it kept."""
    chosen = request.FILES.get("file")
    if isinstance(chosen, UploadedFile):
        return read(chosen.read(MAX_BYTES + 1))
    text = request.POST.get("text", "")
    if not text:
        raise FileRefusedError("No file was chosen. Choose a CSV file, or export one first.")
    return read(text.encode())


def shown(
    request: TenantRequest,
    sprint: Sprint,
    *,
    why: str = "",
    text: str = "",
    planned: Plan | None = None,
    status: int = 200,
) -> HttpResponse:
    words = words_of(sprint, request)
    list_url = reverse("sprints:risk-list", kwargs=words)
    set_crumbs(request, sprint, ("Risks", list_url), ("Bring in a file", ""))
    # `Any`: whatever a template reads.
    context: dict[str, Any] = {
        "sprint": sprint,
        "list_url": list_url,
        "export_url": reverse("sprints:risk-export", kwargs=words | {"form": "csv"}) + "?show=all",
        "why": why,
        "text": text,
        "plan": planned,
    }
    if planned is not None:
        context["counts"] = {
            kind: planned.count(kind) for kind in ("add", "change", "same", "refuse")
        }
    return render(request, "sprints/risk_import.html", context, status=status)
