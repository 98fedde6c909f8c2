"""One stage of a sprint: what it is for, what is known, what is missing."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints import overriding, signals
from sprints.evidence_rows import by_item, evidence_row, with_latest
from sprints.evidencing import SEND_BACK_REASONS, EvidenceRefusedError
from sprints.finishing import carried, finish, reopen, settle, unsettle
from sprints.forms_stages import HandForm, OverrideForm, SignalForm
from sprints.models import Evidence, EvidenceRevision, Sprint, Stage, StageItem
from sprints.rail import rail
from sprints.snapshot import changes, snapshot_of
from sprints.stage_rows import item_row
from sprints.submitting import last_answered, pending
from sprints.template import ItemPart
from sprints.views.finding import find_sprint, set_crumbs, words_of


@require_safe
@allowed(Action.SEE)
def stage(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    return show(request, sprint, ordinal)


@require_POST
@allowed(Action.SUBMIT_STAGE)
def stage_done(request: TenantRequest, sprint_id: int, ordinal: int) -> HttpResponse:
    """Say that the stage is done, or open it again (`to` is "open")."""
    sprint = find_sprint(request, sprint_id)
    found = find_stage(request, sprint, ordinal)
    if request.POST.get("to") == "open":
        reopen(found, by=request.user)
    else:
        try:
            finish(found, by=request.user)
        except ValidationError as error:
            return show(request, sprint, ordinal, refusal=error.messages[0], status=422)
    return redirect(reverse("sprints:stage", kwargs=words_of(sprint, request, ordinal=ordinal)))


@require_POST
@allowed(Action.SET_VERDICT)
def item_done(request: TenantRequest, sprint_id: int, ordinal: int, key: str) -> HttpResponse:
    """Say that an item is delivered or done by hand, or take it back (`to` is "open")."""
    sprint = find_sprint(request, sprint_id)
    item = find_item(request, sprint, ordinal, key)
    back = reverse("sprints:stage", kwargs=words_of(sprint, request, ordinal=ordinal))
    if request.POST.get("to") == "open":
        unsettle(item, by=request.user)
        return redirect(f"{back}#item-{key}")
    found = next(one for one in carried(item.stage) if one.item == item)
    form = HandForm(request.POST, instance=item, found=found)
    if not form.is_valid():
        refused = refusal_of(item, form, request.POST.get("hand_note", ""))
        return show(request, sprint, ordinal, refused=refused, status=422)
    try:
        settle(item, form.cleaned_data["hand_note"], by=request.user)
    except EvidenceRefusedError as error:
        return show(request, sprint, ordinal, refusal=str(error), status=422)
    return redirect(f"{back}#item-{key}")


@require_POST
@allowed(Action.SET_VERDICT)
def item_override(request: TenantRequest, sprint_id: int, ordinal: int, key: str) -> HttpResponse:
    """Put a person's verdict beside the audit's, or take it back (`to` is "back")."""
    sprint = find_sprint(request, sprint_id)
    item = find_item(request, sprint, ordinal, key)
    form = OverrideForm(request.POST)
    try:
        if request.POST.get("to") == "back":
            overriding.take_back(item, by=request.user)
        else:
            words = form.words if form.is_valid() else ""
            verdict = form.cleaned_data.get("verdict", "")
            overriding.override(item, verdict, words, by=request.user)
    except EvidenceRefusedError as error:
        return show(request, sprint, ordinal, refusal=str(error), status=422)
    return redirect(f"{stage_url_of(request, sprint, ordinal)}#item-{key}")


@require_POST
@allowed(Action.SET_VERDICT)
def item_signal(request: TenantRequest, sprint_id: int, ordinal: int, key: str) -> HttpResponse:
    """Note that a sign of trouble was seen, with its risk, or that it is over (`to` is "over")."""
    sprint = find_sprint(request, sprint_id)
    item = find_item(request, sprint, ordinal, key)
    form = SignalForm(request.POST)
    risks = form.fields["risk"]
    assert isinstance(risks, forms.ModelChoiceField)  # noqa: S101 - declared in the form
    risks.queryset = signals.linkable(sprint)
    try:
        if request.POST.get("to") == "over":
            signals.clear(item, by=request.user)
        elif form.is_valid():
            said = form.cleaned_data
            signals.see(item, said["words"], risk=said["risk"], by=request.user)
        else:
            raise EvidenceRefusedError(" ".join(str(said[0]) for said in form.errors.values()))
    except EvidenceRefusedError as error:
        return show(request, sprint, ordinal, refusal=str(error), status=422)
    return redirect(f"{stage_url_of(request, sprint, ordinal)}#item-{key}")


def stage_url_of(request: TenantRequest, sprint: Sprint, ordinal: int) -> str:
    return reverse("sprints:stage", kwargs=words_of(sprint, request, ordinal=ordinal))


def refusal_of(item: StageItem, form: HandForm, typed: str) -> dict[str, str]:
    said = [*form.errors.get("hand_note", ()), *form.non_field_errors()]
    return {"refused_key": item.key, "refused_note": said[0], "refused_typed": typed}


def find_item(request: TenantRequest, sprint: Sprint, ordinal: int, key: str) -> StageItem:
    items = StageItem.objects.of(request.practice).select_related("stage__sprint")
    return get_object_or_404(items, stage__sprint=sprint, stage__ordinal=ordinal, key=key)


def find_stage(request: TenantRequest, sprint: Sprint, ordinal: int) -> Stage:
    stages = Stage.objects.of(request.practice).filter(sprint=sprint).prefetch_related("items")
    return get_object_or_404(stages.select_related("sprint"), ordinal=ordinal)


def show(
    request: TenantRequest,
    sprint: Sprint,
    ordinal: int,
    *,
    refusal: str = "",
    refused: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The stage; `refused` is a note that was not taken, with its item and what was typed."""
    words = words_of(sprint, request)
    all_stages = Stage.objects.of(request.practice).filter(sprint=sprint)
    stages = list(all_stages.prefetch_related("items"))
    here = next((one for one in stages if one.ordinal == ordinal), None)
    if here is None:
        here = find_stage(request, sprint, ordinal)

    def stage_url(number: int) -> str:
        return reverse("sprints:stage", kwargs=words | {"ordinal": number})

    def risk_url(number: int) -> str:
        return reverse("sprints:risk-detail", kwargs=words | {"number": number})

    found = carried(here)
    steps = rail(stages, url_of=stage_url)
    for step in steps:
        step["is_current"] = step["number"] == ordinal
    set_crumbs(request, sprint, (f"Stage {ordinal}", ""))
    shows = evidence_of(request, here, words)
    now = timezone.localtime()
    rows = [(one, item_row(one, risk_url, now)) for one in found]
    for one, row in rows:
        found_here = shows.get(one.item.pk, [])
        row["evidence"] = [it for it in found_here if it.get("text") != (row.get("note") or None)]
    shown = {
        "sprint": sprint,
        "stage": here,
        "stages": steps,
        "step": steps[ordinal - 1],
        "parts": {
            part.value: [row for one, row in rows if one.item.part == part] for part in ItemPart
        },
        "stage_evidence": shows.get(0, []),
        "missing": [one.item for one in found if one.is_missing],
        "watch": [one.item for one in found if one.item.is_seen],
        "unjudged": [
            row for group in shows.values() for row in group if row["state"] == "submitted"
        ],
        "refusal": refusal,
        "risks_url": reverse("sprints:risk-list", kwargs=words) + f"?stage={ordinal}",
        "linkable": list(signals.linkable(sprint)),
        "override_form": OverrideForm(),
        "send_back_reasons": SEND_BACK_REASONS,
    }
    shown |= approval_of(request, sprint, here)
    return render(request, "sprints/stage.html", shown | (refused or {}), status=status)


# `Any` below: whatever the template reads.
def evidence_of(
    request: TenantRequest, stage: Stage, words: dict[str, Any]
) -> dict[int, list[dict[str, object]]]:
    """What shows the items of the stage, by item."""

    def file_url(revision: EvidenceRevision) -> str:
        named = {"evidence_id": revision.evidence_id, "number": revision.number}
        return reverse("sprints:evidence-file", kwargs=words | named)

    now, me = timezone.localtime(), request.user.pk
    found = with_latest(Evidence.objects.filter(practice=request.practice, stage=stage, risk=None))
    return by_item(
        (one.item_id, evidence_row(one, file_url, now) | {"is_mine": one.created_by_id == me})
        for one in found
    )


def approval_of(request: TenantRequest, sprint: Sprint, stage: Stage) -> dict[str, Any]:
    """Where the founder's yes stands; without approvals only that there are none."""
    if not request.practice.is_stage_approval_on:
        return {"is_approval_on": False}
    stage.sprint = sprint
    waiting, answered = pending(stage), last_answered(stage)
    since = changes(waiting.snapshot, snapshot_of(stage).data) if waiting else []
    return {
        "is_approval_on": True,
        "waiting": waiting,
        "answered": answered,
        "since": since,
    }
