"""The mail gatherer and its checks against the small internet on loopback."""

import json
import time

import pytest

from accounts.guard import Guard
from audits.catalogue import CATALOGUE
from audits.engine import Judged, judge_all
from audits.gather.mail import KINDS, gather_mail
from audits.gather.site import Site
from audits.observations.mail import MailPosture
from audits.observations.target import Target
from audits.verdicts import Consent, Verdict
from tests.lab import Lab
from tests.lab.faults import DEMO_DOMAIN, HEALTHY_DOMAIN, LATER, PLANTED, QUIET, lab_target

pytestmark = pytest.mark.lab

MOST_QUESTIONS = 60
MOST_SECONDS = 2.0
MAIL_CHECKS = tuple(rule for rule in CATALOGUE if rule.needs in KINDS)
IDS = {rule.id for rule in MAIL_CHECKS}
MAIL_PLANTED = [row for row in (*PLANTED, *LATER) if row.check in IDS]
MAIL_QUIET = [row for row in QUIET if any(row.covers(rule.id) for rule in MAIL_CHECKS)]
CALM = {Verdict.PASS, Verdict.INFO, Verdict.NA}


async def look(guard: Guard, target: Target) -> list[Judged]:
    site = Site(target, guard)
    await gather_mail(site)
    return judge_all(MAIL_CHECKS, site.seen, granted=Consent.L1, domain=target.domain)


def told(rows: list[Judged], check: str = "") -> list[tuple[str, str, str, str]]:
    return [
        (row.check.id, str(row.result.verdict), row.subject, row.result.message)
        for row in rows
        if not check or row.check.id == check
    ]


@pytest.mark.parametrize(
    "planted", MAIL_PLANTED, ids=[f"{row.domain}:{row.fault}:{row.check}" for row in MAIL_PLANTED]
)
async def test_a_planted_fault_is_found(guard: Guard, planted) -> None:
    rows = await look(guard, lab_target(planted.domain))
    assert any(
        row.check.id == planted.check and row.result.verdict == planted.verdict for row in rows
    ), told(rows, planted.check)


@pytest.mark.parametrize("quiet", MAIL_QUIET, ids=[row.domain for row in MAIL_QUIET])
async def test_a_healthy_twin_raises_no_alarm(guard: Guard, quiet) -> None:
    rows = await look(guard, lab_target(quiet.domain))
    loud = [row for row in rows if quiet.covers(row.check.id) and row.result.verdict not in CALM]
    assert loud == [], told(loud)


@pytest.mark.parametrize("domain", [HEALTHY_DOMAIN, DEMO_DOMAIN])
async def test_a_look_is_polite_and_fast(guard: Guard, domain) -> None:
    start = time.monotonic()
    await look(guard, lab_target(domain))
    assert guard.dns_question_count <= MOST_QUESTIONS
    assert time.monotonic() - start < MOST_SECONDS


async def test_without_a_declared_mail_domain_the_products_own_is_looked_at(guard: Guard) -> None:
    site = Site(Target(HEALTHY_DOMAIN), guard)
    await gather_mail(site)
    assert [sight.subject for sight in site.seen.of(MailPosture)] == [HEALTHY_DOMAIN]


async def test_only_what_is_wanted_is_kept(guard: Guard) -> None:
    site = Site(lab_target(HEALTHY_DOMAIN), guard, wanted=frozenset({MailPosture}))
    await gather_mail(site)
    assert {sight.wanted for sight in site.seen.sights} == {MailPosture}
    site = Site(lab_target(HEALTHY_DOMAIN), guard, wanted=frozenset({int}))
    await gather_mail(site)
    assert site.seen.sights == []


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [(["v=spf1 \u00e4 -all"], "fail"), (["v=spf1 \x00\x01<b>%{ -all"], "fail")],
)
async def test_hostile_texts_are_survived_and_never_raw(lab: Lab, guard: Guard, texts, verdict):
    zone = lab.zone(HEALTHY_DOMAIN)
    try:
        zone.replace(HEALTHY_DOMAIN, "TXT", *(json.dumps(text) for text in texts))
        rows = await look(guard, lab_target(HEALTHY_DOMAIN))
    finally:
        lab.restore(HEALTHY_DOMAIN)
    (row,) = [row for row in rows if row.check.id == "email.spf_syntax"]
    assert row.result.verdict == verdict
    shown = [row.result.message, *(line.value for line in row.result.evidence)]
    assert all(text.isprintable() for text in shown)


async def test_two_records_that_are_merged_close_the_row(lab: Lab, guard: Guard) -> None:
    zone = lab.zone(HEALTHY_DOMAIN)
    good = "v=spf1 include:_spf.mailhost.test ~all"
    try:
        zone.replace(HEALTHY_DOMAIN, "TXT", good, "v=spf1 mx ~all")
        before = await look(guard, lab_target(HEALTHY_DOMAIN))
        zone.replace(HEALTHY_DOMAIN, "TXT", good)
        after = await look(guard, lab_target(HEALTHY_DOMAIN))
    finally:
        lab.restore(HEALTHY_DOMAIN)
    assert [row[1] for row in told(before, "email.spf_multiple")] == ["fail"]
    assert [row[1] for row in told(after, "email.spf_multiple")] == ["pass"]
