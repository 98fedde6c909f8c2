"""The call view: one risk at a time for a shared screen, and what was agreed about it.

The client looks on, so only what the client sees is here. Each agreement is recorded as it is
said; one mail at the end lists what was agreed since the last such mail.
"""

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.mails import one_line, send, short_name
from accounts.models import User
from accounts.roles import Action
from sprints.forms import RELOAD, people_of
from sprints.linking import shareable
from sprints.mailing import first_name, founders_of
from sprints.models import ActivityEvent, Risk, Sprint
from sprints.models.activity import record
from sprints.models.risk import StaleRiskError
from sprints.moments import ago, calendar_day, day_words
from sprints.rows import state_words
from sprints.views.finding import find_sprint, set_crumbs, words_of

AGREED: Final = "call_agreed"
TOLD: Final = "call_told"
CONFLICT: Final = 409
INVALID: Final = 422

# `Any` below: whatever a template reads, and Django's own arguments.


class AgreementForm(forms.Form):
    """Who does it and by when; `row_version` says which state was on the screen."""

    row_version = forms.IntegerField(
        min_value=1, widget=forms.HiddenInput, error_messages={"required": RELOAD}
    )
    owner = forms.TypedChoiceField(
        label="Who does it",
        coerce=int,
        error_messages={"required": "Choose who does it: a date alone moves nobody."},
    )
    due_on = forms.DateField(
        label="By when",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Choose a person"), *people.items()]  # type: ignore[attr-defined]
        self.fields["owner"].widget.attrs["data-key"] = "o"
        self.fields["due_on"].widget.attrs["data-key"] = "d"

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(f"{day:%-d %B} has passed; agree on a day to come.")
        return day


@require_safe
@allowed(Action.EDIT_WORK)
def call_view(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    return render(request, "pages/call.html", call_context(request, sprint))


@require_POST
@allowed(Action.EDIT_WORK)
def call_agreement(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Owner, date and "agreed on the call", each in the history."""
    sprint = find_sprint(request, sprint_id)
    risk = shareable(sprint).unsettled().filter(number=number).first()
    if risk is None:
        raise Http404("No open risk of this number is shown to the client.")
    form = AgreementForm(request.POST, people=people_of(sprint.client))
    if not form.is_valid():
        context = call_context(request, sprint, number=number, form=form)
        return render(request, "pages/call.html", context, status=INVALID)
    try:
        agree(risk, form, by=request.user)
    except StaleRiskError:
        said = "Somebody changed this risk meanwhile. Here is what it says now; agree again."
        context = call_context(request, sprint, number=number) | {"refused": said}
        return render(request, "pages/call.html", context, status=CONFLICT)
    following = next_number(sprint, number)
    return redirect(_address(request, sprint, following or number))


@require_POST
@allowed(Action.EDIT_WORK)
def call_end(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """One mail to founders and staff of the sprint; what was told already is not told again."""
    sprint = find_sprint(request, sprint_id)
    Sprint.objects.select_for_update(of=["self"]).get(pk=sprint.pk)
    agreed = agreements(sprint)
    if not agreed:
        messages.info(request, "Nothing new was agreed since the last mail, so none was sent.")
    else:
        told = record(sprint, TOLD, f"{len(agreed)} agreements", actor=request.user)
        people = {one.pk: one for one in (*founders_of(sprint), *staff_of(sprint, request.user))}
        words = {
            "project": short_name(sprint.project.name),
            "count": _things(len(agreed)),
            "by": first_name(request.user),
            "lines": [one_line(agreement_words(event)) for event in agreed.values()],
        }
        for person in people.values():
            key = f"call:{sprint.pk}:{told.seq}:{person.pk}"
            send(AGREED, person.email, words, practice_id=sprint.practice_id, dedup_key=key)
        messages.success(request, f"Sent to {', '.join(str(one) for one in people.values())}.")
    return redirect(reverse("sprint", kwargs=words_of(sprint, request)))


def agree(risk: Risk, form: AgreementForm, *, by: User) -> None:
    """Write owner and date where they differ, and that it was agreed."""
    owner = User.objects.get(pk=form.cleaned_data["owner"])
    due_on = form.cleaned_data["due_on"]
    seen = form.cleaned_data["row_version"]
    if seen != risk.row_version:
        raise StaleRiskError(risk.ref)
    if risk.owner_id != owner.pk:
        risk.give(owner, by=by, seen_version=risk.row_version)
    if risk.due_on != due_on:
        risk.promise(due_on, by=by, seen_version=risk.row_version)
    data = {
        "title": risk.title,
        "owner": owner.name.strip() or "Your consultant",
        "due": due_on.isoformat() if due_on else None,
    }
    record(risk.sprint, AGREED, risk.ref, actor=by, data=data)


def agreements(sprint: Sprint) -> dict[str, ActivityEvent]:
    """By risk the newest agreement since the last mail, of what the client still sees."""
    events = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint)
    last = events.filter(verb=TOLD).order_by("-seq").first()
    fresh = events.filter(verb=AGREED, seq__gt=last.seq if last else 0).order_by("seq")
    shown = {f"R-{number:03}" for number in shareable(sprint).values_list("number", flat=True)}
    return {event.subject: event for event in fresh if event.subject in shown}


def agreement_words(event: ActivityEvent) -> str:
    """`“No encryption”: Maya, by Fri 4 Dec.`"""
    due = event.data.get("due")
    when = ""
    if due:
        when = f", by {day_words(date.fromisoformat(due), timezone.localdate())}"
    return f"“{event.data['title']}”: {event.data['owner']}{when}."


def staff_of(sprint: Sprint, by: User) -> list[User]:
    """Who leads the sprint, and who held the call."""
    return [person for person in (sprint.lead, by) if person is not None]


def next_number(sprint: Sprint, number: int) -> int:
    numbers = list(shareable(sprint).unsettled().values_list("number", flat=True))
    at = numbers.index(number) if number in numbers else -1
    return numbers[at + 1] if at + 1 < len(numbers) else 0


def call_context(
    request: TenantRequest,
    sprint: Sprint,
    *,
    number: int = 0,
    form: AgreementForm | None = None,
) -> dict[str, Any]:
    set_crumbs(request, sprint, ("Call", ""))
    risks = list(shareable(sprint).unsettled())
    asked = str(number or request.GET.get("at", ""))
    at = next((place for place, risk in enumerate(risks) if str(risk.number) == asked), 0)
    agreed = agreements(sprint)
    words = words_of(sprint, request)
    context = {
        "sprint": sprint,
        "total": len(risks),
        "agreed": [agreement_words(event) for event in agreed.values()],
        "end_url": reverse("sprints:call-end", kwargs=words),
        "sprint_url": reverse("sprint", kwargs=words),
    }
    if not risks:
        return context
    risk = risks[at]
    return context | {
        "risk": risk,
        "place": at + 1,
        "state": state_words(risk, timezone.localdate()),
        "due": calendar_day(risk.due_on, timezone.localdate()) if risk.due_on else "",
        "was_agreed": agreed_at(agreed.get(risk.ref)),
        "previous_url": _address(request, sprint, risks[at - 1].number) if at else "",
        "next_url": _address(request, sprint, risks[at + 1].number) if at + 1 < len(risks) else "",
        "agree_url": reverse("sprints:call-agreement", kwargs=words | {"number": risk.number}),
        "form": form or blank_form(sprint, risk),
    }


def agreed_at(event: ActivityEvent | None) -> str:
    return f"Agreed {ago(event.at, timezone.localtime())}" if event else ""


def blank_form(sprint: Sprint, risk: Risk) -> AgreementForm:
    given = {"row_version": risk.row_version, "owner": risk.owner_id, "due_on": risk.due_on}
    return AgreementForm(initial=given, people=people_of(sprint.client))


def _address(request: TenantRequest, sprint: Sprint, number: int) -> str:
    url = reverse("sprints:call-view", kwargs=words_of(sprint, request))
    return f"{url}?at={number}"


def _things(number: int) -> str:
    return "1 thing" if number == 1 else f"{number} things"


sprint_patterns = [
    path("sprints/<int:sprint_id>/call/", call_view, name="call-view"),
    path("sprints/<int:sprint_id>/call/end/", call_end, name="call-end"),
    path("sprints/<int:sprint_id>/call/<int:number>/", call_agreement, name="call-agreement"),
]
