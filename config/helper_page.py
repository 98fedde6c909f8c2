"""The page of a helper without an account: some risks, their fix, a word, "I fixed it".

It stands in the link's scope, which reads; what the helper writes goes through the named
functions of `sprints.linking`. Nothing internal is in reach: not of the staff, not of others;
of the talk only what was said by this link and to it.
"""

from typing import Any, Final

from allauth.core.internal import ratelimit
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.brand import Brand
from accounts.tenancy.scope import Actor, practice_scope
from audits.begin import begin_run
from audits.limits import too_many
from audits.models import AuditRun
from sprints.bundling import Reader
from sprints.linking import (
    Kind,
    bundle_of,
    helper_comments,
    helper_fixes,
    in_order_of_work,
    note_opening,
    shareable,
)
from sprints.mailing import first_name
from sprints.models import Comment, Risk, RiskSighting, ShareLink, Sprint
from sprints.models.activity import record
from sprints.models.comment import COMMENT_LENGTH
from sprints.moments import ago, calendar_day
from sprints.progressing import is_at_work
from sprints.reconsidering import reconsider
from sprints.rows import seen_rows, state_words, where
from sprints.views.link_door import LinkRequest, by_link, gone
from sprints.withholding import key_met

RATES: Final = {"helper_write": "30/m/ip,60/h/key"}
TO_FIX: Final = (Risk.State.OPEN, Risk.State.IN_PROGRESS)

# `Any` below: whatever a template reads.


@require_safe
@by_link(Kind.HELPER)
def helper(request: LinkRequest, token: str) -> HttpResponse:
    if "HX-Request" not in request.headers:
        note_opening(token)
    return render(request, "pages/helper.html", helper_context(request, token))


@require_POST
@by_link(Kind.HELPER)
def helper_comment(request: LinkRequest, token: str, number: int) -> HttpResponse:
    if _risk_of(request, number) is None:
        return gone(request)
    if _too_often(request):
        return render(request, "429.html", status=429)
    text = request.POST.get("text", "").strip()
    if not 0 < len(text) <= COMMENT_LENGTH:
        said = f"Write a sentence of at most {COMMENT_LENGTH:,} characters; nothing was sent yet."
        return _refused(request, token, number, said, status=422, text=text)
    if why := key_met(text):
        return _refused(request, token, number, why, status=422, text=text)
    if not helper_comments(token, number, text):
        return gone(request)
    _tell(request, "helper_commented", number)
    return redirect(_address(token, number))


@require_POST
@by_link(Kind.HELPER)
def helper_fixed(request: LinkRequest, token: str, number: int) -> HttpResponse:
    """Say that it is fixed, as the helper; the check that found it looks again at once."""
    risk = _risk_of(request, number)
    if risk is None:
        return gone(request)
    if _too_often(request):
        return render(request, "429.html", status=429)
    if not helper_fixes(token, number):
        said = f"{risk.ref} is “{risk.get_state_display()}” already; there is nothing left to say."
        return _refused(request, token, number, said, status=409)
    _tell(request, "helper_fixed", number)
    return redirect(_address(token, number))


def _risk_of(request: LinkRequest, number: int) -> Risk | None:
    if number not in request.link.risk_numbers:
        return None
    return shareable(request.link.sprint).filter(number=number).first()


def _too_often(request: LinkRequest) -> bool:
    usage = ratelimit.consume(
        request, app="sprints", action="helper_write", config=RATES, key=str(request.link.pk)
    )
    return not usage


def _tell(request: LinkRequest, verb: str, number: int) -> None:
    """What the named function wrote, into the history; a fix also rings the check."""
    link = request.link
    with practice_scope(link.practice_id, actor=Actor.SYSTEM):
        risk = Risk.objects.of(link.practice_id).get(sprint=link.sprint_id, number=number)
        sprint = Sprint.objects.select_related("project").get(pk=link.sprint_id)
        told = {"reason": link.name, "link": link.pk, "mentions": [link.created_by_id]}
        record(sprint, verb, risk.ref, data=told)
        if verb != "helper_fixed":
            return
        reconsider([risk])
        may_look = risk.check_id and is_at_work(sprint)
        if may_look and not too_many(link.practice, sprint, is_whole=False):
            begin_run(sprint, by=None, checks=[risk.check_id])


