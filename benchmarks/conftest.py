"""The database and the world of the tests, for measuring."""

from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase

from tests.conftest import django_db_setup, keys, test_servers, world
from tests.lab.fixture import lab

__all__ = ["django_db_setup", "keys", "lab", "test_servers", "world"]


@pytest.fixture(scope="session", autouse=True)
def left_full(django_db_setup: None) -> Iterator[None]:  # noqa: ARG001 - it comes after
    """What was measured is dropped with its database, not emptied row by row before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: None)
        yield
