"""`manage.py spf` and `manage.py dmarc`: any name, one answer or one per line."""

import asyncio
import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from accounts.guard.exchange import DnsStatus
from audits.batch import answer_lines
from audits.gather.dmarc import gather_existence, gather_walk
from audits.gather.mail_questions import Questions
from audits.management.commands import spf
from audits.observations.spf_tree import walk_spf
from audits.reports.dmarc_json import walk_as_json
from audits.reports.spf_json import tree_as_json
from tests.audits.mail_world import World, settle
from tests.audits.spf_world import IP4, NAMES

SPF_KEYS = ["result", "mechanism", "explanation", "lookups", "void_lookups", "tree", "errors"]
DMARC_KEYS = ["queried", "organizational_domain", "record_domain", "record", "policy", "errors"]
BRIGHT = "brightchat.test"


def told(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


async def dmarc(domain, records):
    questions = Questions(World(records), 50, set())
    walk = await gather_walk(domain, questions)
    return walk_as_json(walk, is_existing=await gather_existence(walk, questions))


def spf_tree(record, **names):
    world = World({**NAMES, **names, "example.test TXT": [record]})
    return tree_as_json(settle(lambda answers: walk_spf("example.test", answers), world))


def test_an_address_is_checked_at_a_name_of_the_lab(in_lab, capsys):
    answer = json.loads(told(capsys, "spf", BRIGHT, "--ip", "8.8.8.8", "--format", "json"))
    assert list(answer) == SPF_KEYS
    assert answer["result"] in {"softfail", "fail"}
    assert answer["tree"]["domain"] == BRIGHT
    assert answer["errors"] == []


def test_without_an_address_the_longest_path_is_told(in_lab, capsys):
    answer = json.loads(told(capsys, "spf", BRIGHT, "--format", "json"))
    assert list(answer) == SPF_KEYS
    assert answer["mechanism"].endswith("all")
    assert answer["tree"]["terms"][0]["outcome"] == "not decided"


def test_a_name_outside_the_lab_is_asked_at_the_configured_resolvers(in_lab, capsys):
    answer = json.loads(told(capsys, "spf", "example.com", "--ip", IP4, "--format", "json"))
    assert answer["result"] in {"none", "temperror"}


def test_text_is_one_line_each_for_a_person(in_lab, capsys):
    said = told(capsys, "spf", BRIGHT, "--ip", "8.8.8.8")
    assert "lookups:" in said
    assert f"{BRIGHT}: v=spf1" in said
    assert "policy: " in told(capsys, "dmarc", BRIGHT)


def test_the_policy_of_a_name_in_the_lab_is_found(in_lab, capsys):
    answer = json.loads(told(capsys, "dmarc", f"mail.{BRIGHT}", "--format", "json"))
    assert list(answer) == DMARC_KEYS
    assert answer["queried"][:2] == [f"_dmarc.mail.{BRIGHT}", f"_dmarc.{BRIGHT}"]
    assert answer["organizational_domain"] == answer["record_domain"] == BRIGHT
    assert answer["policy"] in {"none", "quarantine", "reject"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("spf",),
        ("spf", "a.test", "--batch"),
        ("spf", "a.test", "--ip", "1.2.3"),
        ("dmarc",),
        ("dmarc", ".."),
        ("dmarc", "1.2.3.4"),
    ],
)
def test_bad_input_is_wrong_usage_with_a_sentence(arguments):
    with pytest.raises(CommandError, match=r"\.$") as caught:
        call_command(*arguments)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("domain", ["", "test", "a..test", f"{'a' * 64}.test"])
def test_a_malformed_domain_is_none_and_no_wrong_usage(domain, capsys):
    for more in ((), ("--ip", IP4)):
        answer = json.loads(told(capsys, "spf", domain, "--format", "json", *more))
        assert (answer["result"], answer["errors"][0]["code"]) == ("none", "malformed_domain")


