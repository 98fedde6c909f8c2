"""Putting a risk on the list that a person has seen."""

from accounts.models import User
from sprints.absorb import next_number
from sprints.impact import Strength
from sprints.models import Risk, Sprint
from sprints.models.activity import record


def add_risk(sprint: Sprint, risk: Risk, *, by: User) -> Risk:
    """Number the unsaved `risk`, save it into `sprint` and tell it."""
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    risk.practice_id, risk.client_id, risk.sprint = sprint.practice_id, sprint.client_id, sprint
    risk.number = next_number(sprint)
    risk.source, risk.strength = Risk.Source.MANUAL, Strength.REPORTED
    risk.is_title_ours = risk.is_weight_ours = True
    risk.save()
    record(sprint, "risk_created", risk.ref, actor=by, is_internal=not risk.plain_summary)
    return risk
