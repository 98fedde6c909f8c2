"""The lab's DNS: who answers with authority, who refers, who fails and how."""

import dns.exception
import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from tests.lab import Lab, addresses
from tests.lab.nameserver import Temper
from tests.lab_itself.asking import addresses_of, ask

CHILD = addresses.HOSTING_SERVERS["ns1.nameshost.test"]
PARENT = addresses.TLD_SERVERS["a.nic.test"]


def names(reply, section, rtype):
    return sorted(
        str(record.target).rstrip(".")
        for found in getattr(reply, section)
        if found.rdtype == dns.rdatatype.from_text(rtype)
        for record in found
    )


async def test_the_root_refers_to_test_with_glue(lab: Lab):
    reply = await ask(lab, "brightchat.test", "A", at=addresses.ROOT_SERVERS["a.root-servers.test"])
    assert names(reply, "authority", "NS") == ["a.nic.test", "b.nic.test"]
    assert len(reply.additional) == 2
    assert not reply.flags & dns.flags.AA


async def test_the_parent_refers_without_authority(lab: Lab):
    reply = await ask(lab, "brightchat.test", "NS", at=PARENT)
    assert names(reply, "authority", "NS") == ["ns1.nameshost.test", "ns2.nameshost.test"]
    assert {str(found.name) for found in reply.additional} == {
        "ns1.nameshost.test.",
        "ns2.nameshost.test.",
    }
    assert not reply.answer
    assert not reply.flags & dns.flags.AA


async def test_the_child_answers_with_authority_and_without_recursion(lab: Lab):
    reply = await ask(lab, "brightchat.test", "SOA", at=CHILD)
    assert reply.flags & dns.flags.AA
    assert not reply.flags & dns.flags.RA
    assert reply.answer[0].rdtype == dns.rdatatype.SOA


async def test_the_child_refuses_a_zone_that_it_does_not_hold(lab: Lab):
    reply = await ask(lab, "test", "SOA", at=CHILD)
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.flags & dns.flags.AA


async def test_the_resolver_recurses_without_authority(lab: Lab):
    reply = await ask(lab, "brightchat.test", "A")
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA
    assert reply.answer


async def test_a_missing_name_is_nxdomain_with_the_zones_soa(lab: Lab):
    reply = await ask(lab, "no-such-host.brightchat.test", "A")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert str(reply.authority[0].name) == "brightchat.test."


async def test_a_missing_type_is_nodata(lab: Lab):
    reply = await ask(lab, "brightchat.test", "AAAA")
    assert reply.rcode() == dns.rcode.NOERROR
    assert not reply.answer
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


async def test_a_name_with_something_below_it_exists(lab: Lab):
    reply = await ask(lab, "_domainkey.brightchat.test", "TXT")
    assert reply.rcode() == dns.rcode.NOERROR
    assert not reply.answer


async def test_an_unregistered_domain_is_nxdomain(lab: Lab):
    reply = await ask(lab, "nobody-has-this.test", "SOA")
    assert reply.rcode() == dns.rcode.NXDOMAIN


async def test_the_resolver_follows_an_alias_into_another_zone(lab: Lab):
    reply = await ask(lab, "anything.platform-wildcard.test", "A")
    assert [found.rdtype for found in reply.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]
    assert str(reply.answer[0].name) == "anything.platform-wildcard.test."


async def test_a_wildcard_does_not_cover_a_name_that_exists(lab: Lab):
    assert await addresses_of(lab, "random.wildcard.test") == [
        lab.product("wildcard.test").web_address
    ]
    assert await addresses_of(lab, "api.wildcard.test") == [
        lab.product("wildcard.test").api_address
    ]


async def test_the_apex_alias_stands_beside_soa_and_ns(lab: Lab):
    for rtype in ("CNAME", "SOA", "NS"):
        reply = await ask(lab, "apex-alias.test", rtype, at=CHILD)
        assert reply.answer[0].rdtype == dns.rdatatype.from_text(rtype)


async def test_a_large_answer_is_cut_over_udp_and_whole_over_tcp(lab: Lab):
    over_udp = await ask(lab, "large-spf.test", "TXT", at=CHILD)
    over_tcp = await ask(lab, "large-spf.test", "TXT", at=CHILD, tcp=True)
    assert over_udp.flags & dns.flags.TC
    assert not over_tcp.flags & dns.flags.TC
    assert len(over_tcp.answer[0]) == 2


async def test_edns_makes_room_for_the_same_answer(lab: Lab):
    reply = await ask(lab, "large-spf.test", "TXT", edns=True)
    assert not reply.flags & dns.flags.TC
    assert reply.edns == 0


