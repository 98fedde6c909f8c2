"""No form of ours leaves a person with Django's "This field is required."."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from django.forms import BaseForm, Field

APPS = ("accounts", "sprints", "audits", "monitoring", "handover", "config")
BARE = str(Field.default_error_messages["required"])
# The page for developers that shows how things look; allauth's own fields are replaced in ours.
LEFT_OUT = ("config.look", "allauth")
SCRIPTS = ("management", "migrations", "mailroom", "gunicorn", "wsgi", "run", "unprivileged")


def forms_of(kind: type[Any]) -> Iterator[type[Any]]:  # Any: forms of every model
    for one in kind.__subclasses__():
        yield one
        yield from forms_of(one)


def load_every_module() -> None:
    for app in APPS:
        for module in walk_packages(import_module(app).__path__, f"{app}."):
            if not set(module.name.split(".")) & set(SCRIPTS):
                import_module(module.name)


def own_fields(form: type) -> dict[str, Field]:
    """The declared fields that don't come from a class of allauth."""
    foreign = {
        name
        for parent in form.__mro__
        if parent.__module__.startswith(LEFT_OUT)
        for name in getattr(parent, "base_fields", {})
    }
    fields: dict[str, Field] = getattr(form, "base_fields", {})
    return {name: field for name, field in fields.items() if name not in foreign}


def test_every_required_field_says_what_to_enter():
    load_every_module()
    ours = {form for form in forms_of(BaseForm) if form.__module__.split(".")[0] in APPS}
    bare = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in ours
        for name, field in own_fields(form).items()
        if field.required and str(field.error_messages["required"]) == BARE
    }
    assert len(ours) > 30
    assert bare == set()
