"""Every address of the product: whose it is, and how a test builds it.

Below `/p/` and `/c/` an address stands in `ADDRESSES`; every other one in `PUBLIC` (anybody)
or `PERSONAL` (whoever is signed in, about themselves), with its reason. An app's own stand in
`tests/<app>/isolation_urls.py` and are added by `ADDRESSES.update(…)`. An address that is in
none of them fails the suite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

from tests.factories import Place

STAFF = ("owner", "consultant")
CLIENT = ("founder", "viewer")
ROLES = (*STAFF, *CLIENT)

type Words = dict[str, Any]  # Any: values of an address or of a form


def practice(place: Place) -> Words:
    """The parameters of an address about the practice alone."""
    return {"practice_slug": place.practice.slug}


@dataclass(frozen=True)
class Address:
    """One URL pattern. `build` makes an object at the place and returns the parameters.

    It runs inside the place's scope as staff. `roles` are those who get in; `methods` those
    that the view answers. `form` is a valid POST for that place (needed where POST is
    answered): it is also sent with every forbidden field beside it (X17).
    """

    build: Callable[[Place], Words]
    roles: tuple[str, ...] = STAFF
    methods: tuple[str, ...] = ("GET",)
    form: Callable[[Place], Words] = lambda _: {}
    # Parameters that name no row (a number from 1 to 7, a format): not swapped for foreign ones.
    plain: tuple[str, ...] = ()


ADDRESSES: dict[str, Address] = {}

PUBLIC: dict[str, str] = {
    "healthz": "this process answers",
    "readyz": "this process can work; details to this machine alone",
    "home": "what Launch Ready is",
    "bot": "who audits, for those who find us in their logs",
    "privacy": "a text",
    "terms": "a text",
}

PERSONAL: dict[str, str] = {}

# Names of a library's own addresses, by their beginning.
PUBLIC_FAMILIES: dict[str, str] = {
    "account_": "allauth: signing in and out; pages about oneself ask for a session themselves",
    "mfa_": "allauth: one's own passkeys and codes",
    "usersessions_": "allauth: one's own sessions",
}


def load() -> None:
    """Import the addresses of every app that has some."""
    for app in apps.get_app_configs():
        if find_spec(f"tests.{app.label}") and find_spec(f"tests.{app.label}.isolation_urls"):
            import_module(f"tests.{app.label}.isolation_urls")
