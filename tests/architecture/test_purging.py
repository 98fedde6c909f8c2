"""Deleting for good: every table with the practice or client is empty of it, nothing else is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from accounts.models import OutgoingMail, Practice, User
from accounts.outbox import post
from accounts.purging import Purge, Root, purge, purge_practice
from accounts.tenancy.grants import tenant_models
from accounts.tenancy.models import ClientModel, PracticeModel
from accounts.tenancy.owner import OWNER
from accounts.tenancy.scope import Actor, practice_scope
from sprints.models import Project, Sprint
from tests.architecture.walls import TABLES
from tests.audits.factories import make_finding, make_run
from tests.factories import Place, World, all_factories, make_client_membership, make_invitation
from tests.sprints.factories import (
    make_event,
    make_host,
    make_project,
    make_risk,
    make_sighting,
    make_sprint,
)

type Counts = dict[str, int]


@pytest.fixture
def full(world: World) -> World:
    """The world with a row of every tenant table in each of its four places."""
    for place in world.places:
        with place.as_staff():
            for make in all_factories().values():
                make(place)
    return world


def column_of(model: type[PracticeModel]) -> str | None:
    if issubclass(model, ClientModel):
        return "client_id"
    return model.client_column


def counts(practice: Practice, client_id: int | None = None) -> Counts:
    """Rows of each tenant table; with a client, those of it in the tables that name clients."""
    found = {}
    with practice_scope(practice.pk, actor=Actor.SYSTEM):
        for table, model in tenant_models().items():
            rows = model._base_manager.filter(practice=practice)
            if client_id is None:
                found[table] = rows.count()
            elif (column := column_of(model)) is not None:
                found[table] = rows.filter(**{column: client_id}).count()
    return found


def of_others(world: World, gone: Place) -> list[Counts]:
    return [counts(place.practice, place.client.pk) for place in world.places if place is not gone]


def delete(place: Place, root: Root, row_id: int, by: User | None = None) -> Counts:
    with place.as_staff():
        found = purge(root, row_id, practice_id=place.practice.pk, by=by or place.owner)
        connection.check_constraints()
    return found


@contextmanager
def nothing_gone(world: World) -> Iterator[None]:
    before = [counts(world.ada.practice), counts(world.bob.practice)]
    yield
    assert [counts(world.ada.practice), counts(world.bob.practice)] == before


def refused(act: Callable[[], object], words: str) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act()


def test_every_factory_has_filled_its_table(full: World):
    assert min(counts(full.ada.practice).values()) > 0
    per_client = counts(full.ada.practice, full.ada.client.pk)
    assert min(per_client.values()) > 0
    assert {"accounts_client", "accounts_invitation", "sprints_activityevent"} <= per_client.keys()


def test_a_purged_client_is_in_no_table_and_nobody_else_is_touched(full: World):
    mine, others = counts(full.ada.practice, full.ada.client.pk), of_others(full, full.ada)
    gone = delete(full.ada, Root.CLIENT, full.ada.client.pk)
    assert set(counts(full.ada.practice, full.ada.client.pk).values()) == {0}
    assert of_others(full, full.ada) == others
    assert gone == mine


def test_a_purged_project_takes_its_sprints_and_leaves_its_sisters(full: World):
    with full.ada.as_staff():
        project, sister = make_project(full.ada), make_sprint(full.ada)
        make_sighting(full.ada, risk=make_risk(full.ada, sprint=sister))
    before = counts(full.ada.practice)
    with full.ada.as_staff():
        sprint = make_sprint(full.ada, project=project)
        make_sighting(full.ada, risk=make_risk(full.ada, sprint=sprint))
        make_finding(full.ada, run=make_run(full.ada, sprint=sprint))
        make_event(full.ada, sprint=sprint)
    gone = delete(full.ada, Root.PROJECT, project.pk)
    after = counts(full.ada.practice)
    assert {name: before[name] - after[name] for name in before if before[name] != after[name]} == {
        "sprints_project": 1
    }
    assert gone["sprints_activityevent"] == gone["audits_finding"] == 1
    assert gone["sprints_stage"] == 7


def test_a_purged_sprint_leaves_its_project_and_the_next_sprint(full: World):
    with full.ada.as_staff():
        project = make_project(full.ada)
        first = make_sprint(full.ada, project=project, state="closed")
        second = make_sprint(full.ada, project=project, number=2)
        for sprint in (first, second):
            make_event(full.ada, sprint=sprint)
    delete(full.ada, Root.SPRINT, first.pk)
    with full.ada.as_staff():
        assert list(Sprint.objects.filter(project=project)) == [second]
        assert second.events.count() == 1
        assert Project.objects.filter(pk=project.pk).exists()


def test_a_foreign_row_is_refused(full: World, subtests: pytest.Subtests):
    with full.bob.as_staff():
        sprint = make_sprint(full.bob)
    ids = {
        Root.CLIENT: full.bob.client.pk,
        Root.PROJECT: sprint.project_id,
        Root.SPRINT: sprint.pk,
    }
    with nothing_gone(full):
        for root in Root:
            with subtests.test(root=root):
                refused(partial(delete, full.ada, root, ids[root]), "nothing was deleted")


def test_another_practice_than_the_scopes_is_refused(full: World):
    def reach_over() -> None:
        with full.ada.as_staff():
            purge(
                Root.CLIENT, full.bob.client.pk, practice_id=full.bob.practice.pk, by=full.bob.owner
            )

    with nothing_gone(full):
        refused(reach_over, "only its owners may")


def test_only_staff_may_delete(full: World, subtests: pytest.Subtests):
    client_id = full.ada.client.pk

    def try_it(actor: Actor) -> None:
        bound_to = client_id if actor in (Actor.CLIENT, Actor.LINK) else None
        with practice_scope(full.ada.practice.pk, actor=actor, client_id=bound_to):
            purge(Root.CLIENT, client_id, practice_id=full.ada.practice.pk, by=full.ada.owner)

    with nothing_gone(full):
        for actor in set(Actor) - {Actor.STAFF}:
            with subtests.test(actor=actor):
                refused(partial(try_it, actor), "only its owners may")


def test_only_an_active_owner_may_delete(full: World, subtests: pytest.Subtests):
    client_id = full.ada.client.pk
    with nothing_gone(full):
        for who in ("consultant", "founder", "revoked"):
            with subtests.test(who=who):
                user = getattr(full.ada, who)
                refused(
                    partial(delete, full.ada, Root.CLIENT, client_id, user), "only its owners may"
                )


def test_without_a_scope_nothing_is_deleted(full: World):
    def try_it() -> None:
        practice_id = full.ada.practice.pk
        purge(Root.CLIENT, full.ada.client.pk, practice_id=practice_id, by=full.ada.owner)

    refused(try_it, "only its owners may")


@pytest.mark.parametrize(
    "call",
    [
        "purge_practice({practice})",
        "purge_rows('accounts_client', {practice}, ARRAY[{client}], '{{}}')",
        "purge_tree('client', 'accounts_client', {practice}, {client}, {owner})",
    ],
)
@pytest.mark.django_db(databases=["default", "ops"], transaction=True)
@pytest.mark.parametrize("alias", ["default", "ops"])
def test_what_the_functions_use_is_lr_owners_alone(world: World, call: str, alias: str):
    place = world.ada
    statement = call.format(
        practice=place.practice.pk, client=place.client.pk, owner=place.owner.pk
    )

    def try_it() -> None:
        with place.as_staff(), connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {statement}")

    refused(try_it, "permission denied for function")


@pytest.mark.django_db(databases=["default", OWNER], transaction=True)
def test_a_purged_practice_is_in_no_table_and_the_other_keeps_every_row(full: World):
    mine, theirs = rows_as_owner(full.ada.practice), rows_as_owner(full.bob.practice)
    assert min(mine.values()) > 0
    with transaction.atomic(using=OWNER):
        purge_practice(full.ada.practice.pk)
    assert set(rows_as_owner(full.ada.practice).values()) == {0}
    assert rows_as_owner(full.bob.practice) == theirs
    assert not Practice.objects.filter(pk=full.ada.practice.pk).exists()
    assert User.objects.filter(pk=full.ada.owner.pk).exists()
    record = Purge.objects.using(OWNER).get()
    assert (record.what, record.name, record.by) == (
        "practice",
        full.ada.practice.slug,
        "operator",
    )
    assert {name: record.counts[name] for name in mine} == mine


def rows_as_owner(practice: Practice) -> Counts:
    """Rows in every table of the catalogue that has a practice, whatever the models say."""
    found = {}
    with connections[OWNER].cursor() as cursor:
        cursor.execute(TABLES)
        for table, *_ in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE practice_id = %s', [practice.pk])
            found[table] = int(cursor.fetchone()[0])
    return found


@pytest.mark.django_db(databases=["default", "ops"], transaction=True)
def test_a_deletion_is_recorded_without_a_persons_words(full: World):
    gone = delete(full.ada, Root.CLIENT, full.ada.client.pk)
    record = Purge.objects.using("ops").get()
    assert record.name == f"client {full.ada.client.pk} of {full.ada.practice.slug}"
    assert (record.what, record.by) == ("client", f"user {full.ada.owner.pk}")
    assert record.counts == gone


def test_the_application_reads_no_record(full: World):
    refused(lambda: list(Purge.objects.all()), "permission denied")


@pytest.mark.django_db(databases=["default", "ops"], transaction=True)
def test_mails_to_the_clients_people_go_unless_they_belong_elsewhere_too(world: World):
    ada, two = world.ada, world.ada_two
    with ada.as_staff():
        both = make_client_membership(ada).user
        make_client_membership(two, user=both)
        guest, asked_twice = make_invitation(ada).email, make_invitation(ada).email
        make_invitation(two, email=asked_twice.upper())
    kept = {both.email, asked_twice, two.founder.email, ada.owner.email}
    for email in {ada.founder.email, guest, *kept}:
        mail_to(email, ada.practice)
    mail_to(ada.founder.email, world.bob.practice)
    delete(ada, Root.CLIENT, ada.client.pk)
    mails = OutgoingMail.objects.using("ops")
    assert set(mails.filter(for_practice=ada.practice.pk).values_list("recipient", flat=True)) == (
        kept
    )
    assert mails.filter(for_practice=world.bob.practice.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_somebody_adds_meanwhile_leaves_no_orphan(world: World):
    with world.ada.as_staff():
        project = make_project(world.ada)
    is_added, may_commit = Event(), Event()
    outcomes: list[str] = []

    def add() -> None:
        try:
            with world.ada.as_staff():
                make_host(world.ada, project=project)
                is_added.set()
                may_commit.wait(timeout=10)
            outcomes.append("kept")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    colleague = Thread(target=add)
    colleague.start()
    assert is_added.wait(timeout=10)
    with world.ada.as_staff():
        purge(Root.PROJECT, project.pk, practice_id=project.practice_id, by=world.ada.owner)
    may_commit.set()
    colleague.join(timeout=10)
    assert outcomes == ["refused"]
    assert counts(world.ada.practice)["sprints_projecthost"] == 0


def mail_to(email: str, practice: Practice) -> None:
    key = f"{practice.pk} {email}"
    post(dedup_key=key, to=email, subject="Hello", text="Body", practice_id=practice.pk)


NOTES = """
CREATE TABLE note (id bigint PRIMARY KEY, practice_id bigint NOT NULL, sprint_id bigint {rule},
    about_id bigint {rule}, FOREIGN KEY (practice_id, sprint_id)
    REFERENCES sprints_sprint (practice_id, id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (practice_id, id), FOREIGN KEY (practice_id, about_id)
    REFERENCES note (practice_id, id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO note VALUES (1, {practice}, {sprint}, 2), (2, {practice}, {sprint}, 1);
SELECT purge_rows('sprints_sprint', {practice}, ARRAY[{sprint}]::bigint[], '{{}}');
SET CONSTRAINTS ALL IMMEDIATE;
"""


@pytest.mark.django_db(databases=["default", OWNER], transaction=True)
@pytest.mark.parametrize(
    ("rule", "left"), [("NULL", [(1, None, 2), (2, None, 1)]), ("NOT NULL", [])]
)
def test_what_needs_the_sprint_goes_and_what_does_not_lets_go_of_it(world: World, rule, left):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
    words = {"practice": world.ada.practice.pk, "sprint": sprint.pk, "rule": rule}
    # The table is lr_owner's, and taken back: two rows that point at each other and the sprint.
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(NOTES.format(**words))
        cursor.execute("SELECT id, sprint_id, about_id FROM note ORDER BY id")
        found = cursor.fetchall()
        transaction.set_rollback(True, using=OWNER)
    assert found == left
