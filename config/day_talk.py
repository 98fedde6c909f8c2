"""What was said to a consultant, or asked by a client, and has no answer yet."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Protocol

from django.db.models import FETCH_RAISE
from django.utils import timezone

from accounts.models import Practice, User
from sprints.models import Comment, Sprint
from sprints.needs import Need

# Older talk that nobody answered is history, not today's work.
RECENT = timedelta(days=30)
MOST_COMMENTS = 500
MAX_WORDS = 100

type Thread = tuple[int, int | None, int | None, int | None]


class Address(Protocol):
    def __call__(self, name: str, sprint_id: int, **words: object) -> str: ...


def talk_needs(
    practice: Practice, me: User, clients: Collection[int], url: Address
) -> list[tuple[int, Need]]:
    """(sprint, need) for each thread whose last word is a client's, or names me after my own."""
    comments = (
        Comment.objects.of(practice)
        .filter(at__gte=timezone.now() - RECENT, sprint__state=Sprint.State.ACTIVE)
        .only("sprint", "risk", "stage", "request", "author", "mentions")
        .order_by("-at", "-pk")[:MOST_COMMENTS]
    )
    # Most of them are answered; only what waits is loaded whole.
    found = [said.pk for said in waiting(comments, me.pk, clients)]
    whole = (
        Comment.objects.of(practice)
        .select_related("risk", "stage")
        .only(
            *("sprint", "request", "author_name", "mentions", "text", "at"),
            *("risk__number", "stage__ordinal"),
        )
        .fetch_mode(FETCH_RAISE)
        .in_bulk(found)
    )
    return [(whole[pk].sprint_id, _need(whole[pk], me, url)) for pk in found if pk in whole]


def waiting(comments: Iterable[Comment], me: int, clients: Collection[int]) -> list[Comment]:
    """Of each thread, newest first, the word that still waits for `me`."""
    answered: set[Thread] = set()
    seen: set[Thread] = set()
    found: list[Comment] = []
    for said in comments:
        thread = (said.sprint_id, said.risk_id, said.stage_id, said.request_id)
        is_newest = thread not in seen
        seen.add(thread)
        if thread in answered:
            continue
        if said.author_id == me:
            answered.add(thread)
        elif me in said.mentions or (is_newest and said.author_id in clients):
            answered.add(thread)
            found.append(said)
    return found


def _need(said: Comment, me: User, url: Address) -> Need:
    verb = "names you" if me.pk in said.mentions else "says"
    about = "the sprint"
    where = url("", said.sprint_id)
    if said.risk is not None:
        about = said.risk.ref
        where = url("risk-detail", said.sprint_id, number=said.risk.number)
    elif said.stage is not None:
        about = f"stage {said.stage.ordinal}"
        where = url("stage", said.sprint_id, ordinal=said.stage.ordinal)
    elif said.request_id is not None:
        about = "a request"
        where = url("request-list", said.sprint_id)
    words = " ".join(said.text.split())
    short = words if len(words) <= MAX_WORDS else f"{words[:MAX_WORDS].rstrip()}…"
    return Need(f"{said.author_name} {verb} on {about}", f"“{short}”", "Answer", where, said.at)
