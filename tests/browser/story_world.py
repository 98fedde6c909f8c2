"""A running product for a story, and people before it: each with a screen and a mailbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Page,
    Request,
    ViewportSize,
    expect,
)

from config.ports import any_free
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.config.test_run import running
from tests.lab.control import send
from tests.lab.products_list import DEMO_DOMAIN

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PARTS = """() => [...new Set([...document.querySelectorAll("main, main *")].map((part) =>
  [part.localName, part.className, part.type, part.dataset.kind, part.dataset.tone].join(".")
))].sort().join()"""
KNOWS_THE_NEWEST = """() => document.querySelector("[hx-get$='/pulse/']")._htmx.ptag"""
MORE_THAN_A_PULSE_MS = 16_000
A_WHILE_MS = 40_000
MAIL = re.compile(r'href="(/dev/mail/\w+/)">([^<]*)</a></b><small>To ([^,]*),')
CODE = re.compile(r"<code>(\w{8})</code>")
LINK = re.compile(r'href="(https?://\S+/)">Open its link')


@dataclass
class Reader:
    """A person who reads and presses; every page that they come to is looked over at once."""

    page: Page
    address: str
    mailbox: str
    clicks: int = 0
    went_to: list[str] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    mails_read: set[str] = field(default_factory=set)
    looked_over: set[tuple[str, str]] = field(default_factory=set)

    def listen(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("framenavigated", self._arrived)
        self.page.on("request", self._sent)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{self.page.url}: {message.text}")

    def _arrived(self, frame: Frame) -> None:
        path = urlsplit(frame.url).path
        # A page that notes its own address anew is the same page.
        if frame == self.page.main_frame and self.went_to[-1:] != [path]:
            self.went_to.append(path)

    def _sent(self, request: Request) -> None:
        if request.method == "POST":
            self.sent_to.append(urlsplit(request.url).path)

    def opens(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else f"{self.address}{path}")
        self.looks()

    def presses(self, name: str | re.Pattern[str]) -> None:
        """Press the one button of that name and look at the page that comes."""
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.click()
        self.looks()

    def follows(self, name: str | re.Pattern[str]) -> None:
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        self.looks()

    def fills(self, label: str | re.Pattern[str], text: str) -> None:
        self.page.get_by_label(label).first.fill(text)

    def looks(self) -> None:
        """Nobody is kept out of this page, it fits, and nothing broke its own rules."""
        page = self.page
        page.wait_for_load_state()
        assert page.evaluate(SIDEWAYS) <= 0, f"{page.url} scrolls sideways"
        assert page.evaluate("window.violations") == [], page.url
        assert not self.troubles, self.troubles
        # What is made of the same parts as a page seen before is not looked over twice.
        made_of = (re.sub(r"\d+", "#", urlsplit(page.url).path), page.evaluate(PARTS))
        if made_of not in self.looked_over:
            self.looked_over.add(made_of)
            found = Axe().run(page, options=RULES).response["violations"]
            kept_out = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
            assert not kept_out, f"{page.url}: {kept_out}"

    def says(self, words: str | re.Pattern[str]) -> None:
        """The page says it."""
        expect(self.page.locator("main")).to_contain_text(words, timeout=A_WHILE_MS)

    def mail(self, subject: str) -> str:
        """The page of the next unread mail to this person whose subject holds these words."""
        for _ in range(100):
            box = self.page.request.get(f"{self.address}/dev/mail/").text()
            for path, title, to in MAIL.findall(box):
                if to == self.mailbox and subject in title and path not in self.mails_read:
                    self.mails_read.add(path)
                    return self.page.request.get(f"{self.address}{path}").text()
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no mail “{subject}” to {self.mailbox}")

    def types_the_code(self, subject: str) -> None:
        found = CODE.search(self.mail(subject))
        assert found, "no code in the mail"
        self.fills("Code from the mail", found[1])

    def knows_the_newest(self) -> None:
        """Wait until the page has read its first pulse."""
        self.page.wait_for_function(KNOWS_THE_NEWEST)

    def waits_for_a_pulse(self) -> None:
        self.page.clock.fast_forward(MORE_THAN_A_PULSE_MS)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a running product, and the folder of its laboratory."""
    data = tmp_path_factory.mktemp("story") / "data"
    with running(data, any_free()) as started:
        yield f"http://localhost:{started.port()}", data / "lab"


@contextmanager
def reader(
    chromium: Browser, address: str, mailbox: str, size: ViewportSize, scheme: str
) -> Iterator[Reader]:
    """A person with a browser of their own."""
    with chromium.new_context(
        viewport=size,
        has_touch=size == PHONE,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    ) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        person = Reader(context.new_page(), address, mailbox)
        person.page.clock.install()
        person.listen()
        yield person


def faults(lab: Path, *, planted: bool) -> list[str]:
    """What is planted in the lab's broken product, or mended in it."""
    told = send(lab, {"action": "list", "domain": DEMO_DOMAIN})
    return [one["fault"] for one in told["faults"] if one["is_planted"] is planted]


def mend(lab: Path, *names: str) -> None:
    for name in names:
        send(lab, {"action": "fix", "domain": DEMO_DOMAIN, "fault": name})


def break_again(lab: Path) -> None:
    for name in faults(lab, planted=False):
        send(lab, {"action": "break", "domain": DEMO_DOMAIN, "fault": name})
