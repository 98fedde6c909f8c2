"""T9: a random walk through scopes, nested and broken; only rows of the current practice show."""

from contextlib import AbstractContextManager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers, sampled_from

from accounts.models import Client, Practice
from accounts.tenancy.scope import Actor, NoPracticeContextError, Scope, bound, practice_scope

PRACTICES = 3
WALKS = 100
STEPS = 50


class BrokenError(Exception):
    """Thrown inside a scope, to see it rolled back."""


class Walk(RuleBasedStateMachine):
    """The walk keeps its own books: the number of clients of each practice, level by level."""

    @initialize()
    def begin(self) -> None:
        self.number = 0
        self.levels: list[tuple[AbstractContextManager[object], int]] = []
        self.books: list[dict[int, int]] = []
        self.rung: list[int] = []
        self.practices = [
            Practice.objects.create(name="P", slug=f"walk-{Practice.objects.count()}")
            for _ in range(PRACTICES)
        ]
        self.kept = {practice.pk: 0 for practice in self.practices}

    @property
    def practice_id(self) -> int:
        return self.levels[-1][1]

    def enter(self, scope: AbstractContextManager[object], practice_id: int) -> None:
        scope.__enter__()
        self.levels.append((scope, practice_id))
        self.books.append(dict(self.books[-1] if self.books else self.kept))

    @precondition(lambda self: len(self.levels) < 5)
    @rule(which=integers(0, PRACTICES - 1), actor=sampled_from([Actor.STAFF, Actor.SYSTEM]))
    def open_scope(self, which: int, actor: Actor) -> None:
        practice_id = self.practices[which].pk
        self.enter(practice_scope(practice_id, actor=actor), practice_id)

    @precondition(lambda self: self.levels and len(self.levels) < 5)
    @rule()
    def open_savepoint(self) -> None:
        self.enter(transaction.atomic(), self.practice_id)

    @precondition(lambda self: self.levels)
    @rule()
    def leave(self) -> None:
        scope, _ = self.levels.pop()
        books = self.books.pop()
        scope.__exit__(None, None, None)
        if self.books:
            self.books[-1] = books
        else:
            self.kept = books

    @precondition(lambda self: self.levels)
    @rule()
    def break_out(self) -> None:
        scope, _ = self.levels.pop()
        self.books.pop()
        is_swallowed = scope.__exit__(BrokenError, BrokenError(), None)
        assert not is_swallowed

    @precondition(lambda self: self.levels)
    @rule(rows=integers(1, 3))
    def write(self, rows: int) -> None:
        made = []
        for _ in range(rows):
            self.number += 1
            made.append(Client(practice_id=self.practice_id, name=f"client {self.number}"))
        Client.objects.bulk_create(made)
        self.books[-1][self.practice_id] += rows

    @precondition(lambda self: self.levels)
    @rule()
    def remove_one(self) -> None:
        # Not by the model: what hangs below a client is append-only, and lr_app may not delete it.
        first = Client.objects.order_by("pk")[:1].values("pk")
        self.books[-1][self.practice_id] -= Client.objects.filter(pk__in=first)._raw_delete(
            "default"
        )

    @precondition(lambda self: self.levels)
    @rule()
    def ask_after_the_commit(self) -> None:
        def ring() -> None:
            with pytest.raises(NoPracticeContextError):
                Client.objects.count()
            self.rung.append(1)

        transaction.on_commit(ring)

    @precondition(lambda self: not self.levels)
    @rule(which=integers(0, PRACTICES - 1))
    def bound_without_a_transaction(self, which: int) -> None:
        scope = Scope(self.practices[which].pk, Actor.SYSTEM)
        with bound(scope), pytest.raises(NoPracticeContextError):
            Client.objects.count()

    @invariant()
    def only_the_current_practice_shows(self) -> None:
        if not hasattr(self, "levels"):
            return
        if not self.levels:
            with pytest.raises(NoPracticeContextError):
                Client.objects.count()
            return
        seen = list(Client.objects.values_list("practice_id", flat=True))
        assert seen == [self.practice_id] * self.books[-1][self.practice_id]

    def teardown(self) -> None:
        while getattr(self, "levels", None):
            self.break_out()


@pytest.mark.django_db(transaction=True)
def test_no_walk_leads_out_of_the_current_practice():
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