def _address(token: str, number: int) -> str:
    return f"{reverse('helper', kwargs={'token': token})}#risk-R-{number:03}"


def _refused(
    request: LinkRequest, token: str, number: int, said: str, *, status: int, text: str = ""
) -> HttpResponse:
    context = helper_context(request, token)
    for row in context["rows"]:
        if row["risk"].number == number:
            row |= {"refused": said, "text": text}
    return render(request, "pages/helper.html", context, status=status)


def helper_context(request: LinkRequest, token: str) -> dict[str, Any]:
    link = request.link
    today = timezone.localdate()
    chosen = Reader.PERSON
    if request.GET.get("for") in list(Reader):
        chosen = Reader(request.GET["for"])
    risks = in_order_of_work(shareable(link.sprint).filter(number__in=link.risk_numbers))
    left = [risk for risk in risks if risk.state in TO_FIX]
    return {
        "link": link,
        "brand": Brand.of(link.practice.brand),
        "place": link.practice.name,
        "project": link.sprint.project,
        "lead": first_name(link.sprint.lead),
        "until": calendar_day(timezone.localdate(link.expires_at), today),
        "rows": _rows(request, token, risks),
        "left_count": len(left),
        "bundle": bundle_of(left, domain=link.sprint.project.domain, reader=chosen) if left else "",
        "readers": [(reader.value, reader.label, reader is chosen) for reader in Reader],
        "page_url": reverse("helper", kwargs={"token": token}),
        "comment_length": COMMENT_LENGTH,
    }


def _rows(request: LinkRequest, token: str, risks: list[Risk]) -> list[dict[str, Any]]:
    """Each risk with what the last look said, what was said, and what can be done."""
    link, now = request.link, timezone.localtime()
    comments = Comment.objects.of(link.practice_id).for_client()  # type: ignore[attr-defined]
    talk = list(comments.filter(risk__in=risks, link=link).order_by("at", "pk"))
    sightings = RiskSighting.objects.of(link.practice_id).filter(risk__in=risks)
    last = {one.risk_id: one for one in sightings.order_by("audit_number")}
    runs = AuditRun.objects.of(link.practice_id).filter(sprint=link.sprint_id)
    looking = set(runs.at_work().values_list("scope", flat=True))  # type: ignore[attr-defined]
    return [
        {
            "risk": risk,
            "where": where(risk.subject),
            "state": state_words(risk, now.date()),
            "is_to_fix": risk.state in TO_FIX,
            "is_looking": risk.state == Risk.State.FIXED and risk.check_id in looking,
            "seen": seen_rows(risk),
            "last": last_look(last.get(risk.pk)),
            "comments": [
                {"who": said_by(one, link), "text": one.text, "when": ago(one.at, now)}
                for one in talk
                if one.risk_id == risk.pk
            ],
            "comment_url": reverse(
                "helper-comment", kwargs={"token": token, "number": risk.number}
            ),
            "fixed_url": reverse("helper-fixed", kwargs={"token": token, "number": risk.number}),
        }
        for risk in risks
    ]


def said_by(said: Comment, link: ShareLink) -> str:
    """Who said it, to the helper: themselves, or a first name of the staff, never an address."""
    if said.author_id is None:
        return "You"
    return str(link.practice) if "@" in said.author_name else said.author_name.split()[0]


def last_look(sighting: RiskSighting | None) -> str:
    """What the newest look said, with its time: `Still there at 14:05.`"""
    if sighting is None:
        return ""
    at = f"{timezone.localtime(sighting.at):%H:%M on %-d %b}"
    if sighting.word == "gone":
        return f"Gone at {at}."
    if sighting.word == "unknown":
        return f"We couldn’t look at {at}; the next look asks again."
    return f"Still visible at {at}." if sighting.word != "opened" else f"First seen at {at}."


helper_patterns = [
    path("h/<str:token>/", helper, name="helper"),
    path("h/<str:token>/<int:number>/comment/", helper_comment, name="helper-comment"),
    path("h/<str:token>/<int:number>/fixed/", helper_fixed, name="helper-fixed"),
]
