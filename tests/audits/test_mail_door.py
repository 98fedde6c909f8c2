"""Mail over real sockets into the receiver: taken, judged, refused; and what strangers try."""

import smtplib
import socket
import ssl
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.guard.listening import server_tls
from accounts.tenancy.scope import Actor, practice_scope
from audits.mail_models import MailArrival, MailTest
from audits.mailroom.receiver import MAX_BYTES, MAX_SESSIONS_OF_ADDRESS
from audits.models import MAILS, AuditRun
from audits.observations.mail_arrival import Arrival, LinkFault, Signed
from audits.observations.mail_stored import arrival_of
from audits.observations.spf_result import SpfResult
from audits.runs import carry_out
from sprints.models import Risk, StageItem
from tests.audits.factories import make_mail_test
from tests.audits.mail_door import OURS, Clock, mail_world, open_receiver, signed, written
from tests.factories import Place, World
from tests.lab import Lab
from tests.lab.certificates import CertificateOrder, authority

pytestmark = [
    pytest.mark.lab,
    pytest.mark.django_db(transaction=True, databases=["default", "ops"]),
]

DOMAIN = "triedmail.test"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def domain(in_lab: Lab):
    mail_world(in_lab, DOMAIN)
    yield DOMAIN
    in_lab.drop_product(DOMAIN)


@pytest.fixture
def port(domain, world: World, clock: Clock):
    with open_receiver(clock) as found:
        yield found


def given_out(place: Place, **fields) -> MailTest:
    with place.as_staff():
        return make_mail_test(place, **fields)


def address(test: MailTest) -> str:
    return f"{test.local_part}@{OURS}"


def send(port: int, to: str, mail: bytes, *, sender: str = f"bounce@{DOMAIN}") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail(sender, [to], mail)


def arrivals(place: Place, test: MailTest) -> list[MailArrival]:
    with place.as_staff():
        return list(MailArrival.objects.filter(test=test))


def facts(place: Place, test: MailTest) -> Arrival:
    found = arrivals(place, test)
    assert len(found) == 1
    return arrival_of(found[0].facts)


def test_a_signed_mail_is_taken_in_and_its_facts_are_kept(port, world: World, domain):
    test = given_out(world.ada, asked_at=timezone.now() - timedelta(seconds=12))
    html = (
        f'<a href="https://{domain}/in?token=abc123secret">In</a> <i xmlns="http://www.w3.org/x">'
    )
    mail = signed(written(domain, address(test), html=html), domain)
    send(port, address(test), mail)
    seen = facts(world.ada, test)
    assert seen.author == domain
    assert seen.spf == SpfResult.PASS
    assert seen.is_spf_aligned is True
    assert [(one.domain, one.outcome, one.is_aligned) for one in seen.signatures] == [
        (domain, Signed.PASS, True)
    ]
    assert (seen.has_policy, seen.policy) == (True, "reject")
    assert seen.took is not None
    assert timedelta(seconds=11) < seen.took < timedelta(seconds=40)
    assert [(link.name, link.fault) for link in seen.links] == [(domain, LinkFault.NONE)]


def test_nothing_secret_of_the_mail_is_kept(port, world: World, domain):
    test = given_out(world.ada)
    html = f'<a href="https://{domain}/in?token=abc123secret">Your code is 493211</a>'
    send(port, address(test), signed(written(domain, address(test), html=html), domain))
    row = arrivals(world.ada, test)[0]
    kept = f"{row.facts} {row.headers}"
    for secret in ("abc123secret", "493211", "493 211", str(test.local_part)):
        assert secret not in kept.replace(f"'To', '{address(test)}'", ""), secret


def test_the_same_mail_delivered_twice_is_one(port, world: World, domain):
    test = given_out(world.ada)
    mail = signed(written(domain, address(test)), domain)
    send(port, address(test), mail)
    send(port, address(test), mail)
    assert len(arrivals(world.ada, test)) == 1


def test_an_arrival_is_judged_by_an_audit_of_its_own(port, world: World, domain):
    test = given_out(world.ada, asked_at=timezone.now())
    html = '<a href="http://localhost:3000/in">In</a>'
    mail = written(domain, address(test), html=html)
    send(port, address(test), mail.replace(f"hello@{domain}".encode(), b"hello@elsewhere.test"))
    run = AuditRun.objects.claim_next()
    assert run is not None
    assert run.scope == f"{MAILS}{test.pk}"
    carry_out(run)
    with practice_scope(world.ada.practice.pk, actor=Actor.STAFF):
        risks = Risk.objects.filter(sprint=test.sprint)
        assert {(risk.check_id, risk.subject) for risk in risks} == {
            ("email.roundtrip_auth", "sign-up mail"),
            ("email.link_hosts", "sign-up mail"),
        }


