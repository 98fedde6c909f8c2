"""Functions of lr_owner, declared in migrations and named in the isolation suite's list.

They look before a tenant is known and return ids only, or delete what nobody else may.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from accounts.tenancy.grants import APP_ROLE, is_role


class DefinerFunction(Operation):
    """Create a SECURITY DEFINER function in SQL that lr_app alone may execute.

    `DefinerFunction("invitation_by_hash", arguments="hash text",
    returns="TABLE (practice_id bigint, id bigint)", body="SELECT …")`. One that `is_writing`
    has a body in PL/pgSQL. With `role=None` nobody but lr_owner may execute it.
    """

    reversible = True

    def __init__(
        self,
        name: str,
        *,
        arguments: str,
        returns: str,
        body: str,
        role: str | None = APP_ROLE,
        is_writing: bool = False,
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.returns = returns
        self.body = body
        self.role = role
        self.is_writing = is_writing

    # `Any`: Django's shape of a deconstruction.
    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"arguments": self.arguments, "returns": self.returns, "body": self.body}
        more = {"role": self.role, "is_writing": self.is_writing}
        return type(self).__qualname__, [self.name], {**kwargs, **more}

    def state_forwards(self, app_label: str, state: object) -> None:
        """Functions are no part of the models' state."""

    def database_forwards(
        self, _app_label: str, editor: BaseDatabaseSchemaEditor, _old: object, _new: object
    ) -> None:
        signature = f"{self.name}({self.arguments})"
        language = "plpgsql VOLATILE" if self.is_writing else "sql STABLE"
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {signature} RETURNS {self.returns} LANGUAGE {language} "
            f"SECURITY DEFINER SET search_path = pg_catalog, public AS $fn$ {self.body} $fn$",
            params=None,
        )
        editor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC", params=None)
        if self.role is not None and is_role(editor.connection, self.role):
            editor.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {self.role}", params=None)

    def database_backwards(
        self, _app_label: str, editor: BaseDatabaseSchemaEditor, _old: object, _new: object
    ) -> None:
        editor.execute(f"DROP FUNCTION IF EXISTS {self.name}({self.arguments})", params=None)

    def describe(self) -> str:
        return f"Create the definer function {self.name}"
