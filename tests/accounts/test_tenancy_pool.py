"""T10 with psycopg's own pool: two connections shared by eight threads of many practices."""

import random
import threading
from collections.abc import Iterator

import pytest
from django.db import connection, connections

from accounts.models import Client
from accounts.tenancy.scope import Actor, practice_scope
from tests.factories import make_practice

THREADS = 8
TURNS = 100


@pytest.fixture
def pool() -> Iterator[None]:
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    options["pool"] = {"min_size": 1, "max_size": 2, "timeout": 30}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one
        options.pop("pool")


def walk(practices: list[int], wrong: list[object], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable order, no secret
    try:
        for _ in range(TURNS):
            practice_id = chance.choice(practices)
            try:
                with practice_scope(practice_id, actor=Actor.STAFF):
                    found = set(Client.objects.values_list("practice_id", flat=True))
                    if found != {practice_id}:
                        wrong.append((practice_id, found))
                    if chance.random() < 0.2:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            connection.close()
    except BaseException as error:
        wrong.append(error)
        raise
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_connections_that_practices_share_never_mix_them(pool: None):
    practices = [make_practice(f"Practice {number}").pk for number in range(10)]
    for practice_id in practices:
        with practice_scope(practice_id, actor=Actor.SYSTEM):
            Client.objects.create(practice_id=practice_id, name="one")
    connection.close()
    wrong: list[object] = []
    threads = [
        threading.Thread(target=walk, args=(practices, wrong, seed)) for seed in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