def test_a_batch_is_answered_line_by_line_in_order(in_lab, capsys, monkeypatch):
    lines = [
        {"domain": BRIGHT, "ip": "8.8.8.8", "sender": f"a@{BRIGHT}", "helo": "x.test"},
        {"domain": "test", "ip": IP4},
        {"sender": f"a@{BRIGHT}", "ip": "8.8.8.8"},
        {"domain": BRIGHT, "ip": "nonsense"},
        {"domain": BRIGHT},
        {"ip": IP4},
    ]
    text = "\n".join([*map(json.dumps, lines), "", "no json", "[1]"])
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    answers = [json.loads(line) for line in told(capsys, "spf", "--batch").splitlines()]
    assert len(answers) == 8
    assert answers[0] == answers[2]
    assert answers[1]["result"] == "none"
    assert answers[4]["tree"]["domain"] == BRIGHT
    bad = [answer["errors"][0]["code"] for answer in answers if not answer["result"]]
    assert all(list(answer) == SPF_KEYS for answer in answers)
    assert bad == ["bad_input"] * 4


def test_dmarc_takes_a_batch_too(in_lab, capsys, monkeypatch):
    text = f'{{"domain": "{BRIGHT}"}}\n{{"domain": ""}}\n{{"domain": "a.gone.test"}}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    first, bad, last = map(json.loads, told(capsys, "dmarc", "--batch").splitlines())
    assert first["record_domain"] == BRIGHT
    assert bad["errors"][0]["message"].endswith(".")
    assert (last["policy"], last["organizational_domain"]) == (None, "a.gone.test")


async def test_a_batch_answers_a_line_before_the_next_one_comes():
    async def answer(one):
        return one

    source, sink = os.pipe()
    written: asyncio.Queue[str] = asyncio.Queue()
    with os.fdopen(source) as lines, os.fdopen(sink, "w") as talk:
        work = asyncio.ensure_future(answer_lines(lines, written.put_nowait, answer))
        for number in (1, 2):
            print(json.dumps({"n": number}), file=talk, flush=True)
            assert await asyncio.wait_for(written.get(), 5) == f'{{"n": {number}}}'
        talk.close()
        assert await work == 0


async def test_a_bounce_is_checked_at_its_greeting():
    world = World({"mx.test TXT": ["v=spf1 exists:%{l}.%{o}.x.test -all"]})
    wanted = {"ip": IP4, "sender": "", "helo": "mx.test"}
    answer = await spf.answered(wanted, world)  # type: ignore[arg-type]  # answers as it does
    assert answer["tree"]["domain"] == "mx.test"
    assert answer["tree"]["terms"][0]["target"] == "postmaster.mx.test.x.test"


@pytest.mark.parametrize(
    ("record", "result", "mechanism", "codes"),
    [
        ("v=spf1 a:far.test ~all", "softfail", "~all", []),
        ("v=spf1 include:pass.test", "neutral", "", []),
        ("v=spf1 redirect=fail.test", "fail", "-all", []),
        ("v=spf1 +all", "pass", "+all", []),
        ("v=spf1 ip4:0.0.0.0/0 -all", "pass", "ip4:0.0.0.0/0", []),
        ("v=spf1 include:%{i}.x.test -all", "fail", "-all", ["by_sender"]),
        ("v=spf1 include:gone.test -all", "permerror", "", ["include_none"]),
        ("v=spf1 redirect=empty.test", "permerror", "", ["redirect_none"]),
        (
            "v=spf1 include:wrong.test -all x=%",
            "permerror",
            "",
            ["bad_modifier", "missing_network"],
        ),
        ("v=spf1 include:loop.test -all", "permerror", "", ["loop"]),
        ("v=spf1 mx:wide.test -all", "permerror", "", ["mx_limit"]),
        ("v=spf1 include:silent.test -all", "temperror", "", ["dns_error"]),
        ("v=spf1 a:g1.test a:g2.test a:g3.test -all", "permerror", "", ["void_limit"]),
        ("v=spf1 ip4=1.2.3.4 -all", "fail", "-all", ["ignored_modifier"]),
        (" v=spf1 -all", "none", "", ["near_miss"]),
    ],
)
def test_the_longest_path_names_every_problem(record, result, mechanism, codes):
    answer = spf_tree(record)
    assert (answer["result"], answer["mechanism"]) == (result, mechanism)
    assert [one["code"] for one in answer["errors"]] == codes


R = "rua=mailto:r@a.test"


