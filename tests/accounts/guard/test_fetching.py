"""What a fetch sends, where it goes and where it refuses to go."""

import asyncio
from datetime import timedelta

import pytest

from accounts.guard import FetchError, TargetRefusedError
from tests.accounts.guard.loopback import PUBLIC, Net, Question, asked_type, moved, ok, reply


async def refused(net: Net, url: str) -> str:
    with pytest.raises(TargetRefusedError) as caught:
        await net.guard().fetch(url)
    return caught.value.code


async def failed(net: Net, url: str, **arguments: object) -> str:
    with pytest.raises(FetchError) as caught:
        await net.guard().fetch(url, **arguments)  # type: ignore[arg-type]
    return caught.value.code


async def test_an_answer_is_told_with_all_its_facts(net: Net):
    await net.answer(ok(b"hello", "Set-Cookie: a=1", "X-Test: \u00e4", "SET-COOKIE: b=2"))
    guard = net.guard()
    found = await guard.fetch("http://A.test?q=1#top")
    assert (found.url, found.status, found.body) == ("http://a.test/?q=1", 200, b"hello")
    assert found.header_all("set-cookie") == ("a=1", "b=2")
    assert found.header("X-TEST") == "ä"
    assert (found.address, found.http_version, found.wire_bytes) == ("127.0.0.2", "HTTP/1.1", 5)
    assert (found.hops, found.remarks, found.is_truncated) == ((), (), False)
    assert found.timing.total_ms >= found.timing.dns_ms > 0
    assert (guard.request_count, guard.connection_count) == (1, 1)


