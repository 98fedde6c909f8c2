"""A founder's "not now" to the deeper looks: kept in the history, so that nobody asks again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from accounts.models import User
from audits.proofs import domain_of
from sprints.models import ActivityEvent, Consent, Project, Sprint
from sprints.models.activity import record
from sprints.telling import who

DECLINED: Final = "consent_declined"
# What was said last about one project; each ends what was said before.
SAID: Final = ("consent_given", "consent_withdrawn", DECLINED)


class DeclineRefusedError(ValueError):
    """It can't be said; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """Who said it, when, and in which sprint."""

    who: str
    at: datetime
    sprint_id: int


def decline(sprint: Sprint, *, by: User) -> None:
    """Say "not now" for this sprint. Raises DeclineRefusedError."""
    held = Sprint.objects.select_for_update(of=("self",)).select_related("project")
    found = held.get(pk=sprint.pk)
    project = found.project
    if is_allowed(project):
        raise DeclineRefusedError(
            "Deeper looks are allowed at the moment, so “not now” would change nothing. "
            "Take the permission back instead."
        )
    if not_now(found) is not None:
        raise DeclineRefusedError("“Not now” was said already. Nobody asks again in this sprint.")
    record(found, DECLINED, domain_of(project), actor=by)


def is_allowed(project: Project) -> bool:
    """Whether a tick is in force, with or without its proof."""
    given = Consent.objects.of(project.practice_id).filter(project=project, withdrawn_at=None)
    return given.exists()


def not_now(sprint: Sprint) -> NotNow | None:
    """The "not now" that holds in this sprint."""
    said = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint, verb__in=SAID)
    return _declined(said.order_by("-seq").first())


def not_now_of(project: Project) -> NotNow | None:
    """The last word about the project, where it was "not now"."""
    said = ActivityEvent.objects.of(project.practice_id).filter(verb__in=SAID)
    return _declined(said.filter(sprint__project=project).order_by("-at", "-pk").first())


def is_answered(sprint: Sprint) -> bool:
    """Whether this sprint has heard "not now", or has seen the permission taken back."""
    said = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint)
    return said.filter(verb__in=(DECLINED, "consent_withdrawn")).exists()


def ask_url(sprint: Sprint, slug: str) -> str:
    """Where staff ask once more: the sprint's requests, with the question filled in."""
    words = {"practice_slug": slug, "sprint_id": sprint.pk}
    return f"{reverse('sprints:request-list', kwargs=words)}?about=deeper#ask"


def _declined(event: ActivityEvent | None) -> NotNow | None:
    if event is None or event.verb != DECLINED:
        return None
    return NotNow(who(event), event.at, event.sprint_id)
