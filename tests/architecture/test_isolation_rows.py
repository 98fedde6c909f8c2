"""T7: each tenant table, as lr_app, with one row on either side of the wall."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.tenancy.grants import app_rights, tenant_models
from accounts.tenancy.models import ClientModel, PracticeModel
from accounts.tenancy.scope import (
    BOUND_TO_A_CLIENT,
    Actor,
    NoPracticeContextError,
    bound,
    practice_scope,
)
from tests.factories import Place, World, all_factories

TABLES = sorted(tenant_models())


@dataclass
class Sides:
    """One table, and a row of it in four places."""

    table: str
    model: type[PracticeModel]
    world: World
    ids: dict[str, int]

    @property
    def rights(self) -> tuple[str, ...]:
        """What lr_app may do with the table at all."""
        return app_rights(self.table.strip('"'))

    def count(self, place: Place) -> int:
        """The visible rows of the place's practice."""
        return self.run(f"SELECT count(*) FROM {self.table} WHERE practice_id = %s", place)

    def run(self, statement: str, place: Place) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, [place.practice.pk])
            return int(cursor.fetchone()[0]) if cursor.description else cursor.rowcount

    def copied_to(self, place: Place, source: int) -> str:
        """Return an INSERT of row `source` again, for another practice (and its client)."""
        fields = [
            field for field in self.model._meta.local_concrete_fields if not field.primary_key
        ]
        given = {"practice_id": place.practice.pk}
        if issubclass(self.model, ClientModel):
            given["client_id"] = place.client.pk
        names = [str(field.column) for field in fields if not field.generated]
        values = [str(given.get(name, f'"{name}"')) for name in names]
        columns = ", ".join(f'"{name}"' for name in names)
        return (
            f"INSERT INTO {self.table} ({columns}) SELECT {', '.join(values)} "
            f"FROM {self.table} WHERE id = {source}"
        )


def make_sides(table: str, world: World) -> Sides:
    model = tenant_models()[table]
    make = all_factories().get(model)
    assert make is not None, f"{model._meta.label} has no @factory in tests/…/factories.py"
    ids = {}
    for name, place in zip(("ada", "ada_two", "bob", "bob_two"), world.places, strict=True):
        with place.as_staff():
            ids[name] = make(place).pk
    return Sides(f'"{table}"', model, world, ids)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(act: Callable[[], object], words: str) -> bool:
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return words in str(error)
    return False


# Each look yields what it found wrong.


def other_practices_rows_are_seen(sides: Sides) -> Iterator[str]:
    world = sides.world
    with world.ada.as_staff():
        if sides.count(world.ada) < 2:
            yield "the own rows are not seen"
        if sides.count(world.bob):
            yield "SELECT shows the other practice's rows"
        if sides.model._base_manager.filter(pk=sides.ids["bob"]).exists():
            yield "the other practice's row is found by its id"


def other_practices_rows_change(sides: Sides) -> Iterator[str]:
    with sides.world.ada.as_staff():
        for verb, statement in (
            ("UPDATE", "UPDATE {} SET practice_id = practice_id WHERE practice_id = %s"),
            ("DELETE", "DELETE FROM {} WHERE practice_id = %s"),
        ):
            act = partial(sides.run, statement.format(sides.table), sides.world.bob)
            if verb not in sides.rights:
                if not refused(act, "permission denied"):
                    yield f"{verb} is not denied"
            elif act() != 0:
                yield f"{verb} reaches the other practice's rows"
    with sides.world.bob.as_staff():
        if sides.count(sides.world.bob) < 2:
            yield "the other practice's rows are gone"


def rows_are_made_for_the_other_practice(sides: Sides) -> Iterator[str]:
    bob = sides.world.bob
    move = f"UPDATE {sides.table} SET practice_id = {bob.practice.pk} WHERE id = {sides.ids['ada']}"
    with sides.world.ada.as_staff():
        copied = partial(execute, sides.copied_to(bob, sides.ids["ada"]))
        if not refused(copied, "row-level security"):
            yield "INSERT for the other practice is let through"
        if "UPDATE" in sides.rights and not refused(partial(execute, move), "row-level security"):
            yield "a row moves to the other practice"


def copying_out_yields_more(sides: Sides) -> Iterator[str]:
    statement = f"COPY {sides.table} (practice_id) TO STDOUT"
    with sides.world.ada.as_staff(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        found = {int(row[0]) for row in copy.rows()}
    if found != {sides.world.ada.practice.pk}:
        yield f"COPY TO yields practices {found}"


def a_missing_scope_is_silent(sides: Sides) -> Iterator[str]:
    for statement in ("SELECT count(*) FROM {}", "DELETE FROM {}"):
        if statement.split()[0] not in sides.rights:
            continue
        try:
            with bound(None), transaction.atomic():
                execute(statement.format(sides.table))
        except NoPracticeContextError:
            continue
        yield f"{statement.split()[0]} without a scope is answered"


def a_client_sees_another_clients_rows(sides: Sides) -> Iterator[str]:
    model = sides.model
    with sides.world.ada_two.as_client():
        seen = set(model._base_manager.values_list("pk", flat=True))
    if Actor.CLIENT not in model.seen_by and seen:
        yield "a client sees a table of the office"
    if sides.ids["bob"] in seen:
        yield "a client sees another practice"
    is_split = model.client_column == "client_id" and Actor.CLIENT in model.seen_by
    if is_split and (sides.ids["ada_two"] not in seen or sides.ids["ada"] in seen):
        yield "a client sees another client's rows, or not its own"


def a_client_writes_for_another_client(sides: Sides) -> Iterator[str]:
    if not issubclass(sides.model, ClientModel):
        return
    ada = sides.world.ada
    with sides.world.ada_two.as_client():
        copied = partial(execute, sides.copied_to(ada, sides.ids["ada_two"]))
        if Actor.CLIENT in sides.model.seen_by and not refused(copied, "row-level security"):
            yield "a client writes into another client"


def actors_do_more_than_the_model_says(sides: Sides) -> Iterator[str]:
    ada = sides.world.ada
    for actor in Actor:
        client_id = ada.client.pk if actor in BOUND_TO_A_CLIENT else None
        with practice_scope(ada.practice.pk, actor=actor, client_id=client_id):
            rows = sides.model._base_manager.filter(practice=ada.practice.pk)
            if actor not in sides.model.seen_by and rows.exists():
                yield f"{actor} sees it"
            may_not = actor not in sides.model.written_by and "UPDATE" in sides.rights
            if may_not and rows.update(practice=ada.practice.pk):
                yield f"{actor} writes it"


LOOKS = (
    other_practices_rows_are_seen,
    other_practices_rows_change,
    rows_are_made_for_the_other_practice,
    copying_out_yields_more,
    a_missing_scope_is_silent,
    a_client_sees_another_clients_rows,
    a_client_writes_for_another_client,
    actors_do_more_than_the_model_says,
)


@pytest.mark.parametrize("table", TABLES)
def test_the_wall_stands_around_the_table(world: World, table):
    sides = make_sides(table, world)
    assert [gap for look in LOOKS for gap in look(sides)] == []


def test_every_tenant_model_has_a_factory():
    missing = set(tenant_models().values()) - all_factories().keys()
    assert not missing, f"Add @factory(…) for {sorted(m._meta.label for m in missing)}"
