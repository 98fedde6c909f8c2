"""A sprint's states as a person moves them: pause, take up again, close; and its archive."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from sprints.models import Sprint
from sprints.models.activity import record

# From each state: what may follow, and the act in words.
MOVES: Final[dict[str, dict[str, str]]] = {
    "active": {"paused": "Pause", "closed": "Close"},
    "paused": {"active": "Take up again", "closed": "Close"},
    "handover": {"active": "Take up again", "closed": "Close"},
    "signed": {"closed": "Close"},
    "closed": {"active": "Open again"},
    "cancelled": {},
}
VERBS: Final = {
    "active": "sprint_taken_up",
    "paused": "sprint_paused",
    "closed": "sprint_closed",
}
AT_WORK: Final = ("active", "handover")


def is_at_work(sprint: Sprint) -> bool:
    return sprint.state in AT_WORK


def archive_sprint(sprint: Sprint, *, is_back: bool, by: User) -> None:
    """Put the sprint away, or take it back; a second time nothing happens.

    Raises ValidationError for one that is at work.
    """
    locked = Sprint.objects.select_for_update().get(pk=sprint.pk)
    if is_back == (locked.archived_at is None):
        return
    if not is_back and is_at_work(locked):
        raise ValidationError(
            f"Sprint {locked.number} is at work, so it stays in sight. Pause or close it first."
        )
    locked.archived_at = None if is_back else timezone.now()
    locked.save(update_fields=["archived_at"])
    verb = "sprint_brought_back" if is_back else "sprint_archived"
    record(locked, verb, f"Sprint {locked.number}", actor=by)


def move_sprint(sprint: Sprint, to: str, *, by: User) -> None:
    """Give the sprint the state `to`, if it is one that may follow; else nothing happens.

    Raises ValidationError where another sprint of the project is at work.
    """
    locked = Sprint.objects.select_for_update().get(pk=sprint.pk)
    if to not in MOVES[locked.state] or locked.archived_at is not None:
        return
    locked.state = to
    locked.validate_constraints()
    locked.save(update_fields=["state"])
    record(locked, VERBS[to], f"Sprint {locked.number}", actor=by)
