"""The grammar of one SPF record, after RFC 7208 sections 3 to 7."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.observations.spf_macro import (
    MacroError,
    expand,
    expand_domain,
    parse_domain_spec,
    parse_macro_string,
)
from audits.observations.spf_record import parse_spf, select_spf


def codes(record: str) -> list[str]:
    return [problem.code for problem in parse_spf(record).problems]


@pytest.mark.parametrize(
    "text", ["v=spf1", "v=spf1 ", "V=SPF1 -all", "v=SpF1 mx", "v=spf1  a   -all  "]
)
def test_a_record_begins_with_its_version_in_any_case(text):
    assert select_spf([text]) == ((text,), ())
    assert parse_spf(text).is_valid


@pytest.mark.parametrize(
    "text",
    [
        " v=spf1 -all",
        "v=spf10 -all",
        "v=spf1\t-all",
        '"v=spf1 -all"',
        "v=spf1;-all",
        "spf1 -all",
        "v =spf1 -all",
    ],
)
def test_what_only_looks_like_a_record_is_none(text):
    assert select_spf([text]) == ((), (text,))


@pytest.mark.parametrize("text", ["", "google-site-verification=x", "v=DMARC1; p=none"])
def test_other_texts_are_not_mistaken(text):
    assert select_spf([text]) == ((), ())


@pytest.mark.parametrize(
    "term",
    [
        "all",
        "-all",
        "~ALL",
        "?all",
        "+mx",
        "a",
        "A:mail.example.com",
        "a/24",
        "a//64",
        "a/24//64",
        "a/0//0",
        "a:example.com/32//128",
        "a:foo:bar/baz.example.com",
        "a:example.xn--zckzah",
        "a:example.com.",
        "a:%{d}",
        "a:%{d}/24",
        "a:%%.example.com",
        "mx:%{d2}/24//48",
        "mx",
        "ptr",
        "ptr:example.com",
        "ip4:192.0.2.1",
        "ip4:192.0.2.0/24",
        "ip4:0.0.0.0/0",
        "ip6:2001:db8::1",
        "ip6:2001:DB8::/32",
        "ip6:::1.1.1.1/0",
        "include:_spf.example.com",
        "include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.example",
        "exists:%{ir}.%{v}._spf.%{d2}",
        "exists:%{L1R-}.example.com",
        "redirect=_spf.example.com",
        "exp=explain.%{d}",
        "moo=cow%%%_%-",
        "moo=%{c}%{r}%{t}",
        "moo=",
        "a.b-c_d=x",
        "include=example.com",
    ],
)
def test_well_formed_terms_have_no_problem(term):
    assert codes(f"v=spf1 {term} -all") == []


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("al", "unknown_term"),
        ("all.", "unknown_term"),
        ("192.0.2.1", "unknown_term"),
        ("-", "unknown_term"),
        ("--all", "unknown_term"),
        ("-redirect=example.com", "unknown_term"),
        ("redirect:example.com", "unknown_term"),
        ("ipv4:192.0.2.1", "unknown_term"),
        ("-all;", "unknown_term"),
        ("all:foo", "unexpected_value"),
        ("all/8", "unexpected_value"),
        ("include", "missing_domain"),
        ("include/24", "missing_domain"),
        ("include:", "bad_domain"),
        ("include:example.com/24", "bad_domain"),
        ("exists", "missing_domain"),
        ("exists:example.com/24", "bad_domain"),
        ("exists:%{c}.example.com", "bad_domain"),
        ("ptr/0", "missing_domain"),
        ("ptr:", "bad_domain"),
        ("a:", "bad_domain"),
        ("a:/24", "bad_domain"),
        ("a:abc", "bad_domain"),
        ("a:abc.", "bad_domain"),
        ("a:111.222.33.44", "bad_domain"),
        ("a:example.-com", "bad_domain"),
        ("a:example.com-", "bad_domain"),
        ("a:example.com:8080", "bad_domain"),
        ("a:%{d0}", "bad_domain"),
        ("a:%{x}.example.com", "bad_domain"),
        ("a:%{d.example.com", "bad_domain"),
        ("a:%.example.com", "bad_domain"),
        ("a:b%z.example.com", "bad_domain"),
        ("a:exa\tmple.com", "bad_domain"),
        ("a:exämple.com", "bad_domain"),
        ("a/33", "bad_cidr"),
        ("a/024", "bad_cidr"),
        ("a//129", "bad_cidr"),
        ("a/24/64", "bad_cidr"),
        ("a/", "bad_cidr"),
        ("a/x", "bad_cidr"),
        ("mx/99999999999999999999999", "bad_cidr"),
        ("ip4", "missing_network"),
        ("ip6", "missing_network"),
        ("ip4:", "bad_ip4"),
        ("ip4:1.2.3", "bad_ip4"),
        ("ip4:1.2.3.4:8080", "bad_ip4"),
        ("ip4:1.2.3.04", "bad_ip4"),
        ("ip4:256.1.1.1", "bad_ip4"),
        ("ip4:1.2.3.4/", "bad_cidr"),
        ("ip4:1.2.3.4/032", "bad_cidr"),
        ("ip4:1.2.3.4/33", "bad_cidr"),
        ("ip4:2001:db8::1", "bad_ip4"),
        ("ip6:2001:db8::1/129", "bad_cidr"),
        ("ip6:fe80::1%eth0", "bad_ip6"),
        ("ip6:Bad:Fe:ed", "bad_ip6"),
        ("ip6:1.2.3.4", "bad_ip6"),
        ("redirect=", "bad_modifier"),
        ("exp=", "bad_modifier"),
        ("exp=no-top-label", "bad_modifier"),
        ("moo=100%", "bad_modifier"),
        ("moo=%{", "bad_modifier"),
    ],
)
@pytest.mark.parametrize("shape", ["v=spf1 {} -all", "v=spf1 -all {}"])
def test_an_error_anywhere_is_found_also_after_all(term, code, shape):
    assert codes(shape.format(term)) == [code]


@pytest.mark.parametrize("name", ["redirect", "exp", "REDIRECT"])
def test_redirect_and_exp_stand_once_at_most(name):
    once = f"v=spf1 {name}=a.example.com"
    assert codes(once) == []
    assert codes(f"{once} {name.lower()}=b.example.com") == [f"repeated_{name.lower()}"]


def test_an_unknown_modifier_may_stand_twice():
    assert codes("v=spf1 moo=a moo=b -all") == []


def test_redirect_is_ignored_where_there_is_an_all_whatever_the_order():
    assert parse_spf("v=spf1 redirect=a.example.com -all").redirect is None
    assert parse_spf("v=spf1 redirect=a.example.com").redirect is not None


def test_a_mechanism_written_as_a_modifier_is_lawful_but_remarked():
    record = parse_spf("v=spf1 include=example.com -all")
    assert record.is_valid
    assert [remark.code for remark in record.remarks] == ["ignored_modifier"]


def test_a_cidr_length_belongs_to_the_term():
    directive = parse_spf("v=spf1 a:example.com/24//64").directives[0]
    assert (directive.ip4_prefix, directive.ip6_prefix) == (24, 64)
    assert directive.domain is not None
    assert directive.domain.text == "example.com"


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("a%%b%_c%-d", "a%b c%20d"),
    ],
)
def test_macros_expand_as_in_the_examples_of_section_7_4(macro, expected):
    values = {
        "s": "strong-bad@email.example.com",
        "l": "strong-bad",
        "o": "email.example.com",
        "d": "email.example.com",
        "i": "192.0.2.3",
        "v": "in-addr",
    }
    assert expand(parse_macro_string(macro), values) == expected


def test_a_macro_of_the_sender_has_no_value_without_a_sender():
    assert expand(parse_macro_string("%{i}.example.com"), {"d": "example.com"}) is None


def test_a_name_that_is_too_long_loses_labels_on_the_left():
    name = expand_domain(parse_macro_string("a." * 150 + "example.com"), {})
    assert name is not None
    assert len(name) <= 253
    assert name.endswith(".example.com")


def test_digits_without_end_are_read():
    macro = parse_macro_string("%{d" + "9" * 10_000 + "}")
    assert expand(macro, {"d": "example.com"}) == "example.com"


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text):
    parse_spf(text)
    parse_spf(f"v=spf1 {text}")
    select_spf([text])


PIECES = (
    *("a", "mx", "ptr", "ip4:", "ip6:", "include:", "exists:", "redirect=", "exp=", "all"),
    *("%", "{", "}", "/", "//", ":", ".", "-", "~", " ", "example.com", "24", "64"),
    *("%{d}", "%{ir}", "1.2.3.4", "::1", "%%", "%-"),
)


@given(st.lists(st.sampled_from(PIECES)))
def test_no_mix_of_pieces_breaks_the_parser_and_what_it_prints_reads_back(pieces):
    record = parse_spf("v=spf1 " + "".join(pieces))
    if record.is_valid:
        again = parse_spf(str(record))
        assert again.is_valid
        assert again.terms == record.terms


@given(st.text(alphabet="%{}dsr0123456789.-+,/_= aZ", max_size=60))
def test_a_macro_string_parses_or_says_why(text):
    with contextlib.suppress(MacroError):
        assert parse_domain_spec(text).text == text


def test_an_escaped_percent_sign_does_not_make_a_macro_of_what_follows():
    with pytest.raises(MacroError, match="does not end"):
        parse_domain_spec("foo%%{d}")


@pytest.mark.parametrize(
    "piece", ["a", "%{", "a:", "%%", "/", "a.", "-", "ip4:1", " a", "=", "%{d}.", " x=%%", "\t"]
)
def test_a_text_of_64_kib_is_read_in_well_under_a_second(piece):
    text = ("v=spf1 " + piece * 65_536)[:65_536]
    start = time.perf_counter()
    parse_spf(text)
    select_spf([text, " " * 65_536])
    assert time.perf_counter() - start < 1.0
