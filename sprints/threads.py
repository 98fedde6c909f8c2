"""What `sprints/_comments.html` shows: what was said, and to whom one can say more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from accounts.access import TenantRequest
from sprints.commenting import comments_of, is_shared
from sprints.linking import Kind, is_alive
from sprints.models import Comment, Request, Risk, ShareLink, Sprint, Stage
from sprints.models.comment import Audience
from sprints.moments import ago

# What the box for one helper calls its audience: `link-12`.
LINK: Final = "link-"
MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class About:
    """The one thing that is talked about; the sprint itself where nothing is named."""

    risk: Risk | None = None
    stage: Stage | None = None
    request: Request | None = None

    @property
    def word(self) -> str:
        """As it stands in an address: `risk`, `stage`, `request` or `sprint`."""
        named = {"risk": self.risk, "stage": self.stage, "request": self.request}
        return next((word for word, one in named.items() if one is not None), "sprint")

    @property
    def number(self) -> int:
        """A risk's number, a stage's ordinal, a request's id, 0 for the sprint."""
        if self.risk is not None:
            return self.risk.number
        if self.stage is not None:
            return self.stage.ordinal
        return self.request.pk if self.request is not None else 0

    @property
    def title(self) -> str:
        if self.risk is not None:
            return self.risk.title
        if self.stage is not None:
            return self.stage.name
        return self.request.title if self.request is not None else "This sprint"

    def said(self, sprint: Sprint, *, for_client: bool) -> Sequence[Comment]:
        found = comments_of(
            sprint, risk=self.risk, stage=self.stage, request=self.request, for_client=for_client
        )
        return list(found.select_related("author"))


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed and not kept, and why."""

    text: str
    audience: str
    why: str


# `Any` below: whatever a template reads.


def thread(
    request: TenantRequest, sprint: Sprint, about: About, *, refused: Refused | None = None
) -> dict[str, Any]:
    """The talk about one thing, for whoever asks: staff see all of it, the client its part."""
    for_client = request.client_org is not None
    said = about.said(sprint, for_client=for_client)
    links = links_about(sprint, about)
    mine = sum(one.author_id == request.user.pk for one in said)
    now = timezone.localtime()
    return {
        "id": f"talk-{about.word}-{about.number}",
        "said": [_line(request, sprint, one, now, links) for one in said],
        "boxes": _boxes(request, sprint, about, said=mine, refused=refused, links=links),
        "is_client": for_client,
        "hidden_why": "" if for_client or is_shared(about.risk, about.request) else _why(about),
    }


def comment_url(request: TenantRequest, sprint: Sprint, about: About) -> str:
    words: dict[str, Any] = {"sprint_id": sprint.pk, "about": about.word, "number": about.number}
    if request.client_org is not None:
        return reverse("client-comment", kwargs=words)
    slug = {"practice_slug": request.practice.slug}
    return reverse("sprints:comment-create", kwargs=slug | words)


def edit_url(request: TenantRequest, sprint: Sprint, said: Comment) -> str:
    words: dict[str, Any] = {"sprint_id": sprint.pk, "comment_id": said.pk}
    if request.client_org is not None:
        return reverse("client-comment-edit", kwargs=words)
    slug = {"practice_slug": request.practice.slug}
    return reverse("sprints:comment-edit", kwargs=slug | words)


def shown_name(said: Comment, *, for_client: bool) -> str:
    """Who said it; to the client never an address."""
    is_address = "@" in said.author_name
    return "Somebody on this sprint" if for_client and is_address else said.author_name


def links_about(sprint: Sprint, about: About) -> dict[int, tuple[ShareLink, str]]:
    """The helpers' links that name the risk, each with words that tell it from the others."""
    if about.risk is None:
        return {}
    links = list(
        ShareLink.objects.of(sprint.practice_id)
        .filter(sprint=sprint, kind=Kind.HELPER, risk_numbers__contains=[about.risk.number])
        .order_by("pk")
    )
    told: dict[int, tuple[ShareLink, str]] = {}
    for link in links:
        same = [one.pk for one in links if one.name == link.name]
        which = f", link {same.index(link.pk) + 1}" if len(same) > 1 else ""
        told[link.pk] = (link, f"{link.name} (helper{which})")
    return told


