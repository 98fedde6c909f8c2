"""Asking at one vendor, about one risk or field, and reminding by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import mails
from accounts.models import ClientMembership, MemberStatus
from audits.observations.vendors import VENDOR_SIGNS
from sprints import asking, requesting
from sprints.asking_catalogue import asked_by_name, asked_for, way_of
from sprints.asking_ways import WAYS
from sprints.models import Comment, Project, Request
from sprints.nudging import nudge
from sprints.requesting import RequestRefusedError
from tests.sprints.factories import make_request, make_risk, make_sprint

SLOT_LENGTH = Request._meta.get_field("slot").max_length
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


class TestVendors:
    def test_every_vendor_that_an_audit_can_meet_is_asked_for_by_name(self):
        for sign in VENDOR_SIGNS:
            made = asked_for([(sign.role, sign.name)], "ada@firm.test")
            named = [one for one in made if one.vendor == sign.name]
            assert len(named) == 1, sign
            text = " ".join(named[0].steps)
            assert "ada@firm.test" in text, sign
            assert "{" not in text, sign
            assert sign.name in text or way_of(sign.name, named[0].slot), sign

    @pytest.mark.parametrize(
        ("vendor", "slot", "role", "step"),
        [
            (("hosting", "GitLab Pages"), "hosting", "Developer", "gitlab.com"),
            (("dns", "Porkbun"), "dns", "authorised user", "Authorized Users"),
            (("sender", "Amazon SES"), "sender", "AmazonSESFullAccess", "IAM Identity Center"),
            (("hosting", "Supabase"), "data", "Developer", "supabase.com/dashboard"),
            (("hosting", "Firebase Hosting"), "hosting", "Editor", "Users and permissions"),
        ],
    )
    def test_a_known_vendor_is_asked_for_in_its_own_steps(self, vendor, slot, role, step):
        one = next(one for one in asked_for([vendor], "ada@firm.test") if one.vendor == vendor[1])
        assert one.slot == slot
        assert role in one.role
        assert step in " ".join(one.steps)

    @pytest.mark.parametrize(
        ("word", "slot", "role"),
        [
            ("openai", "model-openai", "Reader"),
            ("anthropic", "model-anthropic", "Billing"),
            ("stripe", "payments-stripe", "View only"),
            ("sentry", "monitoring-sentry", "Member"),
            ("gitlab", "code-gitlab", "Developer"),
        ],
    )
    def test_what_no_audit_sees_is_chosen_by_staff(self, world, sprint, word, slot, role):
        browser = signed_in(world.ada.consultant)
        browser.post(staff_url(sprint, "request-vendor"), {"vendor": word})
        with world.ada.as_staff():
            one = Request.objects.get(sprint=sprint)
        assert (one.slot, one.role_wanted, one.state) == (slot, role, "draft")
        assert one.invite in " ".join(one.steps)

    def test_every_known_vendor_says_whom_to_invite_what_as_and_what_is_seen_then(self):
        for word, way in WAYS.items():
            one = asked_by_name(word, "ada@firm.test")
            assert len(one.slot) <= (SLOT_LENGTH or 0), word
            assert one.role, word
            assert 3 <= len(one.steps) <= 5, word
            assert "ada@firm.test" in " ".join(one.steps), word
            assert "{" not in " ".join(one.steps), word
            assert one.slot.partition("-")[0] in way.slots, word

    def test_one_invitation_that_opens_two_things_is_asked_for_once(self):
        met = [("hosting", "GitLab Pages"), ("hosting", "Firebase Hosting")]
        slots = [one.slot for one in asked_for(met[:1], "ada@firm.test")]
        assert ("hosting" in slots, "code" in slots) == (True, False)
        assert "data" not in [one.slot for one in asked_for(met[1:], "ada@firm.test")]

    def test_where_nobody_knows_where_the_code_is_no_vendor_is_guessed(self):
        code = next(one for one in asked_for([], "ada@firm.test") if one.slot == "code")
        assert code.vendor == ""
        assert "wherever your code is" in code.steps[0]

    def test_a_chosen_vendor_takes_the_place_of_the_general_draft(self, world, sprint):
        with world.ada.as_staff():
            asking.prepare(sprint, [], by=world.ada.consultant)
            asking.ask_at(sprint, "openai", by=world.ada.consultant)
            alive = Request.objects.filter(sprint=sprint).exclude(state="withdrawn")
            assert [one.slot for one in alive if one.slot.startswith("model")] == ["model-openai"]
            assert asking.prepare(sprint, [], by=world.ada.consultant) == 0
            with pytest.raises(RequestRefusedError, match="asked for already"):
                asking.ask_at(sprint, "openai", by=world.ada.consultant)
            asking.ask_at(sprint, "anthropic", by=world.ada.consultant)

    def test_a_vendor_that_was_chosen_is_not_asked_for_again_when_an_audit_meets_it(
        self, world, sprint
    ):
        with world.ada.as_staff():
            asking.ask_at(sprint, "porkbun", by=world.ada.consultant)
            asking.prepare(sprint, [("dns", "Porkbun")], by=world.ada.consultant)
            assert Request.objects.filter(sprint=sprint, vendor="Porkbun").count() == 1

    @pytest.mark.parametrize("word", ["", "aol", "Stripe"])
    def test_a_vendor_that_is_not_in_the_list_is_refused(self, world, sprint, word):
        page = signed_in(world.ada.consultant).post(
            staff_url(sprint, "request-vendor"), {"vendor": word}, follow=True
        )
        assert "Choose one of the vendors" in page.text


class TestAskingAboutARisk:
    def ask_url(self, sprint, risk) -> str:
        return f"{staff_url(sprint, 'request-list')}?risk={risk.number}"

    def test_the_risks_page_leads_to_the_form_and_the_answer_comes_back(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint, title="Codes land in spam")
        staff, founder = signed_in(world.ada.consultant), signed_in(world.ada.founder)
        risk_url = staff_url(sprint, "risk-detail", number=risk.number)
        assert f"{self.ask_url(sprint, risk)}#ask" in staff.get(risk_url).text
        form = staff.get(self.ask_url(sprint, risk)).text
        assert f"Ask about {risk.ref}" in form
        assert "Codes land in spam" in form
        sent = {"title": "Who sends them?", "kind": "question", "risk": risk.number}
        staff.post(staff_url(sprint, "request-create"), sent)
        staff.post(staff_url(sprint, "request-send"))
        with world.ada.as_staff():
            asked = Request.objects.get(sprint=sprint)
        founder.post(client_url(asked), {"answer": "done", "text": "Brevo does."})
        page = staff.get(risk_url).text
        assert "Brevo does." in page
        assert "asked for “Who sends them?”" in page
        assert "answered “Who sends them?”: done." in page
        words = {"sprint_id": sprint.pk, "number": risk.number}
        assert "Brevo does." in founder.get(reverse("client-risk", kwargs=words)).text

    @pytest.mark.parametrize(("word", "said"), [("not_found", "Can’t find it."),
                                                ("not_ours", "Don’t have this.")])  # fmt: skip
    def test_that_there_is_no_answer_is_said_at_the_risk_too(self, world, sprint, word, said):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint)
            asked = make_request(world.ada, sprint=sprint, kind="question", risk=risk)
        signed_in(world.ada.founder).post(client_url(asked), {"answer": word})
        with world.ada.as_staff():
            assert said in Comment.objects.get(risk=risk).text

    def test_the_history_of_another_risk_does_not_tell_of_it(self, world, sprint):
        with world.ada.as_staff():
            risk, other = (make_risk(world.ada, sprint=sprint) for _ in range(2))
            asked = make_request(world.ada, sprint=sprint, kind="question", risk=risk,
                                 title="Only here?")  # fmt: skip
            requesting.answer(asked, "done", "Yes", by=world.ada.founder)
        page = signed_in(world.ada.consultant).get(
            staff_url(sprint, "risk-detail", number=other.number)
        )
        assert "Only here?" not in page.text

    def test_a_key_about_a_risk_stands_in_no_talk(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint)
            asked = make_request(world.ada, sprint=sprint, kind="key", risk=risk)
        form = {"answer": "done", "key": SECRET, "text": SECRET}
        signed_in(world.ada.founder).post(client_url(asked), form)
        with world.ada.as_staff():
            assert not Comment.objects.filter(risk=risk).exists()

    def test_a_hidden_risk_says_why_nothing_can_be_asked(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint, is_internal=True)
        staff = signed_in(world.ada.consultant)
        assert "Share the risk first." in staff.get(self.ask_url(sprint, risk)).text
        sent = {"title": "Is it so?", "kind": "question", "risk": risk.number}
        assert staff.post(staff_url(sprint, "request-create"), sent).status_code == 422

    @pytest.mark.parametrize("number", ["999", "9" * 9])
    def test_a_risk_that_is_not_there_is_not_asked_about(self, world, sprint, number):
        staff = signed_in(world.ada.consultant)
        assert staff.get(staff_url(sprint, "request-list"), {"risk": number}).status_code == 404
        sent = {"title": "Is it so?", "kind": "question", "risk": number}
        assert staff.post(staff_url(sprint, "request-create"), sent).status_code == 404

    def test_a_field_brings_its_question(self, world, sprint):
        staff = signed_in(world.ada.consultant)
        page = staff.get(staff_url(sprint, "request-list"), {"field": "hosting"}).text
        assert 'value="Where does the app run?"' in page
        assert staff.get(staff_url(sprint, "request-list"), {"field": "name"}).status_code == 200

    def test_the_projects_page_asks_for_what_nobody_has_said(self, world, sprint):
        staff = signed_in(world.ada.consultant)
        words = {"practice_slug": sprint.practice.slug, "project_id": sprint.project_id}
        url = reverse("sprints:project-detail", kwargs=words)
        with world.ada.as_staff():
            said = {"hosting": "Fly.io", "mail_vendor": ""}
            Project.objects.filter(pk=sprint.project_id).update(**said)
        page = staff.get(url).text
        assert f"{staff_url(sprint, 'request-list')}?field=mail_vendor#ask" in page
        assert "?field=hosting" not in page
        with world.ada.as_staff():
            type(sprint).objects.filter(pk=sprint.pk).update(state="closed")
        assert "?field=" not in staff.get(url).text


class TestNudging:
    def test_one_press_sends_one_mail_for_all_that_is_open_and_a_second_none(
        self, world, sprint, sent
    ):
        with world.ada.as_staff():
            for _ in range(3):
                make_request(world.ada, sprint=sprint)
        staff = signed_in(world.ada.consultant)
        assert f"Nudge {world.ada.founder}" in staff.get(staff_url(sprint, "request-list")).text
        page = staff.post(staff_url(sprint, "request-nudge"), follow=True).text
        assert [mail["to"] for mail in sent] == [world.ada.founder.email]
        assert "gets one short mail" in page
        assert f"Nudge {world.ada.founder}" not in page
        again = staff.post(staff_url(sprint, "request-nudge"), follow=True).text
        assert "may go tomorrow" in again
        assert len(sent) == 1

    @pytest.mark.parametrize(("hours", "count"), [(23, 1), (25, 2)])
    def test_a_day_later_it_may_go_again(self, world, sprint, sent, time_machine, hours, count):
        with world.ada.as_staff():
            make_request(world.ada, sprint=sprint)
            requesting.remind(sprint, by=world.ada.consultant)
            time_machine.move_to(timezone.now())
            time_machine.shift(timedelta(hours=hours))
            try:
                requesting.remind(sprint, by=world.ada.consultant)
            except RequestRefusedError:
                assert count == 1
        assert len(sent) == count

    def test_who_was_nudged_from_my_day_is_left_in_peace(self, world, sprint, sent):
        with world.ada.as_staff():
            make_request(world.ada, sprint=sprint)
            nudge(sprint, world.ada.founder, by=world.ada.owner)
            with pytest.raises(RequestRefusedError, match="within the last day"):
                requesting.remind(sprint, by=world.ada.consultant)
        assert len(sent) == 1

    def test_the_automatic_mail_keeps_still_after_one_by_hand(self, world, sprint, sent):
        with world.ada.as_staff():
            at = timezone.now() - timedelta(hours=30)
            asked = make_request(world.ada, sprint=sprint, sent_at=at)
            requesting.remind(sprint, by=world.ada.consultant)
            requesting.nudge_by_itself(asked.pk)
        assert len(sent) == 1

    @pytest.mark.parametrize(
        ("missing", "said"), [("open", "Everything is answered"), ("founder", "No founder has")]
    )
    def test_where_nobody_waits_or_nobody_is_there_no_mail_goes(
        self, world, sprint, sent, missing, said
    ):
        with world.ada.as_staff():
            state = "done" if missing == "open" else "sent"
            make_request(world.ada, sprint=sprint, state=state)
            if missing == "founder":
                ClientMembership.objects.filter(role="founder").update(status=MemberStatus.REMOVED)
            with pytest.raises(RequestRefusedError, match=said):
                requesting.remind(sprint, by=world.ada.consultant)
        assert sent == []

    def test_the_client_nudges_nobody(self, world, sprint, sent):
        url = staff_url(sprint, "request-nudge")
        assert signed_in(world.ada.founder).post(url).status_code == 404
        assert sent == []


class TestSharing:
    def test_the_fix_prompt_is_shared_or_copied_from_the_staffs_page(self, world, sprint):
        with world.ada.as_staff():
            risk = make_risk(world.ada, sprint=sprint)
        url = staff_url(sprint, "risk-detail", number=risk.number)
        page = signed_in(world.ada.consultant).get(url).text
        # Hidden until the script has found a sheet to share with; copying is always there.
        assert 'data-share-from="#fix-prompt" hidden' in page
        assert 'data-copy-from="#fix-prompt"' in page
        assert "js/share" in page
