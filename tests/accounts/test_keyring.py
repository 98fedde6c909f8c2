"""Secrets at rest: bound to their row, opened by any key of the ring, never handed out sealed."""

import secrets
from base64 import b64encode
from dataclasses import replace
from io import StringIO
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connections

from accounts.keyring import Keyring, KeyringError, SealBrokenError, Spot, key_faults
from accounts.outbox import OutgoingMail, post


def word(name: str, size: int = 32) -> str:
    return f"{name}:{b64encode(secrets.token_bytes(size)).decode()}"


ring = Keyring.read([word("k1")])
SPOT = Spot("monitoring_channel", "token", 7, uuid4())


def test_a_sealed_secret_opens_at_its_own_spot():
    sealed = ring.seal("xoxb-planted", SPOT)
    assert sealed.startswith("v1.k1.")
    assert "planted" not in sealed
    assert ring.open(sealed, SPOT) == "xoxb-planted"
    assert ring.seal("xoxb-planted", SPOT) != sealed


@pytest.mark.parametrize(
    "other",
    [
        replace(SPOT, row=uuid4()),
        replace(SPOT, practice_id=8),
        replace(SPOT, practice_id=None),
        replace(SPOT, column="secret"),
        replace(SPOT, table="monitoring_probe"),
        # One letter moved from the column to the table.
        replace(SPOT, table="monitoring_channelt", column="oken"),
    ],
)
def test_a_secret_moved_to_another_spot_is_refused_and_told(other, caplog):
    with pytest.raises(SealBrokenError, match="does not open"):
        ring.open(ring.seal("planted", SPOT), other)
    assert "CRITICAL" in caplog.text
    assert "planted" not in caplog.text


def test_two_rows_whose_secrets_were_swapped_are_refused():
    rows = [Spot("channel", "token", 7, row) for row in (1, 2)]
    sealed = [ring.seal(f"secret {spot.row}", spot) for spot in rows]
    for spot, foreign in zip(rows, reversed(sealed), strict=True):
        with pytest.raises(SealBrokenError):
            ring.open(foreign, spot)


@pytest.mark.parametrize(
    "sealed", ["", "planted", "v1.k1.AAAA.AAAA", "v1.k9.AAAA.AAAA", "v2.k1.a.b"]
)
def test_what_was_never_sealed_is_refused(sealed):
    with pytest.raises(SealBrokenError):
        ring.open(sealed, SPOT)


def test_every_changed_byte_is_noticed():
    sealed = ring.seal("planted", SPOT)
    for position in range(len("v1.k1."), len(sealed) - 2, 3):
        swapped = "A" if sealed[position] != "A" else "B"
        broken = sealed[:position] + swapped + sealed[position + 1 :]
        with pytest.raises(SealBrokenError):
            ring.open(broken, SPOT)


def test_the_first_key_seals_and_all_open():
    old = word("k1")
    before, after = Keyring.read([old]), Keyring.read([word("k2"), old])
    sealed = before.seal("planted", SPOT)
    assert after.open(sealed, SPOT) == "planted"
    assert not after.is_current(sealed)
    assert after.is_current(after.seal("planted", SPOT))


def test_a_key_for_one_purpose_is_no_key_for_another():
    assert len({ring.derive("webhooks"), ring.derive("anchor"), ring.keys["k1"]}) == 3
    assert ring.derive("anchor") == ring.derive("anchor")


SAME = word("k1")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], "empty"),
        (["no-colon"], "id:base64"),
        ([word("k 1")], "id:base64"),
        (["k1:not base64!"], "no base64"),
        ([word("k1", 31)], "31 bytes"),
        (["k1:" + b64encode(b"x" * 32).decode()], "not random"),
        ([SAME, word("k1")], "another id"),
        ([SAME, SAME.replace("k1", "k2")], "another key"),
    ],
)
def test_bad_keys_are_refused_without_being_repeated(words, fault):
    faults = key_faults(words)
    assert len(faults) == 1
    assert fault in faults[0]
    assert not any(word.partition(":")[2] in faults[0] for word in words if len(word) > 20)
    with pytest.raises(KeyringError):
        Keyring.read(words)


def test_32_bytes_suffice():
    assert key_faults([word("k1", 32), word("k2", 64)]) == []


def test_bad_keys_stop_the_start(settings):
    settings.LR_KEYS = [word("k1", 31)]
    assert [fault.id for fault in run_checks() if fault.id == "accounts.E001"] == ["accounts.E001"]


@pytest.mark.django_db(transaction=True, databases=["default", "ops", "owner"])
def test_rotation_seals_anew_and_counts_what_each_key_still_holds(settings):
    old = django_settings.LR_KEYS[0]
    for number in range(5):
        post(dedup_key=f"m{number}", to="kim@people.example", subject="Hi", text="planted-plain")
    settings.LR_KEYS = [word("new"), old]
    said = StringIO()
    call_command("rotate_secrets", "--batch", "2", stdout=said)
    assert said.getvalue() == f"new: 5\n{old.partition(':')[0]}: 0\n"
    settings.LR_KEYS = settings.LR_KEYS[:1]
    mail = OutgoingMail.objects.using("ops").first()
    assert mail is not None
    assert mail.message().body == "planted-plain"
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT o::text FROM accounts_outgoingmail o")
        dump = str(cursor.fetchall())
    assert "kim@people.example" in dump
    assert "planted" not in dump
