"""Who sees a risk: staff only, or the client too."""

from django.db.models import Q

from accounts.models import User
from sprints.models import Acceptance, ActivityEvent, Risk, Sprint
from sprints.models.activity import ActivityQuerySet, record

WAITS_OR_HOLDS = (Acceptance.State.PROPOSED, Acceptance.State.ACCEPTED)
IS_STAFFS = Q(is_internal=True) | Q(plain_summary="")


def events_for_client(sprint: Sprint) -> ActivityQuerySet:
    """The history as the client's side may read it: nothing about a risk that is staff's now,
    however it was when the event was written."""
    risks = Risk.objects.of(sprint.practice_id).filter(IS_STAFFS, sprint=sprint)
    refs = [f"R-{number:03}" for number in risks.values_list("number", flat=True)]
    events: ActivityQuerySet = ActivityEvent.objects.of(sprint.practice_id)  # type: ignore[assignment]
    shown = events.filter(sprint=sprint, visibility=ActivityEvent.Visibility.CLIENT)
    return shown.exclude(subject__in=refs)


def why_not_shared(risk: Risk) -> str:
    """Why the risk can't be shown to the client now; nothing where it can."""
    if not risk.is_internal:
        return f"{risk.ref} is for the client’s eyes already."
    if not risk.plain_summary:
        return f"{risk.ref} doesn’t say yet what users would notice. Write that first."
    return ""


def why_not_hidden(risk: Risk) -> str:
    """Why the risk can't be kept among staff now; nothing where it can."""
    if risk.is_internal:
        return f"{risk.ref} is for staff only already."
    if risk.raised_by_id is not None:
        return f"The client raised {risk.ref} and keeps seeing it."
    if risk.client_opened_at is not None:
        return f"The client has read {risk.ref} on {risk.client_opened_at:%d %b}; it stays shown."
    if risk.outside_offered_at is not None:
        return f"{risk.ref} is offered to lie outside this sprint. Take the offer back first."
    if risk.acceptances.filter(state__in=WAITS_OR_HOLDS).exists():
        return f"The founder is asked to live with {risk.ref}, or does already; it stays shown."
    return ""


def share(risk: Risk, *, by: User, seen_version: int) -> None:
    """Show the risk to the client. Raises ValueError with a sentence, or StaleRiskError."""
    if why := why_not_shared(risk):
        raise ValueError(why)
    risk.change(seen_version, is_internal=False)
    record(risk.sprint, "risk_shared", risk.ref, actor=by)


def hide(risk: Risk, *, by: User, seen_version: int) -> None:
    """Keep the risk among staff. Raises ValueError with a sentence, or StaleRiskError."""
    if why := why_not_hidden(risk):
        raise ValueError(why)
    risk.change(seen_version, is_internal=True)
    record(risk.sprint, "risk_hidden", risk.ref, actor=by, is_internal=True)
