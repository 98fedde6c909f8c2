from typing import Any

from django.core.management.commands import migrate

from accounts.tenancy.owner import default_as_owner


class Command(migrate.Command):
    """Django's migrate, as lr_owner."""

    # `Any`: Django's options of a command.
    def handle(self, *args: Any, **options: Any) -> None:
        with default_as_owner():
            super().handle(*args, **options)
