from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import due, models, notices, weekly  # noqa: PLC0415 - they need the models
        from accounts.guard import checks  # noqa: F401, PLC0415 - registers the lab's check
        from accounts.invitations import note_bounce  # noqa: PLC0415 - it needs the models
        from accounts.outbox import given_up  # noqa: PLC0415 - as above
        from accounts.tenancy.grants import grant_after_migration  # noqa: PLC0415

        register(check_keys)
        if "notices_unread" not in due.KINDS:
            due.register("notices_unread", notices.Notice, notices.is_to_mail, order="mail_at")
            due.register("weekly", models.ClientMembership, weekly.is_due, order="weekly_at")
        given_up.connect(note_bounce, dispatch_uid="accounts.bounce")
        post_migrate.connect(grant_after_migration, sender=self, dispatch_uid="accounts.grants")


def check_keys(**_: Any) -> list[CheckMessage]:  # Any: what Django passes to every check
    """LR_KEYS, where set, holds keys that are long enough, random and all different."""
    from accounts.keyring import key_faults  # noqa: PLC0415 - not before the settings are read

    faults = key_faults(settings.LR_KEYS) if settings.LR_KEYS else []
    return [Error(fault, id="accounts.E001") for fault in faults]
