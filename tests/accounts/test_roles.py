"""The permission matrix, written down a second time as a table that a person can check."""

from types import SimpleNamespace

import pytest

from accounts.roles import PERMISSIONS, Action, Role, may

# engagement.md 2.5: owner, consultant, founder, viewer.
TABLE = """
see                  O C F V
practice_settings    O - - -
manage_staff         O - - -
edit_work            O C - -
invite_client        O C - -
invite_viewer        O C F -
run_check            O C F -
edit_facts           O C - -
propose_facts        O C F -
set_verdict          O C - -
upload_evidence      O C F -
create_risk          O C F -
score_risk           O C - -
fix_own_risk         O C F -
comment              O C F V
attach               O C F -
propose_acceptance   O C - -
decide_acceptance    - - F -
submit_stage         O C - -
approve_stage        - - F -
receive_deliverable  - - F -
recommend_decision   O C - -
confirm_decision     - - F -
ask_waiver           O - - -
grant_waiver         - - F -
freeze_handover      O C - -
sign_for_practice    O C - -
sign_for_client      - - F -
run_drill            O C F V
download_handover    O C F V
export_sprint        O C - -
export_client        O - F -
export_self          O C F V
erase_person         O - - -
consent_active       O C F -
consent_intrusive    - - F -
"""
LETTERS = {"O": Role.OWNER, "C": Role.CONSULTANT, "F": Role.FOUNDER, "V": Role.VIEWER}
ROWS = [line.split() for line in TABLE.strip().splitlines()]


def test_the_table_names_every_action_once():
    assert [row[0] for row in ROWS] == list(Action)
    assert list(PERMISSIONS) == list(Action)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_matrix_says_what_the_table_says(row, role):
    allowed = {LETTERS[letter] for letter in row[1:] if letter != "-"}
    membership = SimpleNamespace(role=role.value, is_active=True)
    assert may(membership, Action(row[0])) is (role in allowed)


@pytest.mark.parametrize("action", list(Action))
def test_a_lapsed_membership_may_nothing(action):
    assert not any(may(SimpleNamespace(role=r.value, is_active=False), action) for r in Role)


def test_no_role_both_proposes_and_decides():
    pairs = [
        (Action.PROPOSE_ACCEPTANCE, Action.DECIDE_ACCEPTANCE),
        (Action.SUBMIT_STAGE, Action.APPROVE_STAGE),
        (Action.RECOMMEND_DECISION, Action.CONFIRM_DECISION),
        (Action.ASK_WAIVER, Action.GRANT_WAIVER),
    ]
    for proposing, deciding in pairs:
        assert not PERMISSIONS[proposing] & PERMISSIONS[deciding]
