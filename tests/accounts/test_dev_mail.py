"""The developer's mailbox: reads what the file backend writes, on one's own machine alone."""

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client, override_settings

from accounts.mailbox import mails

CODE_TEXT = "This code signs you in:\n\nBCDFGHJK\n\nIt works for ten minutes.\n"


@pytest.fixture
def folder(tmp_path: Path):
    with override_settings(LAB=True, EMAIL_URL="", MAIL_FOLDER=tmp_path):
        yield tmp_path


def put(folder: Path, subject: str = "Your code", text: str = CODE_TEXT, html: str = "<p>Hi</p>"):
    made = EmailMultiAlternatives(subject, text, "hello@localhost", ["kim@people.example"])
    made.attach_alternative(html, "text/html")
    EmailBackend(alias="default", file_path=str(folder)).send_messages([made, made])


def test_every_mail_of_a_file_is_read(folder):
    put(folder)
    found = mails(folder)
    assert len(found) == 2
    assert (found[0].to, found[0].subject) == ("kim@people.example", "Your code")
    assert (found[0].code, found[0].html.strip()) == ("BCDFGHJK", "<p>Hi</p>")


def test_the_list_offers_the_code_to_copy(folder):
    put(folder)
    page = Client().get("/dev/mail/")
    assert page.status_code == 200
    assert 'data-copy="BCDFGHJK"' in page.text


def test_a_mail_is_shown_with_its_html_as_text(folder):
    put(folder, html="<script>alert(1)</script>", text="Join:\n\nhttp://localhost/invitation/x/\n")
    page = Client().get(f"/dev/mail/{mails(folder)[0].key}/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert 'href="http://localhost/invitation/x/"' in page


def test_an_empty_mailbox_says_what_to_do(folder):
    assert "No mail yet" in Client().get("/dev/mail/").text
    assert mails(folder / "missing") == []


@pytest.mark.parametrize("key", ["0" * 16, "x", "etc-passwd"])
def test_an_unknown_mail_is_not_found(folder, key):
    assert Client().get(f"/dev/mail/{key}/").status_code == 404


@pytest.mark.parametrize(
    "setting",
    [{"LAB": False, "DEBUG": False}, {"IS_LOCAL": False}, {"EMAIL_URL": "smtp://mail.example"}],
)
def test_strangers_find_no_mailbox(folder, setting):
    put(folder)
    with override_settings(**setting):
        for path in ("/dev/mail/", f"/dev/mail/{mails(folder)[0].key}/"):
            assert Client().get(path).status_code == 404
