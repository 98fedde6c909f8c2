"""TLS handshakes and raw streams, and the servers that misuse them (F18)."""

import asyncio
import ssl
import time
import warnings
from datetime import timedelta

import pytest
from cryptography import x509

from accounts.guard import FetchError, GuardStream, Handshake, TargetRefusedError, TlsOffer
from accounts.guard.tls import chain_der, tls_context
from tests.accounts.guard.loopback import Net, ok

DEADLINE = timedelta(seconds=0.5)
LEGACY = TlsOffer(minimum="TLSv1", maximum="TLSv1.1", is_legacy=True)


async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def handshake(net: Net, **arguments: object) -> Handshake | str:
    try:
        return await net.guard().handshake("a.test", **arguments)  # type: ignore[arg-type]
    except FetchError as error:
        return error.code


def names(der: bytes) -> list[str]:
    certificate = x509.load_der_x509_certificate(der)
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return alternative.value.get_values_for_type(x509.DNSName)


async def test_a_handshake_tells_what_was_shown(net: Net):
    context = net.context("b.test")
    context.set_alpn_protocols(["h2", "http/1.1"])
    await net.serve(idle, port=443, context=context)
    found = await handshake(net, offer=TlsOffer(alpn=("h2", "http/1.1")))
    assert isinstance(found, Handshake)
    assert (found.host, found.address, found.port) == ("a.test", "127.0.0.2", 443)
    assert (found.version, found.alpn, found.is_verified) == ("TLSv1.3", "h2", False)
    assert found.cipher.startswith("TLS_")
    assert names(found.chain_der[0]) == ["b.test"]
    assert found.elapsed_ms > 0


async def test_the_chain_is_told_as_it_was_sent(net: Net):
    intermediate = net.authority.create_child_ca()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    intermediate.issue_cert("a.test").configure_cert(context)
    await net.serve(idle, port=443, context=context)
    found = await handshake(net, offer=TlsOffer(is_verifying=True))
    assert isinstance(found, Handshake)
    assert len(found.chain_der) == 2
    assert found.is_verified
    assert found.verify_error == ""


async def test_a_bad_certificate_is_described_by_a_second_handshake(net: Net):
    await net.serve(idle, port=443, context=net.context("b.test"))
    guard = net.guard()
    found = await guard.handshake("a.test", offer=TlsOffer(is_verifying=True))
    assert not found.is_verified
    assert "Hostname mismatch" in found.verify_error
    assert names(found.chain_der[0]) == ["b.test"]
    assert guard.connection_count == 2


@pytest.mark.parametrize(("send_sni", "sent"), [(True, "a.test"), (False, None)])
async def test_the_name_is_sent_unless_it_is_held_back(net: Net, send_sni: bool, sent: str | None):
    seen: list[str | None] = []
    context = net.context("a.test")
    context.sni_callback = lambda _, name, __: seen.append(name)
    await net.serve(idle, port=443, context=context)
    assert isinstance(await handshake(net, send_sni=send_sni), Handshake)
    assert seen == [sent]


async def test_the_chain_is_read_on_python_3_12_too(net: Net):
    """There only the object within knows it; 3.13 and later still have that object."""
    context = net.context("a.test")
    await net.serve(idle, port=443, context=context)
    stream = await net.guard().tcp("a.test", 443)
    found = await stream.start_tls()
    outer = stream._writer.get_extra_info("ssl_object")
    older = type("SSLObject312", (), {"_sslobj": outer._sslobj})()
    assert chain_der(older) == found.chain_der
    await stream.aclose()


async def test_a_huge_chain_fails_the_handshake(net: Net, tmp_path):
    leaf = net.authority.issue_cert("a.test")
    pem = leaf.cert_chain_pems[0].bytes() + net.authority.cert_pem.bytes() * 400
    (tmp_path / "chain.pem").write_bytes(pem)
    leaf.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    await net.serve(idle, port=443, context=context)
    assert await handshake(net) == "tls_failed"


