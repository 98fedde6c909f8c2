import pytest

from sprints.impact import Band
from sprints.launch import Answer, Unseen, Weighed, answer_launch


def risk(
    ref: str,
    band: Band,
    *,
    title: str = "",
    is_unsettled: bool = True,
    is_accepted: bool = False,
) -> Weighed:
    return Weighed(ref, title or f"Trouble {ref}", band, is_unsettled, is_accepted)


UNSEEN = Unseen("tls.reachable", "The site answers over https", is_blocked=False)


@pytest.mark.parametrize(
    ("risks", "unseen", "answer"),
    [
        ([], [], Answer.GO),
        ([risk("R-001", Band.MEDIUM)], [], Answer.GO),
        ([risk("R-001", Band.HIGH)], [], Answer.CONDITIONAL),
        ([risk("R-001", Band.HIGH, is_accepted=True)], [], Answer.GO),
        ([], [UNSEEN], Answer.CONDITIONAL),
        ([risk("R-001", Band.CRITICAL)], [], Answer.NO_GO),
        ([risk("R-001", Band.CRITICAL, is_unsettled=False)], [], Answer.GO),
        ([risk("R-001", Band.CRITICAL), risk("R-002", Band.HIGH)], [UNSEEN], Answer.NO_GO),
    ],
)
def test_the_answer_follows_the_worst_open_risk_and_what_was_not_seen(risks, unseen, answer):
    assert answer_launch(risks, unseen, has_audit=True).answer == answer


def test_without_an_audit_the_answer_is_not_known_but_a_critical_risk_still_stops():
    assert answer_launch([], [], has_audit=False).answer == Answer.NOT_KNOWN
    found = answer_launch([risk("R-001", Band.CRITICAL)], [], has_audit=False)
    assert found.answer == Answer.NO_GO


def test_it_says_which_fixes_would_change_the_answer():
    found = answer_launch(
        [risk("R-001", Band.CRITICAL), risk("R-004", Band.CRITICAL), risk("R-007", Band.HIGH)],
        [],
        has_audit=True,
    )
    assert found.reason == "2 risks stop the launch."
    assert found.way_up == "Fixing these 2 would make it ready with conditions."


def test_the_last_high_risk_fixed_makes_it_ready():
    found = answer_launch([risk("R-007", Band.HIGH)], [], has_audit=True)
    assert found.way_up == "Fixing it would make it ready."


def test_no_fix_of_a_risk_is_promised_to_help_while_something_was_not_seen():
    found = answer_launch([risk("R-007", Band.HIGH)], [UNSEEN], has_audit=True)
    assert found.way_up == ""


def test_one_cause_in_several_places_is_one_thing_to_fix():
    risks = [risk(f"R-{number:03}", Band.CRITICAL, title="No encryption") for number in range(1, 5)]
    found = answer_launch([*risks, risk("R-009", Band.CRITICAL)], [], has_audit=True)
    assert found.reason == "5 risks from 2 causes stop the launch."
    assert found.way_up == "Fixing these 2 would make it ready."
    alone = answer_launch(risks, [], has_audit=True)
    assert alone.reason == "4 risks from 1 cause stop the launch."
    assert alone.way_up == "Fixing it would make it ready."
