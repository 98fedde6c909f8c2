"""One stage of a sprint: what it is for, what is known, what is missing."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.finishing import Carried, carried, finish, reopen, settle, unsettle
from sprints.forms_stages import HandForm
from sprints.models import Sprint, Stage, StageItem
from sprints.rail import rail
from sprints.stage_rows import item_row
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
    settle(item, form.cleaned_data["hand_note"], by=request.user)
    return redirect(f"{back}#item-{key}")


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
    shown = {
        "sprint": sprint,
        "stage": here,
        "stages": steps,
        "step": steps[ordinal - 1],
        "parts": {part.value: rows(found, part, risk_url) for part in ItemPart},
        "missing": [one.item for one in found if one.is_missing],
        "refusal": refusal,
        "risks_url": reverse("sprints:risk-list", kwargs=words) + f"?stage={ordinal}",
    }
    return render(request, "sprints/stage.html", shown | (refused or {}), status=status)


# `object` in the rows: whatever the template reads.
def rows(
    found: list[Carried], part: ItemPart, risk_url: Callable[[int], str]
) -> list[dict[str, object]]:
    now = timezone.localtime()
    return [item_row(one, risk_url, now) for one in found if one.item.part == part]
