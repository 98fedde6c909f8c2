"""The whole story, once with the founder at a phone and once with the consultant at one.

A consultant invites a founder and asks for access; the founder signs in, reads whether the
launch date holds, answers the requests, marks a risk fixed and sees the check run at once,
accepts one risk until a date and says yes to the launch; both see a history that is whole.
Web, worker, beat and laboratory are those that `make run` starts.
"""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ViewportSize, expect

from audits.catalogue import BY_ID
from tests.browser.story_world import (
    DESKTOP,
    LINK,
    PHONE,
    Reader,
    break_again,
    faults,
    mend,
    reader,
    stack,
)
from tests.lab.products_list import DEMO_DOMAIN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.lab,
    pytest.mark.timeout(300),
]

__all__ = ["stack"]
AT_ONCE_MS = 10_000
FIXED = BY_ID["email.spf_multiple"].trouble
MENDED = BY_ID["email.dmarc_present"].trouble
STAYS = BY_ID["dns.registration_expiry"].trouble
KEY = "re_story_k7Xb2mQ9"
LAUNCH_ON = timezone.localdate() + timedelta(days=12)
# As the product tells of the founder's binding words; a launch and an acceptance ask for a code.
CONFIRMED = re.compile(r"^Tom (said “|accepted |signed )")


@pytest.mark.parametrize(
    ("name", "consultant_size", "founder_size", "scheme"),
    [("quayside", DESKTOP, PHONE, "light"), ("northgate", PHONE, DESKTOP, "dark")],
    ids=["founder-at-a-phone", "consultant-at-a-phone"],
)
def test_a_consultant_and_a_founder_run_the_sprint_together(
    chromium: Browser,
    stack: tuple[str, Path],
    record_property: Callable[[str, object], None],
    name: str,
    consultant_size: ViewportSize,
    founder_size: ViewportSize,
    scheme: str,
):
    address, lab = stack
    break_again(lab)
    staff, client = f"ines@{name}.example", f"tom@{name}-chat.example"
    with (
        reader(chromium, address, staff, consultant_size, scheme) as ines,
        reader(chromium, address, client, founder_size, scheme) as tom,
    ):
        sprint = starts_a_sprint(ines, name)
        asks_for_access(ines, sprint)
        invites(ines, sprint, client)
        began = time.monotonic()
        joins(tom)
        record_property("invitation_to_result_s", round(time.monotonic() - began, 1))
        asks_for_a_date_and_a_key(ines, sprint)
        answers_everything(tom, ines, sprint)
        reads_the_key_once(ines, sprint)
        agree_to_start(ines, tom, sprint)
        sorts_and_gives_by_keyboard(ines, sprint)
        fixes_one_and_sees_it_checked(tom, lab)
        looks_again_at_one(ines, sprint, lab)
        agree_to_live_with_one(ines, tom, sprint)
        everything_else_is_mended(ines, sprint, lab)
        agree_to_launch(ines, tom, sprint)
        history_is_whole(ines, f"{sprint}history/")
        history_is_whole(tom, f"{home_of(tom)}history/")
        confirmed_three_times(tom)


def starts_a_sprint(ines: Reader, name: str) -> str:
    """From a stranger to the first audit of the broken product; returns the sprint's address."""
    ines.opens("/start/")
    ines.fills("Your name", "Ines Duarte")
    ines.fills(re.compile("practice", re.I), f"{name.capitalize()} Launches")
    ines.fills(re.compile("mail", re.I), ines.mailbox)
    ines.presses(re.compile("code", re.I))
    ines.types_the_code("to start")
    ines.presses(re.compile("start", re.I))
    ines.fills(re.compile("domain", re.I), DEMO_DOMAIN)
    ines.fills(re.compile("client", re.I), "Broken Chat Ltd")
    ines.presses(re.compile("audit", re.I))
    ines.says("Not ready to launch")
    ines.looks()
    links = ines.page.locator("a[href*='/sprints/']").evaluate_all(
        "all => all.map(a => a.pathname)"
    )
    return next(link for link in links if re.fullmatch(r"/p/[\w-]+/sprints/\d+/", link))


