"""One browser through which many people come by, each with a session of their own."""

from collections.abc import Iterable

from django.conf import settings
from django.test import Client as Browser

from accounts.models import User


class Door:
    """Each person signs in once: doing that anew costs as much as the visit itself."""

    def __init__(self, people: Iterable[User]) -> None:
        self.browser = Browser(raise_request_exception=False)
        # Now, because what a test does later may be taken back, and a session with it.
        self.keys = {person.pk: self._signed_in(person) for person in people}

    def _signed_in(self, person: User) -> str:
        self.browser.cookies.clear()
        self.browser.force_login(person)
        return str(self.browser.cookies[settings.SESSION_COOKIE_NAME].value)

    def let_in(self, person: User | None, browser: Browser | None = None) -> Browser:
        """The browser with this person's session and nothing else that it was told before."""
        browser = browser or self.browser
        browser.cookies.clear()
        if person is not None:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.keys[person.pk]
        return browser
