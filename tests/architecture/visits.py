"""Visiting one address as everybody; each function returns the gaps it found.

The addresses are those of `tests/isolation_urls.py`; the object visited is always that of
ada's first place.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, models, transaction
from django.http import HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.tenancy.grants import tenant_models
from accounts.tenancy.scope import Actor, practice_scope
from tests.architecture.doors import Door
from tests.factories import Place, World
from tests.isolation_urls import ROLES, Address, Words

WRITING = ("POST", "PUT", "PATCH", "DELETE")
type Answer = HttpResponse
type Tables = set[tuple[str, int]]

PLACES = ("ada", "ada_two", "bob", "bob_two")

# What no form may set; a form that rightly has such a field is left alone in it.
GIVEN_BY_THE_SERVER = (
    *("id", "pk", "practice", "client", "user", "role", "status", "state", "created_by"),
    *("created_at", "invited_by", "accepted_by", "token_hash", "is_active", "seq", "number"),
)
# What differs from one run of a view to the next by itself.
VARYING = (models.DateTimeField, models.UUIDField)
VARYING_NAMES = ("hash", "token", "secret", "dedup")


@dataclass
class Visit:
    """One address at ada's first place, with an object of every other place to swap in."""

    name: str
    address: Address
    world: World
    words: dict[str, Words]
    door: Door = field(init=False)

    def __post_init__(self) -> None:
        self.door = Door((*self.belonging().values(), *self.strangers().values()))

    @classmethod
    def prepare(cls, name: str, address: Address, world: World) -> "Visit":
        words = {}
        for label, place in zip(PLACES, world.places, strict=True):
            with place.as_staff():
                words[label] = address.build(place)
        return cls(name, address, world, words)

    @property
    def is_clients(self) -> bool:
        """Below `/c/`: the other client of the same practice is a stranger, too."""
        return "practice_slug" not in self.words["ada"]

    @property
    def methods(self) -> list[str]:
        return sorted({"GET", *self.address.methods})

    def url(self, **words: object) -> str:
        return reverse(self.name, kwargs={**self.words["ada"], **words})

    def form(self, place: Place | None = None) -> Words:
        place = place or self.world.ada
        with place.as_staff():
            return self.address.form(place)

    def ask(self, user: User | None, method: str, url: str, form: Words | None = None) -> Answer:
        sent = form if form is not None or method != "POST" else self.form()
        return getattr(self.door.let_in(user), method.lower())(url, sent or {})

    def belonging(self) -> dict[str, User]:
        return {role: getattr(self.world.ada, role) for role in self.address.roles}

    def strangers(self) -> dict[str, User]:
        """Who has no business here, by what they are."""
        ada, two, bob = self.world.ada, self.world.ada_two, self.world.bob
        known = {f"bob's {role}": getattr(bob, role) for role in ROLES} | {"revoked": ada.revoked}
        if self.is_clients:
            sisters = {"two's founder": two.founder, "two's viewer": two.viewer}
            return known | sisters | {"owner": ada.owner, "consultant": ada.consultant}
        return known | {"founder": ada.founder, "viewer": ada.viewer}

    def swapped(self) -> Iterator[tuple[str, str]]:
        """ada's address with one parameter of another place in it."""
        ours = self.words["ada"]
        for source in ("bob", "ada_two") if self.is_clients else ("bob",):
            for word, value in self.words[source].items():
                if len(ours) > 1 and word not in self.address.plain and value != ours[word]:
                    yield f"{word} of {source}", self.url(**{word: value})

    def foreign_canaries(self) -> list[str]:
        near = [self.world.ada_two.canary] if self.is_clients else []
        return [self.world.bob.canary, self.world.bob_two.canary, *near]

    def all_canaries(self) -> list[str]:
        return [place.canary for place in self.world.places]


def leaked(answer: Answer, canaries: list[str]) -> list[str]:
    body = b"".join(answer) if answer.streaming else answer.content
    text = body.decode(errors="replace") + str(answer.headers)
    return [canary for canary in canaries if canary in text]


def strangers_get_in(visit: Visit) -> Iterator[str]:
    """Strangers meet 404 by every method, and no byte of anybody's rows."""
    for who, user in visit.strangers().items():
        for method in visit.methods:
            answer = visit.ask(user, method, visit.url())
            if answer.status_code != 404:
                yield f"{who}: {method} answers {answer.status_code}"
            yield from (f"{who}: reads {word}" for word in leaked(answer, visit.all_canaries()))


def the_anonymous_get_in(visit: Visit) -> Iterator[str]:
    """Without a session every address leads to the sign-in page."""
    for method in visit.methods:
        answer = visit.ask(None, method, visit.url())
        if answer.status_code != 302:
            yield f"anonymous: {method} answers {answer.status_code}"
        yield from (f"anonymous reads {word}" for word in leaked(answer, visit.all_canaries()))


def foreign_objects_are_found(visit: Visit) -> Iterator[str]:
    """The own practice with a foreign object's id in the address: 404."""
    for role, user in visit.belonging().items():
        for what, url in visit.swapped():
            for method in visit.address.methods:
                answer = visit.ask(user, method, url)
                # A role that may not write at all is told so before anything is looked for.
                is_refused = answer.status_code == 404 or (
                    method != "GET" and answer.status_code == 403
                )
                if not is_refused:
                    yield f"{role}, {what}: {method} answers {answer.status_code}"
                for word in leaked(answer, visit.foreign_canaries()):
                    yield f"{role}, {what}: {method} reads {word}"