def asks_for_access(ines: Reader, sprint: str) -> None:
    """Three clicks from a new sprint to all requests sent."""
    ines.opens(sprint)
    ines.clicks = 0
    ines.follows("Requests")
    ines.presses("Ask for access")
    ines.presses(re.compile(r"^Send \d requests$"))
    assert ines.clicks == 3
    ines.says("With the founder")


def invites(ines: Reader, sprint: str, mailbox: str) -> None:
    ines.opens(sprint)
    ines.follows("Invite the founder")
    ines.fills("E-mail address", mailbox)
    ines.presses("Mail the invitation")
    ines.says(mailbox)


def joins(tom: Reader) -> None:
    """From the mail to an understood result: two pages on the way, and the first line says it."""
    found = LINK.search(tom.mail("invites you"))
    assert found, "no link in the invitation"
    tom.opens(found[1])
    tom.presses("Mail me the code")
    tom.fills("Your name", "Tom Bakker")
    tom.types_the_code("to join")
    tom.presses(re.compile("^Join"))
    expect(tom.page.locator("main h1")).to_have_text("Not yet: 7 things stop the launch.")
    assert len(tom.went_to) == 3, tom.went_to


def asks_for_a_date_and_a_key(ines: Reader, sprint: str) -> None:
    ines.opens(f"{sprint}requests/")
    ines.fills("What do you want to know?", "Which day do you want to launch?")
    ines.page.get_by_label("Write the answer into").select_option("launch_on")
    ines.presses("Draft it")
    ines.fills("What do you want to know?", "The key of your mail service")
    ines.page.get_by_label("A key, in a box that opens once").check()
    ines.presses("Draft it")
    ines.presses("Send 2 requests")


def answers_everything(tom: Reader, ines: Reader, sprint: str) -> None:
    """One after the other, while the consultant looks on: done, not found, not ours, and a key."""
    ines.opens(sprint)
    ines.knows_the_newest()
    tom.opens(home_of(tom))
    tom.follows("Answer 8 questions")
    tom.presses("Done, I invited Ines")
    tom.presses("I can’t find it")
    tom.presses("I don’t have this")
    for _ in range(3):
        tom.presses("Done, I invited Ines")
    tom.fills("Your answer", LAUNCH_ON.isoformat())
    tom.presses("That is my answer")
    tom.fills("The key", KEY)
    tom.presses("Lock it away for Ines")
    tom.says("You have answered everything.")
    ines.waits_for_a_pulse()
    side = ines.page.locator("#sprint-side")
    expect(side).to_contain_text("Tom answered “Which day do you want to launch?”: done.")
    tom.opens(home_of(tom))
    day = f"{LAUNCH_ON:%a} {LAUNCH_ON.day} {LAUNCH_ON:%b}"
    title = f"Not yet: 7 things stop the launch on {day}."
    expect(tom.page.locator("main h1")).to_have_text(title)


def reads_the_key_once(ines: Reader, sprint: str) -> None:
    ines.opens(f"{sprint}requests/")
    ines.presses("Show it once")
    ines.says(KEY)
    ines.opens(f"{sprint}requests/")
    ines.says("The key was read")
    assert ines.page.get_by_role("button", name="Show it once").count() == 0
    assert KEY not in ines.page.content()


def agree_to_start(ines: Reader, tom: Reader, sprint: str) -> None:
    """The consultant recommends what is computed; the founder's page shows it by itself."""
    tom.knows_the_newest()
    ines.opens(f"{sprint}decisions/")
    ines.follows("Recommend the start of work")
    ines.says("Computed: Yes, if the conditions hold")
    ines.presses("Recommend it to the founder")
    assert "Computed:" not in ines.page.locator("main").inner_text(), "that is an override"
    tom.waits_for_a_pulse()
    expect(tom.page.locator(".asks")).to_contain_text("May the work start?")
    tom.looks()
    tom.follows("Read and decide")
    tom.presses("Yes, start if this holds")
    tom.says("You said this on")


def sorts_and_gives_by_keyboard(ines: Reader, sprint: str) -> None:
    """Three words and an owner, without a mouse."""
    ines.opens(f"{sprint}risks/")
    page, keys = ines.page, ines.page.keyboard
    row = page.locator("[data-row]", has_text=FIXED)
    for _ in range(page.locator("[data-row]").count()):
        keys.press("j")
        if row.locator(":focus").count():
            break
    for key, words in (("3", "can wait"), ("1", "stops the launch"), ("2", "fix before launch")):
        keys.press(key)
        expect(row.locator(".risk__meta")).to_contain_text(words)
    keys.press("a")
    owner = page.locator("#owner-owner")
    expect(owner).to_be_focused()
    ines.looks()
    owner.select_option(label="Tom Bakker")
    expect(row.locator(".risk__meta")).to_contain_text("Tom")


