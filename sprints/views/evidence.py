"""Evidence at an item or a risk, for staff: handing it in, looking at a founder's, opening it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.evidencing import EvidenceRefusedError, hand_in, hand_in_again, judge
from sprints.forms_stages import TOO_LARGE, SendBackForm, StaffShowForm
from sprints.models import Evidence, EvidenceRevision, Risk, Sprint, Stage, StageItem
from sprints.models.comment import Audience
from sprints.receiving import was_too_large
from sprints.sharing import is_shown
from sprints.views.finding import find_risk, find_sprint, set_crumbs, words_of
from sprints.views.risks import detail_context
from sprints.views.serving import file_response
from sprints.views.stages import find_item, show


@dataclass(frozen=True, slots=True)
class Shown:
    """What a piece of evidence is about: an item of a stage, a risk, or the whole stage."""

    stage: Stage
    item: StageItem | None = None
    risk: Risk | None = None

    def back(self, request: TenantRequest, sprint: Sprint) -> str:
        """Where it is read."""
        if self.risk is not None:
            words = words_of(sprint, request, number=self.risk.number)
            return reverse("sprints:risk-detail", kwargs=words) + "#proofs"
        words = words_of(sprint, request, ordinal=self.stage.ordinal)
        url = reverse("sprints:stage", kwargs=words)
        return f"{url}#item-{self.item.key}" if self.item else url


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def evidence_create(request: TenantRequest, sprint_id: int, ordinal: int, key: str) -> HttpResponse:
    """Hand in what shows an item."""
    sprint = find_sprint(request, sprint_id)
    item = find_item(request, sprint, ordinal, key)
    return _handed_in(request, sprint, Shown(item.stage, item=item))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def risk_evidence_create(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Hand in what shows a risk, or that it is gone."""
    risk = find_risk(request, sprint_id, number)
    return _handed_in(request, risk.sprint, Shown(stage_of(risk), risk=risk))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def evidence_again(request: TenantRequest, sprint_id: int, evidence_id: int) -> HttpResponse:
    """A new revision of what was handed in."""
    sprint = find_sprint(request, sprint_id)
    evidence = find_evidence(request, sprint, evidence_id)
    shown = Shown(evidence.stage, item=evidence.item, risk=evidence.risk)
    return _handed_in(request, sprint, shown, again=evidence)


@require_POST
@allowed(Action.SET_VERDICT)
def evidence_judge(request: TenantRequest, sprint_id: int, evidence_id: int) -> HttpResponse:
    """Accept what a founder handed in, or send it back (`to` is "back")."""
    sprint = find_sprint(request, sprint_id)
    evidence = find_evidence(request, sprint, evidence_id)
    is_yes = request.POST.get("to") != "back"
    form = SendBackForm(request.POST)
    if not is_yes and "note" in form.errors:
        return _refused(request, sprint, evidence, str(form.errors["note"][0]))
    try:
        judge(evidence, is_yes=is_yes, by=request.user, reason=_reason(form, is_yes=is_yes))
    except EvidenceRefusedError as error:
        return _refused(request, sprint, evidence, str(error))
    shown = Shown(evidence.stage, item=evidence.item, risk=evidence.risk)
    return redirect(shown.back(request, sprint))


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
    with_all = rows.select_related("stage__sprint", "item", "risk")
    return get_object_or_404(with_all, pk=evidence_id)


def stage_of(risk: Risk) -> Stage:
    """The stage under which what shows the risk is kept."""
    stages = Stage.objects.of(risk.practice_id).filter(sprint=risk.sprint_id)
    return get_object_or_404(stages.select_related("sprint"), ordinal=risk.stage)


def _reason(form: SendBackForm, *, is_yes: bool) -> str:
    return "" if is_yes or not form.is_valid() else form.words


def _refused(request: TenantRequest, sprint: Sprint, evidence: Evidence, why: str) -> HttpResponse:
    """The page again with the reason above it."""
    if evidence.risk is None:
        return show(request, sprint, evidence.stage.ordinal, refusal=why, status=422)
    risk = find_risk(request, sprint.pk, evidence.risk.number)
    context = detail_context(request, risk) | {"proof_refusal": why}
    return render(request, "pages/risks.html", context, status=422)


def _handed_in(
    request: TenantRequest, sprint: Sprint, shown: Shown, again: Evidence | None = None
) -> HttpResponse:
    """The form, or what was sent with it kept; a refusal stands above the form."""
    stage, back = shown.stage, shown.back(request, sprint)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    is_hidden = shown.risk is not None and not is_shown(shown.risk)
    initial = {"audience": Audience.INTERNAL} if is_hidden else {}
    form = StaffShowForm(*sent, item=shown.item, initial=initial)
    if form.is_bound and was_too_large(request):
        form.add_error("upload", TOO_LARGE)
    elif form.is_bound and form.is_valid():
        try:
            if again is None:
                hand_in(stage, shown.item, form.given(), by=request.user, risk=shown.risk)
            else:
                hand_in_again(again, form.given(), by=request.user)
        except EvidenceRefusedError as error:
            form.add_error(None, str(error))
        else:
            return redirect(back)
    place = shown.risk.ref if shown.risk else f"Stage {stage.ordinal}"
    set_crumbs(request, sprint, (place, back), ("Show it", ""))
    context = {
        "sprint": sprint,
        "item": shown.item,
        "risk": shown.risk,
        "again": again,
        "form": form,
        "back_url": back,
        "is_hidden": is_hidden,
    }
    status = 422 if form.is_bound else 200
    return render(request, "sprints/stage_evidence.html", context, status=status)
