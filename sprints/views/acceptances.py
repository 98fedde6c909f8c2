"""Living with a risk until a date: proposed by staff, answered by the founder on one page."""

from typing import Any, Protocol

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import stepup
from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from sprints.accepting import ActRefusedError, Answer, decide, propose, revoke, withdraw
from sprints.deciding import may_bind
from sprints.forms_decisions import ProposalForm
from sprints.impact import Band
from sprints.mailing import first_name
from sprints.models import Acceptance, Risk, Sprint
from sprints.moments import calendar_day, distance
from sprints.views.finding import find_risk, find_sprint, set_crumbs, words_of

CONFLICT, FORBIDDEN, INVALID = 409, 403, 422
MOST_DIGITS = 18


class Shown(Protocol):
    """Shows the page again, with a sentence and a status."""

    def __call__(
        self, request: TenantRequest, sprint: Sprint, *, refusal: str = "", status: int = 200
    ) -> HttpResponse: ...


# `Any` throughout: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.PROPOSE_ACCEPTANCE)
def acceptance_create(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Propose that the founder lives with the risk until a day."""
    risk = find_risk(request, sprint_id, number)
    form = ProposalForm(request.POST or None, risk=risk)
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            propose(risk, form.proposal(), by=request.user)
        except ActRefusedError as error:
            refusal = str(error)
        else:
            messages.success(request, f"{risk.ref} waits for the founder’s answer.")
            return redirect(risk_url(request, risk))
    list_url = reverse("sprints:risk-list", kwargs=words_of(risk.sprint, request))
    steps = ("Risks", list_url), (risk.ref, risk_url(request, risk)), ("Live with it", "")
    set_crumbs(request, risk.sprint, *steps)
    alive = risk.acceptances.filter(state=Acceptance.State.PROPOSED).first()
    shown = {
        "risk": risk,
        "sprint": risk.sprint,
        "form": form,
        "refusal": refusal,
        "proposed": card(alive, risk) if alive else None,
        "risk_url": risk_url(request, risk),
    }
    status = INVALID if form.is_bound else 200
    return render(request, "sprints/acceptance_create.html", shown, status=status)


@require_POST
@allowed(Action.PROPOSE_ACCEPTANCE)
def acceptance_withdraw(request: TenantRequest, sprint_id: int, acceptance_id: int) -> HttpResponse:
    """Take a proposal back that nobody has answered."""
    find_sprint(request, sprint_id)
    rows = Acceptance.objects.of(request.practice).filter(risk__sprint=sprint_id)
    found = get_object_or_404(rows.select_related("risk__sprint"), pk=acceptance_id)
    try:
        withdraw(found, by=request.user)
        messages.success(request, f"The proposal for {found.risk.ref} is taken back.")
    except ActRefusedError as error:
        messages.warning(request, str(error))
    return redirect(risk_url(request, found.risk))


def risk_url(request: TenantRequest, risk: Risk) -> str:
    words = words_of(risk.sprint, request, number=risk.number)
    return reverse("sprints:risk-detail", kwargs=words)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.DECIDE_ACCEPTANCE)
def client_acceptances(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Everything that waits for the founder's yes or no, with one button for all of it."""
    sprint = client_sprint_of(request, sprint_id)
    if request.method != "POST":
        return show_all(request, sprint)
    return answered(request, sprint, answers_of(request), show_all)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.DECIDE_ACCEPTANCE)
def client_acceptance(request: TenantRequest, sprint_id: int, acceptance_id: int) -> HttpResponse:
    """One of them: yes until the day, no, or a change of mind afterwards."""
    sprint = client_sprint_of(request, sprint_id)
    found = get_object_or_404(visible(sprint), pk=acceptance_id)

    def show(
        request: TenantRequest, sprint: Sprint, *, refusal: str = "", status: int = 200
    ) -> HttpResponse:
        now = visible(sprint).filter(pk=found.pk).first() or found
        context = page(request, sprint, refusal) | {"card": card(now, now.risk)}
        all_url = reverse("client-acceptances", kwargs={"sprint_id": sprint.pk})
        context |= {"back_url": all_url, "back_name": "What you live with"}
        return render(request, "sprints/client_acceptance.html", context, status=status)

    if request.method != "POST":
        return show(request, sprint)
    if request.POST.get("answer") == "revoke":
        return taken_back(request, sprint, found, show)
    return answered(request, sprint, answers_of(request, only=found.pk), show)


