"""Gathering the SPF tree of one domain."""

from audits.gather.mail_questions import Questions
from audits.observations.spf_tree import SpfTree, walk_spf

MAX_QUESTIONS = 20


async def gather_spf(domain: str, questions: Questions) -> SpfTree:
    """The tree of `domain`; names that stayed silent or unasked say so in their node."""
    return await questions.settle(lambda answers: walk_spf(domain, answers))
