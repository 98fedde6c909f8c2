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
from sprints.finishing import Carried, carried, finish, reopen
from sprints.models import Sprint, Stage
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


def find_stage(request: TenantRequest, sprint: Sprint, ordinal: int) -> Stage:
    stages = Stage.objects.of(request.practice).filter(sprint=sprint).prefetch_related("items")
    return get_object_or_404(stages.select_related("sprint"), ordinal=ordinal)


def show(
    request: TenantRequest, sprint: Sprint, ordinal: int, *, refusal: str = "", status: int = 200
) -> HttpResponse:
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
    return render(request, "sprints/stage.html", shown, status=status)


# `object` in the rows: whatever the template reads.
def rows(
    found: list[Carried], part: ItemPart, risk_url: Callable[[int], str]
) -> list[dict[str, object]]:
    now = timezone.now()
    return [item_row(one, risk_url, now) for one in found if one.item.part == part]