def old_server(net: Net) -> ssl.SSLContext:
    context = net.context("a.test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def test_tls_1_0_is_really_attempted(net: Net):
    await net.serve(idle, port=443, context=old_server(net))
    found = await handshake(net, offer=LEGACY)
    assert isinstance(found, Handshake)
    assert found.version == "TLSv1"


async def test_a_server_of_today_refuses_tls_1_0(net: Net):
    await net.serve(idle, port=443, context=net.context("a.test"))
    assert await handshake(net, offer=LEGACY) == "tls_failed"


async def test_a_server_of_yesterday_fails_the_ordinary_offer(net: Net):
    await net.serve(idle, port=443, context=old_server(net))
    assert await handshake(net) == "tls_failed"


async def test_an_offer_that_openssl_cannot_make_says_nothing_about_the_server():
    with pytest.raises(FetchError) as caught:
        tls_context(TlsOffer(ciphers="NO-SUCH-CIPHER"))
    assert caught.value.code == "tls_unavailable"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x16\x03\x03\xff\xff" + b"\xff" * 70000,
    ],
)
async def test_garbage_fails_the_handshake(net: Net, data: bytes):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(data)
        await writer.drain()

    await net.serve(handler, port=443)
    with pytest.raises(FetchError) as caught:
        await net.guard().handshake("a.test")
    assert caught.value.code == "tls_failed"
    assert caught.value.message.startswith("The TLS handshake with a.test port 443 failed: ")
    with pytest.raises(FetchError) as caught:
        await net.guard().fetch("https://a.test/")
    assert caught.value.code == "tls_failed"


async def test_a_dripping_handshake_ends_at_the_deadline(net: Net):
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 10_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    await net.serve(handler, port=443)
    started = time.monotonic()
    assert await handshake(net, deadline=DEADLINE) == "deadline"
    with pytest.raises(FetchError):
        await net.guard().fetch("https://a.test/", deadline=DEADLINE)
    assert time.monotonic() - started < 3


async def test_a_silent_handshake_is_silence_not_a_broken_tls(
    net: Net, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("accounts.guard.connections.TLS_SECONDS", 0.2)
    await net.serve(idle, port=443)
    assert await handshake(net) == "connect_timeout"


async def test_a_closed_port_is_refused(net: Net):
    net.dns.zone[("a.test", "A")] = ["127.0.0.2"]
    net.table["tcp"]["127.0.0.2:443"] = "127.0.0.1:1"
    assert await handshake(net) == "connect_refused"


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [
        ("a.test", 22, "url_port"),
        ("a.test", 80, "url_port"),
        ("localhost", 443, "host_special_use"),
        ("10.0.0.1", 443, "address_not_public"),
        ("::1", 443, "address_not_public"),
        ("127.1", 443, "url_host_numeric"),
        ("inside.test", 443, "address_not_public"),
        ("a.test@b.test", 443, "url_authority"),
    ],
)
async def test_a_refused_handshake_connects_to_nothing(net: Net, host: str, port: int, code: str):
    net.dns.zone[("a.test", "A")] = ["127.0.0.2"]
    net.dns.zone[("inside.test", "A")] = ["10.0.0.1"]
    guard = net.guard()
    with pytest.raises(TargetRefusedError) as caught:
        await guard.handshake(host, port=port)
    assert caught.value.code == code
    assert guard.connection_count == 0


async def test_a_stream_sends_and_receives_raw_bytes(net: Net):
    async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 a.test ESMTP\r\n")
        writer.write(b"got " + await reader.readline())
        await writer.drain()

    await net.serve(smtp, port=25)
    async with await net.guard().tcp("a.test", 25, purpose="smtp") as stream:
        assert await stream.receive(7) == b"220 a.t"
        await stream.send(b"EHLO x\r\n")
        received = b""
        while data := await stream.receive():
            received += data
    assert received == b"est ESMTP\r\ngot EHLO x\r\n"
    assert stream.address == "127.0.0.2"


