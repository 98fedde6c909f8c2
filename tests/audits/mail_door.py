"""A receiver on loopback as `manage.py receive_mail` runs it, and mails signed in the lab."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from itertools import count

import dkim
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import override_settings

from audits.mailroom.receiver import Door, Room, open_door
from audits.mailroom.room import Mailroom
from tests.lab import Lab
from tests.lab.certificates import leaf_key, pem_of
from tests.lab.planted_keys import dkim_public_key

OURS = "in.receiver.test"
NUMBERS = count(1)


class Clock:
    """Now, until a test says otherwise."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.offset_seconds


@contextmanager
def open_receiver(clock: Clock, tls: object = None, room: Room | None = None) -> Iterator[int]:
    """The port of a running receiver."""
    ready: list[int] = []
    loop = asyncio.new_event_loop()
    started = threading.Event()
    ended = asyncio.Event()

    async def serve() -> None:
        door = Door(OURS, room or Mailroom(), is_tls_offered=tls is not None, clock=clock)
        server = await open_door(door, host="127.0.0.1", port=0, tls=tls)
        ready.append(server.sockets[0].getsockname()[1])
        started.set()
        await ended.wait()
        server.close()
        await sync_to_async(connections.close_all)()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    with override_settings(RECEIVE_MAIL_DOMAIN=OURS):
        thread.start()
        assert started.wait(10)
        try:
            yield ready[0]
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join(10)
            loop.close()


def mail_world(lab: Lab, domain: str, *, sends_from: str = "127.0.0.1") -> None:
    """A domain of the lab that sends from loopback and signs with the lab's own key."""
    lab.add_product(domain)
    zone = lab.zone(domain)
    zone.replace(domain, "TXT", f"v=spf1 ip4:{sends_from} -all")
    zone.replace(f"s1._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={dkim_public_key(2048)}")
    zone.replace(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=reject")


def written(
    domain: str,
    to: str,
    *,
    text: str = "Welcome",
    html: str = "",
    author: str = "",
    **headers: str,
) -> bytes:
    mail = EmailMessage()
    mail["From"] = author or f"Bright <hello@{domain}>"
    mail["To"] = to
    mail["Subject"] = "Your code is 493 211"
    mail["Message-ID"] = f"<{next(NUMBERS)}.letter@{domain}>"
    mail["Date"] = "Tue, 24 Nov 2026 12:00:00 +0000"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def signed(mail: bytes, domain: str, selector: str = "s1") -> bytes:
    key = pem_of(leaf_key("rsa2048"))
    return dkim.sign(mail, selector.encode(), domain.encode(), key) + mail
