"""Mail in transit against the lab's mail servers, policies and signed zones."""

import pytest

from audits.catalogue import BY_ID
from audits.engine import judge_all
from audits.examine import examine
from audits.gather.mail_transport import gather_transport
from audits.gather.site import Site
from audits.observations.mail_transport import MailTransport
from audits.verdicts import Consent, Verdict
from tests.lab.catalogue_mail import MAIL_TRANSPORT
from tests.lab.faults import PLANTED, QUIET, lab_target

CHECKS = [rule for rule in BY_ID.values() if rule.id.startswith("email.")]
ROWS = [row for row in PLANTED if row.fault in MAIL_TRANSPORT]
IN_TRANSIT = [rule for rule in CHECKS if rule.needs is MailTransport]
QUIET_ROWS = [row for row in QUIET if any(row.covers(rule.id) for rule in IN_TRANSIT)]
CALM = {Verdict.PASS, Verdict.INFO, Verdict.NA}


async def told(domain, *checks, consent=Consent.L1):
    chosen = [BY_ID[name] for name in checks] or CHECKS
    report = await examine(lab_target(domain), consent=consent, checks=chosen)
    return [(row.check.id, row.result.verdict, row.result.cause) for row in report.rows]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.fault}:{row.check}" for row in ROWS])
async def test_a_planted_fault_is_found(in_lab, row):
    rows = await told(row.domain, row.check)
    assert (row.check, row.verdict) in {(name, verdict) for name, verdict, _ in rows}, rows


@pytest.mark.parametrize("domain", ["sts.test", "own-mail.test", "brightchat.test"])
async def test_good_mail_servers_raise_no_alarm(in_lab, domain):
    loud = [row for row in await told(domain) if row[1] not in CALM]
    assert loud == []


@pytest.mark.parametrize("quiet", QUIET_ROWS, ids=[row.domain for row in QUIET_ROWS])
async def test_a_healthy_twin_raises_no_alarm_in_transit(guard, quiet):
    target = lab_target(quiet.domain)
    site = Site(target, guard)
    await gather_transport(site)
    rows = judge_all(IN_TRANSIT, site.seen, granted=Consent.L1, domain=target.domain)
    loud = [row for row in rows if quiet.covers(row.check.id) and row.result.verdict not in CALM]
    assert [(row.check.id, row.result.message) for row in loud] == []


async def test_what_is_right_is_said_to_be_right(in_lab):
    rows = await told("own-mail.test", "email.mx_ptr", "email.starttls", "email.dane")
    assert {verdict for _, verdict, _ in rows} == {Verdict.PASS}
    rows = await told("sts.test", "email.mta_sts", "email.tls_rpt")
    assert {verdict for _, verdict, _ in rows} == {Verdict.PASS}


async def test_without_leave_nobody_is_called(in_lab):
    rows = await told("own-mail.test", "email.starttls", consent=Consent.L0)
    assert rows == [("email.starttls", Verdict.NA, "consent")]