def test_a_second_mail_that_is_right_closes_what_the_first_one_opened(port, world: World, domain):
    first = given_out(world.ada)
    send(port, address(first), written("elsewhere.test", address(first)))
    run = AuditRun.objects.claim_next()
    assert run is not None
    carry_out(run)
    second = given_out(world.ada, sprint=first.sprint)
    send(port, address(second), signed(written(domain, address(second)), domain))
    run = AuditRun.objects.claim_next()
    assert run is not None
    carry_out(run)
    with practice_scope(world.ada.practice.pk, actor=Actor.STAFF):
        risk = Risk.objects.get(sprint=first.sprint, check_id="email.roundtrip_auth")
        assert risk.state == Risk.State.VERIFIED
        items = StageItem.objects.filter(stage__sprint=first.sprint, key="6.4")
        assert {item.verdict for item in items} <= {"pass"}


def test_a_mail_to_one_practice_is_never_in_another(port, world: World, domain):
    ours, theirs = given_out(world.ada), given_out(world.bob)
    send(port, address(ours), signed(written(domain, address(theirs)), domain))
    assert len(arrivals(world.ada, ours)) == 1
    with world.bob.as_staff():
        assert not MailArrival.objects.exists()
    with world.ada_two.as_client():
        assert not MailArrival.objects.exists()


@pytest.mark.parametrize("sender", ["bounce@example.test", ""])
def test_an_unknown_address_is_refused(port, sender):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("sender.test")
        client.mail(sender)
        assert client.rcpt(f"{'0' * 32}@{OURS}")[0] in {550, 503}


def test_nothing_is_relayed(port, world: World):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("sender.test")
        client.mail("a@example.test")
        assert client.rcpt("somebody@elsewhere.test")[0] == 550


def test_an_address_that_is_over_takes_nothing_in(port, world: World):
    test = given_out(world.ada, expires_at=timezone.now() - timedelta(seconds=1))
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("sender.test")
        client.mail("a@example.test")
        assert client.rcpt(address(test))[0] == 550


def test_one_mail_has_one_recipient(port, world: World):
    one, two = given_out(world.ada), given_out(world.bob)
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("sender.test")
        client.mail("a@example.test")
        assert client.rcpt(address(one))[0] == 250
        assert client.rcpt(address(two))[0] == 452


HOSTILE = {
    "too large": (b"Subject: a\r\n\r\n" + b"a" * 990 + b"\r\n") + b"b\r\n" * (MAX_BYTES // 3),
    "headers without end": b"X-A: b\r\n" * 12_000 + b"\r\n\r\nx",
    "an endless line": b"Subject: a\r\n\r\n" + b"a" * 300_000,
}


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_mail_beyond_the_limits_is_refused_and_the_door_stays_open(port, world, domain, mail):
    test = given_out(world.ada)
    with pytest.raises(smtplib.SMTPException):
        send(port, address(test), mail)
    assert arrivals(world.ada, test) == []
    send(port, address(test), signed(written(domain, address(test)), domain))
    assert len(arrivals(world.ada, test)) == 1


STRANGE = {
    "nothing at all": b"",
    "no headers": b"\r\nonly words",
    "a first line that continues": b" folded\r\nFrom: a@b.test\r\n\r\nx",
    "NUL everywhere": b"From: a\0@b.test\r\nSubject: \0\0\r\n\r\n\0http://\0",
    "two authors": b"From: a@b.test\r\nFrom: c@d.test\r\n\r\nx",
    "a signature of rubbish": b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff; s=\xfe; l=" + b"9" * 900
    + b"\r\nFrom: a@b.test\r\n\r\nx",
    "nested like a trap": b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 3_000,
    "a charset that is none": b"From: a@b.test\r\nContent-Type: text/plain; charset=\xff\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n=====",
}  # fmt: skip


@pytest.mark.parametrize("mail", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_mail_is_kept_as_not_proved(port, world: World, domain, mail):
    test = given_out(world.ada)
    send(port, address(test), mail, sender="x@nowhere.test")
    assert facts(world.ada, test).is_proved is False


def test_too_many_connections_of_one_address_are_turned_away(port):
    held = [
        socket.create_connection(("127.0.0.1", port), 5) for _ in range(MAX_SESSIONS_OF_ADDRESS)
    ]
    try:
        for one in held:
            assert one.recv(100).startswith(b"220")
        with socket.create_connection(("127.0.0.1", port), 5) as more:
            assert more.recv(100).startswith(b"421")
    finally:
        for one in held:
            one.close()


def test_tls_is_offered_where_there_is_a_certificate(domain, world: World, clock, tmp_path):
    chain, key = authority().fill(CertificateOrder((OURS,)))
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "key.pem").write_bytes(key)
    context = server_tls(str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))
    plain, safe = given_out(world.ada), given_out(world.ada)
    theirs = ssl.create_default_context()
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    with open_receiver(clock, context) as port:
        send(port, address(plain), signed(written(domain, address(plain)), domain))
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.starttls(context=theirs)
            mail = signed(written(domain, address(safe)), domain)
            client.sendmail(f"bounce@{domain}", [address(safe)], mail)
    assert (facts(world.ada, plain).is_tls, facts(world.ada, safe).is_tls) == (False, True)
    assert facts(world.ada, safe).tls_version.startswith("TLSv1")
    assert facts(world.ada, plain).is_tls_offered
