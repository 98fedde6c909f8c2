"""A practice's colour, logo, footer and sender, as its clients meet them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts import mails
from accounts.brand import DARK_PAPER, Brand, BrandFile, contrast, for_dark, picture_kind
from accounts.outbox import OutgoingMail, post, sender
from tests.sprints.factories import make_sprint

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
USUAL = {"name": "Ada", "time_zone": "UTC"}


def settings_of(world) -> str:
    return reverse("practice-settings", kwargs={"practice_slug": world.ada.practice.slug})


def owner(world) -> Browser:
    browser = Browser()
    browser.force_login(world.ada.owner)
    return browser


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("colour", "is_taken"), [("#777777", False), ("#767676", True)])
def test_an_accent_must_be_readable_on_white(world, colour, is_taken):
    answer = owner(world).post(settings_of(world), USUAL | {"accent": colour})
    world.ada.practice.refresh_from_db()
    assert (answer.status_code == 302) == is_taken
    assert (world.ada.practice.brand.get("accent") == colour) == is_taken
    if not is_taken:
        assert "Take a darker shade" in answer.content.decode()
        assert colour in answer.content.decode()


@pytest.mark.parametrize("colour", ["red", "#12345", "#1f4e8c;}", "url(//evil.example)"])
def test_what_is_no_colour_gets_a_sentence(world, colour):
    answer = owner(world).post(settings_of(world), USUAL | {"accent": colour})
    assert answer.status_code == 422


@pytest.mark.parametrize("colour", ["#000000", "#1f4e8c", "#767676", "#0000ff"])
def test_on_the_dark_surface_an_accent_is_lightened_until_it_can_be_read(colour):
    assert contrast(for_dark(colour), DARK_PAPER) >= 4.5


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (b"RIFF\0\0\0\0WEBPrest", "webp"),
        (b"RIFF\0\0\0\0WAVErest", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(content, kind):
    assert picture_kind(content) == kind


def test_founders_see_colour_logo_and_footer_and_staff_keep_ours(world):
    logo = SimpleUploadedFile("logo.png", PNG, content_type="text/html")
    given = USUAL | {"accent": "#1f4e8c", "footer": "Ada Ltd, Kiel", "logo": logo}
    assert owner(world).post(settings_of(world), given).status_code == 302
    world.ada.practice.refresh_from_db()
    brand = Brand.of(world.ada.practice.brand)
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
    founder = Browser()
    founder.force_login(world.ada.founder)
    page = founder.get(reverse("client-sprint", kwargs={"sprint_id": sprint.pk})).content.decode()
    assert brand.css_url in page
    assert brand.logo_url in page
    assert "Ada Ltd, Kiel" in page
    home = f"/p/{world.ada.practice.slug}/"
    assert brand.css_url not in owner(world).get(home).content.decode()
    picture = Browser().get(brand.logo_url)
    assert picture["Content-Type"] == "image/png"
    assert picture.content == PNG
    assert "--accent:light-dark(#1f4e8c," in Browser().get(brand.css_url).content.decode()


def test_a_logo_that_is_too_large_or_no_picture_is_refused(world):
    large = SimpleUploadedFile("logo.png", PNG + b"\0" * 200_000)
    script = SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>")
    for upload, words in [(large, "200 kB is the most"), (script, "Export the logo as PNG")]:
        answer = owner(world).post(settings_of(world), USUAL | {"logo": upload})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not BrandFile.objects.exists()


def test_a_logo_can_be_taken_away(world):
    browser = owner(world)
    browser.post(settings_of(world), USUAL | {"logo": SimpleUploadedFile("l.png", PNG)})
    browser.post(settings_of(world), USUAL | {"is_logo_removed": "on"})
    world.ada.practice.refresh_from_db()
    assert "logo" not in world.ada.practice.brand


def test_an_unknown_logo_and_another_ending_answer_404(db):
    assert Browser().get("/brand/0000.png").status_code == 404
    assert Browser().get("/brand/0000.svg").status_code == 404


WORDS = {"inviter": "Ada", "place": "Acme", "role": "founder", "what": "", "until": "1 May",
         "url": "https://a.test"}  # fmt: skip


def promised(practice, monkeypatch) -> dict[str, Any]:  # Any: what `post` takes
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(mails, "post", lambda **words: seen.append(words))
    mails.send("invitation", "fay@people.example", WORDS, practice_id=practice.pk)
    return seen[0]


def test_mails_come_from_the_practice_and_replies_reach_it(world, monkeypatch):
    practice = world.ada.practice
    practice.proven_at = timezone.now()
    practice.brand = Brand(
        sender="Ada’s people", reply_to="hello@ada.example", footer="Ada <b>Ltd</b>"
    ).stored
    practice.save()
    mail = promised(practice, monkeypatch)
    assert (mail["sender_name"], mail["reply_to"]) == ("Ada’s people", "hello@ada.example")
    assert mail["text"].endswith("\n\nAda <b>Ltd</b>\n")
    assert "Ada &lt;b&gt;Ltd&lt;/b&gt;" in mail["html"]


def test_a_practice_that_nobody_has_proven_signs_with_our_name_beside_its_own(world, monkeypatch):
    practice = world.ada.practice
    practice.proven_at = None
    practice.brand = Brand(sender="Your Bank", footer="Call 0900 12345").stored
    practice.save()
    mail = promised(practice, monkeypatch)
    assert mail["sender_name"] == "Your Bank via Launch Ready"
    assert "0900" not in mail["text"] + mail["html"]


def test_the_address_of_the_sender_stays_ours(settings):
    settings.DEFAULT_FROM_EMAIL = "Launch Ready <ready@launch.example>"
    assert sender("Ada, Kiel") == '"Ada, Kiel" <ready@launch.example>'
    assert sender("") == settings.DEFAULT_FROM_EMAIL


def test_a_promised_mail_carries_its_sender(db, settings, monkeypatch):
    settings.DEFAULT_FROM_EMAIL = "ready@launch.example"
    made: list[OutgoingMail] = []
    monkeypatch.setattr(OutgoingMail.objects, "bulk_create", lambda rows, **_: made.extend(rows))
    post(dedup_key="a", to="a@b.example", subject="S", text="T", sender_name="Ada")
    assert made[0].message().from_email == "Ada <ready@launch.example>"
