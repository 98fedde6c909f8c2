"""Where an SPF record leads: lookups, dead ends, loops, ends."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsStatus
from audits.checks.email_spf import (
    spf_multiple,
    spf_present,
    spf_ptr,
    spf_size,
    spf_syntax,
)
from audits.checks.email_spf_lookups import (
    spf_all,
    spf_lookup_limit,
    spf_vendor,
    spf_void_limit,
)
from audits.observations.mail import SpfPolicy
from audits.observations.seen import GatherFailure
from audits.observations.spf_tree import ENOUGH_LOOKUPS, Void, walk_spf
from audits.verdicts import Severity, Verdict
from tests.audits.mail_world import World, judged, look, only, settle

DOMAIN = "example.test"
SPF = f"{DOMAIN} TXT"


def tree(records, **more):
    return settle(lambda answers: walk_spf(DOMAIN, answers), World(records, **more))


def chain(count, *, end="v=spf1 -all"):
    """A record that includes `count` names in a row."""
    names = [DOMAIN, *(f"s{number}.test" for number in range(1, count + 1))]
    records = {
        f"{name} TXT": [f"v=spf1 include:{below} -all"] for name, below in itertools.pairwise(names)
    }
    return records | {f"{names[-1]} TXT": [end]}


def includes(count):
    names = [f"s{number}.test" for number in range(count)]
    record = " ".join(["v=spf1", *(f"include:{name}" for name in names), "-all"])
    return {SPF: [record]} | {f"{name} TXT": ["v=spf1 ip4:192.0.2.1 -all"] for name in names}


def test_only_terms_that_ask_are_counted():
    seen = tree(
        {
            SPF: ["v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 a mx ptr exists:x.test exp=e.test -all"],
            f"{DOMAIN} A": ["192.0.2.1"],
            f"{DOMAIN} MX": ["10 mail.test."],
            "mail.test A": ["192.0.2.2"],
            "x.test A": ["127.0.0.2"],
        }
    )
    assert [look.kind for look in seen.lookups] == ["a", "mx", "ptr", "exists"]


def test_terms_after_all_are_not_evaluated():
    assert len(tree({SPF: ["v=spf1 -all include:a.test mx a"]}).lookups) == 0


def test_redirect_counts_unless_there_is_an_all():
    records = {"r.test TXT": ["v=spf1 a:h.test ~all"], "h.test A": ["192.0.2.1"]}
    followed = tree({SPF: ["v=spf1 redirect=r.test"]} | records)
    assert [look.kind for look in followed.lookups] == ["redirect", "a"]
    assert followed.root.terminal == "~"
    ignored = tree({SPF: ["v=spf1 redirect=r.test ?all"]} | records)
    assert ignored.lookups == ()
    assert ignored.root.terminal == "?"


def test_the_domain_macro_is_the_name_of_the_record_it_stands_in():
    seen = tree(
        {
            SPF: ["v=spf1 include:in.%{d} -all"],
            f"in.{DOMAIN} TXT": ["v=spf1 a:%{d} exists:%{o} -all"],
            f"in.{DOMAIN} A": ["192.0.2.1"],
            f"{DOMAIN} A": ["192.0.2.1"],
        }
    )
    assert [look.target for look in seen.lookups] == [f"in.{DOMAIN}", f"in.{DOMAIN}", DOMAIN]


def test_an_include_that_lets_everybody_in_ends_the_evaluation():
    seen = tree({SPF: ["v=spf1 include:o.test mx -all"], "o.test TXT": ["v=spf1 +all"]})
    assert [look.kind for look in seen.lookups] == ["include"]
    assert seen.root.passes_everybody


@pytest.mark.parametrize(
    ("a", "aaaa", "void"),
    [
        (["192.0.2.1"], ["2001:db8::1"], Void.NO),
        (None, ["2001:db8::1"], Void.NO),
        (["192.0.2.1"], None, Void.FOR_IP6),
        (None, None, Void.ALWAYS),
        (DnsStatus.TIMEOUT, None, Void.UNKNOWN),
        (DnsStatus.SERVFAIL, DnsStatus.SERVFAIL, Void.UNKNOWN),
    ],
)
def test_an_address_pair_is_one_lookup_of_the_senders_family(a, aaaa, void):
    records = {SPF: ["v=spf1 a:h.test -all"], "h.test TXT": ["x"]}
    records |= {"h.test A": a} if a else {}
    records |= {"h.test AAAA": aaaa} if aaaa else {}
    assert [look.void for look in tree(records).lookups] == [void]


async def test_a_chain_of_a_thousand_includes_stays_polite():
    world = World(chain(1000))
    seen = await look(world)
    assert len(world.memory) <= 60
    result = only(spf_lookup_limit, seen)
    assert (result.verdict, result.cause) == (Verdict.FAIL, "too_many")
    assert "at least" in result.message


def test_a_bush_that_doubles_at_each_level_is_cut():
    records = {
        f"b{n}.test TXT": [f"v=spf1 include:b{n + 1}.test include:b{n + 1}.test -all"]
        for n in range(60)
    }
    seen = tree({SPF: ["v=spf1 include:b0.test -all"]} | records)
    assert seen.is_cut
    assert len(seen.lookups) <= ENOUGH_LOOKUPS + 30


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(0, Verdict.PASS), (9, Verdict.PASS), (10, Verdict.WARN), (11, Verdict.FAIL)],
)
@pytest.mark.parametrize("shape", [chain, includes])
async def test_ten_lookups_are_the_limit(shape, count, verdict):
    assert only(spf_lookup_limit, await look(shape(count))).verdict == verdict


async def test_the_same_include_twice_counts_twice():
    record = "v=spf1 " + "include:s.test " * 11 + "-all"
    seen = await look({SPF: [record], "s.test TXT": ["v=spf1 -all"]})
    assert only(spf_lookup_limit, seen).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    "records",
    [
        {SPF: [f"v=spf1 include:{DOMAIN} -all"]},
        {SPF: ["v=spf1 include:a.test -all"], "a.test TXT": [f"v=spf1 redirect={DOMAIN}"]},
        {SPF: ["v=spf1 include:a.test"], "a.test TXT": ["v=spf1 include:A.Test."]},
    ],
)
async def test_a_loop_is_a_failure(records):
    result = only(spf_lookup_limit, await look(records))
    assert (result.verdict, result.cause) == (Verdict.FAIL, "loop")


@pytest.mark.parametrize(("count", "verdict"), [(10, Verdict.PASS), (11, Verdict.FAIL)])
async def test_an_mx_term_leads_to_ten_servers_at_most(count, verdict):
    records = {
        SPF: ["v=spf1 mx:m.test -all"],
        "m.test MX": [f"10 h{n}.test." for n in range(count)],
    }
    records |= {f"h{n}.test A": ["192.0.2.1"] for n in range(count)}
    assert only(spf_lookup_limit, await look(records)).verdict == verdict


async def test_an_include_that_depends_on_the_sender_has_no_upper_bound():
    seen = await look({SPF: ["v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.test ~all"]})
    result = only(spf_lookup_limit, seen)
    assert (result.verdict, result.cause) == (Verdict.UNKNOWN, "by_sender")


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVFAIL, DnsStatus.REFUSED])
async def test_a_silent_include_is_unknown_never_missing(status):
    seen = await look({SPF: ["v=spf1 include:quiet.test -all"], "quiet.test TXT": status})
    assert only(spf_lookup_limit, seen).verdict == Verdict.UNKNOWN
    assert only(spf_void_limit, seen).verdict == Verdict.UNKNOWN
    assert only(spf_present, seen).verdict == Verdict.PASS


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVFAIL, DnsStatus.MALFORMED])
async def test_a_silent_domain_gives_no_observation(status):
    seen = await look({SPF: status})
    assert isinstance(seen[SpfPolicy], GatherFailure)


@pytest.mark.parametrize(
    ("gone", "verdict"), [(0, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.FAIL)]
)
async def test_more_than_two_dead_ends_are_too_many(gone, verdict):
    record = "v=spf1 " + " ".join(f"a:gone{n}.test" for n in range(gone)) + " -all"
    assert only(spf_void_limit, await look({SPF: [record]})).verdict == verdict


async def test_three_hosts_without_ipv6_are_dead_ends_for_ipv6_senders_only():
    records = {SPF: ["v=spf1 a:h1.test a:h2.test a:h3.test -all"]}
    records |= {f"h{n}.test A": ["192.0.2.1"] for n in (1, 2, 3)}
    result = only(spf_void_limit, await look(records))
    assert (result.verdict, result.cause) == (Verdict.WARN, "for_ip6")


@pytest.mark.parametrize("records", [{}, {"gone.test TXT": ["x"]}, {"gone.test A": ["192.0.2.1"]}])
@pytest.mark.parametrize("term", ["include:gone.test -all", "redirect=gone.test"])
async def test_an_include_or_redirect_to_no_record_voids_the_record(term, records):
    result = only(spf_void_limit, await look({SPF: [f"v=spf1 {term}"]} | records))
    assert (result.verdict, result.severity, result.subject) == (
        Verdict.FAIL,
        Severity.S1,
        "gone.test",
    )


async def test_a_malformed_target_is_a_dead_end_and_never_asked():
    world = World({SPF: ["v=spf1 include:foo..example.com include:%{d1r}.. -all"]})
    seen = await look(world)
    assert all(".." not in name for name, _ in world.asked)
    assert only(spf_syntax, seen).verdict == Verdict.FAIL
    assert judged(spf_void_limit, seen)[0].verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        ("-all", Verdict.PASS),
        ("~all", Verdict.PASS),
        ("?all", Verdict.WARN),
        ("", Verdict.WARN),
        ("+all", Verdict.FAIL),
        ("all", Verdict.FAIL),
        ("ip4:0.0.0.0/0 -all", Verdict.FAIL),
        ("ip4:0.0.0.0/1 -all", Verdict.PASS),
        ("-ip4:0.0.0.0/0", Verdict.WARN),
        ("redirect=r.test", Verdict.PASS),
        ("redirect=open.test", Verdict.FAIL),
        ("include:open.test -all", Verdict.FAIL),
        ("redirect=quiet.test", Verdict.UNKNOWN),
        ("redirect=%{i}.test", Verdict.UNKNOWN),
    ],
)
async def test_the_record_closes_with_a_no(end, verdict):
    records = {
        SPF: [f"v=spf1 {end}"],
        "r.test TXT": ["v=spf1 -all"],
        "open.test TXT": ["v=spf1 +all"],
        "quiet.test TXT": DnsStatus.TIMEOUT,
    }
    assert only(spf_all, await look(records)).verdict == verdict


@pytest.mark.parametrize(
    ("is_sending", "records", "verdict"),
    [
        (True, {}, Verdict.FAIL),
        (None, {}, Verdict.WARN),
        (False, {}, Verdict.WARN),
        (None, {f"{DOMAIN} MX": ["10 m.test."]}, Verdict.FAIL),
        (None, {f"{DOMAIN} MX": ["0 ."]}, Verdict.WARN),
        (None, {SPF: ["v=spf1 -all"]}, Verdict.PASS),
        (True, {SPF: [" v=spf1 -all"]}, Verdict.FAIL),
    ],
)
async def test_a_missing_record_weighs_by_what_the_domain_sends(is_sending, records, verdict):
    seen = await look({f"{DOMAIN} A": ["192.0.2.1"]} | records, is_sending=is_sending)
    assert only(spf_present, seen).verdict == verdict


async def test_two_records_fail_and_one_split_record_does_not():
    two = await look({SPF: ["v=spf1 -all", "V=SPF1 mx ~all", "unrelated"]})
    assert only(spf_multiple, two).verdict == Verdict.FAIL
    one = await look({SPF: ["v=spf1 -all", "v=spf2.0/pra -all"]})
    assert only(spf_multiple, one).verdict == Verdict.PASS


async def test_an_included_domain_with_two_records_or_an_error_is_named():
    seen = await look(
        {
            SPF: ["v=spf1 include:two.test include:bad.test -all"],
            "two.test TXT": ["v=spf1 -all", "v=spf1 a -all"],
            "bad.test TXT": ["v=spf1 ip4 -all"],
        }
    )
    multiple, syntax = only(spf_multiple, seen), only(spf_syntax, seen)
    assert (multiple.subject, multiple.cause) == ("two.test", "several_included")
    assert (syntax.subject, syntax.cause) == ("bad.test", "syntax_included")


async def test_a_syntax_error_names_the_term():
    result = only(spf_syntax, await look({SPF: ["v=spf1 -all ip6"]}))
    assert result.verdict == Verdict.FAIL
    assert "ip6" in result.message


@pytest.mark.parametrize(("size", "verdict"), [(450, Verdict.PASS), (451, Verdict.WARN)])
async def test_a_record_above_450_bytes_is_long(size, verdict):
    record = "v=spf1 x=" + "y" * (size - 9)
    assert len(record) == size
    assert only(spf_size, await look({SPF: [record]})).verdict == verdict


async def test_other_texts_that_fill_the_reply_are_told_apart():
    result = only(spf_size, await look({SPF: ["v=spf1 -all", "x" * 500]}))
    assert (result.verdict, result.cause) == (Verdict.WARN, "long_answer")


@pytest.mark.parametrize(
    ("record", "verdict"), [("v=spf1 ptr -all", Verdict.WARN), ("v=spf1 mx -all", Verdict.PASS)]
)
async def test_ptr_is_discouraged(record, verdict):
    assert only(spf_ptr, await look({SPF: [record]})).verdict == verdict


GOOGLE = {f"{DOMAIN} MX": ["1 smtp.google.com."], "smtp.google.com A": ["192.0.2.9"]}


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 include:_spf.google.com ~all", Verdict.PASS),
        ("v=spf1 -all", Verdict.WARN),
        ("v=spf1 ip4:192.0.2.0/24 ~all", Verdict.WARN),
        ("v=spf1 ip4:1.0.0.0/8 ip4:2.0.0.0/8 ip4:3.0.0.0/8 ip4:4.0.0.0/8 ~all", Verdict.UNKNOWN),
        ("v=spf1 include:%{i}._spf.vali.test ~all", Verdict.UNKNOWN),
    ],
)
async def test_the_mailbox_service_is_authorized_by_the_record(record, verdict):
    records = GOOGLE | {SPF: [record], "_spf.google.com TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"]}
    assert only(spf_vendor, await look(records)).verdict == verdict


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [(["v=spf1 include:amazonses.com ~all"], Verdict.PASS), (None, Verdict.WARN)],
)
async def test_a_sending_service_is_judged_at_its_bounce_domain(texts, verdict):
    records = {
        SPF: ["v=spf1 -all"],
        f"send.{DOMAIN} MX": ["10 feedback-smtp.eu-west-1.amazonses.com."],
    }
    records |= {f"send.{DOMAIN} TXT": texts} if texts else {}
    result = only(spf_vendor, await look(records))
    assert (result.verdict, result.subject) == (verdict, f"send.{DOMAIN}")


async def test_a_text_of_64_kib_and_a_resolver_that_lies_are_survived():
    big = await look({SPF: ["v=spf1 " + "include:a.test " * 4500]})
    assert only(spf_lookup_limit, big).verdict == Verdict.FAIL
    for lie in ("v=spf1 include:%{d} a mx -all", "v=DMARC1; p=none", "10 m.test", "\x00\xff%", ""):
        world = World({}, everything=[lie])
        await look(world)
        assert len(world.memory) <= 60


@given(st.lists(st.text(max_size=80), max_size=4))
def test_no_answers_break_the_walk(texts):
    tree({}, everything=texts)
    tree({}, everything=[f"v=spf1 {text}" for text in texts[:1]])
