"""`manage.py watch DOMAIN`: lines as a change lands, and the exit code."""

from datetime import timedelta

import pytest

from audits import examine as examining
from audits.aim import aimed
from audits.catalogue import BY_ID
from audits.watching_alone import Pace, watch
from tests.audits.test_audit_command import inside, manage  # noqa: F401 - a fixture
from tests.lab import Lab

pytestmark = pytest.mark.lab

DOMAIN = "brokenchat.test"
MERGED = "v=spf1 include:_spf.mailhost.test include:_spf.sender.test ~all"
QUICK = Pace(every=timedelta(seconds=0.05), lasts=timedelta(seconds=5))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "BETWEEN_LOOKS", timedelta(0))


async def watched(lab: Lab, *values: str, pace: Pace = QUICK) -> tuple[bool, list[str]]:
    """The outcome and the lines; once the change is told, `values` go into the zone."""
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if values and "not at the provider yet" in line:
            lab.zone(DOMAIN).replace(DOMAIN, "TXT", *values)

    try:
        (target,) = aimed([DOMAIN])
        return await watch(target, [BY_ID["email.spf_multiple"]], say, pace), said
    finally:
        lab.restore(DOMAIN)


async def test_it_says_the_change_and_then_how_far_it_has_come(in_lab: Lab) -> None:
    is_live, said = await watched(in_lab, MERGED)
    assert is_live
    assert any(MERGED in line and line.lstrip().startswith("add") for line in said)
    assert said[-2].endswith("not at the provider yet, 0 of 4 resolvers see it")
    assert said[-1].endswith("live everywhere")


async def test_a_change_made_otherwise_ends_it_once_the_check_passes(in_lab: Lab) -> None:
    is_live, said = await watched(in_lab, "v=spf1 include:_spf.mailhost.test ~all")
    assert (is_live, said[-1].partition(": ")[2]) == (
        True,
        "changed in another way, and the check passes",
    )


async def test_a_resolver_that_is_behind_is_waited_for(in_lab: Lab) -> None:
    watcher = in_lab.watchers[0]
    old = in_lab.zone(DOMAIN).get(DOMAIN, "TXT")
    assert old is not None
    watcher.remembered[DOMAIN, "TXT"] = old
    try:
        pace = Pace(every=timedelta(seconds=0.05), lasts=timedelta(seconds=0.5))
        is_live, said = await watched(in_lab, MERGED, pace=pace)
    finally:
        watcher.remembered.clear()
    assert not is_live
    assert said[-1].endswith(
        "the time is over; last seen: live at the provider, 3 of 4 resolvers see it"
    )


@pytest.mark.usefixtures("in_lab")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("brightchat.test", "--check", "email.spf_multiple"), 0),
        ((DOMAIN, "--check", "email.spf_multiple", "--for", "0.01"), 1),
        ((), 2),
        ((DOMAIN, "--check", "no.such"), 2),
        ((DOMAIN, "--every", "soon"), 2),
        (("127.0.0.1",), 2),
    ],
)
def test_the_exit_code_says_how_it_ended(inside, words, code) -> None:  # noqa: F811 - the fixture
    assert inside("watch", *words).returncode == code


def test_it_needs_no_database(lab: Lab) -> None:
    words = ("watch", DOMAIN, "--check", "email.spf_multiple", "--for", "0.01")
    done = manage(*words, **lab.closed_environment)
    assert done.returncode == 1, done.stderr
    assert MERGED in done.stdout
