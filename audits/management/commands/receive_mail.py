"""Take in mail: tests of the apps' own mails, and replies to ours. Ends with SIGTERM."""

import asyncio
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.guard.listening import server_tls
from audits.mailroom.receiver import Door, open_door
from audits.mailroom.room import Mailroom


class Command(BaseCommand):
    help = "Take in mail for RECEIVE_MAIL_DOMAIN on RECEIVE_MAIL_HOST and RECEIVE_MAIL_PORT."

    def handle(self, *_args: str, **_options: Any) -> None:  # Any: argparse's values
        if not settings.RECEIVE_MAIL_DOMAIN:
            raise CommandError(
                "RECEIVE_MAIL_DOMAIN is empty, so no address here takes in mail. Name the domain "
                "whose MX record leads to this machine."
            )
        try:
            asyncio.run(self._serve())
        except OSError as error:
            raise CommandError(
                f"The receiver of mail could not begin: {error}. Look at RECEIVE_MAIL_HOST, "
                "RECEIVE_MAIL_PORT and the two files of RECEIVE_MAIL_CERT_FILE."
            ) from error

    async def _serve(self) -> None:
        tls = None
        if settings.RECEIVE_MAIL_CERT_FILE:
            tls = server_tls(settings.RECEIVE_MAIL_CERT_FILE, settings.RECEIVE_MAIL_KEY_FILE)
        door = Door(
            settings.RECEIVE_MAIL_DOMAIN,
            Mailroom(),
            is_tls_offered=tls is not None,
            clock=time.time,
        )
        host, port = settings.RECEIVE_MAIL_HOST, settings.RECEIVE_MAIL_PORT
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        server = await open_door(door, host=host, port=port, tls=tls)
        async with server:
            self.stdout.write(f"Mail for {settings.RECEIVE_MAIL_DOMAIN} comes in on {host}:{port}.")
            await ended.wait()
