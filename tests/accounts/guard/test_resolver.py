import asyncio
import random
import time

import dns.flags
import dns.message
import dns.rcode
import pytest

from accounts.guard import DnsStatus, FetchError, TargetRefusedError, resolver
from accounts.guard.addresses import AddressPolicy
from accounts.guard.answers import read_answer
from accounts.guard.dialler import LabTable, parse_endpoint
from accounts.guard.guard import Guard
from accounts.guard.resolver import parse_resolvers, system_resolvers
from tests.accounts.guard.loopback import PUBLIC, Nameserver, Net, Question, asked_name, reply


@pytest.fixture
def short_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "TRY_SECONDS", 0.15)


def silent(question: Question, transport: str, count: int) -> list[bytes]:
    return []


def coded(rcode: dns.rcode.Rcode):
    return lambda question, transport, count: [reply(question, rcode=rcode).to_wire()]


def pointing(*links: str):
    """A script that answers with the CNAMEs `links` in one message and nothing else."""

    def script(question: Question, transport: str, count: int) -> list[bytes]:
        owners = (asked_name(question), *links)
        records = ((owner, "CNAME", f"{link}.") for owner, link in zip(owners, links, strict=False))
        return [reply(question, *records).to_wire()]

    return script


async def test_an_answer_is_told_with_all_its_facts(net: Net):
    net.dns.zone[("a.test", "A")] = ["127.0.0.2", "127.0.0.3"]
    guard = net.guard()
    found = await guard.ask("A.Test.", "A")
    assert (found.name, found.rtype, found.status) == ("a.test", "A", DnsStatus.NOERROR)
    assert found.values == ("127.0.0.2", "127.0.0.3")
    assert found.server == f"127.0.0.1:{net.dns.port}"
    assert found.transport == "udp"
    assert found.size_bytes > 0
    assert found.asked_at is not None
    assert found.asked_at.tzinfo is not None
    assert guard.dns_question_count == 1


async def test_strings_of_a_txt_record_are_joined_without_spaces(net: Net):
    net.dns.zone[("a.test", "TXT")] = ['"v=spf1 include:" "example.com -all"']
    assert (await net.guard().ask("a.test", "TXT")).values == ("v=spf1 include:example.com -all",)


@pytest.mark.parametrize(
    ("rcode", "status", "code"),
    [
        (dns.rcode.NXDOMAIN, DnsStatus.NXDOMAIN, "dns_nxdomain"),
        (dns.rcode.NOERROR, DnsStatus.NODATA, "dns_nodata"),
        (dns.rcode.SERVFAIL, DnsStatus.SERVFAIL, "dns_servfail"),
        (dns.rcode.REFUSED, DnsStatus.REFUSED, "dns_refused"),
        (dns.rcode.FORMERR, DnsStatus.MALFORMED, "dns_malformed"),
    ],
)
async def test_each_outcome_is_told_apart(
    net: Net, rcode: dns.rcode.Rcode, status: DnsStatus, code: str
):
    net.dns.scripts["a.test"] = coded(rcode)
    guard = net.guard()
    assert (await guard.ask("a.test", "A")).status is status
    with pytest.raises(FetchError) as caught:
        await guard.addresses("a.test")
    assert caught.value.code == code


async def test_silence_is_a_timeout_after_two_tries(net: Net, short_tries: None):
    net.dns.scripts["a.test"] = silent
    guard = net.guard()
    assert (await guard.ask("a.test", "A")).status is DnsStatus.TIMEOUT
    assert net.dns.asked("a.test") == 2
    with pytest.raises(FetchError) as caught:
        await guard.addresses("a.test")
    assert caught.value.code == "dns_timeout"


async def test_the_second_try_is_heard(net: Net, short_tries: None):
    net.dns.scripts["a.test"] = lambda question, transport, count: (
        [reply(question, ("a.test", "A", "127.0.0.2")).to_wire()] if count > 1 else []
    )
    assert (await net.guard().ask("a.test", "A")).values == ("127.0.0.2",)