def answered(
    request: TenantRequest, sprint: Sprint, answers: dict[int, Answer], show: Shown
) -> HttpResponse:
    """Keep the answers, all or none; a launch-stopping yes asks who is there once more."""
    if not answers:
        why = "Nothing was answered. Choose for at least one."
        return show(request, sprint, refusal=why, status=INVALID)
    refusal = may_bind(request)
    if refusal:
        return show(request, sprint, refusal=refusal, status=FORBIDDEN)
    yes = [pk for pk, answer in answers.items() if answer.is_yes]
    if any(one.risk.band == Band.CRITICAL for one in visible(sprint).filter(pk__in=yes)):
        step = stepup.demand(request, "live with something that would stop the launch")
        if step is not None:
            return step
    try:
        kept = decide(sprint, answers, by=request.user)
    except ActRefusedError as error:
        return show(request, sprint, refusal=str(error), status=CONFLICT)
    count = sum(one.state == Acceptance.State.ACCEPTED for one in kept)
    said = f"You live with {_things(count)} until the day shown." if count else ""
    fixes = len(kept) - count
    said += f" {first_name(sprint.lead)} fixes {_things(fixes)}." if fixes else ""
    messages.success(request, said.strip())
    return redirect("client-acceptances", sprint_id=sprint.pk)


def _things(count: int) -> str:
    return f"{count} thing" if count == 1 else f"{count} things"


def taken_back(
    request: TenantRequest, sprint: Sprint, found: Acceptance, show: Shown
) -> HttpResponse:
    try:
        revoke(found, by=request.user)
    except ActRefusedError as error:
        return show(request, sprint, refusal=str(error), status=CONFLICT)
    messages.success(request, f"“{found.risk.title}” is on the list again.")
    return redirect("client-acceptances", sprint_id=sprint.pk)


def show_all(
    request: TenantRequest, sprint: Sprint, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    rows = list(visible(sprint))
    waiting = [one for one in rows if one.state == Acceptance.State.PROPOSED]
    shown = page(request, sprint, refusal) | {
        "waiting": [card(one, one.risk) for one in waiting],
        "accepted": [card(one, one.risk) for one in rows if one.state == Acceptance.State.ACCEPTED],
    }
    return render(request, "sprints/client_acceptances.html", shown, status=status)


def page(request: TenantRequest, sprint: Sprint, refusal: str) -> dict[str, Any]:
    return {
        "sprint": sprint,
        "project": sprint.project.name,
        "back_url": reverse("client-sprint", kwargs={"sprint_id": sprint.pk}),
        "lead": first_name(sprint.lead),
        "may_decide": may(request.membership, Action.DECIDE_ACCEPTANCE),
        "unbound": may_bind(request),
        "refusal": refusal,
    }


def client_sprint_of(request: TenantRequest, sprint_id: int) -> Sprint:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    return get_object_or_404(sprints.select_related("project", "lead"), pk=sprint_id)


def visible(sprint: Sprint) -> QuerySet[Acceptance]:
    """What a founder may see of it: proposals and what came of them, for visible risks."""
    rows = Acceptance.objects.of(sprint.practice_id).of_client(sprint.client_id)
    shown = rows.filter(risk__sprint=sprint, risk__is_internal=False)
    shown = shown.exclude(state=Acceptance.State.WITHDRAWN).exclude(risk__plain_summary="")
    return shown.select_related("risk", "proposer", "decider").order_by("pk")


def answers_of(request: TenantRequest, only: int | None = None) -> dict[int, Answer]:
    """`answer-<id>` or, for all, `all`; `seen-<id>` is the state that was on the screen."""
    answers = {}
    for name in request.POST:
        value = request.POST[name]
        kind, _, pk = name.partition("-")
        if kind != "seen" or not (is_number(pk) and is_number(value)):
            continue
        if only is not None and int(pk) != only:
            continue
        word = request.POST.get("all") or request.POST.get("answer")
        word = word or request.POST.get(f"answer-{pk}")
        if word in ("yes", "no"):
            answers[int(pk)] = Answer(row_version=int(value), is_yes=word == "yes")
    return answers


def is_number(text: object) -> bool:
    return isinstance(text, str) and text.isdecimal() and len(text) <= MOST_DIGITS


def card(one: Acceptance, risk: Risk) -> dict[str, Any]:
    """One of them as a founder reads it."""
    today = timezone.localdate()
    return {
        "pk": one.pk,
        "row_version": one.row_version,
        "title": risk.title,
        "why": risk.plain_summary,
        "band": str(risk.band),
        "who": first_name(one.proposer),
        "reason": one.rationale,
        "treatment": one.get_treatment_display(),
        "control": one.control,
        "conditions": one.conditions,
        "day": calendar_day(one.expires_on, today),
        "distance": distance(one.expires_on, today),
        "state": one.state,
        "end_reason": one.end_reason,
    }
