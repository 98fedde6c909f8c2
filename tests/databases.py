"""The servers and databases under the tests.

One pair of servers per run (started by xdist's controller), one template database that is
migrated once, one clone of it per worker. Tests connect as lr_app; only the making and the
cleaning of a database is lr_owner's.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.databases import APP_LIMITS, OWNER_LIMITS, database
from config.embedded import throwaway_servers

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@dataclass(frozen=True)
class Servers:
    """Where the run's servers listen: three roles of one PostgreSQL, and Valkey."""

    app: str
    owner: str
    ops: str
    redis: str

    def words(self) -> dict[str, str]:
        return asdict(self)


def given_servers() -> Servers | None:
    """Those that `make test` has started, named by TEST_… variables."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        return None
    return Servers(
        app=url,
        owner=os.environ["TEST_DATABASE_OWNER_URL"],
        ops=os.environ["TEST_DATABASE_OPS_URL"],
        redis=os.environ["TEST_REDIS_URL"],
    )


@contextmanager
def servers() -> Iterator[Servers]:
    """The given servers, or a pair of our own that ends with this block."""
    given = given_servers()
    if given is not None:
        yield given
        return
    with throwaway_servers() as (postgres, valkey):
        yield Servers(
            app=postgres.url("app"),
            owner=postgres.url("owner"),
            ops=postgres.url("ops"),
            redis=valkey.url,
        )


def renamed(url: str, name: str) -> str:
    """The same DSN for another database."""
    return f"{url.rpartition('/')[0]}/{name}"


def point_at(found: Servers, name: str) -> None:
    """Let Django's three aliases use the database `name`."""
    chosen = {
        "default": {**database(renamed(found.app, name), limits=APP_LIMITS)},
        "owner": database(renamed(found.owner, name), limits=OWNER_LIMITS),
        "ops": database(renamed(found.ops, name), limits=APP_LIMITS),
    }
    for alias, settings in chosen.items():
        connections[alias].close()
        connections[alias].settings_dict.update(settings)
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True


def execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def make_template(found: Servers, name: str, folder: Path) -> None:
    """Migrate the template once per run, whichever worker comes first."""
    done = folder / "template-done"
    with (folder / "template-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        execute(found.owner, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        point_at(found, name)
        call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()
        done.touch()


@contextmanager
def test_database(found: Servers, worker: str, run: str, folder: Path) -> Iterator[str]:
    """A database of this worker's own, cloned from the template."""
    template, name = f"test_{run}_template", f"test_{run}_{worker}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    make_template(found, template, folder)
    execute(found.owner, sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
    point_at(found, name)
    yield renamed(found.owner, name)
    connections.close_all()
    drop(found.owner, names["name"])


def drop(owner_url: str, name: sql.Identifier) -> None:
    """Drop a database, ending what a thread left connected.

    lr_owner may not end autovacuum, which is a superuser's; plain DROP sends that away itself.
    """
    try:
        execute(owner_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
    except psycopg.errors.InsufficientPrivilege:
        execute(owner_url, sql.SQL("DROP DATABASE {}").format(name))


def empty_tables(owner_url: str) -> None:
    """Empty every table that holds rows, as lr_owner: lr_app may not.

    By DELETE: TRUNCATE makes new files for each table and for all that point at it, which
    takes longer than the test did.
    """
    with psycopg.connect(owner_url) as connection:
        full = [sql.Identifier(name) for name in _tables_with_rows(connection)]
        # Append-only tables refuse in a trigger; the tests' clean-up is no purge.
        for words in ("ALTER TABLE {} DISABLE TRIGGER USER", "DELETE FROM {}"):
            for table in full:
                connection.execute(sql.SQL(words).format(table))
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in full:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))


def _tables_with_rows(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    known = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = sorted({str(name) for (name,) in known} - KEPT)
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in tables
    )
    return [str(name) for (name,) in connection.execute(asked)]
