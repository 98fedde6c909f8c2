"""Saying something about a risk, a stage, a request or the sprint, and changing it.

Staff and client have each their address; what a client may reach is found without anything
internal.
"""

from typing import Final

from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.commenting import (
    CommentRefusedError,
    StaleCommentError,
    change_words,
    comment,
    is_shared,
)
from sprints.models import Comment, Request, Risk, ShareLink, Sprint, Stage
from sprints.models.comment import Audience, CommentQuerySet
from sprints.threads import (
    LINK,
    About,
    Refused,
    comment_url,
    edit_url,
    link_id_of,
    links_about,
    thread,
)
from sprints.views.finding import find_sprint, words_of

CONFLICT: Final = 409
INVALID: Final = 422
MOST_DIGITS: Final = 9
CLIENT_SEES = Q(is_internal=False) & ~Q(plain_summary="")
# Where the talk about each kind is read: (name of the address, its parameter).
STAFF_PAGES = {"risk": ("risk-detail", "number"), "stage": ("stage", "ordinal")}
CLIENT_PAGES = {
    "risk": ("client-risk", "number"),
    "stage": ("client-stage", "ordinal"),
    "request": ("client-request", "request_id"),
}


@require_POST
@allowed(Action.COMMENT)
def comment_create(request: TenantRequest, sprint_id: int, about: str, number: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    return post(request, sprint, find_about(request, sprint, about, number))


@require_POST
@allowed(Action.COMMENT)
def client_comment(request: TenantRequest, sprint_id: int, about: str, number: int) -> HttpResponse:
    sprint = find_theirs(request, sprint_id)
    return post(request, sprint, find_about(request, sprint, about, number))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.COMMENT)
def comment_edit(request: TenantRequest, sprint_id: int, comment_id: int) -> HttpResponse:
    return change(request, find_sprint(request, sprint_id), comment_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.COMMENT)
def client_comment_edit(request: TenantRequest, sprint_id: int, comment_id: int) -> HttpResponse:
    return change(request, find_theirs(request, sprint_id), comment_id)


def find_theirs(request: TenantRequest, sprint_id: int) -> Sprint:
    """The sprint of an address below `/c/`."""
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    return get_object_or_404(sprints.select_related("project", "client"), pk=sprint_id)


def find_about(request: TenantRequest, sprint: Sprint, about: str, number: int) -> About:
    """What the address names, as far as the visitor may see it."""
    is_client = request.client_org is not None
    practice = request.practice
    if about == "risk":
        risks = Risk.objects.of(practice).filter(CLIENT_SEES if is_client else Q(), sprint=sprint)
        return About(risk=get_object_or_404(risks, number=number))
    if about == "stage":
        stages = Stage.objects.of(practice).filter(sprint=sprint)
        return About(stage=get_object_or_404(stages, ordinal=number))
    if about == "request":
        asked = Request.objects.of(practice).filter(sprint=sprint).select_related("risk")
        found = get_object_or_404(asked, pk=number)
        if is_client and not is_shared(request=found):
            raise Http404
        return About(request=found)
    if about == "sprint" and number == 0:
        return About()
    raise Http404


def post(request: TenantRequest, sprint: Sprint, about: About) -> HttpResponse:
    """Keep the words, or give them back with the reason."""
    text = request.POST.get("text", "")
    link = asked_link(request, sprint, about)
    box = asked_audience(request, request.POST)
    try:
        comment(
            sprint,
            text,
            by=request.user,
            audience=box if link is None else Audience.CLIENT,
            risk=about.risk,
            stage=about.stage,
            request=about.request,
            link=link,
        )
    except CommentRefusedError as refusal:
        return answer(
            request, sprint, about, Refused(text, f"{LINK}{link.pk}" if link else box, str(refusal))
        )
    return answer(request, sprint, about)


def asked_link(request: TenantRequest, sprint: Sprint, about: About) -> ShareLink | None:
    """The helper's link that staff chose to write to; one that doesn't name the risk is not
    found."""
    number = link_id_of(request.POST.get("audience", ""))
    if request.client_org is not None or number is None:
        return None
    links = links_about(sprint, about)
    if number not in links:
        raise Http404
    return links[number][0]


