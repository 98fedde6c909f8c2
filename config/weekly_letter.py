"""A founder's week, gathered: by the same functions as their first page, in their time zone."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.weekly import Turn, mail_letter, take_turn
from config.client_finding import client_risks, client_url, first_name, weighing
from config.client_needs import needs_of
from config.client_standing import standing_of
from config.founder_words import Asked, nothing_needed
from config.weekly_words import Happened, Week, letter_of
from sprints.models import ActivityEvent, Sprint
from sprints.sharing import as_client_reads, events_for_client
from sprints.telling import sentence, who


def write(membership_id: int) -> None:
    """Mail one founder's week, if it is time and there is something to say."""
    turn = take_turn(membership_id)
    if turn is None:
        return
    with timezone.override(ZoneInfo(turn.person.time_zone)):
        weeks = [week_of(sprint, turn) for sprint in running(turn)]
    letter = letter_of(weeks, site=settings.PUBLIC_URL)
    if letter is not None:
        mail_letter(turn, letter)


def running(turn: Turn) -> list[Sprint]:
    """The client's sprints that are at work, the nearest launch first."""
    sprints = Sprint.objects.of(turn.practice).of_client(turn.client_id)
    at_work = sprints.filter(state=Sprint.State.ACTIVE, archived_at=None)
    with_all = at_work.select_related("project", "client", "lead", "practice")
    return sorted(with_all, key=lambda one: (str(one.project.launch_on or "9999"), one.pk))


def week_of(sprint: Sprint, turn: Turn) -> Week:
    """What the founder may know of one sprint, and what happened in it since a week."""
    asked = asked_by(turn.person, sprint)
    risks = list(weighing(client_risks(sprint)))
    standing = standing_of(sprint, asked, risks)
    return Week(
        project=sprint.project.name,
        answer=standing.answer.title,
        answer_text=standing.answer.text,
        url=client_url("client-sprint", sprint),
        coming=nothing_needed(standing.steps),
        happened=happened_in(sprint, turn),
        needs=needs_of(sprint, asked, risks, owners={turn.person.pk}),
    )


def asked_by(person: User, sprint: Sprint) -> Asked:
    return Asked(
        me=person.pk,
        lead=first_name(sprint.lead),
        launch_on=sprint.project.launch_on,
        today=timezone.localdate(),
    )


def happened_in(sprint: Sprint, turn: Turn) -> Happened:
    """What the client's side may know of the week; a look that changed nothing is no news."""
    events = events_for_client(sprint).filter(at__gte=turn.since).order_by("seq")
    told = [one for one in as_client_reads(sprint, events) if _is_news(one)]
    titles = {risk.ref: risk.title for risk in client_risks(sprint)} if told else {}
    newest = told[-1] if told else None
    return Happened(
        gone=_refs(told, "closed", "risk_checked"),
        found=_refs(told, "opened", "risk_created"),
        came_back=_refs(told, "came_back"),
        newest=_told(newest, titles) if newest else "",
        act_count=len(told),
    )


def _is_news(event: ActivityEvent) -> bool:
    lists = ("opened", "came_back", "closed")
    return event.verb != "audit_finished" or any(event.data.get(name) for name in lists)


def _refs(events: list[ActivityEvent], name: str, verb: str = "") -> set[str]:
    looked = {ref for one in events for ref in one.data.get(name, ())}
    return looked | {one.subject for one in events if verb and one.verb == verb}


def _told(event: ActivityEvent, titles: dict[str, str]) -> str:
    """`Maya asked for “The registrar”.`; a risk by its title, never a person's address."""
    if event.subject in titles:
        event.subject = f"“{titles[event.subject]}”"
    name = who(event)
    return f"{'Somebody' if '@' in name else name} {sentence(event)}"
