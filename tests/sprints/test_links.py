"""Links for people without an account: what they open, what they never open, what they write."""

import re
from datetime import timedelta
from io import StringIO
from logging.config import dictConfig

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.middleware import LINK_PREFIXES
from accounts.models import Practice
from accounts.tenancy.scope import Actor, practice_scope
from audits.models import AuditRun
from config.logs import logging_settings
from sprints.linking import open_helper_link, open_report_link
from sprints.models import ActivityEvent, Comment, Risk, ShareLink
from tests.factories import World
from tests.sprints.factories import make_comment, make_risk, make_sprint
from tests.sprints.isolation_links import LINK_ADDRESSES

pytestmark = pytest.mark.django_db

FACTS = {
    "on": "2026-11-20", "title": "Not yet.", "text": "", "tone": "bad", "top": [], "more_count": 0,
    "steps": [], "lead": "Maya", "again": "", "waiting": [], "waiting_count": 0, "unseen": [],
    "unconsented_count": 0,
}  # fmt: skip
INTERNAL = "internal-word-of-the-staff"


class Held:
    """A sprint with two shown risks and one internal one, and a link of each kind."""

    def __init__(self, world: World) -> None:
        cache.clear()
        place = self.place = world.ada
        with place.as_staff():
            sprint = self.sprint = make_sprint(place)
            said = {"title": "Codes land in spam", "observed": "two records"}
            self.risk = make_risk(place, sprint=sprint, check_id="email.spf_multiple", **said)
            self.other = make_risk(place, sprint=sprint, title="Not for the helper")
            self.hidden = make_risk(place, sprint=sprint, title=INTERNAL, is_internal=True)
            self.draft = make_risk(place, sprint=sprint, title=INTERNAL, plain_summary="")
            make_comment(place, sprint=sprint, risk=self.risk, text=INTERNAL, audience="internal")
            make_comment(place, sprint=sprint, risk=self.risk, text=INTERNAL)
            by = place.consultant
            self.helper, self.helper_token = open_helper_link(
                sprint, name="Sam", numbers=[self.risk.number], by=by
            )
            self.report, self.report_token = open_report_link(sprint, snapshot=FACTS, by=by)

    def url(self, name: str, token: str = "", number: int = 0) -> str:
        kind, _ = LINK_ADDRESSES[name]
        words = {"token": token or getattr(self, f"{kind}_token")}
        if name.startswith("helper-"):
            words["number"] = number or self.risk.number
        return reverse(name, kwargs=words)

    def change(self, **fields) -> None:
        with self.place.as_staff():
            ShareLink.objects.filter(sprint=self.sprint).update(**fields)

    def stored(self) -> Risk:
        with self.place.as_staff():
            return Risk.objects.get(pk=self.risk.pk)

    def events(self, verb: str) -> list[ActivityEvent]:
        with self.place.as_staff():
            return list(ActivityEvent.objects.filter(sprint=self.sprint, verb=verb))


@pytest.fixture
def held(world: World) -> Held:
    return Held(world)


def visit(held: Held, name: str, url: str):
    _, method = LINK_ADDRESSES[name]
    browser = Browser()
    return browser.get(url) if method == "GET" else browser.post(url, {"text": "Seen."})


# --- the door -------------------------------------------------------------------------------


def test_every_address_below_h_and_r_is_one_that_these_tests_walk():
    routes = {
        str(one.pattern): getattr(one, "name", None)
        for one in get_resolver().url_patterns
        if str(one.pattern).startswith(LINK_PREFIXES)
    }
    assert set(routes.values()) == set(LINK_ADDRESSES)