@pytest.mark.parametrize(
    ("port", "purpose", "is_open"),
    [
        (25, "smtp", True),
        (443, "smtp", False),
        (25, "tls", False),
        (993, "tls", True),
        (22, "http", False),
    ],
)
async def test_the_purpose_decides_the_ports(net: Net, port: int, purpose: str, is_open: bool):
    await net.serve(idle, port=port)
    if is_open:
        await (await net.guard().tcp("a.test", port, purpose=purpose)).aclose()
    else:
        with pytest.raises(TargetRefusedError):
            await net.guard().tcp("a.test", port, purpose=purpose)
    assert sum(net.hits.values()) <= is_open


async def test_starttls_secures_the_open_stream(net: Net):
    context = net.context("a.test")

    async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 go\r\n")
        await writer.drain()
        await writer.start_tls(context)
        writer.write(b"secret " + await reader.readline())
        await writer.drain()
        await reader.read()

    await net.serve(smtp, port=587)
    async with await net.guard().tcp("a.test", 587, purpose="smtp") as stream:
        await stream.send(b"STARTTLS\r\n")
        assert await stream.receive() == b"220 go\r\n"
        found = await stream.start_tls(TlsOffer(is_verifying=True))
        assert found.is_verified
        assert names(found.chain_der[0]) == ["a.test"]
        await stream.send(b"hello\r\n")
        assert await stream.receive() == b"secret hello\r\n"


async def test_a_stream_is_bounded_as_a_whole(net: Net):
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    await net.serve(drip, port=25)

    async def drain(stream: GuardStream) -> None:
        while True:
            received.append(await stream.receive())

    received: list[bytes] = []
    async with await net.guard().tcp("a.test", 25, purpose="smtp", deadline=DEADLINE) as stream:
        with pytest.raises(FetchError) as caught:
            await drain(stream)
    assert caught.value.code == "deadline"
    assert 0 < len(b"".join(received)) < 100


async def test_a_silent_stream_is_a_read_timeout(net: Net, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("accounts.guard.streams.READ_SECONDS", 0.1)
    await net.serve(idle, port=25)
    async with await net.guard().tcp("a.test", 25, purpose="smtp") as stream:
        with pytest.raises(FetchError) as caught:
            await stream.receive()
    assert caught.value.code == "read_timeout"


async def test_a_stream_gives_its_place_back(net: Net):
    await net.serve(idle, port=443)
    guard = net.guard(connections_per_host=1)
    for _ in range(3):
        stream = await guard.tcp("a.test", 443)
        await stream.aclose()
        await stream.aclose()
    assert guard.connection_count == 3


async def test_closing_the_guard_closes_what_was_left_open(net: Net):
    await net.serve(idle, port=443)
    guard = net.guard()
    await guard.tcp("a.test", 443)
    await guard.aclose()
    async with asyncio.timeout(2):
        while net.open_now.get("127.0.0.2") != 0:
            await asyncio.sleep(0.01)


async def test_failed_connections_give_their_places_back(net: Net):
    net.dns.zone[("a.test", "A")] = ["127.0.0.2"]
    net.table["tcp"]["127.0.0.2:443"] = "127.0.0.1:1"
    net.table["tcp"]["127.0.0.2:80"] = "127.0.0.1:1"
    guard = net.guard(connections_per_host=1)
    async with asyncio.timeout(5):
        for _ in range(3):
            for attempt in (
                guard.handshake("a.test"),
                guard.tcp("a.test", 443),
                guard.fetch("http://a.test/"),
            ):
                with pytest.raises(FetchError):
                    await attempt


async def test_what_answers_must_be_what_was_dialled(net: Net, monkeypatch: pytest.MonkeyPatch):
    await net.answer(ok())
    monkeypatch.setattr("socket.socket.getpeername", lambda _: ("10.0.0.1", 80))
    with pytest.raises(TargetRefusedError) as caught:
        await net.guard().fetch("http://a.test/")
    assert caught.value.code == "address_changed"
    assert net.requests == []
