import time
from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand

from accounts.outbox import send_next

EVERY = timedelta(seconds=5)


class Command(BaseCommand):
    """Sends due mail without Redis and without a worker."""

    help = "Send due mail, asking the database every five seconds. Needs neither Redis nor Celery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, then end")

    def handle(self, *_: object, once: bool, **__: object) -> None:
        while True:
            while send_next():
                pass
            if once:
                return
            time.sleep(EVERY.total_seconds())
