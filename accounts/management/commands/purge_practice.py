"""Delete a practice for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Practice
from accounts.purging import purge_practice
from accounts.tenancy.owner import OWNER, has_owner

NO_OWNER = (
    "Deleting append-only rows is lr_owner's alone, and DATABASE_OWNER_URL is not set here. On a "
    "server: docker compose run --rm migrate python manage.py purge_practice SLUG"
)


class Command(BaseCommand):
    help = (
        "Delete a practice for good: every row of it, history included. People keep their "
        "accounts. Asks for the address to be typed; --yes is for scripts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the practice's word in its address")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *_args: Any, **options: Any) -> None:  # Any: Django's words
        if not has_owner():
            raise CommandError(NO_OWNER)
        slug = options["slug"]
        practice = Practice.objects.using(OWNER).filter(slug=slug).first()
        if practice is None:
            raise CommandError(f"No practice has the address {slug!r}, so nothing was deleted.")
        if not options["yes"]:
            self.ask(practice)
        with transaction.atomic(using=OWNER):
            counts = purge_practice(practice.pk)
        for table, count in sorted(counts.items()):
            if count:
                self.stdout.write(f"{count:>9} from {table}")
        self.stdout.write(
            f"{practice.name} is deleted for good; the table accounts_purge keeps that it was. "
            "Backups made until now still hold it: they age out, or delete them."
        )

    def ask(self, practice: Practice) -> None:
        """Go on only where the practice's address is typed by hand."""
        self.stdout.write(
            f"This deletes {practice.name} with all its clients, sprints, audits and history. "
            "It can't be undone. suspend_practice shuts it instead."
        )
        typed = input(f"Type {practice.slug} to go on: ").strip()
        if typed != practice.slug:
            raise CommandError(f"{typed!r} is not {practice.slug!r}, so nothing was deleted.")