@pytest.mark.parametrize(
    ("name", "record", "exists", "policy"),
    [
        ("x.a.test", "v=DMARC1; p=reject", True, "reject"),
        ("x.a.test", "v=DMARC1; p=reject; sp=quarantine", True, "quarantine"),
        ("x.a.test", "v=DMARC1; p=none; sp=none; np=reject", True, "none"),
        ("x.a.test", "v=DMARC1; p=none; sp=none; np=reject", False, "reject"),
        ("x.a.test", "v=DMARC1; p=reject; sp=none", False, "none"),
        ("x.a.test", "v=DMARC1; p=reject; np=none", True, "reject"),
        ("a.test", "v=DMARC1; p=none; sp=reject; np=reject", True, "none"),
        ("a.test", "v=DMARC1; p=reject; t=y", True, "quarantine"),
        ("a.test", "v=DMARC1; p=quarantine; t=y", True, "none"),
        ("a.test", "v=DMARC1; p=none; t=y", True, "none"),
        ("x.a.test", "v=DMARC1; p=none; np=reject; t=y", False, "quarantine"),
        ("a.test", f"v=DMARC1; p=wrong; {R}", True, "none"),
        ("a.test", "v=DMARC1; p=wrong", True, None),
        ("a.test", f"v=DMARC1; p=reject; sp=wrong; {R}", True, "none"),
        ("a.test", "v=DMARC1; p=reject; np=wrong", True, None),
        ("a.test", f"v=DMARC1; {R}", True, "none"),
        ("a.test", "v=DMARC1;", True, None),
        ("a.test", "v=DMARC1; p=reject; pct=0", True, "reject"),
    ],
)
async def test_the_effective_policy_is_that_of_the_name(name, record, exists, policy):
    records = {"_dmarc.a.test TXT": [record], "www.a.test A": [IP4]}
    records |= {f"{name} A": [IP4]} if exists else {}
    assert (await dmarc(name, records))["policy"] == policy


async def test_a_deep_name_jumps_to_seven_labels():
    name = "a.b.c.d.e.f.g.h.i.example.test"
    answer = await dmarc(name, {"_dmarc.example.test TXT": ["v=DMARC1; p=reject"]})
    below = [f"_dmarc.{'.'.join(name.split('.')[-count:])}" for count in range(7, 0, -1)]
    assert answer["queried"] == [f"_dmarc.{name}", *below]
    assert answer["organizational_domain"] == "example.test"


async def test_several_records_are_discarded_and_the_walk_goes_on():
    two = ["v=DMARC1; p=reject", "v=DMARC1; p=none"]
    records = {"_dmarc.x.a.test TXT": two, "_dmarc.a.test TXT": ["v=DMARC1; p=quarantine"]}
    answer = await dmarc("x.a.test", records)
    assert (answer["record_domain"], answer["policy"]) == ("a.test", "quarantine")
    assert [one["code"] for one in answer["errors"]] == ["multiple_records"]


async def test_psd_ends_the_walk_above_or_at_the_organization():
    records = {"_dmarc.test TXT": ["v=DMARC1; p=reject; psd=y; np=reject; sp=none"]}
    answer = await dmarc("x.a.test", records | {"x.a.test A": [IP4]})
    assert answer["organizational_domain"] == "a.test"
    assert (answer["record_domain"], answer["policy"]) == ("test", "none")
    records = {"_dmarc.x.a.test TXT": ["v=DMARC1; p=none; psd=n"]}
    answer = await dmarc("y.x.a.test", records)
    assert answer["queried"] == ["_dmarc.y.x.a.test", "_dmarc.x.a.test"]
    assert answer["organizational_domain"] == "x.a.test"


async def test_silence_is_told_and_taken_for_nothing():
    answer = await dmarc("x.a.test", {"_dmarc.a.test TXT": DnsStatus.TIMEOUT})
    assert (answer["policy"], answer["organizational_domain"]) == (None, None)
    assert [one["code"] for one in answer["errors"]] == ["dns_error"]


@pytest.mark.parametrize("term", ["note=\\150", "a:\\150x.test", "\\128all"])
def test_a_byte_outside_ascii_voids_the_record(in_lab, capsys, term):
    in_lab.add_product("bytes.test")
    try:
        in_lab.zone("bytes.test").replace("bytes.test", "TXT", f'"v=spf1 {term} -all"')
        answer = json.loads(told(capsys, "spf", "bytes.test", "--ip", IP4, "--format", "json"))
    finally:
        in_lab.drop_product("bytes.test")
    assert answer["result"] == "permerror"
