"""Row-level security and composite foreign keys as constraints of the models.

Both stand in `Meta.constraints` (put there by `accounts.tenancy.models`), so that a
forgotten policy is a difference of the model that `makemigrations --check` reports.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.constraints import BaseConstraint

from accounts.tenancy.scope import BOUND_TO_A_CLIENT, Actor

PRACTICE_IS_OURS = "practice_id = current_setting('app.practice_id')::bigint"
# An actor who may not: false, and loud where no practice is set either.
NOBODY = "current_setting('app.practice_id')::bigint IS NULL"
POLICIES = ("practice_wall", "actor_wall", "actor_insert", "actor_update", "actor_delete")

type Editor = BaseDatabaseSchemaEditor
type Model = type[models.Model]


class TenantConstraint(BaseConstraint):
    """What both constraints share: written at the end of the migration, not by forms."""

    name: str

    @abstractmethod
    def statements(self, model: Model, editor: Editor) -> list[str]:
        """The SQL that makes it."""

    def constraint_sql(self, model: Model, editor: Editor) -> None:  # type: ignore[override]
        # Deferred: within one migration the table it points at may come later.
        editor.deferred_sql.extend(self.statements(model, editor))

    def create_sql(self, model: Model, editor: Editor) -> None:  # type: ignore[override]
        editor.deferred_sql.extend(self.statements(model, editor))

    def validate(self, *args: object, **kwargs: object) -> None:
        """Nothing for a form to say: the database alone can judge it."""

    # `Any`: the keyword arguments of any constraint.
    def arguments(self) -> dict[str, Any]:
        _, _, kwargs = self.deconstruct()
        return dict(kwargs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)):
            return self.arguments() == other.arguments()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class TenantKey(models.UniqueConstraint):
    """The pair that composite foreign keys point at; true of any row, so no form asks."""

    def validate(self, *args: object, **kwargs: object) -> None:
        """An id is unique by itself."""

    def remove_sql(self, model: Model, editor: Editor) -> str:  # type: ignore[override]
        # A migration that is taken back removes it before the keys which point at it.
        table = editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT {editor.quote_name(self.name)} CASCADE"


class TenantRLS(TenantConstraint):
    """Row-level security: the practice's wall, and which actors see and write.

    `client_column` names the column that must equal the actor's client; without one a
    client or link listed in `seen_by` sees all of its practice's rows.
    """

    def __init__(
        self,
        *,
        name: str,
        seen_by: Sequence[str],
        written_by: Sequence[str],
        client_column: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.seen_by = tuple(Actor(actor).value for actor in seen_by)
        self.written_by = tuple(Actor(actor).value for actor in written_by)
        self.client_column = client_column

    # `Any`: Django's shape of a deconstruction.
    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs.pop("violation_error_message", None)
        kwargs |= {"seen_by": self.seen_by, "written_by": self.written_by}
        if self.client_column:
            kwargs["client_column"] = self.client_column
        return path, args, kwargs

    def condition(self, actors: Sequence[str]) -> str:
        """The SQL truth of `the actor may, in this row`."""
        cases = []
        for actor in actors:
            is_bound = actor in BOUND_TO_A_CLIENT and self.client_column
            truth = f"{self.client_column} = current_setting('app.client_id')::bigint"
            cases.append(f"WHEN '{actor}' THEN {truth if is_bound else 'true'}")
        return f"CASE current_setting('app.actor') {' '.join(cases)} ELSE {NOBODY} END"

    def statements(self, model: Model, editor: Editor) -> list[str]:
        table = editor.quote_name(model._meta.db_table)
        seen, written = self.condition(self.seen_by), self.condition(self.written_by)
        made = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY practice_wall ON {table} AS PERMISSIVE FOR ALL "
            f"USING ({PRACTICE_IS_OURS}) WITH CHECK ({PRACTICE_IS_OURS})",
            f"CREATE POLICY actor_wall ON {table} AS RESTRICTIVE FOR ALL "
            f"USING ({seen}) WITH CHECK ({seen})",
        ]
        if self.written_by == self.seen_by:
            return made
        return [
            *made,
            f"CREATE POLICY actor_insert ON {table} AS RESTRICTIVE FOR INSERT "
            f"WITH CHECK ({written})",
            f"CREATE POLICY actor_update ON {table} AS RESTRICTIVE FOR UPDATE "
            f"USING ({written}) WITH CHECK ({written})",
            f"CREATE POLICY actor_delete ON {table} AS RESTRICTIVE FOR DELETE USING ({written})",
        ]

    def remove_sql(self, model: Model, editor: Editor) -> str:  # type: ignore[override]
        table = editor.quote_name(model._meta.db_table)
        drops = [f"DROP POLICY IF EXISTS {policy} ON {table}" for policy in POLICIES]
        lifts = [
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]
        return "; ".join([*drops, *lifts])


class TenantFK(TenantConstraint):
    """A foreign key that holds the practice (and the client, where both sides have one).

    Foreign-key checks bypass row-level security; only a composite key makes a reference
    into another tenant impossible.
    """

    def __init__(self, *, name: str, field: str) -> None:
        super().__init__(name=name)
        self.field = field

    # `Any`: Django's shape of a deconstruction.
    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs.pop("violation_error_message", None)
        kwargs["field"] = self.field
        return path, args, kwargs

    def columns(self, model: Model) -> tuple[list[str], list[str]]:
        """The columns here and the columns there."""
        field, target = self.ends(model)
        ours, theirs = ["practice_id"], ["practice_id"]
        is_both = all(has_client(side) for side in (model, target))
        if is_both and self.field != "client":
            ours, theirs = [*ours, "client_id"], [*theirs, "client_id"]
        return [*ours, str(field.column)], [*theirs, str(target._meta.pk.column)]

    def ends(self, model: Model) -> tuple[models.ForeignKey[Any, Any], Model]:
        """The field and the model it points at."""
        field = model._meta.get_field(self.field)
        if not isinstance(field, models.ForeignKey) or isinstance(field.related_model, str):
            raise TypeError(f"{model.__name__}.{self.field} is no foreign key to a known model.")
        return field, field.related_model

    def statements(self, model: Model, editor: Editor) -> list[str]:
        ours, theirs = self.columns(model)
        _, target = self.ends(model)
        quote = editor.quote_name
        return [
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY ({', '.join(map(quote, ours))}) "
            f"REFERENCES {quote(target._meta.db_table)} ({', '.join(map(quote, theirs))}) "
            "DEFERRABLE INITIALLY DEFERRED"
        ]

    def remove_sql(self, model: Model, editor: Editor) -> str:  # type: ignore[override]
        table = editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {editor.quote_name(self.name)}"


def has_client(model: Model) -> bool:
    """Whether the table is one of `ClientModel`: a required column `client_id`."""
    columns = {field.column: field for field in model._meta.local_fields}
    return "client_id" in columns and not columns["client_id"].null