async def test_nothing_is_sent_beyond_what_was_promised(net: Net):
    await net.answer(ok())
    await net.guard(user_agent="LaunchReady/1 (+http://localhost:8000/bot/)").fetch("http://a.test")
    assert net.requests == [
        b"GET / HTTP/1.1\r\nHost: a.test\r\n"
        b"User-Agent: LaunchReady/1 (+http://localhost:8000/bot/)\r\n"
        b"Accept: */*\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    ]


async def test_a_callers_headers_replace_ours_but_never_the_host(net: Net):
    await net.answer(ok())
    headers = {"accept": "text/html", "Origin": "https://x.test", "HOST": "evil.test"}
    await net.guard().fetch("http://a.test/", method="HEAD", headers=headers, accept_encoding="")
    assert net.requests == [
        b"HEAD / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: LaunchReady/1\r\n"
        b"Accept-Encoding: identity\r\naccept: text/html\r\nOrigin: https://x.test\r\n"
        b"Connection: close\r\n\r\n"
    ]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
async def test_a_header_that_would_split_the_request_is_our_own_fault(net: Net, value: str):
    await net.answer(ok())
    with pytest.raises(ValueError, match="can't be written"):
        await net.guard().fetch("http://a.test/", headers={"X-Test": value})
    assert net.requests == []


async def test_a_body_is_sent_with_its_length(net: Net):
    await net.answer(ok())
    await net.guard().fetch("http://a.test/hook", method="POST", body=b"{}")
    assert b"POST /hook HTTP/1.1\r\n" in net.requests[0]
    assert b"Content-Length: 2\r\n" in net.requests[0]


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    net: Net, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    await net.answer(ok(b"proxy"), host="proxy.test", address="127.0.0.99")
    await net.answer(ok(b"real"))
    real = net.table["tcp"]["127.0.0.99:80"]
    netrc = tmp_path / "netrc"
    netrc.write_text("machine a.test login me password secret\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{real}")
    monkeypatch.setenv("NETRC", str(netrc))
    assert (await net.guard().fetch("http://a.test/")).body == b"real"
    assert net.hits == {"127.0.0.2": 1}
    assert b"uthorization" not in net.requests[0]


async def test_over_tls_the_name_stays_and_the_literal_is_dialled(net: Net):
    names: list[str | None] = []
    context = net.context("a.test")
    context.sni_callback = lambda _, name, __: names.append(name)
    await net.answer(ok(), port=443, context=context)
    found = await net.guard().fetch("https://a.test/")
    assert (found.status, found.address, names) == (200, "127.0.0.2", ["a.test"])
    assert found.timing.tls_ms > 0
    assert b"Host: a.test\r\n" in net.requests[0]


async def test_a_certificate_for_another_name_is_untrusted(net: Net):
    await net.answer(ok(), port=443, context=net.context("b.test"))
    assert await failed(net, "https://a.test/") == "tls_untrusted"
    assert net.requests == []
    assert (await net.guard().fetch("https://a.test/", verify=False)).status == 200


async def test_no_kept_connection_outlives_its_judgement(net: Net):
    """Alternating answers: each connection is resolved once, and the victim is never met."""
    await net.answer(ok(), host="x.test", address=PUBLIC)
    await net.answer(ok(), host="victim.test", address="127.0.0.1")

    def alternate(question: Question, transport: str, count: int) -> list[bytes]:
        if asked_type(question) != "A":
            return [reply(question).to_wire()]
        address = PUBLIC if count % 2 else "127.0.0.1"
        return [reply(question, ("rebind.example.com", "A", address)).to_wire()]

    net.dns.scripts["rebind.example.com"] = alternate
    guard = net.guard()
    outcomes = []
    for _ in range(10):
        try:
            outcomes.append((await guard.fetch("http://rebind.example.com/")).address)
        except TargetRefusedError as error:
            outcomes.append(error.code)
    assert outcomes == [PUBLIC, "address_not_public"] * 5
    assert net.dns.asked("rebind.example.com") == 10
    assert net.hits == {PUBLIC: 5}


async def test_mixed_answers_refuse_the_name_and_nothing_is_dialled(net: Net):
    await net.answer(ok())
    net.dns.zone[("a.test", "A")] = ["127.0.0.2", "10.0.0.1"]
    guard = net.guard()
    with pytest.raises(TargetRefusedError):
        await guard.fetch("http://a.test/")
    assert guard.connection_count == 0
    assert net.hits == {}


async def test_a_public_name_of_loopback_is_refused_in_the_lab_too(net: Net):
    await net.answer(ok(), host="example.com", address="127.0.0.1")
    assert await refused(net, "http://example.com/") == "address_not_public"
    assert net.hits == {}


async def test_a_pinned_address_is_judged_as_one_of_the_host(net: Net):
    await net.answer(ok(), address="127.0.0.7")
    net.dns.zone.clear()
    guard = net.guard()
    assert (await guard.fetch("http://a.test/", address="127.0.0.7")).address == "127.0.0.7"
    assert net.dns.questions == []
    for host, address in (
        ("example.com", "127.0.0.7"),
        ("a.test", "10.0.0.1"),
        ("a.test", "evil.test"),
        ("8.8.8.8", "10.0.0.1"),
    ):
        with pytest.raises(TargetRefusedError):
            await guard.fetch(f"http://{host}/", address=address)
    assert net.hits == {"127.0.0.7": 1}


async def test_the_second_address_is_tried_where_the_first_is_closed(net: Net):
    await net.answer(ok(), address="127.0.0.3")
    net.table["tcp"]["127.0.0.2:80"] = "127.0.0.1:1"
    net.dns.zone[("a.test", "A")] = ["127.0.0.2", "127.0.0.3"]
    assert (await net.guard().fetch("http://a.test/")).address == "127.0.0.3"


async def test_four_addresses_are_tried_and_the_first_failure_is_told(net: Net):
    net.dns.zone[("a.test", "A")] = [f"127.0.0.{n}" for n in range(2, 9)]
    for n in range(2, 9):
        net.table["tcp"][f"127.0.0.{n}:80"] = "127.0.0.1:1"
    guard = net.guard()
    with pytest.raises(FetchError) as caught:
        await guard.fetch("http://a.test/")
    assert caught.value.code == "connect_refused"
    assert "127.0.0.2" in caught.value.message
    assert guard.connection_count == 4


async def test_redirects_are_followed_and_told(net: Net):
    await net.answer(moved("http://b.test/x?y#z", 301), port=443, context=net.context("a.test"))
    await net.answer(ok(b"there"), host="b.test", address="127.0.0.3")
    found = await net.guard().fetch("https://a.test/start")
    assert (found.url, found.body) == ("http://b.test/x?y", b"there")
    [hop] = found.hops
    assert (hop.url, hop.status) == ("https://a.test/start", 301)
    assert hop.location == "http://b.test/x?y"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/next", b"GET /next "),
        ("next", b"GET /dir/next "),
        ("?q=2", b"GET /dir/page?q=2 "),
        ("//b.test/next", b"GET /next "),
        ("http://b.test:80/a b", b"GET /a%20b "),
        ("/ä", b"GET /%C3%A4 "),
        ("../../../up", b"GET /up "),
    ],
)
async def test_relative_locations_are_resolved(net: Net, location: str, target: bytes):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        net.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(moved(location) if len(net.requests) == 1 else ok())
        await writer.drain()

    await net.serve(handler)
    net.dns.zone[("b.test", "A")] = ["127.0.0.2"]
    assert (await net.guard().fetch("http://a.test/dir/page")).status == 200
    assert net.requests[1].startswith(target)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://10.0.0.1/", "address_not_public"),
        ("http://169.254.169.254/latest/meta-data/", "address_not_public"),
        ("http://[::1]/", "address_not_public"),
        ("//[::ffff:10.0.0.1]/", "address_not_public"),
        ("http://inside.test/", "address_not_public"),
        ("http://localhost/", "host_special_use"),
        ("http://2130706433/", "url_host_numeric"),
        ("http://127.1/", "url_host_numeric"),
        ("http://0x7f.1/", "url_host_numeric"),
        ("http://127。0。0。1/", "host_lookalike"),
        ("http://a.test@b.test/", "url_userinfo"),
        ("http://user:pass@a.test/", "url_userinfo"),
        ("http://a.test:22/", "url_port"),
        ("file:///etc/passwd", "url_scheme"),
        ("gopher://a.test:80/x", "url_scheme"),
        ("javascript:alert(1)", "url_scheme"),
        ("http:\\\\a.test\\", "url_characters"),
        ("/\\evil.test/", "url_characters"),
        ("http://%31%30.0.0.1/", "url_authority"),
        ("http://[::1/", "url_authority"),
        ("http://router.local/", "host_special_use"),
        ("/" + "a" * 3000, "url_too_long"),
    ],
)
async def test_a_redirect_to_a_refused_place_is_not_followed(net: Net, location: str, code: str):
    await net.answer(moved(location))
    net.dns.zone[("inside.test", "A")] = ["10.0.0.1"]
    guard = net.guard()
    with pytest.raises(TargetRefusedError) as caught:
        await guard.fetch("http://a.test/")
    assert caught.value.code == code
    assert caught.value.message.startswith("http://a.test/ redirects where the guard does not")
    assert guard.connection_count == 1


