"""How an engagement begins: a project for a client, a sprint for a project."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Max
from django.utils import timezone

from accounts.models import Client, User
from sprints.models import Project, Sprint
from sprints.models.activity import record

SPRINT_WORKING_DAYS: Final = 5
SATURDAY: Final = 5


def create_project(
    client: Client, *, name: str, domain: str, launch_on: date | None = None
) -> Project:
    """The app under launch; raises ValidationError where the client has this domain already."""
    project = Project(
        practice_id=client.practice_id,
        client=client,
        name=name,
        domain=domain,
        launch_on=launch_on,
    )
    project.validate_constraints()
    project.save()
    return project


def open_sprint(
    project: Project,
    *,
    by: User,
    lead: User | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Sprint:
    """The project's next sprint with its seven stages; unless said, led by `by` from today.

    Raises ValidationError while another sprint of the project is at work.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    last = Sprint.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    first = starts_on or timezone.localdate()
    sprint = Sprint(
        practice_id=project.practice_id,
        client_id=project.client_id,
        project=project,
        number=last + 1,
        lead=lead or by,
        starts_on=first,
        ends_on=ends_on or working_day(first, SPRINT_WORKING_DAYS),
    )
    sprint.validate_constraints()
    sprint.save()
    sprint.lay_stages()
    record(sprint, "sprint_opened", f"Sprint {sprint.number}", actor=by)
    return sprint


def working_day(first: date, number: int) -> date:
    """The `number`th working day, Monday to Friday, counted from `first` on."""
    day, left = first, number
    while True:
        left -= day.weekday() < SATURDAY
        if left <= 0:
            return day
        day += timedelta(days=1)
