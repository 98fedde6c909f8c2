"""What each database role may do, derived from the models after every migration."""

from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.tenancy.models import WORK, GlobalModel, PracticeModel

APP_ROLE = "lr_app"
OPS_ROLE = "lr_ops"
APPEND = ("SELECT", "INSERT")
READ = ("SELECT",)

MISSING_ROLES = """The database has no role {role}, so the application could not be given its
rights. As a superuser run:
  CREATE ROLE lr_owner LOGIN BYPASSRLS CREATEDB PASSWORD '…';
  CREATE ROLE lr_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '…';
  CREATE ROLE lr_ops LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '…';
  ALTER DATABASE … OWNER TO lr_owner;
then migrate again with DATABASE_OWNER_URL."""


class MissingRoleError(Exception):
    """A role that the rights should go to does not exist."""


def app_rights(table: str) -> tuple[str, ...]:
    """The rights of lr_app on a table."""
    if table == "django_migrations":
        return READ
    model = our_models().get(table)
    if model is not None and issubclass(model, GlobalModel):
        return model.app_rights
    return APPEND if model is not None and model.is_append_only else WORK


def ops_rights(table: str) -> tuple[str, ...]:
    """The rights of lr_ops on a table."""
    if table == "django_migrations":
        return READ
    model = our_models().get(table)
    return model.ops_rights if model is not None else ()


def tenant_models() -> dict[str, type[PracticeModel]]:
    """Every concrete tenant model by the name of its table."""
    found = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in found if issubclass(model, PracticeModel)}


def our_models() -> dict[str, type[PracticeModel] | type[GlobalModel]]:
    """Every concrete model of ours by the name of its table; a library's are not among them."""
    ours = (PracticeModel, GlobalModel)
    return {model._meta.db_table: model for model in apps.get_models() if issubclass(model, ours)}


def is_role(connection: BaseDatabaseWrapper, role: str) -> bool:
    """Whether the cluster has the role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None


def grant_roles(connection: BaseDatabaseWrapper) -> None:
    """Give both roles exactly their rights on every table of the schema."""
    for role in (APP_ROLE, OPS_ROLE):
        if not is_role(connection, role):
            raise MissingRoleError(MISSING_ROLES.format(role=role))
    quote = connection.ops.quote_name
    roles = f"{APP_ROLE}, {OPS_ROLE}"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {roles}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles}")
        for table in tables:
            for role, rights in ((APP_ROLE, app_rights(table)), (OPS_ROLE, ops_rights(table))):
                if rights:
                    cursor.execute(f"GRANT {', '.join(rights)} ON {quote(table)} TO {role}")


def grant_after_migration(using: str, **_: Any) -> None:  # Any: the signal's other words
    """Receiver of post_migrate."""
    from django.db import connections  # noqa: PLC0415 - the app registry is filling up

    grant_roles(connections[using])
