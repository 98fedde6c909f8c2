"""Create a practice for somebody, as the operator. It is proven, so no quota holds it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts import mails
from accounts.practices import make_person, start_practice, user_by_email


class Command(BaseCommand):
    help = "Create a practice and its first owner, who gets a mail with the way in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="name of the practice")
        parser.add_argument("email", help="e-mail address of its owner")
        parser.add_argument("--owner-name", default="", help="name of its owner")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:  # Any: Django's words
        email, name = options["email"], mails.short_name(options["name"])
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(
                f"{email!r} is no e-mail address, so the owner could never sign in. "
                'Write: create_practice "Harbour Works" ada@harbour.example'
            ) from error
        owner = user_by_email(email) or make_person(email, options["owner_name"])
        practice = start_practice(owner, name, is_proven=True)
        url = f"{settings.PUBLIC_URL}/p/{practice.slug}/"
        words = {"practice": practice.name, "url": url}
        mails.send("practice_created", owner.email, words, practice_id=practice.pk)
        self.stdout.write(f"{practice.name} stands at {url}; {owner.email} owns it and has a mail.")
