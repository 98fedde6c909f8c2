"""`manage.py audit` and `manage.py checks` as a person or a build server runs them."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from django.core.management import ManagementUtility

from audits.aim import NotANameError, aimed
from audits.catalogue import CATALOGUE, UnknownCheckError, chosen
from tests.lab import Lab

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def manage(*arguments: str, **environment: str) -> Done:
    """Run manage.py as its own process with nothing in the environment but what is given."""
    words = {"PATH": "/usr/bin:/bin", "ENV_FILE": "", "COLUMNS": "160", **environment}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=ROOT, env=words, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str]):
    """Run a command inside this process, as often as tests like."""

    def run(*arguments: str) -> Done:
        code = 0
        try:
            ManagementUtility(["manage.py", *arguments]).execute()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


@pytest.fixture
def audit(in_lab: Lab, inside):
    """`audit` inside this process, where only the lab can be seen."""
    return partial(inside, "audit")


@pytest.mark.lab
def test_a_healthy_product_exits_0_with_readable_json_and_no_database(lab: Lab):
    done = manage("audit", "brightchat.test", "--format", "json", **lab.closed_environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"]["outcome"] == "go"
    assert report["target"]["domain"] == "brightchat.test"
    assert len({row["check"] for row in report["results"]}) == len(CATALOGUE)


@pytest.mark.lab
def test_a_broken_product_exits_1_and_says_why_in_a_table(audit):
    done = audit("brokenchat.test", "--check", "email", "--check", "dns")
    assert done.returncode == 1
    assert "Not ready to launch" in done.stdout
    assert "email.spf_multiple" in done.stdout


@pytest.mark.lab
@pytest.mark.parametrize(
    ("form", "read"), [("sarif", json.loads), ("junit", ET.fromstring), ("markdown", str)]
)
def test_every_other_form_can_be_read(audit, form, read):
    done = audit("brokenchat.test", "--check", "email.spf*", "--format", form)
    assert read(done.stdout) is not None
    assert "spf_multiple" in done.stdout


@pytest.mark.lab
def test_conditional_is_0_and_strictly_1(audit):
    words = ("brokenchat.test", "--check", "email.spf_multiple")
    assert audit(*words).returncode == 0
    assert audit(*words, "--strict").returncode == 1


@pytest.mark.lab
def test_several_domains_come_as_a_list_and_hosts_of_one_domain_as_one_target(audit):
    done = audit(
        "brightchat.test", "app.brightchat.test", "no-caa.test",
        "--check", "dns.domain_exists", "--format", "json",
    )  # fmt: skip
    reports = json.loads(done.stdout)
    assert [report["target"]["domain"] for report in reports] == ["brightchat.test", "no-caa.test"]
    assert reports[0]["target"]["hosts"] == ["brightchat.test", "app.brightchat.test"]


@pytest.mark.lab
def test_a_stage_can_be_picked(audit):
    done = audit("brightchat.test", "--stage", "6", "--format", "json")
    assert {row["stage"] for row in json.loads(done.stdout)["results"]} == {6}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("audit",), 2),
        (("audit", "example.com", "--check", "dns.no_such"), 2),
        (("audit", "example.com", "--format", "pdf"), 2),
        (("audit", "example.com", "--consent-level", "4"), 2),
        (("audit", "8.8.8.8"), 2),
        (("audit", "localhost"), 3),
        (("audit", "10.0.0.1"), 3),
        (("audit", "http://user@example.com"), 3),
    ],
)
def test_wrong_usage_is_2_and_a_refused_target_3(inside, words, code):
    done = inside(*words)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_domain_that_no_resolver_answers_for_is_3(unused_udp_port: int):
    done = manage(
        "audit", "example.com", "--check", "dns.domain_exists",
        AUDIT_RESOLVERS=f"127.0.0.1:{unused_udp_port}",
    )  # fmt: skip
    assert done.returncode == 3


def test_the_catalogue_is_printed_from_the_registry(inside):
    text = inside("checks", "--format", "markdown").stdout
    assert all(f"`{rule.id}`" in text for rule in CATALOGUE)
    listed = json.loads(inside("checks", "--format", "json").stdout)
    assert [row["id"] for row in listed] == [rule.id for rule in CATALOGUE]


def test_checks_are_chosen_by_id_family_star_and_stage():
    assert [rule.id for rule in chosen(ids=["dns.caa"])] == ["dns.caa"]
    assert {rule.family for rule in chosen(ids=["tls"])} == {"tls"}
    assert all(rule.id.startswith("dns.ns_") for rule in chosen(ids=["dns.ns_*"]))
    assert {rule.stage for rule in chosen(stages=[6])} == {6}
    with pytest.raises(UnknownCheckError, match=r"dns\.caa"):
        chosen(ids=["dns.cba"])


def test_a_named_mail_domain_counts_as_sending():
    (target,) = aimed(["https://Shop.Example.com/x?y=1"], mail_domains=["mail.example.com"])
    assert target.domain == "example.com"
    assert target.hosts[0].name == "shop.example.com"
    assert [(mail.name, mail.is_sending) for mail in target.mail_domains] == [
        ("mail.example.com", True)
    ]


def test_an_address_has_no_domain_to_audit():
    with pytest.raises(NotANameError, match=r"example\.com"):
        aimed(["8.8.8.8"])
