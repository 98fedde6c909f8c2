"""One's own account: name, address, factors, sessions; what changes is told and ends the rest."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256

from accounts import gate, sessions
from accounts.browsers import browser_name
from accounts.models import Practice, User
from tests.accounts.conftest import step_up

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost"
type Options = dict[str, Any]  # Any: JSON as WebAuthn passes it


def by_code(user: User, posted, **headers: str) -> Client:
    """A browser in which the person has signed in by a mailed code."""
    browser = Client(headers=headers, SERVER_NAME="localhost")
    browser.post("/login/", {"email": user.email})
    browser.post("/login/code/", {"code": posted[-1].code})
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


class Key:
    """A software passkey: makes and answers as a device with user verification would."""

    def __init__(self, *, is_verifying: bool = True) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = b"key-of-the-tests"
        self.flags = 0x45 if is_verifying else 0x41

    def client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def auth_data(self, rest: bytes = b"", *, flags: int) -> bytes:
        return hashlib.sha256(b"localhost").digest() + bytes([flags]) + b"\0\0\0\1" + rest

    def made(self, options: Options, origin: str = ORIGIN) -> Options:
        public = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        rest = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attested = {"fmt": "none", "attStmt": {},
                    "authData": self.auth_data(rest, flags=self.flags)}  # fmt: skip
        data = self.client_data("webauthn.create", options["challenge"], origin)
        return self.answer({"clientDataJSON": text(data),
                            "attestationObject": text(cbor.encode(attested))})  # fmt: skip

    def used(self, options: Options, user: User, origin: str = ORIGIN) -> Options:
        data = self.client_data("webauthn.get", options["challenge"], origin)
        seen = self.auth_data(flags=self.flags & 0x05)
        signed = self.private.sign(seen + hashlib.sha256(data).digest(), ec.ECDSA(hashes.SHA256()))
        from allauth.account.utils import user_pk_to_url_str

        return self.answer({
            "clientDataJSON": text(data), "authenticatorData": text(seen),
            "signature": text(signed), "userHandle": text(user_pk_to_url_str(user).encode()),
        })  # fmt: skip

    def answer(self, response: Options) -> Options:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key",
                "response": response, "clientExtensionResults": {}}  # fmt: skip


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def options_on(page: str) -> Options:
    block = re.search(r'id="passkey-data" type="application/json">(.*?)</script>', page)
    assert block
    options = json.loads(block[1])
    return next(iter(options.values()))["publicKey"] if "publicKey" not in options else options[
        "publicKey"]  # fmt: skip


def add_passkey(browser: Client, key: Key, name: str = "Laptop", origin: str = ORIGIN):
    options = options_on(browser.get("/account/passkeys/new/").text)
    credential = json.dumps(key.made(options, origin))
    return browser.post("/account/passkeys/new/", {"name": name, "credential": credential})


def test_name_and_time_zone_are_kept(world):
    browser = Client()
    browser.force_login(world.ada.founder)
    form = {"name": "Grace", "time_zone": "America/New_York", "email": "evil@people.example",
            "is_active": ""}  # fmt: skip
    assert browser.post("/account/", form)["Location"] == "/account/"
    user = User.objects.get(pk=world.ada.founder.pk)
    assert (user.name, user.time_zone) == ("Grace", "America/New_York")
    assert (user.email, user.is_active) == (world.ada.founder.email, True)
    assert browser.post("/account/", {"name": "x", "time_zone": "Mars/Base"}).status_code == 422


def test_times_are_told_by_the_persons_clock(world, posted, time_machine):
    time_machine.move_to("2026-11-24 23:30Z", tick=False)
    user = world.ada.founder
    User.objects.filter(pk=user.pk).update(time_zone="Asia/Tokyo")
    assert "since 25 Nov, 08:30" in by_code(user, posted).get("/account/").text
    User.objects.filter(pk=user.pk).update(time_zone="Atlantis/Capital")
    assert "since 24 Nov, 23:30" in by_code(user, posted).get("/account/").text


def test_a_new_address_is_proved_first_and_the_old_one_is_told(world, posted):
    user, old = world.ada.founder, world.ada.founder.email
    browser, other = by_code(user, posted), by_code(user, posted)
    step_up(browser, posted, "/account/address/", {"email": "New@people.example"})
    assert posted[-1].to == "New@people.example"
    assert User.objects.get(pk=user.pk).email == old
    assert browser.post("/account/address/code/", {"code": posted[-1].code}).status_code == 302
    assert User.objects.get(pk=user.pk).email == "new@people.example"
    assert [one.email for one in EmailAddress.objects.filter(user=user)] == ["new@people.example"]
    assert (posted[-1].to, "another address" in posted[-1].subject) == (old, True)
    assert is_signed_in(browser)
    assert not is_signed_in(other)


def test_an_address_of_somebody_else_is_not_taken(world, posted):
    browser = by_code(world.ada.founder, posted)
    step_up(browser, posted, "/account/address/", {"email": world.bob.founder.email})
    browser.post("/account/address/code/", {"code": posted[-1].code})
    assert User.objects.get(pk=world.ada.founder.pk).email == world.ada.founder.email


def test_a_wrong_code_changes_no_address(world, posted):
    browser = by_code(world.ada.founder, posted)
    step_up(browser, posted, "/account/address/", {"email": "new@people.example"})
    for _ in range(3):
        browser.post("/account/address/code/", {"code": "BBBBBBBB"})
    browser.post("/account/address/code/", {"code": posted[-1].code})
    assert User.objects.get(pk=world.ada.founder.pk).email == world.ada.founder.email


def test_a_passkey_is_added_told_and_signs_in(world, posted):
    user, key = world.ada.founder, Key()
    browser, other = by_code(user, posted), by_code(user, posted)
    assert add_passkey(browser, key)["Location"] == "/account/"
    assert posted[-1].subject == "The passkey “Laptop” was added"
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    fresh = Client(SERVER_NAME="localhost")
    asked = fresh.get("/login/passkey/", headers={"Accept": "application/json"}).json()
    used = json.dumps(key.used(asked["request_options"]["publicKey"], user))
    assert fresh.post("/login/passkey/", {"credential": used})["Location"] == "/places/"
    assert is_signed_in(fresh)


def test_a_passkey_without_user_verification_is_refused(world, posted):
    browser = by_code(world.ada.founder, posted)
    assert add_passkey(browser, Key(is_verifying=False)).status_code == 422
    assert not Authenticator.objects.filter(user=world.ada.founder).exists()


def test_an_answer_is_good_for_its_own_challenge_only(world, posted):
    user, key = world.ada.founder, Key()
    add_passkey(by_code(user, posted), key)
    fresh = Client(SERVER_NAME="localhost")
    asked = fresh.get("/login/passkey/", headers={"Accept": "application/json"}).json()
    used = json.dumps(key.used(asked["request_options"]["publicKey"], user))
    fresh.get("/login/passkey/", headers={"Accept": "application/json"})
    assert fresh.post("/login/passkey/", {"credential": used})["Location"] == "/login/"
    assert not is_signed_in(fresh)


def test_a_passkey_steps_up_for_every_act_of_the_next_minutes(world, posted):
    user, key = world.ada.owner, Key()
    browser = by_code(user, posted)
    add_passkey(browser, key)
    passkey = Authenticator.objects.get(user=user, type="webauthn")
    url = f"/account/passkeys/{passkey.pk}/removal/"
    assert browser.post(url)["Location"] == "/confirm/"
    asked = browser.get("/confirm/passkey/").json()["request_options"]["publicKey"]
    answer = browser.post("/confirm/", {"credential": json.dumps(key.used(asked, user))})
    assert answer["Location"] == "/confirm/resumption/"
    assert browser.post("/account/address/", {"email": "n@people.example"}).status_code == 302
    assert posted[-1].to == "n@people.example"
    assert browser.post(url)["Location"] == "/account/"
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_passkey_of_somebody_else_is_not_removed(world, posted):
    browser = by_code(world.ada.founder, posted)
    add_passkey(browser, Key())
    pk = Authenticator.objects.get().pk
    step_up(by_code(world.bob.founder, posted), posted, f"/account/passkeys/{pk}/removal/")
    assert Authenticator.objects.filter(pk=pk).exists()


def app_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def add_app(browser: Client) -> str:
    shown = re.search(r"<code>([A-Z2-7]{32})</code>", browser.get("/account/app/").text)
    assert shown
    secret = shown[1]
    assert browser.post("/account/app/", {"code": app_code(secret)})["Location"] == "/account/"
    return secret


def test_an_authenticator_app_is_then_asked_for(world, posted):
    user = world.ada.consultant
    secret = add_app(by_code(user, posted))
    assert secret not in str(Authenticator.objects.get(user=user).data)
    browser = Client(SERVER_NAME="localhost")
    browser.post("/login/", {"email": user.email})
    answer = browser.post("/login/code/", {"code": posted[-1].code})
    assert answer["Location"] == "/login/second-factor/"
    assert not is_signed_in(browser)
    assert browser.post("/login/second-factor/", {"code": "000000"}).status_code == 200
    assert browser.post("/login/second-factor/", {"code": app_code(secret)}).status_code == 302
    assert is_signed_in(browser)


def test_the_square_code_is_a_picture_of_our_own(world, posted):
    browser = by_code(world.ada.consultant, posted)
    browser.get("/account/app/")
    picture = browser.get("/account/app/picture.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<path" in picture.content


def test_recovery_codes_are_shown_once_and_let_in_once(world, posted):
    user = world.ada.consultant
    browser = by_code(user, posted)
    add_app(browser)
    codes = re.findall(r"<li>(\d{8})\n", browser.post("/account/recovery-codes/").text)
    assert len(codes) == 10
    assert codes[0] not in browser.get("/account/").text
    for expected in (True, False):
        fresh = Client(SERVER_NAME="localhost")
        fresh.post("/login/", {"email": user.email})
        fresh.post("/login/code/", {"code": posted[-1].code})
        fresh.post("/login/second-factor/", {"code": codes[0]})
        assert is_signed_in(fresh) is expected


def test_founders_are_offered_passkeys_alone(world, posted):
    browser = by_code(world.ada.founder, posted)
    page = browser.get("/account/").text
    assert "Add a passkey" in page
    assert "authenticator app" not in page
    assert browser.get("/account/app/").status_code == 404
    assert browser.post("/account/recovery-codes/").status_code == 404


def test_a_founders_passkey_is_a_quicker_way_and_no_second_lock(world, posted):
    user = world.ada.founder
    add_passkey(by_code(user, posted), Key())
    assert is_signed_in(by_code(user, posted))


def test_sessions_are_listed_and_ended_one_by_one(world, posted):
    user = world.ada.founder
    one = by_code(user, posted, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    two = by_code(user, posted, user_agent="Mozilla/5.0 (iPhone) Safari/605.1")
    page = one.get("/account/").text
    assert "Firefox on Linux, this one" in page
    assert "Safari on iPhone" in page
    pk = UserSession.objects.get(session_key=two.session.session_key).pk
    stranger = by_code(world.bob.founder, posted)
    assert stranger.post(f"/account/sessions/{pk}/end/").status_code == 404
    assert is_signed_in(two)
    one.post(f"/account/sessions/{pk}/end/")
    assert not is_signed_in(two)
    assert is_signed_in(one)


def test_everywhere_else_can_be_signed_out_at_once(world, posted):
    browsers = [by_code(world.ada.founder, posted) for _ in range(3)]
    browsers[0].post("/account/sessions/others/end/")
    assert [is_signed_in(browser) for browser in browsers] == [True, False, False]


def test_an_old_cookie_is_worth_nothing_after_signing_out(world, posted):
    browser = by_code(world.ada.founder, posted)
    old = browser.cookies["session"].value
    browser.post("/logout/")
    browser.cookies["session"] = old
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("who", "rest", "is_in"),
    [("owner", {"hours": 11}, True), ("owner", {"hours": 13}, False),
     ("founder", {"days": 13}, True), ("founder", {"days": 15}, False)],
)  # fmt: skip
def test_an_idle_session_ends_by_kind(world, posted, time_machine, who, rest, is_in):
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    time_machine.move_to(start)
    browser = by_code(getattr(world.ada, who), posted)
    time_machine.move_to(start + timedelta(**rest))
    assert is_signed_in(browser) is is_in


@pytest.mark.parametrize(("who", "days"), [("owner", 7), ("founder", 30)])
def test_no_session_lives_for_ever(world, posted, time_machine, who, days):
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    time_machine.move_to(start)
    browser = by_code(getattr(world.ada, who), posted)
    idle, _ = sessions.LIMITS["staff" if who == "owner" else "client"]
    at, lived = start, []
    while at < start + timedelta(days=days + 2):
        at += idle * 0.8
        time_machine.move_to(at)
        lived.append((at - start, is_signed_in(browser)))
    assert all(is_in for age, is_in in lived if age < timedelta(days=days) - idle)
    assert not any(is_in for age, is_in in lived if age > timedelta(days=days))


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 302)])
def test_an_owner_with_clients_is_asked_for_a_second_factor(
    world, posted, time_machine, days, status
):
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    time_machine.move_to(start)
    people = f"/p/{world.ada.practice.slug}/people/"
    owner = by_code(world.ada.owner, posted)
    assert "Add a second proof" not in owner.get(people).text
    gate.ask_second_factor(world.ada.practice)
    assert "Add a second proof by Tuesday, 1 December" in owner.get(people).text
    time_machine.move_to(start + timedelta(days=days))
    owner = by_code(world.ada.owner, posted)
    answer = owner.get(people)
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"] == f"/account/second-factor/?next={people.replace('/', '%2F')}"
        assert owner.get(answer["Location"]).status_code == 200
        assert owner.get("/account/").status_code == 200
        assert by_code(world.ada.consultant, posted).get(people).status_code == 200
        assert add_passkey(owner, Key()).status_code == 302
        assert owner.get(people).status_code == 200


def test_the_first_invited_client_starts_the_grace(world, posted):
    browser = by_code(world.ada.consultant, posted)
    staff = f"/p/{world.ada.practice.slug}/people/new/"
    by_code(world.ada.owner, posted).post(
        staff, {"email": "a@people.example", "role": "consultant"}
    )
    assert Practice.objects.get(pk=world.ada.practice.pk).second_factor_since is None
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    browser.post(url, {"email": "f@people.example", "role": "founder"})
    assert Practice.objects.get(pk=world.ada.practice.pk).second_factor_since is not None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140 Safari/537", "Chrome on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("", "A browser on an unknown device"),
    ],
)
def test_a_browser_is_called_as_one_would_say_it(agent, name):
    assert browser_name(agent) == name
