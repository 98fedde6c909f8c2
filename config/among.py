"""Rows whose column holds one of many ids, however many they are."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup
from django.db.models.sql.compiler import SQLCompiler


class Among(Lookup[Any]):
    """`filter(Among("sprint_id", ids))`: `column = ANY (array)`, one parameter.

    `column__in` binds each id by itself, and a join to ask the same leads the planner astray: it
    takes every policy for one that hides half of the rows. `Any`: the column is of any type.
    """

    prepare_rhs = False

    def __init__(self, column: str, ids: Iterable[int]) -> None:
        # As PostgreSQL writes an array: the driver would look at each id by itself.
        super().__init__(F(column), f"{{{','.join(map(str, ids))}}}")

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        column, words = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::bigint[])", (*words, self.rhs)
