"""Traps of mail records: keys that went astray, senders met late, old readers, bounces."""

from audits.checks.email_dkim import dkim_cname, dkim_present
from audits.checks.email_dmarc import dmarc_syntax
from audits.checks.email_spf_lookups import spf_lookup_limit, spf_vendor
from audits.observations.spf_paths import lookups_until_met
from audits.observations.spf_tree import walk_spf
from tests.audits.mail_world import World, judged, look, only, settle
from tests.audits.test_dkim import GOOD as KEY

A = ["192.0.2.1"]
BASE = {"example.test A": A}
SENDGRID = {
    "example.test TXT": ["v=spf1 include:sendgrid.net ~all"],
    "sendgrid.net TXT": ["v=spf1 ip4:192.0.2.9 -all"],
}


def told(check, seen):
    return [(str(result.verdict), result.cause) for result in judged(check, seen)]


async def test_a_vendors_key_at_a_doubled_name_is_found_and_named():
    doubled = "s1._domainkey.example.test.example.test TXT"
    seen = await look(BASE | SENDGRID | {doubled: [KEY]})
    (result,) = judged(dkim_cname, seen)
    assert (str(result.verdict), result.cause) == ("fail", "doubled")
    assert "s1._domainkey.example.test.example.test" in result.message


async def test_a_wildcard_below_the_doubled_name_proves_nothing():
    wildcard = {"*.test.example.test CNAME": ["edge.example.test."], "edge.example.test TXT": ["x"]}
    seen = await look(BASE | SENDGRID | wildcard | {"_domainkey.example.test TXT": ["x"]})
    assert told(dkim_cname, seen) == [("na", "no_alias")]


async def test_an_alias_behind_a_web_proxy_is_told_from_a_missing_one():
    proxied = {"s1._domainkey.example.test A": A}
    assert told(dkim_cname, await look(BASE | SENDGRID | proxied)) == [("fail", "proxied")]
    given = await look(BASE | {"mine._domainkey.example.test A": A}, selectors=("mine",))
    (result,) = judged(dkim_present, given)
    assert str(result.verdict) == "fail"
    assert "proxy" in result.message
    assert told(dkim_cname, given) == [("na", "no_alias")]


async def test_a_wildcard_web_address_is_no_proxied_key():
    world = World(BASE | SENDGRID, everything=())
    answer = world.reply

    def everywhere(name, rtype):
        return answer("example.test", "A") if rtype == "A" else answer(name, rtype)

    world.reply = everywhere  # type: ignore[method-assign]  # a world where any name answers
    world.records["_domainkey.example.test TXT"] = ["x"]
    world.records["x.s1._domainkey.example.test TXT"] = ["x"]
    assert told(dkim_cname, await look(world)) == [("na", "no_alias")]


async def test_where_a_key_is_found_nothing_else_is_looked_into():
    found = {"s1._domainkey.example.test TXT": [KEY], "s2._domainkey.example.test A": A}
    assert told(dkim_cname, await look(BASE | SENDGRID | found)) == [("na", "no_alias")]


def tree(record, **names):
    records = {"example.test TXT": [record]} | {f"{k}.test TXT": [v] for k, v in names.items()}
    return settle(lambda answers: walk_spf("example.test", answers), World(records))


def test_each_list_of_senders_has_its_own_distance():
    seen = tree(
        "v=spf1 ip4:192.0.2.1 include:a.test mx include:b.test redirect=c.test",
        a="v=spf1 a include:deep.test ip4:192.0.2.2 -all",
        deep="v=spf1 ip4:192.0.2.3 -all",
        b="v=spf1 -ip4:192.0.2.4 ?all",
        c="v=spf1 ip4:192.0.2.5 -all include:never.test",
    )
    met = {"example.test": 0, "deep.test": 3, "a.test": 3, "c.test": 6}
    assert lookups_until_met(seen) == met


async def test_the_distance_stands_in_the_evidence():
    result = only(spf_lookup_limit, await look(BASE | SENDGRID))
    lines = {line.label: line.value for line in result.evidence}
    assert lines["senders of sendgrid.net"] == "met after 1 of 10 lookups"


async def test_a_policy_that_stands_late_is_told_for_old_readers():
    records = {"_dmarc.example.test TXT": ["v=DMARC1; rua=mailto:a@example.test; p=none"]}
    assert told(dmarc_syntax, await look(BASE | records)) == [("warn", "p_not_second")]
    records = {"_dmarc.example.test TXT": ["v=DMARC1; p=none; rua=mailto:a@example.test"]}
    assert told(dmarc_syntax, await look(BASE | records)) == [("pass", "")]


async def test_a_broken_record_at_the_return_path_voids_it():
    bounce = {
        "send.example.test MX": ["10 feedback-smtp.us-east-1.amazonses.com."],
        "send.example.test TXT": ["v=spf1 include:amazonses.com ~all ip4"],
    }
    assert ("fail", "broken_at_return_path") in told(spf_vendor, await look(BASE | bounce))
    bounce["send.example.test TXT"] = ["v=spf1 -all", "v=spf1 ~all"]
    assert ("fail", "broken_at_return_path") in told(spf_vendor, await look(BASE | bounce))
    bounce["send.example.test TXT"] = ["v=spf1 include:amazonses.com ~all"]
    assert ("pass", "") in told(spf_vendor, await look(BASE | bounce))
