"""check_host(): who passes, who fails, and what voids a record, rule by rule of RFC 7208."""

import pytest

from accounts.guard.exchange import DnsStatus
from tests.audits.spf_world import IP4, IP6, OTHER, evaluated

LONG = "a" * 64

RECORDS = [
    # Section 4.5: selecting the record.
    (None, "none"),
    ("v=spf1", "neutral"),
    ("v=spf1 ", "neutral"),
    ("V=SpF1 -All", "fail"),
    ("v=spf10 -all", "none"),
    ("v=spf1-all", "none"),
    ("v=spf1\t-all", "none"),
    (" v=spf1 -all", "none"),
    ("v=spf1,-all", "none"),
    ("v=spf2.0/pra -all", "none"),
    (["something", "v=spf1 -all", "v=spf10 x"], "fail"),
    (["v=spf1 -all", "V=SPF1 +all"], "permerror"),
    (["v=spf1 -all", "v=spf1"], "permerror"),
    (DnsStatus.TIMEOUT, "temperror"),
    (DnsStatus.SERVFAIL, "temperror"),
    (DnsStatus.REFUSED, "temperror"),
    (DnsStatus.NXDOMAIN, "none"),
    # Section 4.6: evaluation, and errors anywhere.
    ("v=spf1   a:far.test    -all  ", "fail"),
    (f"v=spf1 ip4:{IP4} -all nonsense", "permerror"),
    (f"v=spf1 ip4:{IP4} -all ip6", "permerror"),
    ("v=spf1 -all redirect=", "permerror"),
    ("v=spf1 -all unknown=%x", "permerror"),
    ("v=spf1 -all unknown=%{q}", "permerror"),
    ("v=spf1 -all unknown=fine", "fail"),
    ("v=spf1 unknown=fine unknown=fine -all", "fail"),
    ("v=spf1 1unknown=x -all", "permerror"),
    ("v=spf1 =x -all", "permerror"),
    ("v=spf1 a.b-c_d=x -all", "fail"),
    ("v=spf1 -unknown=x -all", "permerror"),
    ("v=spf1 caf\u00e9 -all", "permerror"),
    ("v=spf1 note=caf\u00e9 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.1\x07 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.1\t-all", "permerror"),
    ("v=spf1 default=pass", "neutral"),
    # Section 5.1: all.
    ("v=spf1 all", "pass"),
    ("v=spf1 +ALL", "pass"),
    ("v=spf1 ?all", "neutral"),
    ("v=spf1 ~all", "softfail"),
    ("v=spf1 all.", "permerror"),
    ("v=spf1 all:example.test", "permerror"),
    ("v=spf1 -all/8", "permerror"),
    ("v=spf1 -+all", "permerror"),
    ("v=spf1 ?all -all", "neutral"),
    ("v=spf1 ?all redirect=fail.test", "neutral"),
    ("v=spf1 redirect=fail.test ?all", "neutral"),
    # Section 5.2: include and its table.
    ("v=spf1 include:pass.test -all", "pass"),
    ("v=spf1 -include:pass.test +all", "fail"),
    ("v=spf1 include:fail.test ~all", "softfail"),
    ("v=spf1 include:softfail.test ?all", "neutral"),
    ("v=spf1 include:neutral.test -all", "fail"),
    ("v=spf1 include:silentinside.test -all", "temperror"),
    ("v=spf1 include:silent.test -all", "temperror"),
    ("v=spf1 include:wrong.test ~all", "permerror"),
    ("v=spf1 include:two.test ~all", "permerror"),
    ("v=spf1 include:empty.test ~all", "permerror"),
    ("v=spf1 include:gone.test ~all", "permerror"),
    ("v=spf1 include:single ~all", "permerror"),
    ("v=spf1 include ~all", "permerror"),
    ("v=spf1 include: ~all", "permerror"),
    ("v=spf1 include:pass.test/24 ~all", "permerror"),
    ("v=spf1 include:spf-alias.test -all", "pass"),
    (f"v=spf1 ip4:{IP4} include:gone.test -all", "pass"),
    (f"v=spf1 include:{LONG}.test -all", "permerror"),
    # Section 5.3: a.
    ("v=spf1 a:host.test -all", "pass"),
    ("v=spf1 A:HOST.Test. -all", "pass"),
    ("v=spf1 a:alias.test -all", "pass"),
    ("v=spf1 a:far.test -all", "fail"),
    ("v=spf1 a -all", "fail"),
    ("v=spf1 a/32 -all", "fail"),
    ("v=spf1 a/0 -all", "pass"),
    ("v=spf1 a:six.test/0 -all", "fail"),
    ("v=spf1 a:far.test/1 -all", "pass"),
    ("v=spf1 a:host.test/33 -all", "permerror"),
    ("v=spf1 a:host.test/024 -all", "permerror"),
    ("v=spf1 a:host.test//129 -all", "permerror"),
    ("v=spf1 a:host.test/24//128 -all", "pass"),
    ("v=spf1 a:host.test/24/64 -all", "permerror"),
    ("v=spf1 a:host.test/ -all", "permerror"),
    ("v=spf1 a: -all", "permerror"),
    ("v=spf1 a:gone.test -all", "fail"),
    ("v=spf1 a:silent.test -all", "temperror"),
    ("v=spf1 a:broken.test -all", "temperror"),
    (f"v=spf1 ip4:{IP4} a:silent.test -all", "pass"),
    ("v=spf1 a:192.0.2.10 -all", "permerror"),
    ("v=spf1 a:host.123 -all", "permerror"),
    ("v=spf1 a:museum -all", "permerror"),
    ("v=spf1 a:museum. -all", "permerror"),
    ("v=spf1 a:host.t-1 -all", "fail"),
    ("v=spf1 a:host.test- -all", "permerror"),
    ("v=spf1 a:host.test:25 -all", "permerror"),
    ("v=spf1 a:odd:name/of.test -all", "fail"),
    (f"v=spf1 a:{LONG}.test -all", "fail"),
    ("v=spf1 a:x..test -all", "fail"),
    # Section 5.4: mx.
    ("v=spf1 mx:mail.test -all", "pass"),
    ("v=spf1 mx -all", "fail"),
    ("v=spf1 mx:far.test/0 -all", "fail"),
    ("v=spf1 mx:host.test -all", "fail"),
    ("v=spf1 mx:mail.test/32//128 -all", "pass"),
    ("v=spf1 mx:mail.test/33 -all", "permerror"),
    ("v=spf1 mx:mail.test//129 -all", "permerror"),
    ("v=spf1 mx: -all", "permerror"),
    ("v=spf1 mx:gone.test -all", "fail"),
    ("v=spf1 mx:silent.test -all", "temperror"),
    ("v=spf1 mx:deadmail.test -all", "pass"),
    ("v=spf1 mx:halfmail.test -all", "pass"),
    ("v=spf1 mx:badmail.test -all", "temperror"),
    ("v=spf1 mx:nullmail.test -all", "fail"),
    ("v=spf1 mx:wide.test ?all", "permerror"),
    ("v=spf1 mx:tenmail.test -all", "pass"),
    # Section 5.5: ptr.
    ("v=spf1 ptr -all", "pass"),
    ("v=spf1 PTR:Example.Test -all", "pass"),
    ("v=spf1 ptr:mta.example.test -all", "pass"),
    ("v=spf1 ptr:elsewhere.test -all", "fail"),
    ("v=spf1 ptr:ample.test -all", "fail"),
    ("v=spf1 ptr: -all", "permerror"),
    ("v=spf1 ptr/0 -all", "permerror"),
    ("v=spf1 ptr:example.test/24 -all", "permerror"),
    # Section 5.6: ip4 and ip6.
    (f"v=spf1 ip4:{IP4} -all", "pass"),
    ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
    ("v=spf1 ip4:192.0.2.99/24 -all", "pass"),
    ("v=spf1 ip4:0.0.0.0/0 -all", "pass"),
    ("v=spf1 ip4:192.0.2.11/32 -all", "fail"),
    ("v=spf1 ip4:192.0.2.10/33 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.10/032 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.10/ -all", "permerror"),
    ("v=spf1 ip4:192.0.2 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.010 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.10:25 -all", "permerror"),
    ("v=spf1 ip4:192.0.2.10//32 -all", "permerror"),
    ("v=spf1 ip4 -all", "permerror"),
    ("v=spf1 ip4: -all", "permerror"),
    ("v=spf1 ip4:host.test -all", "permerror"),
    ("v=spf1 ip4:2001:db8::1 -all", "permerror"),
    ("v=spf1 ip6:::/0 -all", "fail"),
    (f"v=spf1 ip6:::ffff:{IP4} -all", "fail"),
    ("v=spf1 ip6 -all", "permerror"),
    ("v=spf1 ip6:2001:db8::1/129 -all", "permerror"),
    ("v=spf1 ip6:2001:db8::1//64 -all", "permerror"),
    ("v=spf1 ip6:2001:db8:::1 -all", "permerror"),
    ("v=spf1 ip6:fe80::1%eth0 -all", "permerror"),
    ("v=spf1 ip5:192.0.2.10 -all", "permerror"),
    ("v=spf1 ip4=192.0.2.10 -all", "fail"),
    # Section 5.7: exists.
    ("v=spf1 exists:far.test -all", "pass"),
    ("v=spf1 exists:six.test -all", "fail"),
    ("v=spf1 exists:gone.test -all", "fail"),
    ("v=spf1 exists -all", "permerror"),
    ("v=spf1 exists: -all", "permerror"),
    ("v=spf1 exists:far.test/24 -all", "permerror"),
    ("v=spf1 exists:silent.test -all", "temperror"),
    # Section 6.1: redirect.
    ("v=spf1 redirect=pass.test", "pass"),
    ("v=spf1 redirect=fail.test", "fail"),
    ("v=spf1 redirect=fail.test a:host.test", "pass"),
    ("v=spf1 Redirect=softfail.test", "softfail"),
    ("v=spf1 redirect=empty.test", "permerror"),
    ("v=spf1 redirect=gone.test", "permerror"),
    ("v=spf1 redirect=wrong.test", "permerror"),
    ("v=spf1 redirect=silent.test", "temperror"),
    ("v=spf1 redirect=single.", "permerror"),
    ("v=spf1 redirect=fail.test redirect=fail.test", "permerror"),
    ("v=spf1 redirect:fail.test", "permerror"),
    ("v=spf1 redirect=fail.test/24", "permerror"),
    # Section 6.2: exp never changes a result.
    ("v=spf1 -all exp=why.test exp=why.test", "permerror"),
    ("v=spf1 -all exp=", "permerror"),
    ("v=spf1 -all exp=%{c}.test", "permerror"),
    ("v=spf1 -all exp=silent.test", "fail"),
    ("v=spf1 exp=why.test +all", "pass"),
    # Section 4.6.4: loops.
    ("v=spf1 include:loop.test -all", "permerror"),
    ("v=spf1 redirect=ring.test", "permerror"),
    # Section 7.1: macro syntax.
    ("v=spf1 exists:%{i.test -all", "permerror"),
    ("v=spf1 exists:%i.test -all", "permerror"),
    ("v=spf1 exists:% -all", "permerror"),
    ("v=spf1 exists:%(i).test -all", "permerror"),
    ("v=spf1 exists:%{e}.test -all", "permerror"),
    ("v=spf1 exists:%{i0}.test -all", "permerror"),
    ("v=spf1 exists:%{ir2}.test -all", "permerror"),
    ("v=spf1 exists:%{i*}.test -all", "permerror"),
    ("v=spf1 exists:%{c}.test -all", "permerror"),
    ("v=spf1 exists:%{r}.test -all", "permerror"),
    ("v=spf1 exists:%{t}.test -all", "permerror"),
    ("v=spf1 exists:%%%_%-.test -all", "fail"),
    ("v=spf1 unknown=%{c}%{r}%{t} -all", "fail"),
]


