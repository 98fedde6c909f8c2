"""Who may do what: the whole permission matrix, and nothing else.

Owner and consultant are a practice's staff; founder and viewer belong to one client.
"""

from enum import StrEnum
from typing import Final, Protocol


class Role(StrEnum):
    OWNER = "owner"
    CONSULTANT = "consultant"
    FOUNDER = "founder"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a person can ask for. A view names one with `@allowed`."""

    SEE = "see"
    PRACTICE_SETTINGS = "practice_settings"
    MANAGE_STAFF = "manage_staff"
    EDIT_WORK = "edit_work"
    INVITE_CLIENT = "invite_client"
    INVITE_VIEWER = "invite_viewer"
    RUN_CHECK = "run_check"
    EDIT_FACTS = "edit_facts"
    PROPOSE_FACTS = "propose_facts"
    SET_VERDICT = "set_verdict"
    UPLOAD_EVIDENCE = "upload_evidence"
    CREATE_RISK = "create_risk"
    SCORE_RISK = "score_risk"
    FIX_OWN_RISK = "fix_own_risk"
    COMMENT = "comment"
    ATTACH = "attach"
    PROPOSE_ACCEPTANCE = "propose_acceptance"
    DECIDE_ACCEPTANCE = "decide_acceptance"
    SUBMIT_STAGE = "submit_stage"
    APPROVE_STAGE = "approve_stage"
    RECEIVE_DELIVERABLE = "receive_deliverable"
    RECOMMEND_DECISION = "recommend_decision"
    CONFIRM_DECISION = "confirm_decision"
    ASK_WAIVER = "ask_waiver"
    GRANT_WAIVER = "grant_waiver"
    FREEZE_HANDOVER = "freeze_handover"
    SIGN_FOR_PRACTICE = "sign_for_practice"
    SIGN_FOR_CLIENT = "sign_for_client"
    RUN_DRILL = "run_drill"
    DOWNLOAD_HANDOVER = "download_handover"
    EXPORT_SPRINT = "export_sprint"
    EXPORT_CLIENT = "export_client"
    EXPORT_SELF = "export_self"
    ERASE_PERSON = "erase_person"
    CONSENT_ACTIVE = "consent_active"
    CONSENT_INTRUSIVE = "consent_intrusive"


OWNER = frozenset({Role.OWNER})
STAFF = frozenset({Role.OWNER, Role.CONSULTANT})
FOUNDER = frozenset({Role.FOUNDER})
CLIENT = frozenset({Role.FOUNDER, Role.VIEWER})
WORKING = STAFF | FOUNDER
EVERYONE = STAFF | CLIENT

# engagement.md 2.5 row by row; decisions.md 20 for the two consents. What a row leaves to
# a grant or to being named (sign for the practice, a viewer's drill) is the view's to ask.
PERMISSIONS: Final[dict[Action, frozenset[Role]]] = {
    Action.SEE: EVERYONE,
    Action.PRACTICE_SETTINGS: OWNER,
    Action.MANAGE_STAFF: OWNER,
    Action.EDIT_WORK: STAFF,
    Action.INVITE_CLIENT: STAFF,
    Action.INVITE_VIEWER: WORKING,
    Action.RUN_CHECK: WORKING,
    Action.EDIT_FACTS: STAFF,
    Action.PROPOSE_FACTS: WORKING,
    Action.SET_VERDICT: STAFF,
    Action.UPLOAD_EVIDENCE: WORKING,
    Action.CREATE_RISK: WORKING,
    Action.SCORE_RISK: STAFF,
    Action.FIX_OWN_RISK: WORKING,
    Action.COMMENT: EVERYONE,
    Action.ATTACH: WORKING,
    Action.PROPOSE_ACCEPTANCE: STAFF,
    Action.DECIDE_ACCEPTANCE: FOUNDER,
    Action.SUBMIT_STAGE: STAFF,
    Action.APPROVE_STAGE: FOUNDER,
    Action.RECEIVE_DELIVERABLE: FOUNDER,
    Action.RECOMMEND_DECISION: STAFF,
    Action.CONFIRM_DECISION: FOUNDER,
    Action.ASK_WAIVER: OWNER,
    Action.GRANT_WAIVER: FOUNDER,
    Action.FREEZE_HANDOVER: STAFF,
    Action.SIGN_FOR_PRACTICE: STAFF,
    Action.SIGN_FOR_CLIENT: FOUNDER,
    Action.RUN_DRILL: EVERYONE,
    Action.DOWNLOAD_HANDOVER: EVERYONE,
    Action.EXPORT_SPRINT: STAFF,
    Action.EXPORT_CLIENT: FOUNDER | OWNER,
    Action.EXPORT_SELF: EVERYONE,
    Action.ERASE_PERSON: OWNER,
    Action.CONSENT_ACTIVE: WORKING,
    Action.CONSENT_INTRUSIVE: FOUNDER,
}


class HasRole(Protocol):
    """A membership of staff or of a client."""

    @property
    def role(self) -> str: ...

    @property
    def is_active(self) -> bool: ...


def may(membership: HasRole, action: Action) -> bool:
    """Whether the matrix lets the membership's role do it; a lapsed membership may nothing."""
    return membership.is_active and Role(membership.role) in PERMISSIONS[action]
