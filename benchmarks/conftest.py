"""The database and the world of the tests, for measuring."""

from tests.conftest import django_db_setup, keys, test_servers, world

__all__ = ["django_db_setup", "keys", "test_servers", "world"]
