"""Who sees a risk: staff only, or the client too."""

from collections.abc import Iterable
from copy import copy

from django.db.models import Q

from accounts.models import User
from sprints.models import Acceptance, ActivityEvent, Request, Risk, Sprint
from sprints.models.activity import ActivityQuerySet, record

WAITS_OR_HOLDS = (Acceptance.State.PROPOSED, Acceptance.State.ACCEPTED)
AUDIT = "audit_finished"
IS_STAFFS = Q(is_internal=True) | Q(plain_summary="")


def events_for_client(sprint: Sprint) -> ActivityQuerySet:
    """The history as the client's side may read it: nothing about a risk that is staff's now,
    nor what was asked about it or shows it, however it was when the event was written."""
    events: ActivityQuerySet = ActivityEvent.objects.of(sprint.practice_id)  # type: ignore[assignment]
    shown = events.filter(sprint=sprint, visibility=ActivityEvent.Visibility.CLIENT)
    refs = staffs_refs(sprint)
    # What shows a risk is named by its own title.
    about = ~Q(data__has_key="risk") | ~Q(data__risk__in=list(refs))
    return shown.filter(about).exclude(subject__in=[*refs, *_asked_about(sprint)])


def is_shown(risk: Risk) -> bool:
    """Whether the client's side sees the risk now."""
    return not risk.is_internal and bool(risk.plain_summary)


def staffs_refs(sprint: Sprint) -> set[str]:
    """`R-007` of each risk that the client's side doesn't see now."""
    risks = Risk.objects.of(sprint.practice_id).filter(IS_STAFFS, sprint=sprint)
    return {f"R-{number:03}" for number in risks.values_list("number", flat=True)}


def _asked_about(sprint: Sprint) -> list[str]:
    about = Request.objects.of(sprint.practice_id).filter(sprint=sprint).exclude(risk=None)
    hidden = about.filter(Q(risk__is_internal=True) | Q(risk__plain_summary=""))
    return asked_subjects(hidden.values_list("title", flat=True))


def asked_subjects(titles: Iterable[str]) -> list[str]:
    """A request as the subject of its events: asked, asked again, and talked about."""
    return [words for title in titles for words in (f"“{title}”", f"“{title}” again", title)]


def as_client_reads(sprint: Sprint, events: Iterable[ActivityEvent]) -> list[ActivityEvent]:
    """The events with what an audit found counted by what the client's side sees."""
    told = list(events)
    if not any(one.verb == AUDIT for one in told):
        return told
    hidden = staffs_refs(sprint)
    return [_counted_for_client(one, hidden) if one.verb == AUDIT else one for one in told]


def _counted_for_client(event: ActivityEvent, hidden: set[str]) -> ActivityEvent:
    seen = copy(event)
    seen.data = {
        name: [ref for ref in value if ref not in hidden] if isinstance(value, list) else value
        for name, value in event.data.items()
    }
    return seen


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