def asked_audience(request: TenantRequest, sent: QueryDict) -> str:
    """The client's side always speaks to everybody; staff only to staff unless they say so."""
    if request.client_org is not None:
        return Audience.CLIENT
    return Audience.CLIENT if sent.get("audience") == Audience.CLIENT else Audience.INTERNAL


def answer(
    request: TenantRequest, sprint: Sprint, about: About, refused: Refused | None = None
) -> HttpResponse:
    if refused is None and not request.htmx:
        return redirect(page_of(request, sprint, about))
    shown = {
        "sprint": sprint,
        "about": about,
        "thread": thread(request, sprint, about, refused=refused),
        "page_url": page_of(request, sprint, about),
    }
    name = "sprints/_comments.html" if request.htmx else "sprints/comments.html"
    return render(request, name, shown, status=INVALID if refused else 200)


def page_of(request: TenantRequest, sprint: Sprint, about: About) -> str:
    """Where the talk about it is read."""
    is_client = request.client_org is not None
    home = "client-sprint" if is_client else "sprint"
    words = {"sprint_id": sprint.pk} if is_client else words_of(sprint, request)
    pages = CLIENT_PAGES if is_client else STAFF_PAGES
    name, parameter = pages.get(about.word, ("", ""))
    if about.word == "request" and not is_client:
        name = "request-list"
    elif parameter:
        words[parameter] = about.number
    try:
        url = reverse(name if is_client else f"sprints:{name}", kwargs=words)
    except NoReverseMatch:
        words.pop(parameter, None)
        return reverse(home, kwargs=words)
    return f"{url}#talk-{about.word}-{about.number}"


def change(request: TenantRequest, sprint: Sprint, comment_id: int) -> HttpResponse:
    """One's own comment, in other words."""
    said = get_object_or_404(
        _editable(request, sprint).select_related("sprint", "risk", "stage", "request", "link"),
        pk=comment_id,
    )
    about = About(risk=said.risk, stage=said.stage, request=said.request)
    page_url = page_of(request, sprint, about)
    shown = {
        "sprint": sprint,
        "said": said,
        "text": said.text,
        "to": readers_of(said, sprint),
        "page_url": page_url,
        "edit_url": edit_url(request, sprint, said),
        "is_client": request.client_org is not None,
        "create_url": comment_url(request, sprint, about),
    }
    if request.method != "POST":
        return render(request, "sprints/comment_edit.html", shown)
    text = request.POST.get("text", "")
    version = request.POST.get("row_version", "")
    try:
        change_words(said, text, by=request.user, seen_version=version_of(version))
    except CommentRefusedError as refusal:
        shown |= {"text": text, "error": str(refusal)}
        return render(request, "sprints/comment_edit.html", shown, status=INVALID)
    except StaleCommentError:
        said.refresh_from_db()
        shown |= {"text": text, "now_says": said.text}
        return render(request, "sprints/comment_edit.html", shown, status=CONFLICT)
    return redirect(page_url)


def readers_of(said: Comment, sprint: Sprint) -> str:
    """Who sees the comment besides whoever wrote it."""
    if said.audience == Audience.INTERNAL:
        return "staff"
    helper = f"{said.link.name} (helper) and " if said.link else ""
    return f"{helper}{sprint.client.name}"


def version_of(sent: str) -> int:
    """The version that was on the screen; 0, which no row has, for anything else."""
    is_number = sent.isascii() and sent.isdigit() and len(sent) <= MOST_DIGITS
    return int(sent) if is_number else 0


def _editable(request: TenantRequest, sprint: Sprint) -> CommentQuerySet:
    """The visitor's own comments that they can still see."""
    mine: CommentQuerySet = Comment.objects.of(request.practice)  # type: ignore[assignment]
    mine = mine.filter(sprint=sprint, author=request.user)
    if request.client_org is None:
        return mine
    seen = Q(risk=None) | (Q(risk__is_internal=False) & ~Q(risk__plain_summary=""))
    return mine.for_client().filter(seen).exclude(request__risk__is_internal=True)
