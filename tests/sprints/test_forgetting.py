"""An erased person's name leaves the history and the comments, and every seal still fits."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.purging import practice_purged
from sprints import storing
from sprints.models import ActivityEvent, Comment
from sprints.models.activity import record
from tests.sprints.factories import make_comment, make_sprint


def test_a_practice_that_is_purged_leaves_no_file(world):
    mine = storing.keep(b"proof", practice_id=world.ada.practice.pk, client_id=1)
    other = storing.keep(b"proof", practice_id=world.bob.practice.pk, client_id=2)
    practice_purged.send(None, practice_id=world.ada.practice.pk)
    practice_purged.send(None, practice_id=10**9)
    with pytest.raises(FileNotFoundError):
        storing.read(mine, practice_id=world.ada.practice.pk)
    assert storing.read(other, practice_id=world.bob.practice.pk) == b"proof"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_name_goes_and_the_chain_holds(world):
    person = world.ada.founder
    name = str(person)
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        record(sprint, "risk_fixed", "R-001", actor=person)
        record(sprint, "risk_created", "R-002", actor=world.ada.consultant)
        make_comment(world.ada, sprint=sprint, author=person, author_name=name)
    call_command("erase_person", person.email, "--yes", stdout=StringIO())
    with world.ada.as_staff():
        events = ActivityEvent.objects.filter(sprint=sprint).order_by("seq")
        assert [event.actor_name for event in events] == [
            "Somebody who left",
            str(world.ada.consultant),
        ]
        assert events.first_broken() is None
        assert Comment.objects.get(sprint=sprint).author_name == "Somebody who left"
