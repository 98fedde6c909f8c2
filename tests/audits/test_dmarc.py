"""DMARC after RFC 9989: the record, the tree walk, the policy, the reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsStatus
from audits.checks.email_dmarc import (
    dmarc_multiple,
    dmarc_policy,
    dmarc_present,
    dmarc_rua,
    dmarc_syntax,
)
from audits.checks.email_posture import dmarc_alignment
from audits.observations.dmarc_record import Policy, parse_dmarc, select_dmarc
from audits.observations.dmarc_walk import walk_dmarc, walk_names
from audits.observations.mail import DmarcPolicy
from audits.observations.seen import GatherFailure
from audits.verdicts import Verdict
from tests.audits.mail_world import World, judged, look, only, settle

DOMAIN = "example.test"
DMARC = f"_dmarc.{DOMAIN} TXT"
HERE = {f"{DOMAIN} A": ["192.0.2.1"]}
RUA = f"rua=mailto:d@{DOMAIN}"


def record(text):
    parsed = parse_dmarc(text)
    assert parsed is not None
    return parsed


def codes(text):
    return [problem.code for problem in record(text).problems]


def walk(domain, records):
    return settle(lambda answers: walk_dmarc(domain, answers), World(records))


@pytest.mark.parametrize(
    "text",
    ["v=DMARC1", "v=DMARC1;", "V=DMARC1; p=none", "v = DMARC1 ; p=none", "v=DMARC1;p=none;;"],
)
def test_the_version_tag_stands_first(text):
    assert select_dmarc([text]) == ((text,), ())
    assert parse_dmarc(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        " v=DMARC1; p=none",
        "v=dmarc1; p=none",
        "v=DMARC1 p=none",
        "v=DMARC2; p=none",
        "p=none; v=DMARC1",
        "DMARC1; p=none",
        '"v=DMARC1; p=none"',
    ],
)
def test_what_only_looks_like_a_record_is_none(text):
    assert parse_dmarc(text) is None
    records, near_misses = select_dmarc([text])
    assert records == ()
    assert near_misses == ((text,) if "DMARC2" not in text else near_misses)


def test_other_texts_are_not_mistaken():
    assert select_dmarc(["v=spf1 -all", "", "dmarcian-verification=1"]) == ((), ())


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("p=none", []),
        ("p=REJECT; sp=Quarantine; np=reject", []),
        ("p=none; adkim=s; aspf=R; psd=u; t=n; fo=1:d:s", []),
        ("p=none; rua=mailto:a@x.test, mailto:b@y.test; ruf=mailto:a@x.test", []),
        ("p=none; rua=https://x.test/report", []),
        ("", ["missing_p"]),
        ("p=nonee", ["bad_policy"]),
        ("p=none; sp=", ["bad_tag"]),
        ("p=none; sp=off", ["bad_policy"]),
        ("p=none; pct=50", ["removed_tag"]),
        ("p=none; rf=afrf; ri=86400", ["removed_tag", "removed_tag"]),
        ("p=none; p=reject", ["repeated_tag"]),
        ("p=none; x=1", ["unknown_tag"]),
        ("p=none; nonsense", ["bad_tag"]),
        ("p=none; adkim=x", ["bad_value"]),
        ("p=none; t=yes", ["bad_value"]),
        ("p=none; fo=0:1", ["bad_value"]),
        ("p=none; fo=q", ["bad_value"]),
        ("p=none; rua=a@x.test", ["bad_report_uri"]),
        ("p=none; rua=mailto:x.test", ["bad_report_uri"]),
        ("p=none; rua=mailto: a@x.test", ["bad_report_uri"]),
        ("p=none; rua=mailto:a@x.test!10m", ["report_size"]),
        ("p=none; rüa=x", ["bad_tag"]),
    ],
)
def test_each_fault_of_a_record_is_named(tags, expected):
    assert codes(f"v=DMARC1; {tags}") == expected


def test_a_wrong_value_gives_way_to_the_default():
    parsed = record("v=DMARC1; p=reject; adkim=x; psd=maybe; t=1; rua=mailto:a@x.test!5k")
    assert (parsed.p, parsed.is_dkim_strict, parsed.psd, parsed.is_testing) == (
        Policy.REJECT,
        False,
        "u",
        False,
    )
    assert [uri.host for uri in parsed.rua] == ["x.test"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text):
    select_dmarc([text])
    parse_dmarc(text)
    assert parse_dmarc(f"v=DMARC1;{text}") is not None


def test_a_long_name_jumps_to_seven_labels_as_in_section_4_10():
    assert walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


@pytest.mark.parametrize(("labels", "questions"), [(1, 1), (2, 2), (7, 7), (8, 8), (9, 8), (40, 8)])
def test_a_walk_has_eight_steps_at_most(labels, questions):
    names = walk_names(".".join("abcdefghij"[n % 10] for n in range(labels)))
    assert len(names) == questions
    assert all(name.count(".") < 7 for name in names[1:])


@pytest.mark.parametrize(
    ("start", "records", "expected"),
    [
        (
            "a.mail.example.com",
            {"mail.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"},
            ("example.com", "example.com"),
        ),
        (
            "a.mail.example.com",
            {"mail.example.com": "v=DMARC1; p=none; psd=n", "example.com": "v=DMARC1; p=reject"},
            ("mail.example.com", "mail.example.com"),
        ),
        ("a.mail.example.com", {"com": "v=DMARC1; p=none; psd=y"}, ("example.com", "com")),
        (
            "mail.example.com",
            {"mail.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"},
            ("example.com", "mail.example.com"),
        ),
        (
            "agency.gov",
            {"gov": "v=DMARC1; p=reject; psd=y", "agency.gov": "v=DMARC1; p=none"},
            ("agency.gov", "agency.gov"),
        ),
        ("gov", {"gov": "v=DMARC1; p=reject; psd=y"}, ("gov", "gov")),
        ("sub.example.com", {"sub.example.com": "v=DMARC1; p=none"}, ("sub.example.com",) * 2),
        ("sub.example.com", {}, ("sub.example.com", None)),
    ],
)
def test_the_walk_finds_the_organization_and_the_record(start, records, expected):
    found = walk(start, {f"_dmarc.{name} TXT": [text] for name, text in records.items()})
    applied = found.applied
    assert (found.organizational_domain, applied.domain if applied else None) == expected


def test_the_walk_stops_at_psd_and_goes_on_without_it():
    stopped = walk("a.example.com", {"_dmarc.example.com TXT": ["v=DMARC1; p=none; psd=n"]})
    assert stopped.queried == ("_dmarc.a.example.com", "_dmarc.example.com")
    full = walk("a.example.com", {"_dmarc.example.com TXT": ["v=DMARC1; p=none"]})
    assert full.queried[-1] == "_dmarc.com"


@pytest.mark.parametrize("texts", [["v=DMARC1; p=reject", "v=DMARC1; p=none"], ["v=spf1 -all"]])
def test_two_records_or_none_at_a_name_let_the_walk_go_on(texts):
    found = walk(
        "a.example.com",
        {"_dmarc.a.example.com TXT": texts, "_dmarc.example.com TXT": ["v=DMARC1; p=reject"]},
    )
    assert found.applied is not None
    assert found.applied.domain == "example.com"


def test_a_silent_name_hides_the_organization_but_not_an_own_record():
    found = walk(
        "example.com",
        {"_dmarc.example.com TXT": ["v=DMARC1; p=reject"], "_dmarc.com TXT": DnsStatus.TIMEOUT},
    )
    assert found.organizational_domain is None
    assert found.applied is not None
    assert found.applied.domain == "example.com"


@pytest.mark.parametrize(
    ("tags", "own", "existing", "invented"),
    [
        ("p=reject", "reject", "reject", "reject"),
        ("p=reject; sp=none", "reject", "none", "none"),
        ("p=none; np=reject", "none", "none", "reject"),
        ("p=none; sp=quarantine; np=reject", "none", "quarantine", "reject"),
        ("p=reject; t=y", "quarantine", "quarantine", "quarantine"),
        ("p=quarantine; sp=reject; t=y", "none", "quarantine", "quarantine"),
        ("p=none; t=y", "none", "none", "none"),
        ("p=reject; pct=0", "reject", "reject", "reject"),
        ("p=wrong; sp=reject; rua=mailto:a@x.test", "none", "none", "none"),
        ("p=reject; sp=wrong; rua=mailto:a@x.test", "none", "none", "none"),
        ("rua=mailto:a@x.test", "none", "none", "none"),
        ("p=wrong", None, None, None),
        ("p=reject; np=wrong", None, None, None),
        ("p=wrong; rua=a@x.test", None, None, None),
        ("", None, None, None),
    ],
)
def test_the_effective_policy_of_a_domain_and_of_names_below(tags, own, existing, invented):
    found = walk("example.com", {"_dmarc.example.com TXT": [f"v=DMARC1; {tags}"]})
    effective = (
        found.effective(),
        found.effective_below(is_existing=True),
        found.effective_below(is_existing=False),
    )
    assert tuple(str(one.policy) if one else None for one in effective) == (
        own,
        existing,
        invented,
    )


def test_a_subdomain_without_a_record_takes_sp_or_np():
    records = {"_dmarc.example.com TXT": ["v=DMARC1; p=none; sp=quarantine; np=reject"]}
    found = walk("sub.example.com", records)
    existing, invented = found.effective(), found.effective(is_existing=False)
    assert existing is not None
    assert invented is not None
    assert (str(existing.policy), str(invented.policy)) == ("quarantine", "reject")


def test_a_record_below_the_organization_covers_its_own_name_only():
    records = {
        "_dmarc.mail.example.com TXT": ["v=DMARC1; p=reject"],
        "_dmarc.example.com TXT": ["v=DMARC1; p=quarantine; sp=none"],
    }
    below = walk("mail.example.com", records).effective_below(is_existing=True)
    assert below is not None
    assert (below.record_domain, below.policy) == ("example.com", Policy.NONE)


@pytest.mark.parametrize(
    ("records", "sending", "verdict", "cause"),
    [
        ({DMARC: ["v=DMARC1; p=none"]}, True, Verdict.PASS, ""),
        (HERE, True, Verdict.FAIL, "no_record"),
        (HERE, None, Verdict.WARN, "no_record"),
        (HERE, False, Verdict.WARN, "no_record"),
        ({f"{DOMAIN} TXT": ["v=DMARC1; p=none"]}, True, Verdict.FAIL, "wrong_place"),
        ({DMARC: ["v=DMARC1"]}, True, Verdict.FAIL, "no_effect"),
        ({DMARC: ["v=DMARC1; p=none"] * 2}, True, Verdict.NA, "several"),
        (
            {"_dmarc.test TXT": ["v=DMARC1; p=none; psd=y"]} | HERE,
            True,
            Verdict.WARN,
            "suffix_only",
        ),
        ({DMARC: ["v=spf1 -all"]}, True, Verdict.FAIL, "no_record"),
    ],
)
async def test_a_record_applies(records, sending, verdict, cause):
    result = only(dmarc_present, await look(records, is_sending=sending))
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVFAIL])
@pytest.mark.parametrize("name", [DMARC, "_dmarc.test TXT"])
async def test_silence_is_no_missing_record(name, status):
    seen = await look(HERE | {name: status}, is_sending=True)
    assert isinstance(seen[DmarcPolicy], GatherFailure)


async def test_two_records_fail_and_say_that_older_receivers_differ():
    result = only(dmarc_multiple, await look({DMARC: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}))
    assert (result.verdict, result.subject) == (Verdict.FAIL, f"_dmarc.{DOMAIN}")
    assert "RFC 7489" in result.message
    one = await look({DMARC: ["v=DMARC1; p=none", "v=spf1 -all"]})
    assert only(dmarc_multiple, one).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("text", "verdict", "cause"),
    [
        (f"v=DMARC1; p=none; {RUA}", Verdict.PASS, ""),
        ("p=none; v=DMARC1", Verdict.FAIL, "version"),
        ("v=dmarc1; p=none", Verdict.FAIL, "version"),
        ("v=DMARC1; p=none; pct=20", Verdict.INFO, "removed_tag"),
        ("v=DMARC1; p=none; foo=1", Verdict.WARN, "unknown_tag"),
        ("v=DMARC1; p=never", Verdict.WARN, "bad_policy"),
    ],
)
async def test_the_record_is_well_formed(text, verdict, cause):
    result = only(dmarc_syntax, await look({DMARC: [text]}))
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize(
    ("tags", "causes"),
    [
        (f"p=none; {RUA}", [(Verdict.INFO, "none")]),
        ("p=none", [(Verdict.WARN, "none_unwatched")]),
        ("p=quarantine", [(Verdict.PASS, "")]),
        ("p=reject", [(Verdict.PASS, "")]),
        ("p=reject; pct=100", [(Verdict.PASS, "")]),
        ("p=reject; pct=99", [(Verdict.PASS, ""), (Verdict.WARN, "pct")]),
        (f"p=none; pct=20; {RUA}", [(Verdict.INFO, "none")]),
        (f"p=quarantine; t=y; {RUA}", [(Verdict.INFO, "none")]),
        (
            "p=reject; sp=none",
            [
                (Verdict.PASS, ""),
                (Verdict.WARN, "existing_subdomains"),
                (Verdict.WARN, "invented_subdomains"),
            ],
        ),
        (
            "p=reject; sp=none; np=reject",
            [(Verdict.PASS, ""), (Verdict.WARN, "existing_subdomains")],
        ),
    ],
)
async def test_the_policy_protects_the_domain_and_names_below(tags, causes):
    results = judged(dmarc_policy, await look({DMARC: [f"v=DMARC1; {tags}"]}))
    assert [(result.verdict, result.cause) for result in results] == causes


OTHER = "v=DMARC1; p=none; rua=mailto:d@reports.other.example"
TAKES_MAIL = {"reports.other.example MX": ["10 mx.other.example."]}
AT = f"{DOMAIN}._report._dmarc.reports.other.example TXT"


@pytest.mark.parametrize(
    ("records", "verdict", "cause"),
    [
        ({DMARC: [f"v=DMARC1; p=none; {RUA}"]} | HERE, Verdict.PASS, ""),
        (
            {DMARC: [f"v=DMARC1; p=none; {RUA}"], f"{DOMAIN} MX": ["0 ."]},
            Verdict.FAIL,
            "dead_mailbox",
        ),
        ({DMARC: ["v=DMARC1; p=none"]}, Verdict.WARN, "no_rua"),
        ({DMARC: [f"v=DMARC1; p=none; rua=d@{DOMAIN}"]}, Verdict.WARN, "bad_rua"),
        ({DMARC: [OTHER], AT: ["v=DMARC1"]} | TAKES_MAIL, Verdict.PASS, ""),
        ({DMARC: [OTHER], AT: ["v=DMARC1;"]} | TAKES_MAIL, Verdict.PASS, ""),
        ({DMARC: [OTHER], AT: ["x", "v=DMARC1"]} | TAKES_MAIL, Verdict.PASS, ""),
        ({DMARC: [OTHER], AT: ["v=spf1 -all"]} | TAKES_MAIL, Verdict.FAIL, "not_authorised"),
        ({DMARC: [OTHER]} | TAKES_MAIL, Verdict.FAIL, "not_authorised"),
        ({DMARC: [OTHER], AT: DnsStatus.TIMEOUT} | TAKES_MAIL, Verdict.UNKNOWN, "silent"),
        ({DMARC: [OTHER], AT: ["v=DMARC1"]}, Verdict.FAIL, "dead_mailbox"),
        (
            {DMARC: [OTHER], AT: ["v=DMARC1"], "reports.other.example MX": DnsStatus.SERVFAIL},
            Verdict.UNKNOWN,
            "silent",
        ),
    ],
)
async def test_reports_reach_somebody(records, verdict, cause):
    result = only(dmarc_rua, await look(records))
    assert (result.verdict, result.cause) == (verdict, cause)


async def test_a_mailbox_in_the_same_organization_needs_no_consent():
    records = {
        DMARC: [f"v=DMARC1; p=none; rua=mailto:d@in.{DOMAIN}"],
        f"in.{DOMAIN} MX": ["10 mx.other.example."],
    }
    world = World(records)
    result = only(dmarc_rua, await look(world))
    assert result.verdict == Verdict.PASS
    assert not any("_report" in name for name, _ in world.asked)


SENDS = {DMARC: ["v=DMARC1; p=none"]}
GOOGLE = {
    f"{DOMAIN} MX": ["1 smtp.google.com."],
    f"{DOMAIN} TXT": ["v=spf1 include:_spf.google.com ~all"],
    "_spf.google.com TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"],
}
RESEND = {
    f"send.{DOMAIN} MX": ["10 feedback-smtp.eu-west-1.amazonses.com."],
    f"send.{DOMAIN} TXT": ["v=spf1 include:amazonses.com ~all"],
}
STRICT = {DMARC: ["v=DMARC1; p=none; aspf=s"]}


@pytest.mark.parametrize(
    ("records", "selectors", "verdict", "cause"),
    [
        (SENDS | GOOGLE, (), Verdict.PASS, ""),
        (SENDS | RESEND, (), Verdict.PASS, ""),
        (STRICT | RESEND, (), Verdict.UNKNOWN, "not_shown"),
        (SENDS, (), Verdict.UNKNOWN, "not_shown"),
        (SENDS, ("mine",), Verdict.FAIL, "none"),
        (GOOGLE, (), Verdict.NA, "no_record"),
    ],
)
async def test_a_stream_can_align(records, selectors, verdict, cause):
    seen = await look(records, is_sending=True, selectors=selectors)
    result = only(dmarc_alignment, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


async def test_a_domain_that_sends_nothing_has_nothing_to_align():
    assert only(dmarc_alignment, await look(SENDS, is_sending=False)).verdict == Verdict.NA
