"""Suspend a practice, or let it go on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Practice


class Command(BaseCommand):
    help = "Suspend a practice: nobody gets in and nothing of it runs. --resume takes it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the practice's word in its address")
        parser.add_argument("--resume", action="store_true", help="let it go on")

    def handle(self, *_args: Any, **options: Any) -> None:  # Any: Django's words
        practice = Practice.objects.filter(slug=options["slug"]).first()
        if practice is None:
            known = ", ".join(Practice.objects.order_by("slug").values_list("slug", flat=True)[:10])
            raise CommandError(
                f"No practice has the address {options['slug']!r}, so nothing was changed. "
                f"Known ones begin: {known or 'there is none yet'}."
            )
        status = Practice.Status.ACTIVE if options["resume"] else Practice.Status.SUSPENDED
        practice.status = status
        practice.save(update_fields=["status"])
        self.stdout.write(f"{practice.name} is {status}.")