@pytest.mark.parametrize("name", LINK_ADDRESSES)
def test_a_dead_link_answers_one_and_the_same_page_and_changes_nothing(held, name):
    answers = {"unknown": visit(held, name, held.url(name, token="x" * 43))}
    held.change(revoked_at=timezone.now())
    answers["revoked"] = visit(held, name, held.url(name))
    held.change(revoked_at=None, expires_at=timezone.now() - timedelta(seconds=1))
    answers["expired"] = visit(held, name, held.url(name))
    held.change(expires_at=timezone.now() + timedelta(days=1))
    other = held.report_token if LINK_ADDRESSES[name][0] == "helper" else held.helper_token
    answers["of the other kind"] = visit(held, name, held.url(name, token=other))
    Practice.objects.filter(pk=held.place.practice.pk).update(status="suspended")
    answers["of a suspended practice"] = visit(held, name, held.url(name))
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    assert len({answer.content for answer in answers.values()}) == 1
    assert "opens nothing any more" in answers["unknown"].text
    assert held.stored().state == "open"
    with held.place.as_staff():
        assert not Comment.objects.filter(author=None).exists()
        assert not ShareLink.objects.exclude(open_count=0).exists()


@pytest.mark.parametrize("name", LINK_ADDRESSES)
def test_nobody_keeps_finds_or_passes_on_the_page(held, name):
    for token in ("", "x" * 43):
        answer = visit(held, name, held.url(name, token=token))
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        form = LINK_ADDRESSES[name][0] == "helper" and not token
        assert answer["Referrer-Policy"] == ("same-origin" if form else "no-referrer")


@pytest.mark.parametrize("seconds", [-1, 1])
def test_a_link_works_until_its_last_second(held, seconds):
    held.change(expires_at=timezone.now() + timedelta(seconds=seconds))
    assert Browser().get(held.url("helper")).status_code == (200 if seconds > 0 else 404)


@pytest.mark.parametrize("name", ["helper-comment", "helper-fixed"])
@pytest.mark.parametrize("which", ["other", "hidden", "draft"])
def test_a_risk_that_the_link_does_not_name_is_not_there(held, name, which):
    number = getattr(held, which).number
    answer = Browser().post(held.url(name, number=number), {"text": "Mine?"})
    assert answer.status_code == 404
    with held.place.as_staff():
        assert Risk.objects.get(number=number, sprint=held.sprint).state == "open"


@pytest.mark.parametrize("name", ["helper-comment", "helper-fixed"])
def test_a_number_of_another_client_reaches_no_row_of_theirs(held, world, name):
    with world.ada_two.as_staff():
        theirs = make_risk(world.ada_two, number=77)
    answer = Browser().post(held.url(name, number=77), {"text": "Mine?"})
    assert answer.status_code == 404
    with world.ada_two.as_staff():
        assert Risk.objects.get(pk=theirs.pk).state == "open"


def test_a_risk_hidden_after_the_link_was_made_is_gone_from_it(held):
    with held.place.as_staff():
        Risk.objects.filter(pk=held.risk.pk).update(is_internal=True)
    page = Browser().get(held.url("helper"))
    assert "Codes land in spam" not in page.text
    assert Browser().post(held.url("helper-fixed")).status_code == 404
    assert held.stored().state == "open"


def test_the_link_itself_writes_no_row_but_through_the_named_functions(held):
    place = held.place
    words = {"actor": Actor.LINK, "client_id": place.client.pk}
    with practice_scope(place.practice.pk, **words):
        assert Risk.objects.filter(pk=held.risk.pk).update(title="x") == 0
        assert ShareLink.objects.update(expires_at=timezone.now() + timedelta(days=99)) == 0
        assert set(Risk.objects.values_list("client_id", flat=True)) == {place.client.pk}


def test_a_form_without_its_token_writes_nothing(held):
    browser = Browser(enforce_csrf_checks=True)
    assert browser.post(held.url("helper-fixed")).status_code == 403
    assert held.stored().state == "open"


def test_staff_who_are_signed_in_see_what_the_helper_sees(held):
    browser = Browser()
    browser.force_login(held.place.consultant)
    for name in ("helper", "report"):
        page = browser.get(held.url(name))
        assert page.status_code == 200
        assert held.place.consultant.email not in page.text


