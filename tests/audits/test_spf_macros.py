"""Macros and explanations of SPF (RFC 7208 section 7, RFC 8616), and hostile records."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.observations.dns_answers import Question
from audits.observations.spf_check import check_host
from audits.observations.spf_macro import expand_domain, parse_macro_string
from audits.observations.spf_sender import SenderError, sender_of
from tests.audits.mail_world import World, settle
from tests.audits.spf_world import IP4, IP6, OTHER, evaluated

SENDER = "strong-bad@email.example.test"


def asked(
    spec, *, ip="192.0.2.3", sender=SENDER, helo="mx.example.test", domain="email.example.test"
):
    """The name that `exists:spec` asks for at `domain`."""
    world = World({f"{domain} TXT": [f"v=spf1 exists:{spec} -all"]})
    who = sender_of(ip, domain=domain, sender=sender, helo=helo)
    check = settle(lambda answers: check_host(domain, who, answers), world)
    return check.path.tested[0].target if check.path.tested else None


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("%{s}.x.test", "strong-bad@email.example.test.x.test"),
        ("%{o}.x.test", "email.example.test.x.test"),
        ("%{d}", "email.example.test"),
        ("%{d4}", "email.example.test"),
        ("%{d3}", "email.example.test"),
        ("%{d2}", "example.test"),
        ("%{d1}.x.test", "test.x.test"),
        ("%{dr}", "test.example.email"),
        ("%{d2r}", "example.email"),
        ("%{d999999999999}", "email.example.test"),
        ("%{D}", "email.example.test"),
        ("%{l}.x.test", "strong-bad.x.test"),
        ("%{l-}.x.test", "strong.bad.x.test"),
        ("%{lr}.x.test", "strong-bad.x.test"),
        ("%{lr-}.x.test", "bad.strong.x.test"),
        ("%{l1r-}.x.test", "strong.x.test"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.test"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.test"),
        ("%{lr-}.lp.%{ir}.%{v}.x.test", "bad.strong.lp.3.2.0.192.in-addr.x.test"),
        ("%{d2}.trusted.x.test", "example.test.trusted.x.test"),
        ("%{h}", "mx.example.test"),
        ("%{h2}", "example.test"),
        ("%{p}.x.test", "unknown.x.test"),
        ("%%.%_.%-.x.test", "%. .%20.x.test"),
        ("%{i}.x.test.", "192.0.2.3.x.test"),
    ],
)
def test_a_macro_expands_as_the_rfc_says(spec, name):
    assert asked(spec) == name


@pytest.mark.parametrize(
    ("spec", "sender", "name"),
    [
        ("%{l+}.x.test", "a+b@x.test", "a.b.x.test"),
        ("%{lr+-=}.x.test", "a+b-c=d@x.test", "d.c.b.a.x.test"),
        ("%{l1r/,}.x.test", "a/b,c@x.test", "a.x.test"),
        ("%{l_}.x.test", "a_b@x.test", "a.b.x.test"),
        ("%{L}.x.test", "a/b c~d@x.test", "a%2fb%20c~d.x.test"),
        ("%{S}.x.test", "a@x.test", "a%40x.test.x.test"),
        ("%{l}.x.test", '"a@b"@x.test', '"a@b".x.test'),
        ("%{l}.x.test", "", "postmaster.x.test"),
        ("%{s}", "", "postmaster@mx.example.test"),
        ("%{s}", "<>", "postmaster@mx.example.test"),
        ("%{s}", "@a.test", "postmaster@a.test"),
        ("%{s}", "a.test", "postmaster@a.test"),
        ("%{o}", "a@b\u00fccher.test", "xn--bcher-kva.test"),
        ("%{o}.%{d}", "a@other.test", "other.test.email.example.test"),
    ],
)
def test_the_sender_is_read_as_the_envelope_has_it(spec, sender, name):
    assert asked(spec, sender=sender) == name


def test_an_ip6_address_expands_to_its_nibbles():
    nibbles = "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1"
    assert asked("%{i}.x.test", ip="2001:db8::cb01") == f"{nibbles}.x.test"
    backwards = ".".join(reversed(nibbles.split(".")))
    assert asked("%{ir}.%{v}.x.test", ip="2001:DB8::CB01") == f"{backwards}.ip6.x.test"


def test_a_long_name_loses_whole_labels_from_the_left():
    macro = parse_macro_string("%{l}.x.test")
    exact = expand_domain(macro, {"l": "a" * 40 + "." + ".".join(["b" * 49] * 5)[:246]})
    assert exact is not None
    assert len(exact) == 253
    assert exact.startswith("b")
    kept = expand_domain(macro, {"l": "c" * 3 + "." + "d" * 246})
    assert kept == "d" * 246 + ".x.test"
    assert expand_domain(macro, {"l": "c" * 246}) == "c" * 246 + ".x.test"


def test_a_local_part_outside_ascii_matches_no_term_that_uses_it():
    record = "v=spf1 exists:%{l}.x.test exists:%{s}.x.test include:%{l}.x.test -all"
    check = evaluated(record, sender="j\u00f6rg@example.test")
    assert (check.result, check.lookups, check.void_lookups) == ("fail", 3, 0)
    assert (
        evaluated("v=spf1 exists:far.test -all", sender="j\u00f6rg@example.test").result == "pass"
    )


def test_the_validated_name_prefers_the_domain_then_one_below_it():
    both = {
        "10.2.0.192.in-addr.arpa PTR": ["zz.test.", "mta.example.test.", "example.test."],
        "zz.test A": [IP4],
        "example.test A": [IP4],
    }
    record = "v=spf1 exists:%{p}.here.test -all"
    found = evaluated(record, more=both).path.tested[0].target
    assert found == "example.test.here.test"
    below = {**both, "example.test A": [OTHER]}
    assert evaluated(record, more=below).path.tested[0].target == "mta.example.test.here.test"
    any_one = {**below, "mta.example.test A": [OTHER]}
    assert evaluated(record, more=any_one).path.tested[0].target == "zz.test.here.test"


@pytest.mark.parametrize(
    ("record", "texts", "said"),
    [
        ("v=spf1 -all exp=e.test", ["See %{i}, %{s}."], f"See {IP4}, strong-bad@example.test."),
        ("v=spf1 exp=e.test -all", ["100%% %{d} %{c} %{r} %{t}"], None),
        ("v=spf1 -all exp=e.test", ["%{S} two  spaces"], "strong-bad%40example.test two  spaces"),
        ("v=spf1 -all exp=e.test", ["%{p}"], "mta.example.test"),
        ("v=spf1 -all exp=e.test", ["%{x}"], ""),
        ("v=spf1 -all exp=e.test", ["100%"], ""),
        ("v=spf1 -all exp=e.test", ["caf\u00e9"], ""),
        ("v=spf1 -all exp=e.test", ["a\r\n550 b"], ""),
        ("v=spf1 -all exp=e.test", ["one", "two"], ""),
        ("v=spf1 -all exp=e.test", [], ""),
        ("v=spf1 -all", ["never"], ""),
        ("v=spf1 ~all exp=e.test", ["never"], ""),
        ("v=spf1 ?all exp=e.test", ["never"], ""),
        ("v=spf1 -all exp=%{d1r}.e.test", ["never"], ""),
        ("v=spf1 include:explained.test -all", ["never"], ""),
        ("v=spf1 include:explained.test -all exp=e.test", ["mine"], "mine"),
        ("v=spf1 redirect=explained.test exp=e.test", ["never"], f"Not from {IP4}."),
        ("v=spf1 redirect=fail.test exp=e.test", ["never"], ""),
        ("v=spf1 -include:pass.test exp=e.test", ["out"], "out"),
    ],
)
def test_an_explanation_is_given_for_a_fail_only(record, texts, said):
    check = evaluated(record, more={"e.test TXT": texts} if texts else None)
    expected = f"100% example.test {IP4} unknown 1700000000" if said is None else said
    assert check.explanation == expected


def test_an_explanation_shows_an_ip6_address_readably():
    more = {"e.test TXT": ["%{c}"]}
    assert evaluated("v=spf1 -all exp=e.test", ip=IP6, more=more).explanation == IP6


@pytest.mark.parametrize("ip", ["", "1.2.3", "1.2.3.4/24", "host.test", "fe80::1%eth0", "x" * 5000])
def test_what_is_no_address_is_told_in_a_sentence(ip):
    with pytest.raises(SenderError, match=r"address.*\."):
        sender_of(ip, domain="a.test")


TERM_TEXT = st.text(alphabet="%{}slodipvhcrt0123r.+,/_=-:~?abz \t\u00e9", max_size=40)


@given(st.lists(TERM_TEXT, max_size=6), st.text(max_size=30), st.text(max_size=30), TERM_TEXT)
def test_no_record_and_no_sender_raises(words, sender, helo, name):
    who = sender_of(IP4, domain="example.test", sender=sender, helo=helo)
    world = World({"example.test TXT": [f"v=spf1 {' '.join(words)} exists:%{{l}}.{name} -all"]})
    check = settle(lambda answers: check_host("example.test", who, answers), world)
    assert check.result in {"pass", "fail", "softfail", "neutral", "permerror", "temperror"}
    assert check.lookups <= 11


def seconds_for(size):
    record = "v=spf1 " + "exists:%{l-+r}.%{d}.x.test " * size + "ip4:" + "1" * size + " -all"
    world = World({"example.test TXT": [record]})
    who = sender_of(IP4, domain="example.test", sender="a-" * 400 + "@b.test")
    started = time.perf_counter()
    settle(lambda answers: check_host("example.test", who, answers), world)
    return time.perf_counter() - started


def test_ten_times_the_record_takes_no_hundred_times_the_time():
    small = min(seconds_for(1_000) for _ in range(3))
    large = min(seconds_for(10_000) for _ in range(3))
    assert large < 30 * small


def test_the_engine_asks_only_what_it_needs_next():
    who = sender_of(IP4, domain="example.test")
    assert check_host("example.test", who, {}).missing == (Question("example.test", "TXT"),)


LIES = st.sampled_from(
    [*"x.", "0 .", "10 a.test.", "v=spf1 a mx ptr exists:%{p} include:%{d} redirect=%{o}", "\x00"]
)


@given(st.lists(LIES, min_size=1, max_size=4), st.sampled_from([IP4, IP6]))
def test_a_resolver_that_says_the_same_to_everything_is_survived(lie, ip):
    who = sender_of(ip, domain="example.test")
    world = World({}, everything=lie)
    check = settle(lambda answers: check_host("example.test", who, answers), world)
    assert check.lookups <= 11
