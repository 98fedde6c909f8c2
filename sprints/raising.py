"""A founder puts on the list what they have seen."""

from accounts.models import User
from sprints.absorb import next_number
from sprints.impact import Strength, Weight
from sprints.models import Risk, Sprint
from sprints.models.activity import record

# Until staff have looked: worse for many, with the first real visitors; "fix before launch".
USUAL_WEIGHT = Weight(consequence=3, likelihood=4, recovery=2)
USUAL_STAGE = 5


def raise_risk(sprint: Sprint, risk: Risk, *, by: User) -> Risk:
    """Number the unsaved `risk`, save it and tell it to both sides."""
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    risk.practice_id, risk.client_id, risk.sprint = sprint.practice_id, sprint.client_id, sprint
    risk.number = next_number(sprint)
    risk.source, risk.strength, risk.raised_by = Risk.Source.FOUNDER, Strength.REPORTED, by
    risk.consequence, risk.likelihood = USUAL_WEIGHT.consequence, USUAL_WEIGHT.likelihood
    risk.recovery, risk.stage = USUAL_WEIGHT.recovery, USUAL_STAGE
    risk.is_title_ours = risk.is_weight_ours = True
    risk.save()
    record(sprint, "risk_created", risk.ref, actor=by, data={"by_founder": True})
    return risk