@pytest.mark.parametrize(("record", "result"), RECORDS)
def test_a_record_gives_an_ip4_sender_its_result(record, result):
    assert evaluated(record).result == result


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (f"v=spf1 ip6:{IP6} -all", "pass"),
        ("v=spf1 ip6:2001:DB8::/32 -all", "pass"),
        ("v=spf1 ip6:2001:db8:1::/48 -all", "fail"),
        ("v=spf1 ip6:::/0 -all", "pass"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "fail"),
        ("v=spf1 a:host.test -all", "pass"),
        ("v=spf1 a:four.test//0 -all", "fail"),
        ("v=spf1 a:far.test//32 -all", "pass"),
        ("v=spf1 a:far.test/0 -all", "fail"),
        ("v=spf1 a:far.test/0//0 -all", "pass"),
        ("v=spf1 mx:mail.test -all", "pass"),
        ("v=spf1 exists:four.test -all", "pass"),
        ("v=spf1 exists:six.test -all", "fail"),
        ("v=spf1 ptr -all", "fail"),
        ("v=spf1 include:pass.test -all", "pass"),
    ],
)
def test_a_record_gives_an_ip6_sender_its_result(record, result):
    assert evaluated(record, ip=IP6).result == result


@pytest.mark.parametrize(
    ("domain", "result"),
    [
        ("example.test", "fail"),
        ("Example.TEST.", "fail"),
        ("", "none"),
        ("test", "none"),
        ("example..test", "none"),
        (".example.test", "none"),
        ("example.test..", "none"),
        (f"{LONG}.test", "none"),
        (".".join(["abcdefgh"] * 29), "none"),
        ("[192.0.2.10]", "none"),
        ("192.0.2.10", "none"),
        ("exa mple.test", "none"),
        ("other.example.test", "none"),
        ("gone.test", "none"),
    ],
)
def test_a_malformed_or_missing_domain_is_none(domain, result):
    assert evaluated("v=spf1 -all", domain=domain, sender="a@b.test").result == result


