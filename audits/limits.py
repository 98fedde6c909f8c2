"""How many audits are too many, and the sentences that say so."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from accounts.models import Practice
from audits.models import WHOLE, AuditRun
from sprints.models import Sprint

WHOLE_RUNS_PER_HOUR: Final = 20
RUNS_OF_SPRINT_PER_HOUR: Final = 120
# Over all practices: nobody's site is a target because many people are curious about it.
WHOLE_RUNS_OF_DOMAIN_PER_DAY: Final = 60
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def too_many(practice: Practice, sprint: Sprint, *, is_whole: bool) -> str:
    """Why no other run may begin now, or ""."""
    recent = AuditRun.objects.of(practice).filter(requested_at__gt=timezone.now() - HOUR)
    if is_whole and recent.filter(scope=WHOLE).count() >= WHOLE_RUNS_PER_HOUR:
        return (
            f"{practice} has started {WHOLE_RUNS_PER_HOUR} whole audits within an hour, which is "
            "the most that the sites under audit should bear. Wait a little, or run one check "
            "again instead of all."
        )
    if recent.filter(sprint=sprint).count() >= RUNS_OF_SPRINT_PER_HOUR:
        return (
            f"{RUNS_OF_SPRINT_PER_HOUR} audits of this sprint were started within an hour. "
            "Wait a little before the next one."
        )
    return ""


def over_the_days_limit(run: AuditRun) -> str:
    """Why `run` may not look at its domain today, or ""; counted over all practices."""
    if not run.is_whole or not run.domain:
        return ""
    begun = AuditRun.objects.using("ops").filter(
        domain=run.domain,
        scope=WHOLE,
        started_at__isnull=False,
        requested_at__gt=timezone.now() - DAY,
    )
    if begun.exclude(pk=run.pk).count() < WHOLE_RUNS_OF_DOMAIN_PER_DAY:
        return ""
    return (
        f"{run.domain} was audited {WHOLE_RUNS_OF_DOMAIN_PER_DAY} times within a day, which is "
        "the most for one domain. Nothing was looked at; start it again tomorrow."
    )