async def test_without_following_a_redirect_is_the_answer(net: Net):
    await net.answer(moved("http://10.0.0.1/"))
    found = await net.guard().fetch("http://a.test/", follow=0)
    assert (found.status, found.header("location")) == (302, "http://10.0.0.1/")


async def test_a_redirect_without_location_is_the_answer(net: Net):
    await net.answer(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
    assert (await net.guard().fetch("http://a.test/")).status == 302


async def test_what_writes_is_never_sent_on(net: Net):
    await net.answer(moved("/next", 307))
    assert (await net.guard().fetch("http://a.test/", method="POST", body=b"x")).status == 307
    assert len(net.requests) == 1


async def count_down(net: Net, hops: int) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b"\r\n\r\n")
        step = int(line.split(b" ")[1].removeprefix(b"/").decode() or 0)
        writer.write(moved(f"/{step + 1}") if step < hops else ok())
        await writer.drain()

    await net.serve(handler)


async def test_five_redirects_are_followed(net: Net):
    await count_down(net, 5)
    assert len((await net.guard().fetch("http://a.test/0")).hops) == 5


async def test_six_redirects_are_too_many(net: Net):
    await count_down(net, 6)
    assert await failed(net, "http://a.test/0") == "too_many_redirects"
    assert net.hits == {"127.0.0.2": 6}


