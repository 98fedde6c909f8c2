"""Gathering the MX set of a domain and whether its targets have addresses."""

import asyncio

from audits.gather.mail_questions import Questions
from audits.observations.dns_answers import Answer, Said, plain_name
from audits.observations.mail import Identity, MailExchange, MxHost
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.vendors import recognise

MAX_QUESTIONS = 8
MAX_HOSTS_ASKED = 3
MAX_HOSTS_KEPT = 20


async def gather_exchange(domain: str, questions: Questions) -> MailExchange | GatherFailure:
    """The MX records of `domain`; addresses are asked for the three most preferred."""
    answer = await questions.ask(domain, "MX")
    if not answer.is_known:
        return GatherFailure(
            FailureKind.NO_ANSWER, f"Nobody answered for the MX of {domain}: {answer.reason}."
        )
    hosts = sorted(map(_host, answer.values[:MAX_HOSTS_KEPT]), key=lambda host: host.preference)
    asked = await asyncio.gather(
        *(_with_addresses(one, questions) for one in hosts[:MAX_HOSTS_ASKED])
    )
    return MailExchange(
        identity=Identity(domain),
        said=answer.said,
        hosts=(*asked, *hosts[MAX_HOSTS_ASKED:]),
        apex=None if hosts else await _apex(domain, answer, questions),
        vendors=recognise(mx=[host.name for host in hosts]),
    )


def _host(value: str) -> MxHost:
    preference, _, name = value.partition(" ")
    number = int(preference) if preference.isascii() and preference.isdigit() else 0
    return MxHost(number, plain_name(name.strip()))


async def _with_addresses(host: MxHost, questions: Questions) -> MxHost:
    if host.is_null or host.is_literal:
        return host
    ip4 = await questions.ask(host.name, "A")
    is_gone = ip4.said == Said.NO_NAME
    ip6 = ip4 if is_gone else await questions.ask(host.name, "AAAA")
    return MxHost(host.preference, host.name, ip4.said, ip6.said, ip4.chain or ip6.chain)


async def _apex(domain: str, mx: Answer, questions: Questions) -> Said:
    """Whether the domain itself has an address: FOUND, silence, or what A said."""
    if mx.said == Said.NO_NAME:
        return Said.NO_NAME
    ip4, ip6 = await asyncio.gather(questions.ask(domain, "A"), questions.ask(domain, "AAAA"))
    if Said.FOUND in {ip4.said, ip6.said}:
        return Said.FOUND
    return ip4.said if ip6.is_void else ip6.said
