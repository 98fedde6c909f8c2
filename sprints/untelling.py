"""What was told and is staff's now leaves the client's inbox, and with it digest and number."""

import re
from typing import Any, Final

from django.db.models import Q

from accounts.models import Notice
from accounts.tenancy.models import PracticeQuerySet
from sprints.models import ActivityEvent, Request, Risk, Sprint
from sprints.sharing import asked_subjects, is_shown
from sprints.telling_whom import back_words

# After these a risk may no longer be for the client's eyes.
HIDING: Final = frozenset({"risk_hidden", "risk_explained"})
RISK: Final = re.compile(r"^R-(\d+)$")


# `Any`: what a signal passes besides.
def untell(event: ActivityEvent, sprint: Sprint, **_: Any) -> None:
    """Take back what the client's people were told of a risk that they don't see any more."""
    met = RISK.match(event.subject) if event.verb in HIDING else None
    if met is None:
        return
    risk = Risk.objects.of(sprint.practice_id).filter(sprint=sprint, number=int(met[1])).first()
    if risk is None or is_shown(risk):
        return
    events = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint)
    asked = Request.objects.of(sprint.practice_id).filter(risk=risk)
    subjects = [risk.ref, *asked_subjects(asked.values_list("title", flat=True))]
    about = Q(subject__in=subjects) | Q(data__risk=risk.ref)
    told_of(sprint, events.filter(about)).delete()
    for looked in events.filter(verb="audit_finished", data__came_back__contains=[risk.ref]):
        _retell(looked, sprint)


def told_of(sprint: Sprint, events: PracticeQuerySet[ActivityEvent]) -> PracticeQuerySet[Notice]:
    """The lines about the events in the inboxes of the client's side."""
    theirs = Notice.objects.of(sprint.practice_id).of_client(sprint.client_id)
    keys = [f"event:{pk}" for pk in events.values_list("pk", flat=True)]
    return theirs.filter(is_for_client=True, sprint_ref=sprint.pk, dedup__in=keys)


def _retell(event: ActivityEvent, sprint: Sprint) -> None:
    """What came back, told by what is left of it for the client's eyes."""
    numbers = [int(ref.removeprefix("R-")) for ref in event.data["came_back"]]
    risks = Risk.objects.of(sprint.practice_id).filter(sprint=sprint, number__in=numbers)
    shown = [risk for risk in risks.order_by("-score", "number") if is_shown(risk)]
    lines = told_of(sprint, ActivityEvent.objects.of(sprint.practice_id).filter(pk=event.pk))
    if shown:
        lines.update(text=back_words(shown)[:300])
    else:
        lines.delete()
