"""Erase a person who asks for it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.erasing import LastOwnerError, erase, person_by_email
from accounts.tenancy.owner import has_owner

NO_OWNER = (
    "Erasing a person reaches into every practice, which is lr_owner's alone, and "
    "DATABASE_OWNER_URL is not set here. On a server: docker compose run --rm migrate python "
    "manage.py erase_person EMAIL"
)
KEPT = (
    "What they wrote and decided stays: a sprint's history is chained and names them as they were "
    "called then, a consent keeps from where it was given. Deleting the sprint or the client "
    "deletes that, too."
)


class Command(BaseCommand):
    help = (
        "Erase a person: name, addresses, sessions, passkeys and access go; the account stays as "
        "a number. Asks for the address to be typed again; --yes is for scripts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="an address that they sign in with")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *_args: Any, **options: Any) -> None:  # Any: Django's words
        if not has_owner():
            raise CommandError(NO_OWNER)
        email = options["email"].strip()
        user = person_by_email(email)
        if user is None:
            raise CommandError(f"Nobody signs in with {email!r}, so nothing was erased.")
        if not options["yes"]:
            self.ask(email)
        try:
            erased = erase(user)
        except LastOwnerError as error:
            raise CommandError(
                f"{email} is the last owner of {error}, so nothing was erased: nobody could "
                "change that practice any more. Let them make somebody else an owner first, or "
                "purge_practice it."
            ) from error
        self.stdout.write(f"{email} is erased and is user {erased.pk} from now on. {KEPT}")

    def ask(self, email: str) -> None:
        typed = input(f"This can't be undone. Type {email} to go on: ").strip()
        if typed.lower() != email.lower():
            raise CommandError(f"{typed!r} is not {email!r}, so nothing was erased.")
