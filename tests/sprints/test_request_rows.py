"""What the staff's list of requests says about each one."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from config.templatetags.moments import ago
from tests.factories import World
from tests.sprints.factories import make_request, make_sprint

NOW = timezone.now().replace(year=2026, month=11, day=24, hour=12)


@pytest.fixture
def page(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)

    def read(**fields) -> str:
        with world.ada.as_staff():
            make_request(world.ada, sprint=sprint, **fields)
        browser = Browser()
        browser.force_login(world.ada.consultant)
        slug = world.ada.practice.slug
        return browser.get(reverse("sprints:request-list", args=[slug, sprint.pk])).text

    return read


@pytest.mark.parametrize(
    ("passed_seconds", "words"), [(0, "just now"), (59, "just now"), (60, "1 min ago")]
)
def test_a_template_says_just_now_up_to_a_minute(time_machine, passed_seconds, words):
    time_machine.move_to(NOW, tick=False)
    assert ago(NOW - timedelta(seconds=passed_seconds)) == words


def test_what_was_just_asked_was_not_asked_0_minutes_ago(page):
    text = page(sent_at=timezone.now())
    assert "Asked just now" in text
    assert "0\xa0minutes" not in text


@pytest.mark.parametrize("state", ["draft", "sent"])
@pytest.mark.parametrize(("kind", "is_marked"), [("key", True), ("question", False)])
def test_a_request_for_a_key_is_marked_as_one(page, state, kind, is_marked):
    assert ("Asks for a key" in page(state=state, kind=kind)) is is_marked
