"""What was said to a consultant, or asked by a client, and has no answer yet."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import NamedTuple, Protocol

from django.db.models import FETCH_RAISE
from django.utils import timezone

from accounts.models import Practice, User
from config.among import Among
from sprints.models import Comment
from sprints.needs import Need

# Older talk that nobody answered is history, not today's work.
RECENT = timedelta(days=30)
MOST_COMMENTS = 500
MAX_WORDS = 100

type Thread = tuple[int, int | None, int | None, int | None]


class Said(NamedTuple):
    """Of a comment what decides whether it waits; `mentions` are ids of people."""

    pk: int
    sprint: int
    risk: int | None
    stage: int | None
    request: int | None
    author: int | None
    mentions: list[int]

    @property
    def thread(self) -> Thread:
        return (self.sprint, self.risk, self.stage, self.request)


class Address(Protocol):
    def __call__(self, name: str, sprint_id: int, **words: object) -> str: ...


def talk_needs(
    practice: Practice,
    me: User,
    clients: Collection[int],
    sprints: Collection[int],
    url: Address,
    *,
    most: int,
) -> list[tuple[int, Need]]:
    """(sprint, need) for each thread whose last word is a client's, or names me after my own;
    the oldest `most` of them."""
    comments = (
        Comment.objects.of(practice)
        .filter(Among("sprint_id", sprints), at__gte=timezone.now() - RECENT)
        .order_by("-at", "-pk")
        .values_list(*Said._fields)[:MOST_COMMENTS]
    )
    # Most of them are answered; only what waits is loaded whole.
    found = [said.pk for said in waiting(map(Said._make, comments), me.pk, clients)][-most:]
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


def waiting(comments: Iterable[Said], me: int, clients: Collection[int]) -> list[Said]:
    """Of each thread, newest first, the word that still waits for `me`."""
    answered: set[Thread] = set()
    seen: set[Thread] = set()
    found: list[Said] = []
    for said in comments:
        thread = said.thread
        is_newest = thread not in seen
        seen.add(thread)
        if thread in answered:
            continue
        if said.author == me:
            answered.add(thread)
        elif me in said.mentions or (is_newest and said.author in clients):
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
