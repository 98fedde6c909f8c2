"""Gathering the SPF tree of one domain, and one sender's result."""

import asyncio
from datetime import timedelta

from audits.gather.mail_questions import Questions
from audits.observations.spf_check import check_host
from audits.observations.spf_record import SpfProblem
from audits.observations.spf_result import SpfCheck, SpfResult, Visit
from audits.observations.spf_sender import SpfSender
from audits.observations.spf_tree import SpfTree, walk_spf

MAX_QUESTIONS = 20
TIME_LIMIT = timedelta(seconds=25)  # RFC 7208 section 4.6.4 asks for 20 s at least


async def gather_spf(domain: str, questions: Questions) -> SpfTree:
    """The tree of `domain`; names that stayed silent or unasked say so in their node."""
    return await questions.settle(lambda answers: walk_spf(domain, answers))


async def check_sender(domain: str, sender: SpfSender, questions: Questions) -> SpfCheck:
    """check_host() for `sender` at `domain` as typed; temperror once its time is up."""
    try:
        async with asyncio.timeout(TIME_LIMIT.total_seconds()):
            return await questions.settle(lambda answers: check_host(domain, sender, answers))
    except TimeoutError:
        why = f"The name servers took more than {TIME_LIMIT.total_seconds():.0f} s together."
        problem = SpfProblem("time_limit", domain[:80], why)
        return SpfCheck(SpfResult.TEMPERROR, Visit(domain), problems=(problem,))
