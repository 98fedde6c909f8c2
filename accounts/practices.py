"""Starting a practice, and people who are made by proving an address."""

from typing import Final

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import Membership, Practice, User
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope

MAX_SLUG_CHARS: Final = 40
# Words that would read as a page of ours, or as us.
RESERVED: Final = frozenset(
    (
        *("about", "account", "accounts", "admin", "api", "app", "badge", "billing", "bot"),
        *("c", "client", "clients", "demo", "dev", "docs", "find", "healthz", "help", "home"),
        *("invitation", "invitations", "launch-ready", "launchready", "legal", "lab", "login"),
        *("logout", "mail", "new", "null", "p", "people", "places", "practice", "practices"),
        *("pricing", "privacy", "readyz", "root", "search", "security", "settings", "setup"),
        *("sign-in", "signin", "signup", "start", "static", "status", "support", "system"),
        *("team", "terms", "undefined", "verify", "www"),
    )
)


class NoSlugError(Exception):
    """Every address tried for a new practice was taken."""


def user_by_email(email: str) -> User | None:
    """Whoever has proved the address."""
    found = EmailAddress.objects.filter(email__iexact=email, verified=True)
    address = found.select_related("user").first()
    return address.user if address else User.objects.filter(email__iexact=email).first()


def make_person(email: str, name: str) -> User:
    """A person whose address was just proved by a code."""
    user = User.objects.create_user(email.lower(), name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def start_practice(owner: User, name: str, *, is_proven: bool = False) -> Practice:
    """Make a practice with its first owner."""
    practice = _with_free_slug(name, owner.time_zone)
    if is_proven:
        practice.proven_at = timezone.now()
        practice.save(update_fields=["proven_at"])
    with practice_scope(practice.pk, actor=Actor.SYSTEM):
        Membership.objects.create(practice=practice, user=owner, role=Role.OWNER)
    return practice


def slug_tries(name: str) -> list[str]:
    """Addresses for a practice of that name, the nicest first."""
    plain = slugify(name)[:MAX_SLUG_CHARS].strip("-") or "practice"
    numbered = [f"{plain}-{number}" for number in range(2, 6)]
    by_chance = [f"{plain}-{get_random_string(5, 'bcdfghjkmnpqrstvwxz')}" for _ in range(3)]
    first = [] if plain in RESERVED else [plain]
    return [*first, *numbered, *by_chance]


def _with_free_slug(name: str, time_zone: str) -> Practice:
    for slug in slug_tries(name):
        if Practice.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return Practice.objects.create(name=name, slug=slug, time_zone=time_zone)
        except IntegrityError:
            continue  # Taken in between.
    raise NoSlugError(f"No address is free for a practice named {name!r}.")
