"""The published corpus (security.md 3.6): what people enter, and what the guard says."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from accounts.guard import TargetRefusedError
from accounts.guard.addresses import parse_literal
from accounts.guard.reaching import reach
from accounts.guard.urls import parse_address, parse_url
from tests.accounts.guard.loopback import PUBLIC, Net

CORPUS: list[dict[str, Any]] = json.loads(  # Any: entries as published
    Path(__file__).with_name("corpus.json").read_text("utf-8")
)
GROUPS = sorted({entry["group"] for entry in CORPUS})


def test_the_corpus_is_as_large_as_promised():
    assert len(CORPUS) >= 250
    assert len({entry["input"] for entry in CORPUS}) == len(CORPUS)
    assert sum(entry["admitted"] for entry in CORPUS) >= 60


@pytest.mark.parametrize("group", GROUPS)
async def test_every_address_of_the_corpus_gets_its_code(group: str, net: Net):
    entries = [entry for entry in CORPUS if entry["group"] == group]
    net.dns.is_knowing_all = True
    for entry in entries:
        for rtype in ("A", "AAAA"):
            values = [a for a in entry.get("answers", ()) if (":" in a) == (rtype == "AAAA")]
            if "answers" in entry:
                net.dns.zone[(entry["input"], rtype)] = values
    guard = net.guard(is_lab=False)
    answers = [(entry, await reach(guard, entry["input"])) for entry in entries]
    wrong = [
        (entry["input"][:80], entry["code"], answer.code)
        for entry, answer in answers
        if (entry["admitted"], entry["code"]) != (answer.is_admitted, answer.code)
    ]
    assert wrong == []
    assert guard.connection_count == 0
    for _, answer in answers:
        assert answer.message.endswith(".")
        assert answer.message.isprintable()


async def test_what_is_admitted_was_resolved_to_public_addresses(net: Net):
    net.dns.is_knowing_all = True
    answer = await reach(net.guard(is_lab=False), "BÜCHER.de:8443")
    assert (answer.host, answer.addresses) == ("xn--bcher-kva.de", (PUBLIC,))


def test_no_twisted_address_breaks_the_grammar_or_reads_twice_differently():
    """Mutations of the corpus either are refused or mean the same when read again."""
    chance = random.Random(20261124)  # noqa: S311 - repeatable, not secret
    alphabet = "/\\@:.%[]#?&;\u3002\uff0e\u200b\u00ad\u202e1270xfaöß\x00\t -_*"
    for _ in range(20_000):
        letters = list(chance.choice(CORPUS)["input"][:200])
        for _ in range(chance.randint(1, 3)):
            letters.insert(chance.randint(0, len(letters)), chance.choice(alphabet))
        try:
            url = parse_address("".join(letters))
        except TargetRefusedError as error:
            assert error.code  # noqa: PT017 - refusing is one of two allowed outcomes
            continue
        assert parse_url(str(url)) == url
        assert str(url).isascii()
        assert parse_literal(url.host) or url.host == url.host.lower()
