"""T12: break each wall in a transaction of lr_owner; the suite has to notice every breach."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, connections, transaction

from accounts.backend import base
from accounts.models import Client, Practice
from accounts.rolecheck import role_faults
from accounts.tenancy.scope import Actor, NoPracticeContextError, practice_scope
from tests.architecture.walls import Row, all_gaps

BREACHES = {
    "a policy dropped": "DROP POLICY practice_wall ON accounts_client",
    "not forced": "ALTER TABLE accounts_client NO FORCE ROW LEVEL SECURITY",
    "switched off": "ALTER TABLE accounts_client DISABLE ROW LEVEL SECURITY",
    "a silent policy": "ALTER POLICY practice_wall ON accounts_client USING "
    "(practice_id = nullif(current_setting('app.practice_id', true), '')::bigint)",
    "no check on writing": "DROP POLICY practice_wall ON accounts_client; CREATE POLICY "
    "practice_wall ON accounts_client USING "
    "(practice_id = current_setting('app.practice_id')::bigint) WITH CHECK (true)",
    "a second way in": "CREATE POLICY also ON accounts_client USING (true)",
    "the actor's policy removed": "DROP POLICY actor_wall ON accounts_clientmembership",
    "writing left open": "DROP POLICY actor_update ON accounts_membership",
    "a plain foreign key": "ALTER TABLE accounts_clientmembership "
    "DROP CONSTRAINT accounts_clientmembership_client_fk; ALTER TABLE accounts_clientmembership "
    "ADD FOREIGN KEY (client_id) REFERENCES accounts_client (id)",
    "unique over all": "CREATE UNIQUE INDEX leak ON accounts_client (name)",
    "a view with its owner's eyes": "CREATE VIEW every_client AS SELECT * FROM accounts_client",
    "a materialised view": "CREATE MATERIALIZED VIEW m AS SELECT * FROM accounts_client",
    "an unlisted definer": "CREATE FUNCTION sneak() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
    "SET search_path = pg_catalog, public AS 'SELECT count(*) FROM accounts_client'",
    "a definer's path left open": "ALTER FUNCTION staff_places(bigint) RESET search_path",
    "a definer for everybody": "GRANT EXECUTE ON FUNCTION staff_places(bigint) TO PUBLIC",
    "TRUNCATE granted": "GRANT TRUNCATE ON accounts_client TO lr_app",
    "a right for everybody": "GRANT SELECT ON accounts_client TO PUBLIC",
    "a right taken": "REVOKE UPDATE ON accounts_client FROM lr_app",
    "CREATE granted": "GRANT CREATE ON SCHEMA public TO lr_app",
    "a table without a model": "CREATE TABLE loose (id bigint, practice_id bigint)",
}


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection[Row]]:
    parameters = connections["owner"].get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: parameters[name] for name in wanted}) as made:
        yield made
        made.rollback()


def gaps(owner: psycopg.Connection[Row]) -> list[str]:
    return all_gaps(lambda statement: owner.execute(statement).fetchall())


def test_before_any_breach_there_is_no_gap(owner):
    assert gaps(owner) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_the_catalogue_shows_the_breach(owner, breach):
    owner.execute(BREACHES[breach])
    assert gaps(owner) != []


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_connection_that_bypasses_is_named_as_such():
    faults = role_faults(connections["owner"])
    assert len(faults) == 2
    assert "lr_owner has BYPASSRLS" in faults[0]
    assert "lr_owner owns" in faults[1]


def is_walled() -> bool:
    """Whether a scope holds inside and ends outside: what the two mutants below break."""
    practice = Practice.objects.create(name="Harbour", slug="harbour")
    try:
        with practice_scope(practice.pk, actor=Actor.STAFF):
            Client.objects.create(practice=practice, name="Boats")
        with transaction.atomic():
            Client.objects.count()
    except NoPracticeContextError:
        with practice_scope(practice.pk, actor=Actor.STAFF):
            return Client.objects.count() == 1
    return False


@pytest.mark.django_db(transaction=True)
def test_the_hook_holds():
    assert is_walled()


@pytest.mark.django_db(transaction=True)
def test_a_hook_removed_is_noticed(monkeypatch):
    monkeypatch.setattr(base.DatabaseWrapper, "_tell", lambda self, scope: None)
    with pytest.raises(NoPracticeContextError):
        is_walled()


@pytest.mark.django_db(transaction=True)
def test_a_setting_for_the_session_is_noticed(monkeypatch):
    monkeypatch.setattr(base, "TELL", base.TELL.replace("true", "false"))
    assert not is_walled()
    connection.close()
