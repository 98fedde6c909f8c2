"""What people say about a risk, a stage, a request or the sprint, and to whom.

Internal words are for staff: nobody else is named in them, and what the client can't see is
talked about among staff only.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from accounts.models import ClientMembership, Membership, MemberStatus, User
from sprints.linking import is_alive
from sprints.models import Comment, Request, Risk, ShareLink, Sprint, Stage
from sprints.models.activity import record
from sprints.models.comment import COMMENT_LENGTH, Audience, CommentQuerySet
from sprints.withholding import why_withheld

MENTION = re.compile(r"(?<![\w@.])@([\w][\w.+-]*)")
# The same words again within this time are a second press, not a second thought.
SAME_AGAIN: Final = timedelta(minutes=1)


class CommentRefusedError(Exception):
    """The words can't be said so; the message is for whoever typed them."""


class StaleCommentError(Exception):
    """The comment was changed in another window since it was read."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be named: their id, name, address, and whether they are staff."""

    pk: int
    name: str
    email: str
    is_staff: bool

    def is_called(self, word: str) -> bool:
        """Whether `word` is their first name, their name in one word, or their mail's part."""
        name = self.name.casefold()
        calls = {name.replace(" ", ""), self.email.casefold().partition("@")[0]}
        return word in calls | set(name.split()[:1])


def comments_of(
    sprint: Sprint,
    *,
    risk: Risk | None = None,
    stage: Stage | None = None,
    request: Request | None = None,
    for_client: bool,
) -> CommentQuerySet:
    """What was said about the one named, oldest first; without one, about the sprint."""
    said: CommentQuerySet = Comment.objects.of(sprint.practice_id)  # type: ignore[assignment]
    said = said.filter(sprint=sprint, risk=risk, stage=stage, request=request)
    return said.for_client() if for_client else said


def is_shared(risk: Risk | None = None, request: Request | None = None) -> bool:
    """Whether the client can see what is talked about."""
    if risk is not None and (risk.is_internal or not risk.plain_summary):
        return False
    if request is None:
        return True
    if request.state in (Request.State.DRAFT, Request.State.WITHDRAWN):
        return False
    return request.risk is None or is_shared(request.risk)


def people_on(sprint: Sprint) -> list[Person]:
    """The practice's staff, then the client's people."""
    staff = Membership.objects.of(sprint.practice_id).filter(status=MemberStatus.ACTIVE)
    theirs = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    theirs = theirs.filter(status=MemberStatus.ACTIVE)
    columns = ("user_id", "user__name", "user__email")
    return [
        *(
            Person(pk, name, email, is_staff=True)
            for pk, name, email in staff.order_by("pk").values_list(*columns)
        ),
        *(
            Person(pk, name, email, is_staff=False)
            for pk, name, email in theirs.order_by("pk").values_list(*columns)
        ),
    ]


def mentioned(text: str, people: list[Person], audience: str) -> list[int]:
    """Who is named by `@name` in the text. Raises CommentRefusedError where an internal
    comment names somebody who would not see it."""
    found: dict[int, None] = {}
    for word in dict.fromkeys(MENTION.findall(text)):
        called = word.rstrip(".-").casefold()
        named = [person for person in people if person.is_called(called)]
        can_see = [one for one in named if one.is_staff or audience == Audience.CLIENT]
        if named and not can_see:
            raise CommentRefusedError(
                f"“@{word}” is not staff and would never see this: it goes to staff only. "
                "Leave the name out, or post it to the client instead."
            )
        found |= dict.fromkeys(person.pk for person in can_see)
    return list(found)


def comment(
    sprint: Sprint,
    text: str,
    *,
    by: User | None,
    audience: str,
    risk: Risk | None = None,
    stage: Stage | None = None,
    request: Request | None = None,
    link: ShareLink | None = None,
) -> Comment:
    """Say `text` about the one named, with `link` also to the helper who holds it.

    Raises CommentRefusedError with a sentence; runs in the caller's transaction.
    """
    text = _checked(text, sprint)
    if audience == Audience.CLIENT and not is_shared(risk, request):
        raise CommentRefusedError(
            "The client can’t see what this is about, so nothing can be posted to them here. "
            "Post it to staff, or share it with the client first."
        )
    if link is not None and not is_alive(link):
        raise CommentRefusedError(
            f"The link of {link.name} opens nothing any more, so {link.name} would never read "
            "this. Make a new link, or post it without them."
        )
    said = comments_of(sprint, risk=risk, stage=stage, request=request, for_client=False)
    said = said.filter(link=link)
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    since = timezone.now() - SAME_AGAIN
    if said.filter(author=by, text=text, audience=audience, at__gte=since).exists():
        raise CommentRefusedError("You have just said this; it stands above.")
    made = Comment.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        risk=risk,
        stage=stage,
        request=request,
        link=link,
        text=text,
        audience=audience,
        author=by,
        author_name=str(by),
        mentions=mentioned(text, people_on(sprint), audience),
    )
    record(
        sprint,
        "commented",
        subject_of(made),
        actor=by,
        data={"comment": made.pk, "mentions": made.mentions},
        is_internal=audience == Audience.INTERNAL,
    )
    return made


def change_words(said: Comment, text: str, *, by: User, seen_version: int) -> None:
    """Put the comment into other words; what it said before stays readable.

    Raises CommentRefusedError, and StaleCommentError where another window was quicker.
    """
    if said.author_id != by.pk:
        raise CommentRefusedError(f"{said.author_name} said this; only they can change it.")
    text = _checked(text, said.sprint)
    if text == said.text:
        raise CommentRefusedError("It says this already; nothing was changed.")
    now = timezone.now()
    before = {"text": said.text, "at": (said.edited_at or said.at).isoformat()}
    rows = Comment.objects.filter(pk=said.pk, practice=said.practice_id, row_version=seen_version)
    kept = rows.update(
        text=text,
        earlier=[*said.earlier, before],
        mentions=mentioned(text, people_on(said.sprint), said.audience),
        edited_at=now,
        row_version=F("row_version") + 1,
    )
    if not kept:
        raise StaleCommentError(said.pk)
    record(
        said.sprint,
        "comment_changed",
        subject_of(said),
        actor=by,
        data={"comment": said.pk},
        is_internal=said.audience == Audience.INTERNAL or not is_shared(said.risk, said.request),
    )


def subject_of(said: Comment) -> str:
    """What it is about, for the history: `R-001`, a stage's name, a request's title."""
    if said.risk is not None:
        return str(said.risk.ref)
    if said.stage is not None:
        return str(said.stage.name)
    return str(said.request.title) if said.request is not None else "the sprint"


def _checked(text: str, sprint: Sprint) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise CommentRefusedError("There are no words yet. Write what you want to say.")
    if len(text) > COMMENT_LENGTH:
        raise CommentRefusedError(
            f"This has {len(text)} characters and {COMMENT_LENGTH} fit. Shorten it, or post it "
            "in two parts."
        )
    if why := why_withheld(text, sprint):
        raise CommentRefusedError(why)
    return text