def fixes_one_and_sees_it_checked(tom: Reader, lab: Path) -> None:
    tom.opens(home_of(tom))
    tom.follows("See how to fix it")
    expect(tom.page.locator("h1")).to_have_text(FIXED)
    mend(lab, "spf_two")
    tom.page.get_by_role("button", name="I fixed it, check now").click()
    expect(tom.page.locator("#act")).to_contain_text("Gone.", timeout=AT_ONCE_MS)
    tom.looks()


def looks_again_at_one(ines: Reader, sprint: str, lab: Path) -> None:
    """The consultant mends one and looks at it again, beside the list."""
    ines.opens(f"{sprint}risks/")
    drawer = ines.page.locator("#drawer")
    ines.page.get_by_role("link", name=MENDED).first.click()
    mend(lab, "dmarc_missing")
    drawer.get_by_role("button", name="Re-check").click()
    expect(ines.page.locator("#recheck")).to_contain_text("Gone.", timeout=AT_ONCE_MS)
    expect(ines.page.locator("#drawer-rest")).to_contain_text("Fixed and checked")
    ines.looks()


def agree_to_live_with_one(ines: Reader, tom: Reader, sprint: str) -> None:
    ines.opens(f"{sprint}risks/")
    ines.page.get_by_role("link", name=STAYS).first.click()
    ines.follows(re.compile("Live with it until a day"))
    ines.page.get_by_label("Somebody else has to move first").check()
    ines.presses("Propose it to the founder")
    tom.opens(home_of(tom))
    tom.follows("Read and answer")
    tom.presses(re.compile("^Accept until "))
    proves_it(tom, "to live with")
    tom.says(STAYS)


def proves_it(tom: Reader, subject: str) -> None:
    """A code for this one act; then it goes on by itself."""
    tom.presses("Mail me a code")
    tom.types_the_code(subject)
    with tom.page.expect_navigation(url="**/c/s/**"):
        tom.page.get_by_role("button", name="Go on").click()
    tom.looks()


def everything_else_is_mended(ines: Reader, sprint: str, lab: Path) -> None:
    mend(lab, *(fault for fault in faults(lab, planted=True) if fault != "registration_10_days"))
    ines.opens(sprint)
    ines.presses("Run audit")
    ines.says("Since audit 1")
    ines.looks()
    ines.opens(sprint)
    ines.says("Ready to launch")


def agree_to_launch(ines: Reader, tom: Reader, sprint: str) -> None:
    ines.opens(f"{sprint}decisions/")
    ines.follows("Recommend for the launch")
    ines.says("Computed: Yes, launch")
    ines.presses("Recommend it to the founder")
    tom.opens(home_of(tom))
    expect(tom.page.locator("main h1")).to_contain_text("Yes: nothing that we can see stops")
    tom.follows("Read and decide")
    tom.presses("Yes, launch")
    proves_it(tom, "to say yes to the launch")
    tom.says("You said this on")


def history_is_whole(person: Reader, path: str) -> None:
    person.opens(path)
    person.presses("Check every seal")
    assert re.search(
        r"Whole: \d+ entries, every seal fits", person.page.locator("#chain").inner_text()
    )


def confirmed_three_times(tom: Reader) -> None:
    """Before anything is signed: the start, one acceptance, the launch."""
    told = tom.page.locator(".feed li").all_inner_texts()
    assert len([line for line in told if CONFIRMED.match(line)]) == 3, told
    acts = {path for path in tom.sent_to if re.search(r"/(decisions|acceptances)/\d+/$", path)}
    assert len(acts) == 3, tom.sent_to
    assert tom.sent_to.count("/confirm/") == 2, "a code for the acceptance and for the launch"


def home_of(tom: Reader) -> str:
    """The founder's own page of the sprint."""
    return next(path for path in tom.went_to if re.fullmatch(r"/c/s/\d+/", path))
