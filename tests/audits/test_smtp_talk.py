"""Port 25 as far as TLS: orderly servers, rude ones, and those that never end."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from django.test import override_settings

from accounts.guard import Guard
from audits.gather import smtp_talk
from audits.gather.site import Site
from audits.gather.smtp_talk import talk_to
from audits.observations.mail_transport import SmtpTalk
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import Target

HOST = "127.0.47.1"


@asynccontextmanager
async def calling(handler, tmp_path):
    """A site whose guard finds `handler` at port 25 of HOST."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    table = tmp_path / "table.json"
    table.write_text(json.dumps({"tcp": {f"{HOST}:25": f"127.0.0.1:{port}"}, "udp": {}}))
    with override_settings(LAB=True, LAB_TABLE=str(table)):
        async with Guard.from_settings() as guard:
            yield Site(Target("example.test"), guard)
    server.close()


def saying(*parts, pause_seconds=0.0):
    """A server that sends each part after each line that it reads, the first at once."""

    async def handle(reader, writer):
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause_seconds)
            if not await reader.readline():
                break
        writer.close()

    return handle


@pytest.mark.parametrize(
    ("parts", "talk"),
    [
        ((b"220 hi\r\n", b"250-a\r\n250 SIZE 1\r\n", b"221 bye\r\n"), SmtpTalk()),
        ((b"220-hi\r\n220 there\r\n", b"250 hi\r\n", b""), SmtpTalk()),
        ((b"220 hi\r\n", b"502 what\r\n", b""), SmtpTalk()),
        ((b"554 go away\r\n",), SmtpTalk(refusal="554 go away")),
        ((b"SSH-2.0-x\r\n",), SmtpTalk(refusal="SSH-2.0-x")),
        ((b"\xff\x00\x1b[31m\r\n",), SmtpTalk(refusal="\\ufffd\\x00\\x1b[31m")),
        ((b"220 " + b"x" * 100_000 + b"\r\n", b"250 hi\r\n", b""), SmtpTalk()),
        (
            (b"220 hi\r\n", b"250-x\r\n250-starttls\r\n250 HELP\r\n", b"454 not now\r\n"),
            SmtpTalk(has_starttls=True, tls_error="454 not now"),
        ),
    ],
)
async def test_a_server_is_understood(parts, talk, tmp_path):
    async with calling(saying(*parts), tmp_path) as site:
        assert await talk_to(site, HOST, is_verifying=False) == talk


async def test_garbage_in_place_of_tls_is_a_broken_handshake(tmp_path):
    parts = (b"220 hi\r\n", b"250 STARTTLS\r\n", b"220 go\r\n", b"no tls at all\r\n" * 20)
    async with calling(saying(*parts), tmp_path) as site:
        talk = await talk_to(site, HOST, is_verifying=True)
    assert isinstance(talk, SmtpTalk)
    assert talk.has_starttls
    assert talk.tls_error
    assert talk.chain == ()


async def test_a_server_that_hangs_up_refuses(tmp_path):
    async with calling(saying(), tmp_path) as site:
        talk = await talk_to(site, HOST, is_verifying=False)
    assert talk == SmtpTalk(refusal="nothing")


async def test_a_tarpit_is_left_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(smtp_talk, "TALK_LIMIT", timedelta(seconds=1))

    async def drip(_, writer):
        while not writer.is_closing():
            writer.write(b"220-x\r\n")
            await asyncio.sleep(0.05)

    async with calling(drip, tmp_path) as site, asyncio.timeout(8):
        failure = await talk_to(site, HOST, is_verifying=False)
    assert isinstance(failure, GatherFailure)
    assert failure.kind == FailureKind.TIMEOUT


async def test_a_closed_port_is_no_fact_about_the_server(tmp_path):
    async with calling(saying(b""), tmp_path) as site:
        failure = await talk_to(site, "127.0.47.2", is_verifying=False)
    assert isinstance(failure, GatherFailure)
