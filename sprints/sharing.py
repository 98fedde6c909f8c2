"""Who sees a risk: staff only, or the client too."""

from accounts.models import User
from sprints.models import Risk
from sprints.models.activity import record


def why_not_shared(risk: Risk) -> str:
    """Why the risk can't be shown to the client now; nothing where it can."""
    if not risk.is_internal:
        return f"{risk.ref} is for the client’s eyes already."
    if not risk.plain_summary:
        return f"{risk.ref} doesn’t say yet what users would notice. Write that first."
    return ""


def why_not_hidden(risk: Risk) -> str:
    """Why the risk can't be kept among staff now; nothing where it can."""
    if risk.is_internal:
        return f"{risk.ref} is for staff only already."
    if risk.raised_by_id is not None:
        return f"The client raised {risk.ref} and keeps seeing it."
    if risk.client_opened_at is not None:
        return f"The client has read {risk.ref} on {risk.client_opened_at:%d %b}; it stays shown."
    return ""


def share(risk: Risk, *, by: User, seen_version: int) -> None:
    """Show the risk to the client. Raises ValueError with a sentence, or StaleRiskError."""
    if why := why_not_shared(risk):
        raise ValueError(why)
    risk.change(seen_version, is_internal=False)
    record(risk.sprint, "risk_shared", risk.ref, actor=by)


def hide(risk: Risk, *, by: User, seen_version: int) -> None:
    """Keep the risk among staff. Raises ValueError with a sentence, or StaleRiskError."""
    if why := why_not_hidden(risk):
        raise ValueError(why)
    risk.change(seen_version, is_internal=True)
    record(risk.sprint, "risk_hidden", risk.ref, actor=by, is_internal=True)
