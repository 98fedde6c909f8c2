"""The whole path once, as its user walks it: everything that `make run` starts, and a browser.

A stranger starts a practice with a mailed code, names a domain and a client, watches the
first audit, reads the worst risk, mends it, runs that one check again and sees the risk go.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from audits.catalogue import BY_ID
from config.ports import any_free
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.config.test_run import ROOT, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.lab,
    pytest.mark.timeout(240),
]

# The demo domain belongs to the demo practice; this one is the lab's as well.
DOMAIN = "open-spf.test"
FAULT = "spf_plus_all"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
A_WHILE_MS = 40_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a running product, and the folder of its laboratory."""
    data = tmp_path_factory.mktemp("whole path") / "data"
    with running(data, any_free()) as started:
        yield f"http://localhost:{started.port()}", data / "lab"


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        yield context.new_page()


def mend(folder: Path, fault: str) -> None:
    words = [sys.executable, "-m", "tests.lab", "--folder", str(folder), "--domain", DOMAIN]
    subprocess.run([*words, "fix", fault], cwd=ROOT, check=True, timeout=30)


def mailed_code(page: Page, address: str) -> str:
    """The newest code in the development mailbox, read in a window beside."""
    beside = page.context.new_page()
    beside.goto(f"{address}/dev/mail/")
    beside.get_by_role("link", name=re.compile("code", re.I)).first.click()
    found = re.search(r"\b[A-Z0-9]{4}-?[A-Z0-9]{4}\b", beside.inner_text("main"))
    beside.close()
    assert found, "no code in the newest mail"
    return found[0]


def is_clean(page: Page) -> None:
    """Nobody is kept out, and nothing broke the page's own rules."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert not [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
    assert page.evaluate("window.violations") == []


def test_from_a_strangers_first_visit_to_a_risk_that_is_gone(stack, visitor: Page):
    address, folder = stack
    visitor.goto(f"{address}/start/")
    is_clean(visitor)
    visitor.get_by_label("Your name").fill("Ines Duarte")
    visitor.get_by_label(re.compile("practice", re.I)).first.fill("Quayside Launches")
    visitor.get_by_label(re.compile("mail", re.I)).first.fill("ines@quayside.example")
    visitor.locator("main form button").first.click()
    visitor.get_by_label(re.compile("code", re.I)).first.fill(mailed_code(visitor, address))
    visitor.locator("main form button").first.click()

    expect(visitor).to_have_url(re.compile(r"/p/[\w-]+/$"))
    is_clean(visitor)
    visitor.get_by_label(re.compile("domain", re.I)).first.fill(f"https://www.{DOMAIN}/x?y=1")
    visitor.get_by_label(re.compile("client", re.I)).first.fill("Harbour Books")
    visitor.locator("main form button[data-kind=primary]").first.click()

    expect(visitor.get_by_text("Ready, with conditions").first).to_be_visible(timeout=A_WHILE_MS)
    is_clean(visitor)

    visitor.goto(f"{address}{sprint_address(visitor)}")
    is_clean(visitor)
    visitor.get_by_role("link", name=BY_ID["email.spf_all"].trouble).first.click()
    expect(visitor.get_by_role("button", name=re.compile("Copy fix prompt")).first).to_be_visible()
    mend(folder, FAULT)
    visitor.get_by_role("button", name=re.compile("Re-check")).last.click()
    expect(visitor.get_by_text(re.compile(r"\bgone\b", re.I)).first).to_be_visible(
        timeout=A_WHILE_MS
    )
    visitor.reload()
    expect(visitor.get_by_text(re.compile("fixed and checked", re.I)).first).to_be_visible()
    is_clean(visitor)


def sprint_address(page: Page) -> str:
    """Where the page's own way back to the sprint leads."""
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    found = [link for link in links if re.fullmatch(r"/p/[\w-]+/sprints/\d+/", link or "")]
    assert found, links
    return found[0]