@pytest.mark.parametrize("location", ["/", "http://a.test/", "HTTP://A.TEST:80", "/#x", "//a.test"])
async def test_a_redirect_to_itself_is_a_loop(net: Net, location: str):
    await net.answer(moved(location))
    assert await failed(net, "http://a.test/") == "redirect_loop"
    assert net.hits == {"127.0.0.2": 1}


async def test_a_loop_over_two_hosts_is_seen(net: Net):
    await net.answer(moved("http://b.test/"))
    await net.answer(moved("http://a.test/"), host="b.test", address="127.0.0.3")
    assert await failed(net, "http://a.test/") == "redirect_loop"
    assert net.hits == {"127.0.0.2": 1, "127.0.0.3": 1}


@pytest.mark.parametrize(
    ("location", "is_kept"),
    [
        ("/next", True),
        ("http://b.test/", False),
        ("https://a.test/", False),
        ("http://a.test:8080/", False),
    ],
)
async def test_headers_stay_with_their_origin(net: Net, location: str, is_kept: bool):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        net.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(moved(location) if len(net.requests) == 1 else ok())
        await writer.drain()

    await net.serve(handler)
    await net.serve(handler, host="b.test", address="127.0.0.3")
    await net.serve(handler, port=443, context=net.context("a.test"))
    await net.serve(handler, port=8080)
    headers = {"Authorization": "Bearer x", "Cookie": "a=1", "X-Key": "y"}
    await net.guard().fetch("http://a.test/", headers=headers)
    first, second = net.requests
    for name in (b"Authorization: Bearer x", b"Cookie: a=1", b"X-Key: y"):
        assert name in first
        assert (name in second) is is_kept


async def test_cookies_are_not_kept(net: Net):
    await net.answer(ok(b"", "Set-Cookie: session=1"))
    guard = net.guard()
    await guard.fetch("http://a.test/")
    await guard.fetch("http://a.test/")
    assert b"ookie" not in net.requests[1]


async def test_at_most_four_connections_are_open_per_host(net: Net):
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.03)
        writer.write(ok())
        await writer.drain()

    await net.serve(slow)
    guard = net.guard()
    found = await asyncio.gather(*(guard.fetch(f"http://a.test/{n}") for n in range(20)))
    assert {answer.status for answer in found} == {200}
    assert net.most_open["127.0.0.2"] == 4


async def test_waiting_for_a_place_does_not_use_up_the_deadline(net: Net):
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(ok())
        await writer.drain()

    await net.serve(slow)
    guard = net.guard(connections_per_host=1)
    deadline = timedelta(seconds=0.6)
    found = await asyncio.gather(
        *(guard.fetch("http://a.test/", deadline=deadline) for _ in range(5))
    )
    assert [answer.status for answer in found] == [200] * 5


async def test_the_request_budget_ends_with_a_sentence(net: Net):
    await count_down(net, 2)
    guard = net.guard(max_requests=4)
    await guard.fetch("http://a.test/0")
    await guard.fetch("http://a.test/2")
    with pytest.raises(FetchError) as caught:
        await guard.fetch("http://a.test/2")
    assert caught.value.code == "request_limit"
    assert guard.request_count == 4


async def test_a_name_that_is_not_there_is_told(net: Net):
    assert await failed(net, "http://missing.test/") == "dns_nxdomain"