def test_no_log_holds_a_token(held):
    made = logging_settings(level="DEBUG", is_readable=False)
    stream = StringIO()
    made["handlers"]["stderr"] |= {"class": "logging.StreamHandler", "stream": stream}
    dictConfig(made)
    try:
        for name in LINK_ADDRESSES:
            visit(held, name, held.url(name))
            Browser().get(held.url(name) + "nowhere/")
        Browser(enforce_csrf_checks=True).post(held.url("helper-fixed"))
    finally:
        dictConfig(settings.LOGGING)
    assert '"route"' in stream.getvalue()
    assert held.helper_token not in stream.getvalue()
    assert held.report_token not in stream.getvalue()


def test_only_the_hash_is_stored(held):
    with held.place.as_staff():
        rows = str([list(ShareLink.objects.values()), list(ActivityEvent.objects.values())])
    assert held.helper_token not in rows
    assert len(held.helper_token) >= 43


# --- the helper -----------------------------------------------------------------------------


def test_a_helper_sees_their_risks_and_nothing_else(held):
    page = Browser().get(held.url("helper")).text
    assert "Codes land in spam" in page
    assert "two records" in page
    assert "Not for the helper" not in page
    assert INTERNAL not in page
    assert held.place.consultant.email not in page


def test_opening_is_counted_and_polling_is_not(held):
    browser = Browser()
    browser.get(held.url("helper"))
    browser.get(held.url("helper"), headers={"HX-Request": "true"})
    browser.head(held.url("report"))
    with held.place.as_staff():
        counts = dict(
            ShareLink.objects.filter(sprint=held.sprint).values_list("kind", "open_count")
        )
    assert counts == {"helper": 1, "report": 1}


def test_a_helper_says_it_is_fixed_and_the_check_runs_once(held):
    browser = Browser()
    answer = browser.post(held.url("helper-fixed"))
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"#risk-R-{held.risk.number:03}")
    risk = held.stored()
    assert (risk.state, risk.fixed_by, risk.row_version) == ("fixed", None, 2)
    again = browser.post(held.url("helper-fixed"))
    assert again.status_code == 409
    assert "nothing left to say" in again.text
    with held.place.as_staff():
        assert AuditRun.objects.filter(sprint=held.sprint, scope="email.spf_multiple").count() == 1
        assert ActivityEvent.objects.filter(sprint=held.sprint).first_broken() is None
    assert [event.data["reason"] for event in held.events("helper_fixed")] == ["Sam"]
    page = browser.get(held.url("helper")).text
    assert "The check is looking again now" in page


@pytest.mark.parametrize("state", ["verified", "invalid", "accepted"])
def test_a_settled_risk_is_not_fixed_by_a_helper(held, state):
    with held.place.as_staff():
        Risk.objects.filter(pk=held.risk.pk).update(state=state)
    assert Browser().post(held.url("helper-fixed")).status_code == 409
    assert held.stored().state == state


def test_a_closed_sprint_is_not_looked_at_for_a_helper(held):
    with held.place.as_staff():
        type(held.sprint).objects.filter(pk=held.sprint.pk).update(state="closed")
    Browser().post(held.url("helper-fixed"))
    assert held.stored().state == "fixed"
    with held.place.as_staff():
        assert not AuditRun.objects.filter(sprint=held.sprint).exists()


def test_a_helper_comments_by_name_for_everybody_on_the_sprint(held):
    browser = Browser()
    text = "Merged them.\n<script>alert(1)</script>"
    assert browser.post(held.url("helper-comment"), {"text": text}).status_code == 302
    with held.place.as_staff():
        said = Comment.objects.get(author=None)
    assert (said.author_name, said.audience, said.risk_id) == ("Sam", "client", held.risk.pk)
    page = browser.get(held.url("helper")).text
    assert "Merged them." in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("length", [0, 4000, 4001])
def test_a_comment_has_between_one_and_four_thousand_characters(held, length):
    answer = Browser().post(held.url("helper-comment"), {"text": "x" * length})
    assert answer.status_code == (302 if length == 4000 else 422)


def test_a_helper_who_writes_too_often_is_asked_to_wait(held):
    browser = Browser()
    statuses = [
        browser.post(held.url("helper-comment"), {"text": "x"}).status_code for _ in range(31)
    ]
    assert statuses[29:] == [302, 429]


