"""Who is told of what happened: one mapping from a verb to people, heard at every `record`.

An internal event reaches staff alone; a risk that the client can't see is told to no client.
"""

import re
from collections.abc import Iterable
from copy import copy
from typing import Any, Final

from django.urls import reverse

from accounts.models import ClientMembership, Membership, MemberStatus
from accounts.notices import News, notify
from accounts.roles import Role
from sprints.mailing import founders_of
from sprints.models import ActivityEvent, Risk, Sprint
from sprints.sharing import is_shown
from sprints.telling import sentence, who

TO_FOUNDERS: Final = frozenset(
    {
        *("acceptance_proposed", "decision_recommended", "stage_submitted", "request_sent"),
        *("outside_offered", "outside_over", "evidence_accepted", "evidence_sent_back"),
    }
)
TO_LEAD: Final = frozenset(
    {
        *("acceptance_accepted", "acceptance_rejected", "acceptance_revoked"),
        *("decision_confirmed", "decision_declined", "stage_approved", "stage_changes"),
        *("evidence_added", "evidence_renewed", "risk_fixed", "outside_accepted"),
        *("outside_over", "request_answered", "helper_fixed", "helper_commented"),
        "consent_declined",
    }
)
# These acts send a mail of their own; the inbox alone repeats them.
MAILED: Final = frozenset(
    {
        *("acceptance_proposed", "decision_recommended", "stage_submitted", "request_sent"),
        *("acceptance_accepted", "acceptance_rejected", "acceptance_revoked"),
        *("decision_confirmed", "decision_declined", "stage_approved", "stage_changes"),
    }
)
CAME_BACK: Final = "audit_finished"
RISK: Final = re.compile(r"^R-(\d+)$")
STAGE: Final = re.compile(r"^stage (\d)\b")


# `Any`: what a signal passes besides.
def tell_people(event: ActivityEvent, sprint: Sprint, **_: Any) -> None:
    """Write the notices of one event, inside its transaction; nobody is told of their own act."""
    if event.verb == CAME_BACK:
        _tell_came_back(event, sprint)
        return
    staff, clients = people_told(event, sprint)
    if not staff and not clients:
        return
    risk = _risk_of(event, sprint)
    said = copy(event)
    if risk is not None and risk.ref == event.subject:
        said.subject = f"“{risk.title}”"
    text = f"{_who(said)} {sentence(said)}"
    _notify(event, sprint, staff, text, staff_url(event, sprint), is_for_client=False)
    if risk is None or is_shown(risk):
        _notify(event, sprint, clients, text, client_url(event, sprint), is_for_client=True)


def people_told(event: ActivityEvent, sprint: Sprint) -> tuple[set[int], set[int]]:
    """Ids of (staff, people of the client) who are told of the event."""
    told: set[int] = set()
    if event.verb in TO_LEAD or (event.verb == "risk_created" and event.data.get("by_founder")):
        told |= leads(sprint)
    if event.verb in TO_FOUNDERS:
        told |= {founder.pk for founder in founders_of(sprint)}
    if event.verb in ("commented", "helper_commented", "helper_fixed"):
        told |= set(event.data.get("mentions", ()))
    told.discard(event.actor_id or 0)
    if not told:
        return set(), set()
    members = Membership.objects.of(sprint.practice_id).filter(
        user__in=told, status=MemberStatus.ACTIVE
    )
    staff = set(members.values_list("user_id", flat=True))
    if event.visibility == ActivityEvent.Visibility.INTERNAL:
        return staff, set()
    theirs = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    active = theirs.filter(user__in=told, status=MemberStatus.ACTIVE)
    return staff, set(active.values_list("user_id", flat=True)) - staff


def leads(sprint: Sprint) -> set[int]:
    """Who leads the sprint, if they are still here; where nobody does, the owners."""
    staff = Membership.objects.of(sprint.practice_id).filter(status=MemberStatus.ACTIVE)
    lead = set(staff.filter(user=sprint.lead_id).values_list("user_id", flat=True))
    return lead or set(staff.filter(role=Role.OWNER).values_list("user_id", flat=True))


def _tell_came_back(event: ActivityEvent, sprint: Sprint) -> None:
    """An audit found again what was gone: the lead hears of all, founders of what they see."""
    numbers = [int(ref.removeprefix("R-")) for ref in event.data.get("came_back", ())]
    if not numbers:
        return
    risks = list(
        Risk.objects.of(sprint.practice_id)
        .filter(sprint=sprint, number__in=numbers)
        .order_by("-score", "number")
    )
    shown = [risk for risk in risks if is_shown(risk)]
    lists = (_page("sprints:risk-list", sprint), reverse("client-risk-list", args=[sprint.pk]))
    founders = {founder.pk for founder in founders_of(sprint)}
    _notify(event, sprint, leads(sprint), back_words(risks), lists[0], is_for_client=False)
    if shown:
        _notify(event, sprint, founders, back_words(shown), lists[1], is_for_client=True)


def back_words(risks: list[Risk]) -> str:
    """`“No mail arrives” came back. So did 2 others.`"""
    more = len(risks) - 1
    others = f" So did {more} other{'' if more == 1 else 's'}." if more else ""
    return f"“{risks[0].title}” came back.{others}" if risks else ""


def _notify(
    event: ActivityEvent,
    sprint: Sprint,
    people: Iterable[int],
    text: str,
    url: str,
    *,
    is_for_client: bool,
) -> None:
    news = News(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint_ref=sprint.pk,
        kind=event.verb,
        text=text,
        url=url,
        dedup=f"event:{event.pk}",
        is_mailed=event.verb in MAILED,
    )
    notify(people, news, is_for_client=is_for_client)


def _risk_of(event: ActivityEvent, sprint: Sprint) -> Risk | None:
    number = _number_of(event)
    if number is None:
        return None
    risks = Risk.objects.of(sprint.practice_id).filter(sprint=sprint)
    return risks.filter(number=number).first()


def _number_of(event: ActivityEvent) -> int | None:
    """The risk that the event is about, or that its evidence shows."""
    met = RISK.match(event.subject) or RISK.match(str(event.data.get("risk", "")))
    return int(met[1]) if met else None


def _who(event: ActivityEvent) -> str:
    """Never an address."""
    name = who(event)
    return "Somebody" if "@" in name else name


def staff_url(event: ActivityEvent, sprint: Sprint) -> str:
    if number := _number_of(event):
        return _page("sprints:risk-detail", sprint, number=number)
    if met := STAGE.match(event.subject):
        return _page("sprints:stage", sprint, ordinal=int(met[1]))
    if event.verb.startswith("request_"):
        return _page("sprints:request-list", sprint)
    if event.verb.startswith("decision_"):
        return _page("sprints:decision-list", sprint)
    return _page("sprint", sprint)


def _page(name: str, sprint: Sprint, **words: int) -> str:
    kwargs = {"practice_slug": sprint.practice.slug, "sprint_id": sprint.pk}
    return reverse(name, kwargs=kwargs | words)


def client_url(event: ActivityEvent, sprint: Sprint) -> str:
    if number := _number_of(event):
        return reverse("client-risk", args=[sprint.pk, number])
    if met := STAGE.match(event.subject):
        return reverse("client-stage", args=[sprint.pk, int(met[1])])
    if event.verb.startswith("request_"):
        return reverse("client-requests", args=[sprint.pk])
    return reverse("client-sprint", args=[sprint.pk])
