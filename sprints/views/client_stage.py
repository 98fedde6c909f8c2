"""A founder's side of a stage: what it is for, how it stands, what shows it, and the answer.

Nothing internal goes into the context: no keys, no verdicts, no evidence for staff alone.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from sprints.evidencing import EvidenceRefusedError, hand_in, hand_in_again
from sprints.forms_stages import TOO_LARGE, ChangesForm, ClientShowForm, ShowForm
from sprints.mailing import first_name
from sprints.models import Evidence, EvidenceRevision, Risk, Sprint, Stage
from sprints.models.evidence import EvidenceQuerySet
from sprints.proofs import client_proofs
from sprints.receiving import was_too_large
from sprints.snapshot import Snapshot, changes, snapshot_of
from sprints.submitting import (
    StageChangedError,
    SubmissionRefusedError,
    approve,
    ask_changes,
    last_answered,
    pending,
)
from sprints.views.comments import find_about, find_theirs
from sprints.views.serving import file_response

GOOD = ("done", "done, with a remark", "not needed here")


@require_safe
@allowed(Action.SEE)
def client_stage(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    return _show(request, _stage(request, sprint_id, ordinal))


@require_POST
@allowed(Action.APPROVE_STAGE)
def client_stage_answer(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    """The founder's yes to what was on the screen, or what to change (`answer` is "changes")."""
    stage = _stage(request, sprint_id, ordinal)
    form = ChangesForm(request.POST)
    try:
        if request.POST.get("answer") == "changes":
            ask_changes(stage, form.words if form.is_valid() else "", by=request.user)
        else:
            approve(stage, request.POST.get("seen", ""), by=request.user)
    except StageChangedError as error:
        return _show(request, stage, since=error.changes, is_changed=True, status=409)
    except SubmissionRefusedError as error:
        return _show(request, stage, refusal=str(error), form=form, status=422)
    return redirect(reverse("client-stage", kwargs={"sprint_id": sprint_id, "ordinal": ordinal}))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def client_evidence_create(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    """A founder hands in what shows something of the stage."""
    return _handed_in(request, _stage(request, sprint_id, ordinal), None)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def client_evidence_again(request: TenantRequest, sprint_id: int, evidence_id: int) -> HttpResponse:
    """A founder hands in anew what they handed in themselves."""
    mine = _evidence(request, sprint_id).filter(created_by=request.user)
    with_all = mine.select_related(
        *("stage__sprint__lead", "stage__sprint__project"), "item", "risk"
    )
    found = get_object_or_404(with_all, pk=evidence_id)
    return _handed_in(request, found.stage, found, risk=found.risk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.UPLOAD_EVIDENCE)
def client_risk_evidence_create(
    request: TenantRequest, sprint_id: int, number: int
) -> HttpResponse:
    """A founder hands in what shows a risk, or that it is gone."""
    risk = find_about(request, find_theirs(request, sprint_id), "risk", number).risk
    assert risk is not None  # noqa: S101 - the word "risk" finds one
    return _handed_in(request, _stage(request, sprint_id, risk.stage), None, risk=risk)


@require_safe
@allowed(Action.SEE)
def client_evidence_file(
    request: TenantRequest, sprint_id: int, evidence_id: int, number: int
) -> HttpResponse:
    found = get_object_or_404(_evidence(request, sprint_id), pk=evidence_id)
    revisions = EvidenceRevision.objects.of(request.practice).filter(evidence=found)
    return file_response(get_object_or_404(revisions, number=number))


def _evidence(
    request: TenantRequest, sprint_id: int, *, stage: Stage | None = None
) -> EvidenceQuerySet:
    """What the client's side may see in the sprint, or of one stage and no risk of it."""
    rows: EvidenceQuerySet = Evidence.objects.for_client()
    shown = rows.filter(
        practice=request.practice, client=request.client_org, stage__sprint=sprint_id
    )
    return shown.filter(stage=stage, risk=None) if stage else shown


def _stage(request: TenantRequest, sprint_id: int, ordinal: int) -> Stage:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    sprint = get_object_or_404(sprints, pk=sprint_id)
    stages = Stage.objects.of(request.practice).filter(sprint=sprint)
    return get_object_or_404(
        stages.select_related("sprint__project", "sprint__lead", "sprint__practice"),
        ordinal=ordinal,
    )


# `Any` below: whatever a template reads.
def _show(
    request: TenantRequest,
    stage: Stage,
    *,
    since: list[str] | None = None,
    is_changed: bool = False,
    refusal: str = "",
    form: ChangesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = snapshot_of(stage)
    waiting, before = pending(stage), last_answered(stage)
    is_on = stage.sprint.practice.is_stage_approval_on
    if since is None and waiting is not None:
        since = changes(waiting.snapshot, now.data)
    context = {
        "stage": stage,
        "back_url": reverse("client-sprint", kwargs={"sprint_id": stage.sprint_id}),
        "project": stage.sprint.project.name,
        "lead": first_name(stage.sprint.lead),
        "groups": _groups(now),
        "evidence": client_proofs(request, _evidence(request, stage.sprint_id, stage=stage)),
        "waiting": waiting if is_on else None,
        "asked_by": first_name(waiting.requester) if waiting else "",
        "before": before,
        "before_changes": changes(before.snapshot, now.data) if before and waiting else [],
        "since": since or [],
        "is_changed": is_changed,
        "is_ready": not now.missing,
        "seen": now.sha256,
        "may_answer": may(request.membership, Action.APPROVE_STAGE),
        "may_show": may(request.membership, Action.UPLOAD_EVIDENCE),
        "form": form or ChangesForm(),
        "refusal": refusal,
    }
    return render(request, "sprints/client_stage.html", context, status=status)


def _groups(now: Snapshot) -> list[dict[str, Any]]:
    """The items in the words of their results: first what is not done yet."""
    items = now.data["items"]
    seen = [item for item in items if item["result"] == "seen"]
    left = [item for item in items if item["result"] not in (*GOOD, "seen")]
    good = [item for item in items if item["result"] in GOOD]
    groups = [
        {"title": "Signs of trouble", "items": seen, "is_good": False},
        {"title": "Still to do", "items": left, "is_good": False},
        {"title": "Done", "items": good, "is_good": True},
    ]
    return [group for group in groups if group["items"]]


def _handed_in(
    request: TenantRequest, stage: Stage, again: Evidence | None, *, risk: Risk | None = None
) -> HttpResponse:
    sprint_id = {"sprint_id": stage.sprint_id}
    back = reverse("client-stage", kwargs=sprint_id | {"ordinal": stage.ordinal})
    if risk is not None:
        back = reverse("client-risk", kwargs=sprint_id | {"number": risk.number})
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClientShowForm(*sent, stage=stage) if risk is None else ShowForm(*sent)
    if form.is_bound and was_too_large(request):
        form.add_error("upload", TOO_LARGE)
    elif form.is_bound and form.is_valid():
        try:
            _keep(form, stage, again, request, risk=risk)
        except EvidenceRefusedError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{back}#evidence")
    shown = {
        "stage": stage,
        "risk": risk,
        "again": again,
        "form": form,
        "back_url": back,
        "back_name": risk.title if risk else f"Step {stage.ordinal}",
        "project": stage.sprint.project.name,
        "lead": first_name(stage.sprint.lead),
    }
    status = 422 if form.is_bound else 200
    return render(request, "sprints/client_evidence.html", shown, status=status)


def _keep(
    form: ShowForm,
    stage: Stage,
    again: Evidence | None,
    request: TenantRequest,
    *,
    risk: Risk | None,
) -> None:
    if again is not None:
        hand_in_again(again, form.given(), by=request.user, is_client=True)
        return
    item = form.cleaned_data.get("item")
    hand_in(stage, item, form.given(), by=request.user, is_client=True, risk=risk)
