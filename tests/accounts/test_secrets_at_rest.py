"""X25: what a copy of the database would tell, and what a swapped ciphertext is worth."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connections, transaction
from django.test import Client

from accounts.keyring import SealBrokenError
from accounts.outbox import OutgoingMail, post
from tests.accounts.test_account_page import add_app, app_code, by_code, is_signed_in
from tests.factories import make_world

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops", "owner"])


def dump() -> str:
    """Every column of every row of every table, as text, past every wall."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        texts = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(r)::text FROM "{table}" r')
            texts += [f"{table} {row}" for (row,) in cursor.fetchall()]
    return "\n".join(texts)


def test_a_dump_holds_none_of_the_secrets_that_were_given_out(posted):
    world = make_world()
    staff = by_code(world.ada.consultant, posted)
    app = add_app(staff)
    codes = re.findall(r"<li>(\d{8})\n", staff.post("/account/recovery-codes/").text)
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    staff.post(url, {"email": "guest@people.example", "role": "founder"})
    token = posted[-1].link.rstrip("/").rpartition("/")[2]
    Client().post(f"/invitation/{token}/")
    planted = {app, *codes, token, posted[-1].code, posted[0].code}
    assert len(planted) == 14
    copy = dump()
    assert "guest@people.example" in copy
    assert world.ada.canary in copy
    assert [secret for secret in planted if secret in copy] == []
    assert settings.LR_KEYS[0].partition(":")[2] not in copy
    assert settings.SECRET_KEY not in copy


def test_two_mails_whose_contents_were_swapped_are_not_sent(caplog):
    for number in (1, 2):
        with transaction.atomic():
            to = f"n{number}@people.example"
            post(dedup_key=f"m{number}", to=to, subject="Hi", text=f"secret {number}",
                 practice_id=number)  # fmt: skip
    first, second = OutgoingMail.objects.using("ops").order_by("dedup_key")
    assert first.message().body == "secret 1"
    first.sealed, second.sealed = second.sealed, first.sealed
    for mail in (first, second):
        with pytest.raises(SealBrokenError):
            mail.message()
    assert caplog.text.count("CRITICAL") == 2
    assert "secret" not in caplog.text.replace("The secret in", "")


def test_an_authenticator_of_somebody_else_opens_nothing(posted):
    """Whoever can write rows puts the own app's secret into a colleague's row: it is refused."""
    world = make_world()
    own = add_app(by_code(world.bob.consultant, posted))
    add_app(by_code(world.ada.consultant, posted))
    row = Authenticator.objects.get(user=world.ada.consultant)
    row.data = Authenticator.objects.get(user=world.bob.consultant).data
    row.save()
    browser = Client(SERVER_NAME="localhost", raise_request_exception=False)
    browser.post("/login/", {"email": world.ada.consultant.email})
    browser.post("/login/code/", {"code": posted[-1].code})
    answer = browser.post("/login/second-factor/", {"code": app_code(own)})
    assert answer.status_code == 500
    assert not is_signed_in(browser)