async def test_a_long_text_is_split_into_strings(lab: Lab):
    reply = await ask(lab, "default._domainkey.brightchat.test", "TXT", edns=True)
    assert len(reply.answer[0][0].strings) == 2


@pytest.mark.parametrize(
    ("server", "rcode"),
    [
        (addresses.REFUSING_SERVER, dns.rcode.REFUSED),
        (addresses.FAILING_SERVER, dns.rcode.SERVFAIL),
    ],
)
async def test_a_lame_server_says_so(lab: Lab, server, rcode):
    reply = await ask(lab, "lame-refused.test", "SOA", at=server[1])
    assert reply.rcode() == rcode
    assert not reply.flags & dns.flags.AA


async def test_a_lame_server_may_answer_without_authority(lab: Lab):
    reply = await ask(lab, "lame-no-aa.test", "SOA", at=addresses.WITHOUT_AA_SERVER[1])
    assert reply.answer
    assert not reply.flags & dns.flags.AA


@pytest.mark.parametrize("tcp", [False, True])
async def test_a_silent_server_says_nothing(lab: Lab, tcp):
    with pytest.raises(dns.exception.Timeout):
        await ask(lab, "silent-ns.test", "SOA", at=addresses.SILENT_SERVER[1], tcp=tcp, timeout=0.5)


async def test_a_server_without_tcp_answers_over_udp_alone(lab: Lab):
    address = addresses.UDP_ONLY_SERVER[1]
    assert (await ask(lab, "udp-only.test", "SOA", at=address)).answer
    with pytest.raises(ConnectionRefusedError):
        await ask(lab, "udp-only.test", "SOA", at=address, tcp=True)


@pytest.mark.parametrize(
    ("domain", "shared"), [("disjoint.test", 0), ("overlap.test", 1), ("brightchat.test", 2)]
)
async def test_parent_and_child_agree_as_far_as_planted(lab: Lab, domain, shared):
    parent = names(await ask(lab, domain, "NS", at=PARENT), "authority", "NS")
    child = names(await ask(lab, domain, "NS", at=CHILD), "answer", "NS")
    assert len(set(parent) & set(child)) == shared


async def test_the_parent_answers_for_a_ds_record_with_authority(lab: Lab):
    reply = await ask(lab, "orphan-ds.test", "DS", at=PARENT)
    assert reply.answer
    assert reply.flags & dns.flags.AA
    assert not (await ask(lab, "orphan-ds.test", "DNSKEY")).answer


@pytest.mark.parametrize("name", ["dead-ns.test", "example.org", "com", "org"])
async def test_what_the_resolver_can_not_know_is_servfail(lab: Lab, name):
    assert (await ask(lab, name, "A")).rcode() == dns.rcode.SERVFAIL


async def test_a_handful_of_vendors_is_known(lab: Lab):
    assert (await ask(lab, "_spf.google.com", "TXT")).answer
    assert (await ask(lab, "feedback-smtp.us-east-1.amazonses.com", "A")).answer
    assert not any(
        address.startswith("127.") for address in await addresses_of(lab, "aspmx.l.google.com")
    )


async def test_addresses_have_names(lab: Lab):
    reply = await ask(lab, "1.40.0.127.in-addr.arpa", "PTR")
    assert str(reply.answer[0][0].target) == "mx1.mailhost.test."


async def test_a_change_is_seen_at_once_and_can_be_taken_back(lab: Lab):
    zone = lab.zone("no-dates.test")
    zone.replace("_dmarc.no-dates.test", "TXT", "v=DMARC1; p=none", ttl=60)
    zone.add("_dmarc.no-dates.test", "TXT", "v=DMARC1; p=reject", ttl=60)
    reply = await ask(lab, "_dmarc.no-dates.test", "TXT")
    assert len(reply.answer[0]) == 2
    assert reply.answer[0].ttl == 60
    zone.remove("_dmarc.no-dates.test", "TXT")
    assert (await ask(lab, "_dmarc.no-dates.test", "TXT")).rcode() == dns.rcode.NXDOMAIN
    lab.restore("no-dates.test")
    assert "quarantine" in (await ask(lab, "_dmarc.no-dates.test", "TXT")).answer[0].to_text()


async def test_a_resolver_can_fall_silent_alone(lab: Lab):
    lab.resolvers[0].temper = Temper.SILENT
    try:
        with pytest.raises(dns.exception.Timeout):
            await ask(lab, "brightchat.test", "A", timeout=0.3)
    finally:
        lab.resolvers[0].temper = Temper.GOOD
    assert (await ask(lab, "brightchat.test", "A")).answer


async def test_questions_are_counted(lab: Lab):
    before = lab.questions
    await ask(lab, "brightchat.test", "A")
    assert lab.questions > before
