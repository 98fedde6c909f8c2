"""A sprint's states as a person moves them: pause, take up again, close."""

from typing import Final

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


def move_sprint(sprint: Sprint, to: str, *, by: User) -> None:
    """Give the sprint the state `to`, if it is one that may follow; else nothing happens.

    Raises ValidationError where another sprint of the project is at work.
    """
    locked = Sprint.objects.select_for_update().get(pk=sprint.pk)
    if to not in MOVES[locked.state]:
        return
    locked.state = to
    locked.validate_constraints()
    locked.save(update_fields=["state"])
    record(locked, VERBS[to], f"Sprint {locked.number}", actor=by)
