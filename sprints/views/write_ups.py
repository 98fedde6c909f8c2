"""Writing and changing the practice's own write-ups."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.dont_overbuild import DONT_OVERBUILD
from sprints.forms_library import WriteUpForm
from sprints.library import TAKEN, StaleWriteUpError, TitleTakenError, change, said_by, write
from sprints.models import RiskTemplate
from sprints.moments import ago

CONFLICT: Final = 409
INVALID: Final = 422
# `Any` below: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def write_up_create(request: TenantRequest) -> HttpResponse:
    """A new one; `?from=` names a built-in one whose words it begins with."""
    source = next((one for one in DONT_OVERBUILD if one.key == request.GET.get("from")), None)
    begun = {name: getattr(source, name) for name in TAKEN} if source else WriteUpForm.USUAL
    form = WriteUpForm(request.POST if request.method == "POST" else None, initial=begun)
    if form.is_bound and form.is_valid():
        try:
            made = write(request.practice.pk, form.values, by=request.user)
        except TitleTakenError as why:
            form.add_error("title", str(why))
        else:
            messages.success(request, f"“{made.title}” is in the library.")
            return redirect(_library(request))
    return _form_page(request, form, {"source": source}, INVALID)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def write_up_edit(request: TenantRequest, template_id: int) -> HttpResponse:
    """The next version of one; a newer one answers 409 with both."""
    found = get_object_or_404(RiskTemplate.objects.of(request.practice), pk=template_id)
    begun = said_by(found) | {"seen": found.seen}
    form = WriteUpForm(request.POST if request.method == "POST" else None, initial=begun)
    if not form.is_bound or not form.is_valid():
        return _form_page(request, form, {"template": found}, INVALID)
    try:
        kept = change(found, form.values, by=request.user, seen=form.cleaned_data["seen"])
    except StaleWriteUpError as stale:
        return _conflict(request, form, stale.now)
    except TitleTakenError as why:
        form.add_error("title", str(why))
    except ValueError as why:
        form.add_error(None, str(why))
    else:
        messages.success(request, f"“{kept.title}” is in the library, version {kept.version}.")
        return redirect(_library(request))
    return _form_page(request, form, {"template": found}, INVALID)


def _conflict(request: TenantRequest, form: WriteUpForm, now: RiskTemplate) -> HttpResponse:
    """What was typed, on top of the newest version, whose words stand beside it."""
    typed = request.POST.copy()
    typed["seen"] = now.seen
    again = WriteUpForm(typed, initial=said_by(now))
    shown = {"template": now, "now_says": form.now_says(now), "is_conflict": True}
    return _form_page(request, again, shown, CONFLICT)


def _form_page(
    request: TenantRequest, form: WriteUpForm, shown: dict[str, Any], status: int
) -> HttpResponse:
    template: RiskTemplate | None = shown.get("template")
    access.set_crumbs(
        request, ("Library", _library(request)), ("Change" if template else "New write-up", "")
    )
    context = shown | {"form": form, "library_url": _library(request)}
    if template is not None:
        context |= {"next_version": template.version + 1, "earlier": earlier_of(template)}
    return render(
        request, "sprints/write_up_form.html", context, status=status if form.is_bound else 200
    )


def earlier_of(template: RiskTemplate) -> list[dict[str, Any]]:
    """The versions before, newest first, each with what the next one changed."""
    now = timezone.localtime()
    states = [*template.earlier, said_by(template)]
    told = [
        {
            "version": one["version"],
            "until": ago(datetime.fromisoformat(one["until"]), now),
            "said": list(_differing(one, after)),
        }
        for one, after in zip(template.earlier, states[1:], strict=True)
    ]
    return told[::-1]


def _differing(one: dict[str, Any], after: dict[str, Any]) -> Iterable[tuple[str, str]]:
    fields = WriteUpForm.base_fields
    for name in TAKEN:
        if one[name] == after[name]:
            continue
        choices = dict(getattr(fields[name], "choices", ()) or ())
        label = fields[name].label or name.capitalize()
        yield str(label), str(choices.get(one[name], one[name])) or "nothing"


def _library(request: TenantRequest) -> str:
    return reverse("sprints:library", kwargs={"practice_slug": request.practice.slug})
