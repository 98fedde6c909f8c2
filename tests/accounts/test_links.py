"""X4: what a mail scanner does to a link consumes nothing; a person's POST does, once, here."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

from accounts.models import User
from accounts.places import client_ids_of
from tests.architecture.test_isolation_urls import every_leaf

pytestmark = pytest.mark.django_db
GUEST = "guest@people.example"


def scanned(path: str) -> Client:
    """Another machine opens the link as link scanners do: HEAD, then GET three times."""
    scanner = Client(headers={"user-agent": "Mozilla/5.0 (compatible; SafeLinks)"})
    assert scanner.head(path).status_code == 200
    for _ in range(3):
        answer = scanner.get(path)
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
    assert "_auth_user_id" not in scanner.session
    return scanner


def is_signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.fixture
def invited(world, posted) -> str:
    staff = Client()
    staff.force_login(world.ada.consultant)
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    staff.post(url, {"email": GUEST, "role": "founder"})
    return posted[-1].link.removeprefix(settings.PUBLIC_URL)


def test_a_scanned_invitation_lets_exactly_the_right_browser_in(world, posted, invited):
    scanner, person = scanned(invited), Client()
    person.get(invited)
    assert person.post(invited)["Location"] == f"{invited}code/"
    form = {"code": posted[-1].code, "name": "Gil Guest"}
    scanner.post(f"{invited}code/", form)
    assert not User.objects.filter(email=GUEST).exists()
    assert person.post(f"{invited}code/", form)["Location"] == "/places/"
    assert (is_signed_in(person), is_signed_in(scanner)) == (True, False)
    user = User.objects.get(email=GUEST)
    assert client_ids_of(user) == [(world.ada.practice.pk, world.ada.client.pk)]
    assert person.post(f"{invited}code/", form).status_code == 404
    assert Client().get(invited).status_code == 404


def test_a_scanner_that_even_posts_gets_no_further_than_a_mail(posted, invited):
    scanner = scanned(invited)
    scanner.post(invited)
    assert posted[-1].to == GUEST
    assert not User.objects.filter(email=GUEST).exists()
    assert Client().get(invited).status_code == 200


@override_settings(LAB=True)
def test_a_scanned_demo_link_still_works_once():
    said = StringIO()
    call_command("load_demo", stdout=StringIO())
    call_command("demo_links", stdout=said)
    link = next(word for word in said.getvalue().split() if "/demo/" in word)
    path = link.removeprefix(settings.PUBLIC_URL)
    scanner, person, late = scanned(path), Client(), Client()
    assert person.post(path)["Location"] == "/places/"
    assert late.post(path).status_code == 404
    assert [is_signed_in(one) for one in (scanner, person, late)] == [False, True, False]


def test_no_mailed_link_carries_its_secret_in_a_query(posted, invited):
    Client().post("/login/", {"email": "nobody@people.example"})
    links = [link for mail in posted for link in re.findall(r"https?://\S+", mail.text)]
    assert any("/invitation/" in link for link in links)
    assert [link for link in links if "?" in link or "#" in link] == []
    assert [mail for mail in posted if "code" in mail.subject and "http" in mail.text] == []


def test_no_address_reads_a_token_from_a_query(invited):
    token = invited.rstrip("/").rpartition("/")[2]
    with_token = [leaf.name for leaf in every_leaf() if "token" in leaf.parameters]
    assert "invitation" in with_token
    for path in ("/invitation/", "/login/", "/places/"):
        answer = Client().get(path, {"token": token, "code": token})
        assert answer.status_code in {302, 404} or "Ada One" not in answer.text


def test_the_page_of_a_link_leads_nowhere_else(invited):
    """Nothing of another host is loaded or linked, so that no referrer could be told."""
    found = re.findall(r'(?:href|src|action)="([^"]+)"', Client().get(invited).text)
    assert found
    assert [way for way in found if re.match(r"(?:https?:)?//", way)] == []
