"""Who receives mail: MX sets, null MX, targets; and what the records show about sending."""

import pytest

from accounts.guard.exchange import DnsStatus
from audits.checks.email_mx import mx, mx_cname_ip, null_mx
from audits.checks.email_posture import non_sending
from audits.observations.mail import MailExchange, MailPosture, Sending
from audits.observations.seen import GatherFailure
from audits.verdicts import Verdict
from tests.audits.mail_world import World, judged, look, only

DOMAIN = "example.test"
MX = f"{DOMAIN} MX"
HERE = {f"{DOMAIN} A": ["192.0.2.1"]}
ALIVE = {"a.test A": ["192.0.2.2"]}


@pytest.mark.parametrize(
    ("records", "sending", "verdict", "cause"),
    [
        ({MX: ["10 a.test."]} | ALIVE, None, Verdict.PASS, ""),
        ({MX: ["10 a.test."], "a.test AAAA": ["2001:db8::1"]}, None, Verdict.PASS, ""),
        ({MX: ["10 gone.test."]}, None, Verdict.FAIL, "dead"),
        ({MX: ["10 gone.test.", "20 gone2.test."]}, None, Verdict.FAIL, "dead"),
        ({MX: ["10 gone.test.", "20 a.test."]} | ALIVE, None, Verdict.WARN, "partly_dead"),
        ({MX: ["10 a.test."], "a.test A": DnsStatus.TIMEOUT}, None, Verdict.UNKNOWN, "silent"),
        ({MX: ["0 ."]}, None, Verdict.INFO, "null"),
        (HERE, True, Verdict.WARN, "implicit"),
        ({f"{DOMAIN} TXT": ["x"]}, True, Verdict.FAIL, "none"),
        ({f"{DOMAIN} TXT": ["x"]}, None, Verdict.WARN, "none"),
        ({f"{DOMAIN} TXT": ["x"]}, False, Verdict.INFO, "no_mail"),
        ({f"{DOMAIN} A": DnsStatus.TIMEOUT}, True, Verdict.UNKNOWN, "silent"),
        ({}, None, Verdict.FAIL, "no_domain"),
    ],
)
async def test_mail_has_somewhere_to_go(records, sending, verdict, cause):
    result = only(mx, await look(records, is_sending=sending))
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVFAIL, DnsStatus.REFUSED])
async def test_silence_is_no_missing_record(status):
    seen = await look({MX: status})
    assert isinstance(seen[MailExchange], GatherFailure)


@pytest.mark.parametrize(
    ("records", "verdict", "cause"),
    [
        ({MX: ["0 ."]}, Verdict.PASS, ""),
        ({MX: ["0 .", "10 a.test."]}, Verdict.FAIL, "mixed"),
        ({MX: ["0 ."], f"{DOMAIN} TXT": ["v=spf1 mx ~all"]}, Verdict.WARN, "sending"),
        ({MX: ["0 ."], f"{DOMAIN} TXT": ["v=spf1 -all"]}, Verdict.PASS, ""),
        ({MX: ["10 a.test."]}, Verdict.NA, "none"),
    ],
)
async def test_a_null_mx_stands_alone_on_a_silent_domain(records, verdict, cause):
    result = only(null_mx, await look(records))
    assert (result.verdict, result.cause) == (verdict, cause)


async def test_targets_are_names_of_their_own():
    records = {
        MX: ["10 alias.test.", "20 192.0.2.7.", "30 a.test."],
        "alias.test CNAME": ["a.test."],
    }
    results = judged(mx_cname_ip, await look(records | ALIVE))
    assert [(r.verdict, r.cause) for r in results] == [
        (Verdict.FAIL, "alias"),
        (Verdict.FAIL, "literal"),
    ]
    assert only(mx_cname_ip, await look({MX: ["10 a.test."]} | ALIVE)).verdict == Verdict.PASS
    assert only(mx_cname_ip, await look(HERE)).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("records", "declared", "sending"),
    [
        (HERE, None, Sending.UNKNOWN),
        ({}, None, Sending.UNKNOWN),
        ({MX: ["10 a.test."]}, None, Sending.EVIDENT),
        ({MX: ["0 ."]}, None, Sending.UNKNOWN),
        ({f"{DOMAIN} TXT": ["v=spf1 mx -all"]}, None, Sending.EVIDENT),
        ({f"{DOMAIN} TXT": ["v=spf1 -all"]}, None, Sending.PARKED),
        ({f"{DOMAIN} TXT": ["v=spf1 -all"], MX: ["10 a.test."]}, None, Sending.PARKED),
        ({f"{DOMAIN} TXT": ["v=spf1 redirect=a.test"]}, None, Sending.EVIDENT),
        ({f"send.{DOMAIN} MX": ["10 feedback-smtp.eu.amazonses.com."]}, None, Sending.EVIDENT),
        ({f"pm-bounces.{DOMAIN} CNAME": ["pm.mtasv.net."]}, None, Sending.EVIDENT),
        ({MX: ["10 a.test."]}, False, Sending.DENIED),
        (HERE, True, Sending.DECLARED),
    ],
)
async def test_sending_is_declared_or_read_from_the_records(records, declared, sending):
    posture = (await look(records, is_sending=declared))[MailPosture]
    assert isinstance(posture, MailPosture)
    assert posture.identity.sending == sending


@pytest.mark.parametrize(
    ("records", "declared", "verdict"),
    [
        (HERE, False, Verdict.WARN),
        (HERE, True, Verdict.NA),
        ({f"{DOMAIN} TXT": ["v=spf1 -all"]}, None, Verdict.WARN),
        (
            {
                f"{DOMAIN} TXT": ["v=spf1 -all"],
                f"_dmarc.{DOMAIN} TXT": ["v=DMARC1; p=reject"],
                MX: ["0 ."],
            },
            None,
            Verdict.PASS,
        ),
        ({f"{DOMAIN} TXT": DnsStatus.TIMEOUT}, False, Verdict.UNKNOWN),
    ],
)
async def test_a_parked_domain_says_so(records, declared, verdict):
    assert only(non_sending, await look(records, is_sending=declared)).verdict == verdict


async def test_a_usual_domain_costs_few_questions():
    world = World(
        {
            MX: ["1 smtp.google.com."],
            "smtp.google.com A": ["192.0.2.9"],
            f"{DOMAIN} TXT": ["v=spf1 include:_spf.google.com ~all"],
            "_spf.google.com TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"],
            f"_dmarc.{DOMAIN} TXT": [f"v=DMARC1; p=none; rua=mailto:d@{DOMAIN}"],
            f"google._domainkey.{DOMAIN} TXT": ["v=DKIM1; p="],
        }
    )
    await look(world)
    assert len(world.memory) <= 35
