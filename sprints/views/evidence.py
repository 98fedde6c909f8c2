"""Evidence at an item, for staff: handing it in, looking at a founder's, opening a file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.evidencing import EvidenceRefusedError, hand_in, hand_in_again, judge
from sprints.forms_stages import TOO_LARGE, SendBackForm, StaffShowForm
from sprints.models import Evidence, EvidenceRevision, Sprint, StageItem
from sprints.receiving import was_too_large
from sprints.views.finding import find_sprint, set_crumbs, words_of
from sprints.views.serving import file_response
from sprints.views.stages import find_item, show


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def evidence_create(request: TenantRequest, sprint_id: int, ordinal: int, key: str) -> HttpResponse:
    """Hand in what shows an item."""
    sprint = find_sprint(request, sprint_id)
    return _handed_in(request, sprint, find_item(request, sprint, ordinal, key), None)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def evidence_again(request: TenantRequest, sprint_id: int, evidence_id: int) -> HttpResponse:
    """A new revision of what was handed in."""
    sprint = find_sprint(request, sprint_id)
    evidence = find_evidence(request, sprint, evidence_id)
    return _handed_in(request, sprint, evidence.item, evidence)


@require_POST
@allowed(Action.SET_VERDICT)
def evidence_judge(request: TenantRequest, sprint_id: int, evidence_id: int) -> HttpResponse:
    """Accept what a founder handed in, or send it back (`to` is "back")."""
    sprint = find_sprint(request, sprint_id)
    evidence = find_evidence(request, sprint, evidence_id)
    ordinal = evidence.stage.ordinal
    is_yes = request.POST.get("to") != "back"
    form = SendBackForm(request.POST)
    try:
        judge(evidence, is_yes=is_yes, by=request.user, reason=_reason(form, is_yes=is_yes))
    except EvidenceRefusedError as error:
        return show(request, sprint, ordinal, refusal=str(error), status=422)
    return redirect(_back(request, sprint, ordinal, evidence.item))


@require_safe
@allowed(Action.SEE)
def evidence_file(
    request: TenantRequest, sprint_id: int, evidence_id: int, number: int
) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    revisions = EvidenceRevision.objects.of(request.practice).filter(
        evidence=evidence_id, evidence__stage__sprint=sprint
    )
    return file_response(get_object_or_404(revisions, number=number))


def find_evidence(request: TenantRequest, sprint: Sprint, evidence_id: int) -> Evidence:
    rows = Evidence.objects.of(request.practice).filter(stage__sprint=sprint)
    return get_object_or_404(rows.select_related("stage__sprint", "item"), pk=evidence_id)


def _reason(form: SendBackForm, *, is_yes: bool) -> str:
    return "" if is_yes or not form.is_valid() else form.words


def _back(request: TenantRequest, sprint: Sprint, ordinal: int, item: StageItem | None) -> str:
    url = reverse("sprints:stage", kwargs=words_of(sprint, request, ordinal=ordinal))
    return f"{url}#item-{item.key}" if item else url


def _handed_in(
    request: TenantRequest, sprint: Sprint, item: StageItem | None, again: Evidence | None
) -> HttpResponse:
    """The form, or what was sent with it kept; a refusal stands above the form."""
    stage = again.stage if again else item.stage if item else None
    assert stage is not None  # noqa: S101 - one of the two is given
    back = _back(request, sprint, stage.ordinal, item)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = StaffShowForm(*sent, item=item)
    if form.is_bound and was_too_large(request):
        form.add_error("upload", TOO_LARGE)
    elif form.is_bound and form.is_valid():
        try:
            if again is None:
                hand_in(stage, item, form.given(), by=request.user)
            else:
                hand_in_again(again, form.given(), by=request.user)
        except EvidenceRefusedError as error:
            form.add_error(None, str(error))
        else:
            return redirect(back)
    set_crumbs(request, sprint, (f"Stage {stage.ordinal}", back), ("Show it", ""))
    shown = {"sprint": sprint, "item": item, "again": again, "form": form, "back_url": back}
    status = 422 if form.is_bound else 200
    return render(request, "sprints/stage_evidence.html", shown, status=status)