def those_who_belong_are_kept_out_or_see_too_much(visit: Visit) -> Iterator[str]:
    for role, user in visit.belonging().items():
        for method in visit.address.methods:
            with transaction.atomic():
                answer = visit.ask(user, method, visit.url())
                transaction.set_rollback(True)
            if answer.status_code in (404, 405) or answer.status_code >= 500:
                yield f"{role}: {method} answers {answer.status_code}"
            for word in leaked(answer, visit.foreign_canaries()):
                yield f"{role}: {method} reads {word}"


def other_methods_are_answered(visit: Visit) -> Iterator[str]:
    for role, user in visit.belonging().items():
        for method in sorted({"GET", *WRITING} - set(visit.address.methods)):
            status = visit.ask(user, method, visit.url()).status_code
            if status not in (403, 405):
                yield f"{role}: {method} answers {status}"


def looking_changes_rows(visit: Visit) -> Iterator[str]:
    """X6: no GET changes a row."""
    if "GET" not in visit.address.methods:
        return
    for role, user in visit.belonging().items():
        before = touched_rows()
        visit.ask(user, "GET", visit.url())
        if touched_rows() != before:
            yield f"{role}: GET touches {touched_rows() - before} rows"


def touched_rows() -> int:
    """Rows that this transaction has written so far, sessions aside."""
    return sum(rows for _, rows in written_tables())


def written_tables() -> Tables:
    """Each table with how many rows of it this transaction has written so far, sessions aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 "
            "AND relname NOT IN ('django_session', 'usersessions_usersession')"
        )
        return set(cursor.fetchall())


def forms_take_what_the_server_gives(visit: Visit) -> Iterator[str]:
    """X17: every field that no form may set, beside a valid form: nothing comes out different."""
    if "POST" not in visit.address.methods:
        return
    form = visit.form()
    hostile = hostile_fields(visit.world.bob, form)
    for role, user in visit.belonging().items():
        plain, _ = after_posting(visit, user, form, look=rows_written)
        mixed, _ = after_posting(visit, user, form | hostile, look=rows_written)
        if plain != mixed:
            yield f"{role}: {sorted(set(mixed) ^ set(plain))}"


def hostile_fields(place: Place, form: Words) -> Words:
    values: Words = {
        "practice": place.practice.pk,
        "client": place.client.pk,
        "user": place.founder.pk,
        "role": "owner",
        "status": "active",
        "state": "accepted",
        "is_active": "1",
    }
    names = [word for name in GIVEN_BY_THE_SERVER for word in (name, f"{name}_id")]
    return {
        name: values.get(name.removesuffix("_id"), place.owner.pk)
        for name in names
        if name not in form
    }


def forms_take_foreign_ids(visit: Visit) -> Iterator[str]:
    """X18: an id of another tenant in any field of a form is answered like an invalid one."""
    if "POST" not in visit.address.methods:
        return
    ours, theirs = visit.form(), visit.form(visit.world.bob)
    for name, value in theirs.items():
        if not str(value).isdigit() or value == ours.get(name):
            continue
        for role, user in visit.belonging().items():
            try:
                _, status = after_posting(visit, user, ours | {name: value})
            except IntegrityError:
                status = 500
            if not 400 <= status < 500:
                yield f"{role}: {name} of bob answers {status}"


def after_posting(
    visit: Visit, user: User, form: Words, look: Callable[[Place, Tables], list[str]] | None = None
) -> tuple[list[str], int]:
    """What `look` finds after a POST that is taken back, and the answer's status."""
    with transaction.atomic():
        before = written_tables()
        answer = visit.ask(user, "POST", visit.url(), form)
        connection.check_constraints()
        left = look(visit.world.ada, written_tables() - before) if look else []
        transaction.set_rollback(True)
    return left, answer.status_code


def rows_written(place: Place, written: Tables) -> list[str]:
    """The practice's rows in the tables that were written to, without what varies by itself."""
    rows = []
    tables = {name for name, _ in written}
    with practice_scope(place.practice.pk, actor=Actor.SYSTEM):
        for table, model in tenant_models().items():
            if table not in tables:
                continue
            fields = [field for field in model._meta.local_concrete_fields if not varies(field)]
            for row in model._base_manager.values(*[field.attname for field in fields]):
                kept = {name: str(value) for name, value in row.items()}
                rows.append(f"{table} {json.dumps(kept, sort_keys=True)}")
    return sorted(rows)


def varies(field: "models.Field[object, object]") -> bool:
    is_varying = field.primary_key or isinstance(field, (*VARYING, models.JSONField))
    is_fresh_key = isinstance(field, models.ForeignKey) and field.name not in GIVEN_BY_THE_SERVER
    return is_varying or is_fresh_key or any(word in field.name for word in VARYING_NAMES)


LOOKS: tuple[Callable[[Visit], Iterator[str]], ...] = (
    strangers_get_in,
    the_anonymous_get_in,
    foreign_objects_are_found,
    those_who_belong_are_kept_out_or_see_too_much,
    other_methods_are_answered,
    looking_changes_rows,
    forms_take_what_the_server_gives,
    forms_take_foreign_ids,
)