def test_an_ip4_address_inside_ip6_is_ip4():
    assert evaluated("v=spf1 ip4:192.0.2.0/24 -all", ip=f"::ffff:{IP4}").result == "pass"
    assert evaluated("v=spf1 ip6:::/0 -all", ip=f"::ffff:{IP4}").result == "fail"


@pytest.mark.parametrize(
    ("record", "mechanism"),
    [
        ("v=spf1 a:far.test +ip4:192.0.2.0/24 -all", "+ip4:192.0.2.0/24"),
        ("v=spf1 include:pass.test -all", "include:pass.test"),
        ("v=spf1 redirect=softfail.test", "~all"),
        ("v=spf1 a:far.test", ""),
        ("v=spf1 include:gone.test", ""),
        ("v=spf1 include:fail.test ~ALL", "~ALL"),
        (None, ""),
    ],
)
def test_the_deciding_term_is_named_as_it_was_written(record, mechanism):
    assert evaluated(record).mechanism == mechanism


def terms(count, term="exists:gone{}.test"):
    return " ".join(term.format(number) for number in range(count))


@pytest.mark.parametrize(
    ("record", "result", "lookups"),
    [
        ("v=spf1 " + terms(10, "a:far.test") + " -all", "fail", 10),
        ("v=spf1 " + terms(11, "a:far.test") + " -all", "permerror", 11),
        ("v=spf1 " + terms(10, "mx:mail.test/32") + " -all", "pass", 1),
        ("v=spf1 " + terms(10, "include:fail.test") + " -all", "fail", 10),
        ("v=spf1 " + terms(11, "include:fail.test") + " -all", "permerror", 11),
        ("v=spf1 " + terms(9, "a:far.test") + " redirect=fail.test", "fail", 10),
        ("v=spf1 " + terms(10, "a:far.test") + " redirect=fail.test", "permerror", 11),
        ("v=spf1 " + terms(10, "a:far.test") + " -all exp=why.test", "fail", 10),
        ("v=spf1 " + terms(40, "ip4:198.51.100.1") + " ?all", "neutral", 0),
        (f"v=spf1 ip4:{IP4} " + terms(20, "a:far.test"), "pass", 0),
        ("v=spf1 ?all " + terms(20, "a:far.test"), "neutral", 0),
        ("v=spf1 " + terms(10, f"a:{LONG}.test") + " a:far.test -all", "permerror", 11),
        ("v=spf1 exists:%{p}.gone.test -all", "fail", 2),
        ("v=spf1 ptr:far.test exists:%{p}.gone.test -all", "fail", 2),
        ("v=spf1 include:loop.test", "permerror", 11),
    ],
)
def test_ten_terms_may_ask(record, result, lookups):
    check = evaluated(record)
    assert (check.result, check.lookups) == (result, lookups)
    assert ("lookup_limit" in {one.code for one in check.problems}) == (lookups > 10)


