"""Asking a founder for access, facts and keys, and what comes back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import mails
from accounts.models import ClientMembership, MemberStatus
from audits.models import AuditRun
from sprints import asking, keybox, requesting
from sprints.asking_catalogue import MOST_REQUESTS, asked_for
from sprints.models import ActivityEvent, Comment, KeyBox, Project, Request
from sprints.requesting import RequestRefusedError
from tests.audits.factories import make_run
from tests.factories import make_places
from tests.sprints.factories import make_key_box, make_request, make_risk, make_sprint

SECRET = "sk-live-0123456789abcdef-secret"


@pytest.fixture
def sprint(world):
    with world.ada.as_staff():
        return make_sprint(world.ada)


@pytest.fixture
def sent(monkeypatch) -> list[dict[str, Any]]:  # Any: what `post` takes
    promised: list[dict[str, Any]] = []
    monkeypatch.setattr(mails, "post", lambda **words: promised.append(words))
    return promised


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def staff_url(sprint, name: str, **more) -> str:
    words = {"practice_slug": sprint.practice.slug, "sprint_id": sprint.pk, **more}
    return reverse(f"sprints:{name}", kwargs=words)


def client_url(asked: Request) -> str:
    words = {"sprint_id": asked.sprint_id, "request_id": asked.pk}
    return reverse("client-request", kwargs=words)


def fresh(world, asked: Request) -> Request:
    with world.ada.as_staff():
        return Request.objects.get(pk=asked.pk)


class TestTheCatalogue:
    def test_vendors_that_were_met_are_named_with_their_own_steps(self):
        made = asked_for([("dns", "Cloudflare"), ("mail", "Google Workspace")], "ada@firm.test")
        by_slot = {one.slot: one for one in made}
        assert "Cloudflare" in by_slot["dns"].title
        assert any("dash.cloudflare.com" in step for step in by_slot["dns"].steps)
        assert any("ada@firm.test" in step for step in by_slot["dns"].steps)
        assert "admin.google.com" in by_slot["mail"].steps[0]

    def test_without_any_vendor_nobody_is_asked_for_mailboxes_that_may_not_exist(self):
        slots = {one.slot for one in asked_for([], "ada@firm.test")}
        assert {"registrar", "dns", "hosting", "code"} <= slots
        assert not {"mail", "sender"} & slots

    def test_there_are_never_more_than_eight(self):
        met = [(role, "Somebody") for role in ("dns", "registrar", "hosting", "mail", "sender")]
        made = asked_for(met, "ada@firm.test")
        assert len(made) == MOST_REQUESTS
        assert all("{" not in step for one in made for step in one.steps)

    def test_an_unknown_vendor_gets_the_steps_of_its_kind(self):
        made = asked_for([("dns", "Tiny DNS Ltd")], "ada@firm.test")
        dns = next(one for one in made if one.slot == "dns")
        assert "Tiny DNS Ltd" in dns.steps[0]

    def test_the_host_is_asked_for_before_a_cdn_in_front_of_it(self):
        made = asked_for([("cdn", "Cloudflare"), ("hosting", "Vercel")], "ada@firm.test")
        assert {one.slot: one.vendor for one in made}["hosting"] == "Vercel"

    @pytest.mark.parametrize(
        ("slot", "vendor", "elsewhere"),
        [
            ("dns", "Google Cloud DNS", "admin.google.com"),
            ("hosting", "Google Cloud Run", "admin.google.com"),
            ("hosting", "Cloudflare Pages", "role “DNS”"),
            ("registrar", "Cloudflare", "role “DNS”"),
            ("mail", "Namecheap Private Email", "Sharing & transfer"),
        ],
    )
    def test_a_vendors_steps_for_one_thing_are_not_given_for_another(self, slot, vendor, elsewhere):
        made = asked_for([(slot, vendor)], "ada@firm.test")
        steps = next(one.steps for one in made if one.slot == slot)
        assert elsewhere not in " ".join(steps)


class TestAsking:
    def test_two_presses_ask_for_everything_in_one_mail(self, world, sprint, sent):
        browser = signed_in(world.ada.consultant)
        page = browser.post(staff_url(sprint, "request-prepare"), follow=True).text
        assert "Not sent yet" in page
        assert sent == []
        browser.post(staff_url(sprint, "request-send"))
        with world.ada.as_staff():
            states = set(Request.objects.filter(sprint=sprint).values_list("state", flat=True))
        assert states == {"sent"}
        assert [mail["to"] for mail in sent] == [world.ada.founder.email]

    def test_what_the_audit_met_is_named(self, world, sprint):
        with world.ada.as_staff():
            run = make_run(world.ada, sprint=sprint)
            vendors = [["dns", "Cloudflare", "ns.cloudflare.com"], ["hosting", "Vercel", "x"]]
            AuditRun.objects.filter(pk=run.pk).update(vendors=vendors)
        answer = signed_in(world.ada.consultant).post(staff_url(sprint, "request-prepare"))
        assert answer.status_code == 302
        with world.ada.as_staff():
            named = dict(Request.objects.filter(sprint=sprint).values_list("slot", "vendor"))
        assert (named["dns"], named["hosting"]) == ("Cloudflare", "Vercel")

    def test_no_mail_is_claimed_where_no_founder_has_joined(self, world, sprint, sent):
        with world.ada.as_staff():
            ClientMembership.objects.filter(role="founder").update(status=MemberStatus.REMOVED)
            make_request(world.ada, sprint=sprint, state="draft")
        page = signed_in(world.ada.consultant).post(staff_url(sprint, "request-send"), follow=True)
        assert sent == []
        assert "no mail went" in page.text
        assert "on the way" not in page.text

    def test_a_question_that_is_corrected_stays_with_its_risk(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint)
        form = {"title": "", "kind": "question", "risk": str(risk.number)}
        page = signed_in(world.ada.consultant).post(staff_url(sprint, "request-create"), form)
        assert f'name="risk" value="{risk.number}"' in page.text

    def test_pressing_again_asks_for_nothing_twice(self, world, sprint, sent):
        browser = signed_in(world.ada.consultant)
        for _ in range(2):
            browser.post(staff_url(sprint, "request-prepare"))
            browser.post(staff_url(sprint, "request-send"))
        with world.ada.as_staff():
            slots = list(Request.objects.filter(sprint=sprint).values_list("slot", flat=True))
        assert len(slots) == len(set(slots))
        assert len(sent) == 1

    def test_what_was_left_out_can_be_asked_for_later(self, world, sprint):
        with world.ada.as_staff():
            asking.prepare(sprint, [], by=world.ada.consultant)
            one = Request.objects.filter(sprint=sprint)[0]
            requesting.withdraw(one, by=world.ada.consultant)
            assert not ActivityEvent.objects.filter(verb="request_withdrawn").exists()
            assert asking.prepare(sprint, [], by=world.ada.consultant) == 1
            with pytest.raises(RequestRefusedError, match="taken back already"):
                requesting.withdraw(one, by=world.ada.consultant)

    def test_a_question_about_a_hidden_risk_is_refused(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint, is_internal=True)
            with pytest.raises(RequestRefusedError, match="Share the risk first"):
                requesting.ask(sprint, "Is it so?", by=world.ada.consultant, risk=risk)

    @pytest.mark.parametrize("number", ["9" * 5000, "²", "-1"])
    def test_what_is_no_number_of_a_risk_names_none(self, world, sprint, number):
        browser = signed_in(world.ada.consultant)
        form = {"title": "Is it so?", "kind": "question", "risk": number}
        assert browser.post(staff_url(sprint, "request-create"), form).status_code == 302
        with world.ada.as_staff():
            assert Request.objects.get(sprint=sprint).risk_id is None

    @pytest.mark.parametrize("hidden", ["risk", "taken back"])
    def test_what_hangs_on_a_hidden_risk_is_shown_nowhere(self, world, sprint, hidden):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint, is_internal=hidden == "risk")
            state = "sent" if hidden == "risk" else "withdrawn"
            asked = make_request(
                world.ada, sprint=sprint, risk=risk, title="Secret question", state=state
            )
        browser = signed_in(world.ada.founder)
        home = browser.get(reverse("client-sprint", kwargs={"sprint_id": sprint.pk}))
        assert "Secret question" not in home.content.decode()
        words = {"sprint_id": sprint.pk, "about": "request", "number": asked.pk}
        said = browser.post(reverse("client-comment", kwargs=words), {"text": ""})
        assert said.status_code == 404

    def test_a_draft_is_not_the_founders_to_see(self, world, sprint):
        with world.ada.as_staff():
            draft = make_request(world.ada, sprint=sprint, state="draft")
        assert signed_in(world.ada.founder).get(client_url(draft)).status_code == 404


class TestAnswering:
    @pytest.mark.parametrize("word", ["done", "not_found", "not_ours"])
    def test_one_press_answers_and_leads_to_the_next(self, world, sprint, word):
        with world.ada.as_staff():
            first, second = (make_request(world.ada, sprint=sprint) for _ in range(2))
        answer = signed_in(world.ada.founder).post(client_url(first), {"answer": word})
        assert answer["Location"] == client_url(second)
        assert fresh(world, first).state == word
        assert fresh(world, first).answered_by == world.ada.founder

    def test_an_answer_counts_once(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint)
        founder = signed_in(world.ada.founder)
        founder.post(client_url(asked), {"answer": "done"})
        again = founder.post(client_url(asked), {"answer": "not_ours"})
        assert again.status_code == 422
        assert "answered already" in again.text
        assert fresh(world, asked).state == "done"

    def test_a_viewer_reads_and_answers_nothing(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint)
        viewer = signed_in(world.ada.viewer)
        assert "A founder of" in viewer.get(client_url(asked)).text
        assert viewer.post(client_url(asked), {"answer": "done"}).status_code == 403

    def test_a_question_without_an_answer_keeps_asking(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="question")
        answer = signed_in(world.ada.founder).post(client_url(asked), {"answer": "done"})
        assert answer.status_code == 422
        assert "still empty" in answer.text

    @pytest.mark.parametrize(
        ("field", "typed", "kept"),
        [
            ("hosting", "Fly.io", "Fly.io"),
            ("is_auto_renew_confirmed", "yes", True),
            ("is_auto_renew_confirmed", "no", False),
        ],
    )
    def test_an_answer_lands_in_the_field_it_was_asked_for(self, world, sprint, field, typed, kept):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="question", field=field)
        form = {"answer": "done", "text": typed}
        signed_in(world.ada.founder).post(client_url(asked), form)
        with world.ada.as_staff():
            assert getattr(Project.objects.get(pk=sprint.project_id), field) == kept

    def test_what_is_no_day_is_not_taken_and_what_was_typed_stays(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="question", field="launch_on")
        form = {"answer": "done", "text": "soon"}
        answer = signed_in(world.ada.founder).post(client_url(asked), form)
        assert answer.status_code == 422
        assert "soon" in answer.text
        assert fresh(world, asked).state == "sent"

    def test_an_answer_about_a_risk_lands_in_its_talk(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint)
            asked = make_request(world.ada, sprint=sprint, kind="question", risk=risk)
        form = {"answer": "done", "text": "We use Brevo."}
        signed_in(world.ada.founder).post(client_url(asked), form)
        with world.ada.as_staff():
            said = Comment.objects.get(risk=risk)
        assert "We use Brevo." in said.text
        assert (said.author, said.audience) == (world.ada.founder, "client")

    def test_an_answer_is_new_to_staff_until_they_have_seen_it(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint)
            requesting.answer(asked, "not_found", "Where is it?", by=world.ada.founder)
        browser = signed_in(world.ada.consultant)
        assert "data-new" in browser.get(staff_url(sprint, "request-list")).text
        browser.post(staff_url(sprint, "request-act", request_id=asked.pk, act="noted"))
        assert "data-new" not in browser.get(staff_url(sprint, "request-list")).text
        browser.post(staff_url(sprint, "request-act", request_id=asked.pk, act="again"))
        assert fresh(world, asked).state == "sent"


class TestReminding:
    @pytest.mark.parametrize(("hours", "count"), [(23.9, 0), (24, 1)])
    def test_one_mail_goes_after_a_day(self, world, sprint, sent, hours, count):
        with world.ada.as_staff():
            at = timezone.now() - timedelta(hours=hours)
            asked = [make_request(world.ada, sprint=sprint, sent_at=at) for _ in range(3)]
            for one in asked:
                requesting.nudge_by_itself(one.pk)
                requesting.nudge_by_itself(one.pk)
        assert len(sent) == count

    def test_who_was_reminded_within_the_day_is_left_in_peace(self, world, sprint, sent):
        now = timezone.now()
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, sent_at=now - timedelta(days=3),
                                 nudged_at=now - timedelta(hours=23))  # fmt: skip
            requesting.nudge_by_itself(asked.pk)
        assert sent == []

    def test_a_reminder_is_told_only_where_a_mail_went(self, world, sprint, sent):
        with world.ada.as_staff():
            ClientMembership.objects.filter(role="founder").update(status=MemberStatus.REMOVED)
            at = timezone.now() - timedelta(hours=30)
            requesting.nudge_by_itself(make_request(world.ada, sprint=sprint, sent_at=at).pk)
        page = signed_in(world.ada.consultant).get(staff_url(sprint, "request-list")).text
        assert sent == []
        assert "The last went on" not in page


class TestTheBox:
    def put(self, world, sprint) -> Request:
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="key")
        form = {"answer": "done", "key": SECRET, "text": SECRET}
        answer = signed_in(world.ada.founder).post(client_url(asked), form)
        assert answer.status_code == 302
        return asked

    def box(self, world, asked) -> KeyBox:
        with world.ada.as_staff():
            return KeyBox.objects.select_related("request").get(request=asked)

    def test_the_named_consultant_reads_it_once_and_then_it_is_gone(self, world, sprint):
        box = self.box(world, self.put(world, sprint))
        url = staff_url(sprint, "key-read", box_id=box.pk)
        page = signed_in(world.ada.consultant).post(url)
        assert SECRET in page.text
        assert "no-store" in page["Cache-Control"]
        again = signed_in(world.ada.consultant).post(url)
        assert (again.status_code, SECRET in again.text) == (409, False)
        assert self.box(world, box.request).sealed == ""

    def test_nobody_else_of_the_practice_reads_it(self, world, sprint):
        box = self.box(world, self.put(world, sprint))
        page = signed_in(world.ada.owner).post(staff_url(sprint, "key-read", box_id=box.pk))
        assert (page.status_code, SECRET in page.text) == (409, False)
        assert self.box(world, box.request).sealed

    def test_it_stands_in_no_row_history_or_page(self, world, sprint, caplog):
        asked = self.put(world, sprint)
        box = self.box(world, asked)
        with world.ada.as_staff():
            told = str(list(ActivityEvent.objects.filter(sprint=sprint).values()))
            row = str(Request.objects.filter(pk=asked.pk).values()[0])
        pages = signed_in(world.ada.founder).get(client_url(asked)).text
        pages += signed_in(world.ada.consultant).get(staff_url(sprint, "request-list")).text
        assert SECRET not in told + row + pages + str(vars(box)) + caplog.text

    @pytest.mark.parametrize(("early_seconds", "is_gone"), [(1, False), (0, True)])
    def test_after_48_hours_it_is_destroyed_unread(self, world, sprint, early_seconds, is_gone):
        box = self.box(world, self.put(world, sprint))
        with world.ada.as_staff():
            end = timezone.now() + timedelta(seconds=60 * early_seconds)
            KeyBox.objects.filter(pk=box.pk).update(expires_at=end)
            keybox.expire(box.pk)
            keybox.expire(box.pk)
            told = ActivityEvent.objects.filter(sprint=sprint, verb="key_destroyed").count()
        assert (self.box(world, box.request).sealed == "") == is_gone
        assert told == int(is_gone)

    def test_an_empty_box_and_one_too_large_are_refused(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="key")
        for key in ("  ", "x" * 4001):
            form = {"answer": "done", "key": key}
            answer = signed_in(world.ada.founder).post(client_url(asked), form)
            assert answer.status_code == 422
        assert fresh(world, asked).state == "sent"

    def test_a_changed_seal_opens_nothing(self, world, sprint):
        with world.ada.as_staff():
            asked = make_request(world.ada, sprint=sprint, kind="key")
            box = make_key_box(world.ada, request=asked, sealed="v1.no.such.seal")
            with pytest.raises(RequestRefusedError, match="seal of this box"):
                keybox.read_once(box, by=world.ada.consultant)

    def test_taking_the_request_back_destroys_an_unread_key(self, world, sprint):
        asked = self.put(world, sprint)
        with world.ada.as_staff():
            requesting.withdraw(asked, by=world.ada.consultant)
        assert self.box(world, asked).sealed == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_reads_at_the_same_moment_one_wins():
    place, _ = make_places("Ada")
    with place.as_staff():
        asked = make_request(place, kind="key")
        box = keybox.put(asked, SECRET, by=place.founder)
    both = Barrier(2)

    def read(_: int) -> str:
        try:
            with place.as_staff(), transaction.atomic():
                rows = KeyBox.objects.select_related("request__sprint", "reader")
                found = rows.get(pk=box.pk)
                both.wait(timeout=20)
                return keybox.read_once(found, by=found.reader)
        except RequestRefusedError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(read, range(2))) == ["refused", SECRET]
