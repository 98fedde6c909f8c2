"""What the tests of people share: promised mails, kept where a test can read them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import mails, outbox


@dataclass
class Posted:
    """A mail that was promised to the outbox."""

    to: str
    subject: str
    text: str
    html: str
    practice_id: int | None
    dedup_key: str

    @property
    def code(self) -> str:
        return next(line for line in self.text.splitlines() if len(line) == 8 and line.isupper())

    @property
    def link(self) -> str:
        return next(line for line in self.text.splitlines() if line.startswith("http"))


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[Posted]:
    """lr_app can't read the outbox back, so its door is listened at; the row is made, too."""
    seen: list[Posted] = []

    def post(
        *,
        dedup_key: str,
        to: str,
        subject: str,
        text: str,
        html: str,
        practice_id: int | None,
        **more: Any,  # Any: further words of a mail
    ) -> None:
        mail = Posted(to, subject, text, html, practice_id, dedup_key)
        outbox.post(**asdict(mail), **more)
        seen.append(mail)

    monkeypatch.setattr(mails, "post", post)
    return seen


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Rate limits are counted in the process's cache; no test inherits another's tries."""
    cache.clear()
    yield
    cache.clear()


def step_up(browser: Client, posted: list[Posted], url: str, form: dict[str, str] | None = None):
    """Do an act that asks for a proof: it is asked for, given by a code, and the act goes on."""
    assert browser.post(url, form or {})["Location"] == "/confirm/"
    browser.post("/confirm/code/")
    browser.post("/confirm/", {"code": posted[-1].code})
    return browser.post(url, form or {})
