"""Sending services met by their bounce domains below a mail domain."""

import asyncio
from dataclasses import replace

from audits.gather.dmarc import gather_walk
from audits.gather.mail_questions import Questions
from audits.observations.dns_answers import Said, plain_name
from audits.observations.mail import Stream
from audits.observations.mail_selectors import RETURN_PATHS, ReturnPath
from audits.observations.spf_record import parse_spf, select_spf
from audits.observations.vendors import recognise

MAX_QUESTIONS = 6


async def gather_streams(domain: str, questions: Questions) -> tuple[Stream, ...]:
    """The services whose known bounce label stands below `domain`, with its SPF record."""
    found = await asyncio.gather(*(_stream(domain, path, questions) for path in RETURN_PATHS))
    streams = [stream for stream in found if stream]
    return tuple([await _completed(stream, questions) for stream in streams])


async def _stream(domain: str, path: ReturnPath, questions: Questions) -> Stream | None:
    name = f"{path.label}.{domain}"
    answer = await questions.ask(name, path.rtype)
    if answer.said != Said.FOUND:
        return None
    targets = [plain_name(value.rpartition(" ")[2]) for value in answer.values]
    vendors = recognise(mx=targets) if path.rtype == "MX" else recognise(cname_chain=targets)
    senders = [vendor for vendor in vendors if vendor.role == "sender"]
    return Stream(senders[0].name, name, senders[0].signal) if senders else None


async def _completed(stream: Stream, questions: Questions) -> Stream:
    texts = await questions.ask(stream.return_path, "TXT")
    walk = await gather_walk(stream.return_path, questions)
    records = select_spf(texts.values)[0]
    return replace(
        stream,
        has_spf=bool(records) if texts.is_known else None,
        organizational_domain=walk.organizational_domain,
        spf_trouble=_trouble(records),
    )


def _trouble(records: tuple[str, ...]) -> str:
    """Why receivers call the records at a return path an error, "" where they don't."""
    if len(records) > 1:
        return f"There are {len(records)} of them."
    problems = parse_spf(records[0]).problems if records else ()
    return problems[0].message if problems else ""
