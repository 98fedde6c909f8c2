"""The demo practice's people, and links that sign them in once (decisions.md 18)."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing

from accounts.models import User

LIFETIME: Final = timedelta(hours=24)
SALT: Final = "accounts.demo"
CONSULTANT: Final = ("Maya Okafor", "maya@northbeam.test")
FOUNDER: Final = ("Jonas Lindqvist", "jonas@brightchat.test")
VIEWER: Final = ("Ines Duarte", "ines@brightchat.test")


def is_open() -> bool:
    """Only where nobody but the developer can reach it."""
    return bool(settings.IS_LOCAL and (settings.DEBUG or settings.LAB))


def link_token(user: User) -> str:
    """A token that holds until the person signs in the next time, or a day."""
    return signing.dumps([user.pk, _last_login(user)], salt=SALT)


def person_of(token: str) -> User | None:
    """Whom a token signs in; None once it was used, is too old, or isn't ours."""
    try:
        pk, last_login = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    emails = [email for _, email in (CONSULTANT, FOUNDER, VIEWER)]
    user = User.objects.filter(pk=pk, email__in=emails, is_active=True).first()
    return user if user is not None and _last_login(user) == last_login else None


def _last_login(user: User) -> str:
    return user.last_login.isoformat() if user.last_login else ""