def _line(
    request: TenantRequest,
    sprint: Sprint,
    said: Comment,
    now: datetime,
    links: dict[int, tuple[ShareLink, str]],
) -> dict[str, Any]:
    for_client = request.client_org is not None
    _, helper = links.get(said.link_id or 0, (None, ""))
    is_mine = said.author_id == request.user.pk
    return {
        "id": said.pk,
        "who": "You" if is_mine else _who(said, helper, for_client=for_client),
        "to": helper if said.author_id is not None else "",
        "text": said.text,
        "at": said.at,
        "when": ago(said.at, now),
        "is_internal": said.audience == Audience.INTERNAL,
        "is_for_me": request.user.pk in said.mentions,
        "edit_url": edit_url(request, sprint, said) if is_mine else "",
        "earlier": list(_earlier(said.earlier, now)),
    }


def _who(said: Comment, helper: str, *, for_client: bool) -> str:
    if said.author_id is None and helper:
        return helper
    return shown_name(said, for_client=for_client)


def _earlier(earlier: Iterable[dict[str, str]], now: datetime) -> Iterable[dict[str, str]]:
    for one in earlier:
        yield {"text": one["text"], "when": ago(datetime.fromisoformat(one["at"]), now)}


def _boxes(
    request: TenantRequest,
    sprint: Sprint,
    about: About,
    *,
    said: int,
    refused: Refused | None,
    links: dict[int, tuple[ShareLink, str]],
) -> list[dict[str, Any]]:
    """One place to write for each audience. Its id changes with what the writer has posted, so
    that a swap keeps a text in progress and empties the box whose words were kept."""
    url = comment_url(request, sprint, about)
    offered = _audiences(request, sprint, about, links)
    # Words for somebody who can't be written to any more wait in the first box.
    is_offered = refused is not None and refused.audience in {one for one, *_ in offered}
    opened = refused.audience if refused and is_offered else offered[0][0]
    boxes: list[dict[str, Any]] = []
    for audience, tab, button in offered:
        typed = refused if refused and audience == opened else None
        boxes.append(
            {
                "id": f"say-{about.word}-{about.number}-{audience}",
                "field_id": f"words-{about.word}-{about.number}-{audience}-{said}",
                "url": url,
                "audience": audience,
                "is_internal": audience == Audience.INTERNAL,
                "is_to_helper": link_id_of(audience) is not None,
                "tab": tab,
                "button": button,
                "text": typed.text if typed else "",
                "error": typed.why if typed else "",
                "is_open": audience == opened,
            }
        )
    return boxes


def _audiences(
    request: TenantRequest,
    sprint: Sprint,
    about: About,
    links: dict[int, tuple[ShareLink, str]],
) -> list[tuple[str, str, str]]:
    """Each with the words of its tab and of its button."""
    if request.client_org is not None:
        return [(Audience.CLIENT, "Write a comment", f"Post to {request.practice.name}")]
    found: list[tuple[str, str, str]] = [(Audience.INTERNAL, "To staff only", "Post to staff")]
    if is_shared(about.risk, about.request):
        name = sprint.client.name
        found.append((Audience.CLIENT, f"To {name}", f"Post to {name}"))
        found += [
            (f"{LINK}{pk}", f"To {words}", f"Post to {words} and {name}")
            for pk, (link, words) in links.items()
            if is_alive(link)
        ]
    return found


def link_id_of(audience: str) -> int | None:
    """The helper's link that a box's audience names; None for every other audience."""
    number = audience.removeprefix(LINK)
    is_named = number != audience and number.isascii() and number.isdigit()
    return int(number) if is_named and len(number) <= MOST_DIGITS else None


def _why(about: About) -> str:
    """Why nothing can be posted to the client here."""
    if about.request is not None:
        return "The request is not sent yet, so the client can’t see what is said about it."
    if about.risk is not None and about.risk.is_internal:
        return "The risk is internal, so the client can’t see what is said about it."
    return "The client sees this risk, and what is said about it, once it says what users notice."
