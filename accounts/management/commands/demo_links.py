"""Print links that sign the demo's people in, once each."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts import demo
from accounts.models import User


class Command(BaseCommand):
    help = "Print one-time sign-in links for the demo's consultant and founder (24 hours)."

    def handle(self, *_args: Any, **_options: Any) -> None:  # Any: Django's words
        if not demo.is_open():
            raise CommandError(
                "demo_links works on a developer's machine alone: with LAB=1 or DEBUG=true and "
                f"local ALLOWED_HOSTS. Here they are {','.join(settings.ALLOWED_HOSTS)}."
            )
        for (name, email), what in ((demo.CONSULTANT, "consultant"), (demo.FOUNDER, "founder")):
            user = User.objects.filter(email=email).first()
            if user is None:
                continue
            path = reverse("demo-link", kwargs={"token": demo.link_token(user)})
            self.stdout.write(f"Sign in as {name}, {what}:\n  {settings.PUBLIC_URL}{path}")
