"""A key or password in words that many would read: refused, with the way that it can go."""

from django.core.exceptions import ValidationError

from sprints.leaks import find_leak
from sprints.models import Request, Sprint

CHANGE = "If others have seen it, change the key."


def why_withheld(text: str, sprint: Sprint) -> str:
    """Why `text` can't be kept where everybody on the sprint reads it; empty where it can."""
    met = key_met(text)
    if not met:
        return ""
    box = open_box(sprint)
    way = (
        f"Lock it away under “{box.title}” in the requests"
        if box is not None
        else "It goes into a box, for which a consultant asks in the requests"
    )
    return f"{met} {way}: there it is read once and then gone. {CHANGE}"


def key_met(text: str) -> str:
    """What was met in `text`, masked, and what to do; empty where it holds no key."""
    leak = find_leak(text)
    if leak is None:
        return ""
    return (
        f"This holds {leak.label}: “{leak.masked}”. Others would read it, so nothing was kept. "
        "Take it out."
    )


def open_box(sprint: Sprint) -> Request | None:
    """The request, open with the founder, whose answer is a key."""
    asked = Request.objects.of(sprint.practice_id).filter(sprint=sprint)
    sent = asked.filter(kind=Request.Kind.KEY, state=Request.State.SENT)
    shown = sent.exclude(risk__is_internal=True).exclude(risk__plain_summary="")
    return shown.order_by("position", "pk").first()


def refuse_key(text: str) -> None:
    """For the validators of a form's field; raises ValidationError."""
    if met := key_met(text):
        raise ValidationError(f"{met} {CHANGE}")
