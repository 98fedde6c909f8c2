"""The walls come from the models: made by migrations, found missing by a check, reversible."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.forms import modelform_factory
from django.test.utils import isolate_apps

from accounts.models import Client
from accounts.tenancy.constraints import TenantFK, TenantRLS
from accounts.tenancy.forms import validated_save
from accounts.tenancy.grants import MissingRoleError, grant_roles
from accounts.tenancy.models import ClientModel, PracticeModel, TenantForeignKey
from accounts.tenancy.scope import Actor
from tests.factories import World

WALLS = """
SELECT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %(table)s),
    (SELECT count(*) FROM pg_policies WHERE tablename = %(table)s),
    (SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relname = %(table)s AND contype = 'f' AND conname LIKE '%%_fk')
"""


def test_the_models_and_the_migrations_agree():
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", "accounts", stdout=said)
    assert "No changes" in said.getvalue()


def test_a_model_that_loses_its_wall_is_a_difference():
    state = ProjectState.from_apps(apps)
    options = state.models["accounts", "client"].options
    options["constraints"] = [
        entry for entry in options["constraints"] if not isinstance(entry, TenantRLS)
    ]
    before = MigrationLoader(None).project_state()
    changes = MigrationAutodetector(before, state).changes(MigrationLoader(None).graph)
    [operation] = changes["accounts"][0].operations
    assert operation.describe() == "Remove constraint accounts_client_rls from model client"


@isolate_apps("accounts", attr_name="isolated")
def make_boat() -> tuple[type[models.Model], type[models.Model]]:
    class Harbour(PracticeModel):
        class Meta:
            app_label = "accounts"

    class Boat(ClientModel):
        written_by = (Actor.STAFF,)
        harbour = TenantForeignKey(Harbour, on_delete=models.CASCADE)
        name = models.CharField(max_length=20)

        class Meta:
            app_label = "accounts"
            constraints = [models.UniqueConstraint(fields=["practice", "name"], name="boat_name")]

    return Harbour, Boat


def test_a_model_receives_its_walls_beside_its_own_constraints():
    _, boat = make_boat()
    assert [entry.name for entry in boat._meta.constraints] == [
        "boat_name",
        "accounts_boat_in_practice",
        "accounts_boat_rls",
        "accounts_boat_in_client",
        "accounts_boat_client_fk",
        "accounts_boat_harbour_fk",
    ]
    assert [index.fields for index in boat._meta.indexes] == [["practice", "harbour"]]
    [field] = [field for field in boat._meta.local_fields if field.name == "harbour"]
    assert field.deconstruct()[1] == "django.db.models.ForeignKey"


def test_constraints_are_equal_by_what_they_say():
    one = TenantRLS(name="a", seen_by=["staff"], written_by=["staff"])
    assert one == TenantRLS(name="a", seen_by=[Actor.STAFF], written_by=("staff",))
    assert one != TenantRLS(name="a", seen_by=["staff", "link"], written_by=["staff"])
    assert one != TenantRLS(name="a", seen_by=["staff"], written_by=["staff"], client_column="id")
    assert TenantFK(name="a", field="b") != TenantFK(name="a", field="c")
    assert one != TenantFK(name="a", field="b")
    assert one.clone() == one
    assert len({one, one.clone()}) == 1
    with pytest.raises(ValueError, match="'robot' is not a valid Actor"):
        TenantRLS(name="a", seen_by=["robot"], written_by=[])


def as_migrated(*made: type[models.Model]) -> list[type[models.Model]]:
    """The models as a migration sees them, beside all the others."""
    state = MigrationLoader(None).project_state()
    for model in made:
        state.add_model(ModelState.from_model(model))
    return [state.apps.get_model("accounts", model.__name__) for model in made]


def walls(cursor, table: str) -> tuple[object, ...]:
    cursor.execute(WALLS, {"table": table})
    return tuple(cursor.fetchone())


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_walls_are_built_and_taken_down_again():
    harbour, boat = as_migrated(*make_boat())
    owner = connections["owner"]
    rls, fk = boat._meta.constraints[2], boat._meta.constraints[5]
    with owner.schema_editor() as editor:
        editor.create_model(boat)
        editor.create_model(harbour)
    try:
        with owner.cursor() as cursor:
            assert walls(cursor, "accounts_harbour") == (True, 2, 0)
            assert walls(cursor, "accounts_boat") == (True, 5, 2)
        with owner.schema_editor() as editor:
            editor.remove_constraint(boat, rls)
            editor.remove_constraint(boat, fk)
        with owner.cursor() as cursor:
            assert walls(cursor, "accounts_boat") == (False, 0, 1)
        with owner.schema_editor() as editor:
            editor.add_constraint(boat, rls)
            editor.add_constraint(boat, fk)
        with owner.cursor() as cursor:
            assert walls(cursor, "accounts_boat") == (True, 5, 2)
    finally:
        with owner.schema_editor() as editor:
            editor.delete_model(boat)
            editor.delete_model(harbour)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_rights_are_not_given_to_roles_that_are_not_there(monkeypatch):
    monkeypatch.setattr("accounts.tenancy.grants.APP_ROLE", "lr_nobody")
    with pytest.raises(MissingRoleError, match="CREATE ROLE lr_app"):
        grant_roles(connections["owner"])


def test_a_database_without_an_address_says_what_to_set(settings):
    from accounts.backend.base import DatabaseWrapper

    nowhere = DatabaseWrapper({**connection.settings_dict, "NAME": ""}, alias="default")
    with pytest.raises(Exception, match="DATABASE_OWNER_URL"):
        nowhere.get_connection_params()


def test_a_form_that_leaves_the_practice_out_still_hears_its_constraints(world: World):
    form_class = modelform_factory(Client, fields=["name"])
    with world.ada.as_staff():
        form = form_class({"name": world.ada.client.name})
        assert form.is_valid()
        assert validated_save(form, practice=world.ada.practice) is None
        assert form.non_field_errors() == ["This practice already has a client of this name."]
        form = form_class({"name": "Another"})
        assert form.is_valid()
        saved = validated_save(form, practice=world.ada.practice)
        assert saved is not None
        assert saved.pk
