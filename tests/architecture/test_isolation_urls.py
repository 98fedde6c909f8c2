"""T8, X6, X17, X18: every address of the URLconf, as everybody who does not belong there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.middleware import CLIENT_LOOKUPS, CLIENT_PREFIX, STAFF_PREFIX
from tests import isolation_urls
from tests.architecture.visits import LOOKS, Visit
from tests.factories import World, all_factories
from tests.isolation_urls import ADDRESSES, PERSONAL, PUBLIC, PUBLIC_FAMILIES

all_factories()
isolation_urls.load()

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Leaf:
    """One pattern of the URLconf."""

    name: str
    route: str

    @property
    def parameters(self) -> set[str]:
        return set(re.findall(r"<(?:\w+:)?(\w+)>", self.route))

    @property
    def is_tenants(self) -> bool:
        return self.route.startswith((STAFF_PREFIX, CLIENT_PREFIX))

    def gap(self) -> str:
        """Why it is not covered, or nothing."""
        families = tuple(PUBLIC_FAMILIES)
        if not self.name:
            return "has no name"
        if self.is_tenants and self.name not in PERSONAL:
            return "" if self.name in ADDRESSES else "is not in ADDRESSES"
        if self.name in ADDRESSES:
            return "is in ADDRESSES, but not below /p/ or /c/"
        is_declared = self.name in PUBLIC | PERSONAL or self.name.startswith(families)
        return "" if is_declared else "is neither in PUBLIC nor in PERSONAL"


def leaves(
    patterns: list[URLPattern | URLResolver], route: str = "", spaces: str = ""
) -> Iterator[Leaf]:
    for entry in patterns:
        here = route + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            inner = f"{spaces}{entry.namespace}:" if entry.namespace else spaces
            yield from leaves(entry.url_patterns, here, inner)
        else:
            yield Leaf(f"{spaces}{entry.name}" if entry.name else "", here)


def every_leaf() -> list[Leaf]:
    return list(leaves(get_resolver().url_patterns))


def test_every_address_is_declared():
    gaps = [f"{leaf.name} ({leaf.route}) {leaf.gap()}" for leaf in every_leaf() if leaf.gap()]
    assert gaps == []


def test_every_declared_address_exists():
    assert sorted(ADDRESSES.keys() - {leaf.name for leaf in every_leaf()}) == []


def test_every_tenants_address_names_its_tenant():
    def is_nameless(leaf: Leaf) -> bool:
        if leaf.route.startswith(STAFF_PREFIX):
            return "practice_slug" not in leaf.parameters
        return leaf.name not in PERSONAL and not leaf.parameters & CLIENT_LOOKUPS.keys()

    assert [leaf.route for leaf in every_leaf() if leaf.is_tenants and is_nameless(leaf)] == []


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_the_address_is_walled(world: World, name):
    """Every look at it, each from the same beginning: making a world costs more than a look."""
    visit = Visit.prepare(name, ADDRESSES[name], world)
    gaps = []
    for look in LOOKS:
        with transaction.atomic():
            gaps += [f"{look.__name__}: {gap}" for gap in look(visit)]
            transaction.set_rollback(True)
    assert gaps == []
