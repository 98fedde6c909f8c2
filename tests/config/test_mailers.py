"""MAILERS out of one URL."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.mailers import mailer

FOLDER = Path("/mail")


def test_without_a_url_mail_lands_in_files():
    made = mailer("", folder=FOLDER)
    assert made["BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert made["OPTIONS"] == {"file_path": "/mail"}


def test_starttls_with_encoded_user_and_password():
    options = mailer("smtp+tls://us%40er:p%2Fss@mail.example.com", folder=FOLDER)["OPTIONS"]
    assert options == {
        "host": "mail.example.com",
        "port": 587,
        "username": "us@er",
        "password": "p/ss",
        "use_tls": True,
        "use_ssl": False,
        "timeout": 20.0,
    }


def test_smtps_and_a_timeout_of_ones_own():
    options = mailer("smtps://mail.example.com:4650?timeout=5", folder=FOLDER)["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["use_ssl"], options["port"], options["timeout"]) == (True, 4650, 5.0)


@pytest.mark.parametrize("url", ["mail.example.com", "http://u:hidden@mail.example.com", "smtp://"])
def test_another_scheme_is_told_without_its_password(url: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        mailer(url, folder=FOLDER)
    assert "smtp+tls://" in str(caught.value)
    assert "hidden" not in str(caught.value)
