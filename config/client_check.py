"""A founder says "I fixed it", and the check of that one risk runs at once, in its place."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits.begin import begin_run
from audits.catalogue import BY_ID
from audits.limits import HOUR, too_many
from audits.models import AuditRun, Finding
from audits.verdicts import Verdict
from audits.views.checks import said_by
from config.client_finding import (
    asked_of,
    client_people,
    client_url,
    find_client_risk,
    find_client_sprint,
    is_theirs,
    mark_opened,
)
from config.client_history import history
from config.founder_words import Asked, looked_words, standing_words
from sprints.models import Risk, Sprint
from sprints.prompt import masked

# A founder's own presses; their sites bear it, and a stuck finger doesn't run all day.
CHECKS_OF_FOUNDER_PER_HOUR: Final = 30
# How long the answer of a look stands in the page.
ANSWER_STANDS: Final = timedelta(minutes=30)
FIXABLE: Final = (Risk.State.OPEN, Risk.State.IN_PROGRESS, Risk.State.FIXED)
MAX_SEEN_CHARS: Final = 300

# `Any` below: whatever a template reads.


@require_POST
@allowed(Action.FIX_OWN_RISK)
def client_risk_fixed(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    risk = find_client_risk(request, sprint, number)
    if not is_theirs(risk, client_people(sprint)):
        raise PermissionDenied(
            f"“{risk.title}” is with somebody else, so they say when it is fixed. "
            "Ask your consultant if you should have it."
        )
    mark_opened(risk)
    refused = fix(request, sprint, risk)
    if request.htmx:
        context = fragment_context(request, sprint, risk) | {"refused": refused}
        return render(request, "pages/client_risk.html#act", context)
    if refused:
        messages.warning(request, refused)
    return redirect(client_url("client-risk", sprint, number=risk.number) + "#act")


def fix(request: TenantRequest, sprint: Sprint, risk: Risk) -> str:
    """Write down that it is fixed and begin the look; a sentence where that is refused."""
    Risk.objects.of(request.practice).select_for_update().get(pk=risk.pk)
    risk.refresh_from_db(fields=["state", "row_version", "fixed_at"])
    if risk.state not in FIXABLE:
        return "It no longer counts, so there is nothing to check."
    if risk.state != Risk.State.FIXED:
        risk.move(Risk.State.FIXED, by=request.user, seen_version=risk.row_version)
    elif not has_check(risk):
        return "You said so before; it is written down."
    if not has_check(risk):
        return ""
    refused = pressed_too_often(request) or too_many(request.practice, sprint, is_whole=False)
    if refused:
        return f"It is written down as fixed. {refused}"
    begin_run(sprint, by=request.user, checks=[risk.check_id])
    return ""


def has_check(risk: Risk) -> bool:
    """Whether a check can look; else a person does."""
    return risk.check_id in BY_ID


def pressed_too_often(request: TenantRequest) -> str:
    recent = AuditRun.objects.of(request.practice).filter(
        requested_by=request.user, requested_at__gt=timezone.now() - HOUR
    )
    if recent.count() < CHECKS_OF_FOUNDER_PER_HOUR:
        return ""
    return (
        f"You asked for {CHECKS_OF_FOUNDER_PER_HOUR} looks within an hour, which is the most "
        "that your site should bear. The next one is possible in a little while."
    )


@require_safe
@allowed(Action.SEE)
def client_risk_check(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """The fragment that asks for itself until the look is over."""
    sprint = find_client_sprint(request, sprint_id)
    risk = find_client_risk(request, sprint, number)
    context = fragment_context(request, sprint, risk)
    return render(request, "pages/client_risk.html#act", context)


def fragment_context(request: TenantRequest, sprint: Sprint, risk: Risk) -> dict[str, Any]:
    """The part by itself; it takes the history with it, which has one line more by now."""
    said = history(risk, timezone.localtime())
    return act_context(request, sprint, risk) | {"history": said, "is_fragment": True}


def act_context(
    request: TenantRequest, sprint: Sprint, risk: Risk, asked: Asked | None = None
) -> dict[str, Any]:
    """Where the risk stands, what the last look at it saw, and what may be pressed."""
    asked = asked or asked_of(request, sprint)
    may_fix = may(request.membership, Action.FIX_OWN_RISK) and is_theirs(
        risk, client_people(sprint)
    )
    look = look_at(risk, asked)
    return {
        "sprint": sprint,
        "risk": risk,
        "band": str(risk.band),
        "standing": standing_words(risk, asked, has_check=has_check(risk)),
        "look": look,
        "has_check": has_check(risk),
        "may_fix": may_fix and risk.state in FIXABLE,
        "check_url": client_url("client-risk-check", sprint, number=risk.number),
        "fixed_url": client_url("client-risk-fixed", sprint, number=risk.number),
        "consent_url": client_url("client-consent", sprint),
    }


def look_at(risk: Risk, asked: Asked) -> dict[str, Any] | None:
    """The newest look at this one risk's check, while its answer is fresh."""
    runs = AuditRun.objects.of(risk.practice_id).filter(
        sprint=risk.sprint_id,
        scope=risk.check_id,
        requested_at__gt=timezone.now() - ANSWER_STANDS,
    )
    run = runs.order_by("-number").first() if has_check(risk) else None
    if run is None:
        return None
    if not run.is_finished:
        return {"is_going": True, "has_begun": run.started_at is not None}
    word, kept_by = _word(run, risk)
    at = timezone.localtime(run.finished_at) if run.finished_at else timezone.localtime()
    title, text, tone = looked_words(word, f"{at:%H:%M}", kept_by, asked)
    seen = masked(risk.observed)[:MAX_SEEN_CHARS] if word in ("there", "came_back") else ""
    return {"word": word, "title": title, "text": text, "tone": tone, "seen": seen}


def _word(run: AuditRun, risk: Risk) -> tuple[str, str]:
    """What the look saw, and `blocked` where the site's own firewall kept it away."""
    if run.state == AuditRun.State.FAILED:
        return "stopped", ""
    findings = list(Finding.objects.of(risk.practice_id).filter(run=run))
    word, _ = said_by(run, risk, findings)
    kept = any(one.verdict == Verdict.BLOCKED for one in findings)
    came_back = word == "there" and risk.ref in run.changes.get("came_back", ())
    return ("came_back" if came_back else word), ("blocked" if kept else "")
