"""For whom the running code works: one context variable, one transaction.

The database backend (`accounts.backend`) reads the variable at every BEGIN and SAVEPOINT
and hands it to PostgreSQL, whose policies compare each row with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from django.db import DatabaseError, transaction


class Actor(StrEnum):
    """The kinds of actor that the policies tell apart (decisions.md 11)."""

    STAFF = "staff"
    CLIENT = "client"
    LINK = "link"
    AGENT = "agent"
    SYSTEM = "system"


BOUND_TO_A_CLIENT = frozenset({Actor.CLIENT, Actor.LINK})


class NoPracticeContextError(DatabaseError):
    """A tenant table was asked outside any practice's scope."""


@dataclass(frozen=True)
class Scope:
    """One practice, who acts in it and, for a client or a link, for which client."""

    practice_id: int
    actor: Actor
    client_id: int | None = None

    def __post_init__(self) -> None:
        if (self.actor in BOUND_TO_A_CLIENT) != (self.client_id is not None):
            raise ValueError(
                f"A scope of actor {self.actor.value!r} was given client_id={self.client_id!r}; "
                "client and link act for exactly one client, all others for none."
            )


_current: ContextVar[Scope | None] = ContextVar("practice_scope", default=None)


def current_scope() -> Scope | None:
    """The scope that the running code stands in, or None."""
    return _current.get()


def required_scope() -> Scope:
    """The current scope; raises `NoPracticeContextError` where there is none."""
    scope = _current.get()
    if scope is None:
        raise NoPracticeContextError(
            "No practice is set here, so nothing can be read or written for one. "
            "Open practice_scope(practice_id, actor=…) around this code."
        )
    return scope


@contextmanager
def bound(scope: Scope | None) -> Iterator[None]:
    """Name the scope for every transaction begun inside, without beginning one."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


def bind(scope: Scope) -> None:
    """Name the scope until the enclosing `bound` ends; for the middleware alone."""
    _current.set(scope)


@contextmanager
def practice_scope(
    practice_id: int, *, actor: Actor, client_id: int | None = None
) -> Iterator[Scope]:
    """One transaction (or savepoint) that sees the rows of one practice.

    On leaving, the backend gives PostgreSQL the outer scope back: a value set inside a
    savepoint would survive its release.
    """
    scope = Scope(practice_id, Actor(actor), client_id)
    with bound(scope), transaction.atomic():
        yield scope
