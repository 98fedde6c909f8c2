"""T1 to T6: the walls as the catalogue shows them; a new table is covered by being there."""

import pytest
from django.db import connection

from tests.architecture.walls import (
    Row,
    key_gaps,
    model_gaps,
    role_gaps,
    table_gaps,
    unique_gaps,
    view_gaps,
)


def ask(statement: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("look", [table_gaps, key_gaps, unique_gaps, view_gaps, role_gaps])
def test_the_catalogue_shows_no_gap(db, look):
    assert look(ask) == []


def test_every_model_is_inside_the_walls_or_listed():
    assert model_gaps() == []
