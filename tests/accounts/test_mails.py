"""Mails: one address, one subject line, plain words; nothing foreign begins a header (X21)."""

import pytest
from django.core import mail as sent
from django.core.mail import EmailMultiAlternatives

from accounts import mails
from accounts.mails import MailRefusedError, checked_subject, one_address, one_line, rendered

HOSTILE = ["\r", "\n", "\r\nBcc: evil@evil.example", "\x00", "\x0b", "\x85", "\u2028", "\u2029"]
INVITATION = {
    "role": "founder",
    "what": "You will decide.",
    "url": "https://launch.example/invitation/x/",
    "until": "1 December",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_names_stay_on_one_line_and_in_their_header(text):
    words = {**INVITATION, "inviter": f"Ada{text} Evil", "place": f"Harbour{text}Works"}
    subject, _, body = rendered("invitation", words).partition("\n")
    made = EmailMultiAlternatives(checked_subject(subject), body, to=[one_address("a@b.example")])
    assert made.recipients() == ["a@b.example"]
    message = made.message()
    assert message["Bcc"] is None
    assert "evil@evil.example" not in str(message["To"])
    assert len(str(message["Subject"]).splitlines()) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_subject_with_a_control_character_is_refused(text):
    with pytest.raises(MailRefusedError, match="header of its own"):
        checked_subject(f"News{text}")


@pytest.mark.parametrize(
    "to",
    ["a@b.example, x@y.example", "a@b.example\nBcc: x@y.example", "a@b.example\x00", "", "a",
     "A <a@b.example>", "a@b.example;x@y.example", '"a, x"@b.example'],
)  # fmt: skip
def test_a_mail_goes_to_exactly_one_address(to):
    with pytest.raises(MailRefusedError):
        one_address(to)


def test_a_long_subject_is_cut():
    assert len(checked_subject("x" * 400)) == 150


def test_names_are_not_escaped_in_plain_text_and_are_in_html(db, posted):
    words = {**INVITATION, "inviter": "O’Brien & <b>Sons", "place": "Works"}
    mails.send("invitation", "a@b.example", words)
    assert "O’Brien & <b>Sons invites" in posted[0].text
    assert "<b>" not in posted[0].html
    assert "O’Brien &amp; &lt;b&gt;Sons invites" in posted[0].html


def test_one_line_keeps_words_apart():
    assert one_line(" a\r\nb\x00c\u2028d ") == "a b c d"


@pytest.mark.parametrize(
    "name",
    ["login_code", "unknown_account", "start_code", "stepup_code", "address_code",
     "address_changed", "factor_changed", "invitation_code", "invitation", "practice_created"],
)  # fmt: skip
def test_every_mail_has_a_subject_and_a_few_short_paragraphs(name):
    subject, _, body = rendered(
        name, {"code": "BCDFGHJK", "what": "A passkey was added"}
    ).partition("\n")
    assert 5 < len(subject) <= 150
    paragraphs = [part for part in body.strip().split("\n\n") if part != "BCDFGHJK"]
    assert 1 < len(paragraphs) <= 5


@pytest.mark.django_db(transaction=True, databases=["default", "ops"])
def test_a_promised_mail_is_sent_by_the_worker():
    from django.db import transaction

    from accounts.tasks import send_mails

    with transaction.atomic():
        mails.send("login_code", "kim@people.example", {"code": "BCDFGHJK"})
    send_mails()
    (mail,) = sent.outbox
    assert isinstance(mail, EmailMultiAlternatives)
    assert mail.to == ["kim@people.example"]
    assert "BCDFGHJK" in mail.subject
    assert [kind for _, kind in mail.alternatives] == ["text/html"]