@pytest.mark.parametrize(
    ("record", "ip", "result", "voids"),
    [
        ("v=spf1 " + terms(2) + " -all", IP4, "fail", 2),
        ("v=spf1 " + terms(3) + " -all", IP4, "permerror", 3),
        ("v=spf1 a:empty.test a:gone.test -all", IP4, "fail", 2),
        ("v=spf1 a:empty.test a:gone.test mx:gone.test -all", IP4, "permerror", 3),
        ("v=spf1 a:four.test a:four.test a:four.test -all", IP6, "permerror", 3),
        ("v=spf1 mx:deadmail.test/32 -all", OTHER, "fail", 1),
        (f"v=spf1 ip4:{IP4} " + terms(3), IP4, "pass", 0),
        ("v=spf1 ptr a:gone.test -all", OTHER, "fail", 2),
        ("v=spf1 include:gone.test -all", IP4, "permerror", 1),
        (f"v=spf1 a:{LONG}.test a:x..test a:y..test -all", IP4, "fail", 0),
        ("v=spf1 -all exp=gone.test", IP4, "fail", 0),
    ],
)
def test_two_terms_may_find_nothing(record, ip, result, voids):
    check = evaluated(record, ip=ip)
    assert (check.result, check.void_lookups) == (result, voids)


def test_ten_names_of_an_address_are_looked_at_and_no_more():
    def world(place):
        names = [f"n{number}.test." for number in range(15)]
        names[place] = "mta.example.test."
        return {"10.2.0.192.in-addr.arpa PTR": names}

    assert evaluated("v=spf1 ptr -all", more=world(9)).result == "pass"
    assert evaluated("v=spf1 ptr -all", more=world(10)).result == "fail"


def test_an_error_while_names_are_looked_up_only_means_no_match():
    silent = {"10.2.0.192.in-addr.arpa PTR": DnsStatus.TIMEOUT}
    assert evaluated("v=spf1 ptr -all", more=silent).result == "fail"
    one = {"10.2.0.192.in-addr.arpa PTR": ["silent.test.", "mta.example.test."]}
    assert evaluated("v=spf1 ptr -all", more=one).result == "pass"
