"""What is due over all practices: ids alone, found as lr_ops."""

import psycopg
import pytest
from django.db import connections
from django.db.models import Q

from accounts import due
from accounts.models import Client, Invitation
from tests.factories import make_world

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(due, "KINDS", {})


def as_owner(words: str) -> None:
    """Over a connection of its own: Django's may still be barred by the test before."""
    params = connections["owner"].get_connection_params()
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute(words)


def test_due_rows_of_every_working_practice_are_found_oldest_first(monkeypatch, request):
    request.addfinalizer(lambda: as_owner("REVOKE ALL ON accounts_client FROM lr_ops"))
    monkeypatch.setattr(Client, "ops_rights", ("SELECT",))
    as_owner("GRANT SELECT ON accounts_client TO lr_ops")
    due.register("client", Client, lambda: Q(archived_at=None), order="-created_at")
    world = make_world()
    places = [(place.practice.pk, place.client.pk) for place in reversed(world.places)]
    assert due.due("client") == places
    assert due.due("client", limit=1) == places[:1]
    world.bob.practice.status = "suspended"
    world.bob.practice.save()
    assert due.due("client") == places[2:]


def test_a_kind_without_the_right_is_refused():
    with pytest.raises(ValueError, match="lacks SELECT"):
        due.register("invitation", Invitation, Q, order="pk")


def test_a_kind_is_registered_once(monkeypatch):
    monkeypatch.setattr(Client, "ops_rights", ("SELECT",))
    due.register("client", Client, Q, order="pk")
    with pytest.raises(ValueError, match="twice"):
        due.register("client", Client, Q, order="pk")
