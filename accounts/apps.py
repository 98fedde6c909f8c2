from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.guard import checks  # noqa: F401, PLC0415 - registers the lab's check
        from accounts.tenancy.grants import grant_after_migration  # noqa: PLC0415

        post_migrate.connect(grant_after_migration, sender=self, dispatch_uid="accounts.grants")