async def test_a_silent_resolver_gives_way_to_the_next(net: Net, short_tries: None):
    net.dns.scripts["a.test"] = silent
    second = Nameserver()
    await second.start()
    second.zone[("a.test", "A")] = ["127.0.0.9"]
    guard = Guard(resolvers=(("127.0.0.1", net.dns.port), ("127.0.0.1", second.port)))
    found = await guard.ask("a.test", "A")
    chosen = await guard.ask("a.test", "A", resolver=1)
    await second.stop()
    assert guard.resolver_count == 2
    assert found.server == chosen.server == f"127.0.0.1:{second.port}"
    assert net.dns.asked("a.test") == 1


async def test_a_question_never_takes_more_than_its_whole_time(
    net: Net, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(resolver, "QUESTION_SECONDS", 0.2)
    net.dns.scripts["a.test"] = silent
    started = time.monotonic()
    assert (await net.guard().ask("a.test", "A")).status is DnsStatus.TIMEOUT
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("fault", ["id", "name", "type", "query"])
async def test_an_answer_to_something_else_is_passed_over(net: Net, fault: str):
    def script(question: Question, transport: str, count: int) -> list[bytes]:
        forged = reply(question, ("a.test", "A", "127.6.6.6"))
        if fault == "id":
            forged.id ^= 0x5555
        elif fault == "name":
            forged = dns.message.make_response(dns.message.make_query("evil.test", "A"))
            forged.id = question.id
        elif fault == "type":
            forged = dns.message.make_response(dns.message.make_query("a.test", "MX"))
            forged.id = question.id
        else:
            forged.flags &= ~dns.flags.QR
        return [forged.to_wire(), reply(question, ("a.test", "A", "127.0.0.2")).to_wire()]

    net.dns.scripts["a.test"] = script
    assert (await net.guard().ask("a.test", "A")).values == ("127.0.0.2",)


async def test_forged_answers_alone_are_silence(net: Net, short_tries: None):
    def script(question: Question, transport: str, count: int) -> list[bytes]:
        forged = reply(question, ("a.test", "A", "127.6.6.6"))
        forged.id ^= 1
        return [forged.to_wire()] * 150

    net.dns.scripts["a.test"] = script
    assert (await net.guard().ask("a.test", "A")).status is DnsStatus.TIMEOUT


async def test_a_cut_answer_is_asked_again_over_tcp(net: Net):
    texts = [f'"{"x" * 200}{number}"' for number in range(20)]

    def script(question: Question, transport: str, count: int) -> list[bytes]:
        message = reply(question)
        if transport == "udp":
            message.flags |= dns.flags.TC
        else:
            message = reply(question, *(("a.test", "TXT", text) for text in texts))
        return [message.to_wire(max_size=65535)]

    net.dns.scripts["a.test"] = script
    found = await net.guard().ask("a.test", "TXT")
    assert found.transport == "tcp"
    assert len(found.records) == 20


async def test_a_cut_answer_whose_tcp_stays_silent_is_a_timeout(net: Net, short_tries: None):
    def script(question: Question, transport: str, count: int) -> list[bytes]:
        message = reply(question)
        message.flags |= dns.flags.TC
        return [message.to_wire()] if transport == "udp" else []

    net.dns.scripts["a.test"] = script
    assert (await net.guard().ask("a.test", "TXT")).status is DnsStatus.TIMEOUT


async def test_unreadable_bytes_with_our_number_are_malformed(net: Net):
    net.dns.scripts["a.test"] = lambda question, transport, count: [
        question.to_wire()[:2] + b"\x84\x00\x00\x01\xff\xff\x00\x00\x00\x00\xc0\xff\xee"
    ]
    assert (await net.guard().ask("a.test", "A")).status is DnsStatus.MALFORMED


async def test_a_chain_in_one_answer_is_followed(net: Net):
    net.dns.scripts["a.test"] = lambda question, transport, count: [
        reply(
            question,
            ("a.test", "CNAME", "b.test."),
            ("b.test", "CNAME", "c.test."),
            ("c.test", "A", "127.0.0.3"),
        ).to_wire()
    ]
    found = await net.guard().ask("a.test", "A")
    assert (found.chain, found.values) == (("b.test", "c.test"), ("127.0.0.3",))


async def test_an_open_chain_is_asked_for_step_by_step(net: Net):
    for step in range(8):
        net.dns.scripts[f"n{step}.test"] = pointing(f"n{step + 1}.test")
    net.dns.zone[("n8.test", "A")] = ["127.0.0.8"]
    found = await net.guard().ask("n0.test", "A")
    assert len(found.chain) == 8
    assert found.values == ("127.0.0.8",)
    assert found.name == "n0.test"


async def test_nine_cnames_are_too_many(net: Net):
    for step in range(9):
        net.dns.scripts[f"n{step}.test"] = pointing(f"n{step + 1}.test")
    net.dns.zone[("n9.test", "A")] = ["127.0.0.8"]
    found = await net.guard().ask("n0.test", "A")
    assert (found.status, found.records) == (DnsStatus.SERVFAIL, ())


@pytest.mark.parametrize(
    "loops",
    [
        {"a.test": ["a.test"]},
        {"a.test": ["b.test", "a.test"]},
        {"a.test": ["b.test"], "b.test": ["a.test"]},
        {"a.test": ["b.test"], "b.test": ["c.test"], "c.test": ["b.test"]},
    ],
)
async def test_a_circle_of_cnames_ends_as_servfail(net: Net, loops: dict[str, list[str]]):
    for name, links in loops.items():
        net.dns.scripts[name] = pointing(*links)
    found = await net.guard().ask("a.test", "A")
    assert found.status is DnsStatus.SERVFAIL
    assert len(found.chain) > 0
    assert len(net.dns.questions) <= 4


async def test_a_chain_to_a_missing_name_says_so(net: Net):
    net.dns.scripts["a.test"] = pointing("gone.test")
    found = await net.guard().ask("a.test", "A")
    assert (found.status, found.chain) == (DnsStatus.NXDOMAIN, ("gone.test",))


async def test_records_of_other_names_are_not_taken_for_the_answer(net: Net):
    net.dns.scripts["a.test"] = lambda question, transport, count: [
        reply(question, ("evil.test", "A", "127.6.6.6")).to_wire()
    ]
    found = await net.guard().ask("a.test", "A")
    assert (found.status, found.values) == (DnsStatus.NODATA, ())
    assert len(found.answer) == 1


async def test_of_too_many_addresses_sixteen_are_used_and_all_are_judged(net: Net):
    many = [f"127.0.1.{number}" for number in range(1, 101)]
    net.dns.zone[("a.test", "A")] = many
    guard = net.guard()
    assert await guard.addresses("a.test") == tuple(many[:16])
    net.dns.zone[("a.test", "A")] = [*many, "10.0.0.1"]
    with pytest.raises(TargetRefusedError) as caught:
        await guard.addresses("a.test")
    assert caught.value.code == "address_not_public"


async def test_a_bad_ipv6_answer_refuses_the_name_too(net: Net):
    net.dns.zone[("example.com", "A")] = [PUBLIC]
    net.dns.zone[("example.com", "AAAA")] = ["64:ff9b::a00:1"]
    with pytest.raises(TargetRefusedError):
        await net.guard().addresses("example.com")


async def test_a_failing_aaaa_does_not_hide_the_ipv4_address(net: Net):
    def script(question: Question, transport: str, count: int) -> list[bytes]:
        if "AAAA" in str(question.question[0]):
            return [reply(question, rcode=dns.rcode.SERVFAIL).to_wire()]
        return [reply(question, ("a.test", "A", "127.0.0.2")).to_wire()]

    net.dns.scripts["a.test"] = script
    assert await net.guard().addresses("a.test") == ("127.0.0.2",)


@pytest.mark.parametrize(
    "name", ["a" * 64 + ".test", "a..test", ".".join(["a" * 63] * 5), "☃" * 80]
)
async def test_a_name_that_dns_cannot_carry_is_not_asked(net: Net, name: str):
    found = await net.guard().ask(name, "A")
    assert found.status is DnsStatus.MALFORMED
    assert net.dns.questions == []


async def test_at_most_150_questions_are_in_flight(net: Net, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resolver, "TRY_SECONDS", 1.0)
    open_now = most = 0
    guard = net.guard()
    over_udp = guard._resolver._over_udp

    async def counted(*arguments):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        try:
            return await over_udp(*arguments)
        finally:
            open_now -= 1

    monkeypatch.setattr(guard._resolver, "_over_udp", counted)
    net.dns.is_knowing_all = True
    replies = await asyncio.gather(*(guard.ask(f"n{n}.test", "A") for n in range(400)))
    assert all(found.status is DnsStatus.NOERROR for found in replies)
    assert most == 150


async def test_names_of_the_lab_are_asked_at_its_own_resolver(net: Net):
    lab = Nameserver()
    await lab.start()
    lab.zone[("a.test", "A")] = ["127.0.0.2"]
    lab.zone[("2.0.0.127.in-addr.arpa", "PTR")] = ["a.test."]
    net.dns.zone[("example.com", "A")] = [PUBLIC]
    guard = net.guard(lab_resolvers=(("127.0.0.1", lab.port),))
    assert (await guard.ask("a.test", "A")).values == ("127.0.0.2",)
    assert (await guard.ask("2.0.0.127.in-addr.arpa", "PTR")).values == ("a.test.",)
    assert (await guard.ask("example.com", "A")).values == (PUBLIC,)
    await lab.stop()
    assert [question[0] for question in net.dns.questions] == ["example.com"]


async def test_an_authoritative_server_is_judged_then_mapped(net: Net):
    net.table["udp"]["127.0.0.53:53"] = f"127.0.0.1:{net.dns.port}"
    net.table["tcp"]["127.0.0.53:53"] = f"127.0.0.1:{net.dns.port}"
    net.dns.zone[("a.test", "NS")] = ["ns1.a.test."]
    guard = net.guard()
    over_udp = await guard.ask_server("127.0.0.53", "a.test", "NS")
    over_tcp = await guard.ask_server("127.0.0.53", "a.test", "NS", is_tcp=True)
    assert over_udp.values == over_tcp.values == ("ns1.a.test.",)
    assert (over_udp.server, over_tcp.transport) == ("127.0.0.53:53", "tcp")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.53", "::1", "169.254.169.254", "ns.test"])
async def test_an_authoritative_server_inside_is_never_asked(net: Net, address: str):
    net.table["udp"]["127.0.0.1:53"] = f"127.0.0.1:{net.dns.port}"
    with pytest.raises(TargetRefusedError):
        await net.guard(is_lab=False).ask_server(address, "a.test", "NS")
    assert net.dns.questions == []


async def test_a_dead_authoritative_server_is_a_timeout(net: Net, short_tries: None):
    net.table["udp"]["127.0.0.53:53"] = "127.0.0.1:1"
    net.table["tcp"]["127.0.0.53:53"] = "127.0.0.1:1"
    for is_tcp in (False, True):
        found = await net.guard().ask_server("127.0.0.53", "a.test", "NS", is_tcp=is_tcp)
        assert found.status is DnsStatus.TIMEOUT


def test_no_bytes_break_the_reader():
    chance = random.Random(53)  # noqa: S311 - repeatable, not secret
    question = dns.message.make_query("a.test", "MX")
    good = reply(question, ("a.test", "MX", "10 mx.a.test."), ("a.test", "TXT", '"x"')).to_wire()
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(2, len(data))] = chance.randrange(256)
        found = read_answer(
            question,
            bytes(data[: chance.randint(2, len(data))]),
            server="",
            transport="udp",
            elapsed_ms=0.0,
            asked_at=None,  # type: ignore[arg-type]
        )
        assert found.status in DnsStatus


def test_the_systems_resolvers_are_read_from_its_file(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text("# x\nnameserver 192.0.2.1\n nameserver 2001:db8::1\nsearch lan\noptions x\n")
    assert system_resolvers(path) == (("192.0.2.1", 53), ("2001:db8::1", 53))
    assert system_resolvers(tmp_path / "missing") == (("127.0.0.1", 53),)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        (" [2001:db8::1] ", ("2001:db8::1", 53)),
    ],
)
def test_a_resolver_is_written_as_address_and_port(text: str, endpoint: tuple[str, int]):
    assert parse_resolvers([text, ""]) == (endpoint,)


@pytest.mark.parametrize(
    "text", ["dns.example.com", "192.0.2.1:0", "192.0.2.1:65536", "1.1:53", "[::1"]
)
def test_a_resolver_that_is_no_address_is_an_error(text: str):
    with pytest.raises(ValueError, match="dials literals only"):
        parse_endpoint(text, default_port=53)


def test_configured_resolvers_are_dialled_as_given():
    guard = Guard(
        resolvers=(("127.0.0.1", 5353),), policy=AddressPolicy(), table=LabTable.parse({})
    )
    assert guard.resolver_count == 1