def test_the_helpers_page_asks_as_much_for_eight_risks_as_for_one(held):
    with CaptureQueriesContext(
        connection,
    ) as one:
        Browser().get(held.url("helper"))
    with held.place.as_staff():
        numbers = [make_risk(held.place, sprint=held.sprint).number for _ in range(7)]
    held.change(risk_numbers=[held.risk.number, *numbers])
    with CaptureQueriesContext(connection) as eight:
        assert Browser().get(held.url("helper")).text.count("I fixed it") >= 8
    assert len(eight) == len(one)


def test_the_bundle_changes_with_its_reader(held):
    page = Browser().get(held.url("helper"), {"for": "cursor"}).text
    assert "repository with Cursor" in page
    assert "An outside look" in Browser().get(held.url("helper"), {"for": "nobody"}).text


# --- staff ----------------------------------------------------------------------------------


@pytest.fixture
def staff(held) -> Browser:
    browser = Browser()
    browser.force_login(held.place.consultant)
    return browser


def page_of(held: Held, name: str, **words) -> str:
    given = {"practice_slug": held.place.practice.slug, "sprint_id": held.sprint.pk} | words
    return reverse(f"sprints:{name}", kwargs=given)


def test_staff_make_a_link_that_is_shown_once_and_take_it_back_once(held, staff):
    form = {"helper": "Kim", "risk": [held.risk.number, held.other.number]}
    made = staff.post(page_of(held, "helper-create"), form)
    found = re.search(r"https?://[^\s<\"]+(/h/[\w-]{43}/)", made.text)
    assert found
    url = found[1]
    assert made["Cache-Control"] == "no-store"
    assert "Not for the helper" in Browser().get(url).text
    assert url not in staff.get(page_of(held, "link-list")).text
    with held.place.as_staff():
        link = ShareLink.objects.get(name="Kim")
    assert timedelta(days=6, hours=23) < link.expires_at - timezone.now() <= timedelta(days=7)
    for _ in range(2):
        staff.post(page_of(held, "link-revocation", link_id=link.pk))
    assert Browser().get(url).status_code == 404
    assert len(held.events("link_revoked")) == 1


@pytest.mark.parametrize(
    ("which", "said"),
    [([], "0 risks are chosen"), (["hidden"], "can’t be shared"), (["draft"], "can’t be shared")],
)
def test_a_link_to_nothing_or_to_what_the_client_does_not_see_is_refused(held, staff, which, said):
    form = {"helper": "Kim", "risk": [getattr(held, name).number for name in which]}
    answer = staff.post(page_of(held, "helper-create"), form)
    assert answer.status_code == 422
    assert said in answer.text
    assert not held.events("link_made")[2:]


def test_a_ninth_risk_is_one_too_many_for_a_link(held, staff):
    with held.place.as_staff():
        numbers = [make_risk(held.place, sprint=held.sprint).number for _ in range(9)]
    answer = staff.post(page_of(held, "helper-create"), {"helper": "Kim", "risk": numbers})
    assert "9 risks are chosen" in answer.text


def test_the_bundle_page_takes_one_owner_or_stage_and_leaves_out_what_is_internal(held, staff):
    with held.place.as_staff():
        Risk.objects.filter(pk=held.risk.pk).update(owner=held.place.founder, stage=2)
    mine = staff.get(page_of(held, "bundle"), {"owner": held.place.founder.pk}).text
    assert "R-001" in mine
    assert "R-002" not in mine
    assert "R-001" not in staff.get(page_of(held, "bundle"), {"stage": 6}).text
    assert INTERNAL not in staff.get(page_of(held, "bundle")).text


def test_a_sprint_without_links_and_risks_says_what_will_be_there(held, staff):
    with held.place.as_staff():
        empty = make_sprint(held.place)
    words = {"sprint_id": empty.pk}
    assert "No link yet" in staff.get(page_of(held, "link-list", **words)).text
    assert "No open risk" in staff.get(page_of(held, "bundle", **words)).text
