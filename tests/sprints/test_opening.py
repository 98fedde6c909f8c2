from datetime import date

import pytest
from django.core.exceptions import ValidationError

from sprints.models import ActivityEvent, Stage, StageItem
from sprints.opening import create_project, open_sprint, working_day
from tests.factories import World
from tests.sprints.factories import make_project


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


def test_a_sprint_opens_with_number_lead_stages_and_a_line_in_its_history(place):
    sprint = open_sprint(make_project(place), by=place.consultant)
    assert (sprint.number, sprint.lead, sprint.state) == (1, place.consultant, "active")
    assert [stage.ordinal for stage in Stage.objects.filter(sprint=sprint)] == list(range(1, 8))
    assert StageItem.objects.filter(stage__sprint=sprint, key="1.3").exists()
    event = ActivityEvent.objects.get(sprint=sprint)
    assert (event.seq, event.verb, event.actor) == (1, "sprint_opened", place.consultant)


def test_a_second_sprint_waits_for_the_first(place):
    project = make_project(place)
    first = open_sprint(project, by=place.owner)
    with pytest.raises(ValidationError, match="Close or pause it"):
        open_sprint(project, by=place.owner)
    first.state = "closed"
    first.save()
    assert open_sprint(project, by=place.owner).number == 2


def test_a_client_has_one_project_per_domain(place):
    project = create_project(place.client, name="Chat", domain="chat.test")
    assert project.practice_id == place.practice.pk
    with pytest.raises(ValidationError, match="already has a project"):
        create_project(place.client, name="Chat again", domain="chat.test")


@pytest.mark.parametrize(
    ("first", "fifth"),
    [
        (date(2026, 11, 23), date(2026, 11, 27)),
        (date(2026, 11, 24), date(2026, 11, 30)),
        (date(2026, 11, 28), date(2026, 12, 4)),
    ],
)
def test_working_days_leave_out_the_weekend(first, fifth):
    assert working_day(first, 5) == fifth
    assert working_day(first, 1) == (first if first.weekday() < 5 else date(2026, 11, 30))
