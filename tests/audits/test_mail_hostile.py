"""Whatever the DNS says about a mail domain, a look ends, stays polite and is judged."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.guard.exchange import DnsStatus
from audits.catalogue import CATALOGUE
from audits.engine import judge_all
from audits.gather.mail import KINDS, gather_mail
from audits.observations.target import MailDomain, Target
from audits.verdicts import Consent, Verdict
from tests.audits.mail_world import World, WorldSite, judged, look

MAIL_CHECKS = tuple(rule for rule in CATALOGUE if rule.needs in KINDS)
MAX_QUESTIONS = 60
MAX_EVIDENCE_CHARS = 300

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(max_size=40).map("v=spf1 {} -all".format),
    st.text(max_size=40).map("v=DMARC1; p=none; rua=mailto:{}".format),
    st.text(max_size=40).map("v=DKIM1; p={}".format),
    st.sampled_from(
        [
            "v=spf1 include:%{d} a mx ptr exists:%{i}.%{d} redirect=%{o}",
            "v=spf1 include:a.%{d} include:b.%{d} -all",
            "v=DMARC1; p=reject; psd=y",
            "v=DMARC1; p=none; rua=mailto:x@a.test,mailto:y@b.test,mailto:z@c.test",
            "10 mail.example.test.",
            "0 .",
            "65536 .",
            "x",
            "-1 a\\\\.b",
        ]
    ),
)


@settings(deadline=None)
@given(lie=st.lists(TEXTS, min_size=1, max_size=3), is_sending=st.none() | st.booleans())
def test_a_resolver_that_says_the_same_to_everything_is_survived(lie, is_sending):
    world = World({}, everything=lie)
    seen = asyncio.run(look(world, is_sending=is_sending, selectors=("mine", "a b", "%\\\\")))
    assert len(world.memory) <= MAX_QUESTIONS
    for rule in MAIL_CHECKS:
        for result in judged(rule, seen):
            assert result.message.isprintable(), (rule.id, result.message)
            assert all(len(line.value) <= MAX_EVIDENCE_CHARS for line in result.evidence)
            assert all(line.value.isprintable() for line in result.evidence)


@pytest.mark.parametrize("status", [s for s in DnsStatus if s not in {DnsStatus.NOERROR}])
async def test_a_resolver_in_trouble_never_makes_a_failure_of_what_it_hides(status):
    target = Target("example.test", mail_domains=(MailDomain("example.test", True),))
    site = WorldSite(target, World({}, absent=status))
    await gather_mail(site)
    rows = judge_all(MAIL_CHECKS, site.seen, granted=Consent.L0, domain="example.test")
    failed = {row.check.id for row in rows if row.result.verdict == Verdict.FAIL}
    expected = {
        DnsStatus.NODATA: {"email.mx", "email.spf_present", "email.dmarc_present"},
        DnsStatus.NXDOMAIN: {"email.mx"},
    }
    assert failed == expected.get(status, set())


async def test_a_name_lent_by_a_platform_has_no_mail_of_its_own():
    site = WorldSite(Target("shop.vercel.app"), World({}))
    await gather_mail(site)
    rows = judge_all(MAIL_CHECKS, site.seen, granted=Consent.L0, domain="shop.vercel.app")
    assert {row.result.verdict for row in rows} == {Verdict.NA}
    assert {sight.wanted for sight in site.seen.sights} == set(KINDS)


async def test_an_undeclared_subdomain_is_looked_at_by_its_registered_name():
    site = WorldSite(Target("app.example.co.uk"), World({}))
    await gather_mail(site)
    assert {sight.subject for sight in site.seen.sights} == {"example.co.uk"}
