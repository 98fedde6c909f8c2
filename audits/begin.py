"""Beginning a run: the row, and the doorbell after the commit."""

from collections.abc import Sequence

from accounts.models import User
from accounts.tenancy.tasks import ring
from audits.catalogue import CATALOGUE
from audits.models import AFTER_CONSENT, AuditRun
from audits.runs import request_run
from audits.verdicts import Consent
from sprints.models import Project, Sprint

AT_WORK = (Sprint.State.ACTIVE, Sprint.State.HANDOVER)


def begin_run(
    sprint: Sprint, *, by: User | None, checks: Sequence[str] = (), scope: str = ""
) -> tuple[AuditRun, bool]:
    """The run that now looks, and whether it is a new one; a worker is told after the commit."""
    from audits.tasks import take_next_run  # noqa: PLC0415 - the tasks import this module

    run, is_new = request_run(sprint, by=by, checks=checks, scope=scope)
    if is_new:
        ring(take_next_run)
    return run, is_new


def begin_what_waited(project: Project, *, by: User | None) -> list[AuditRun]:
    """Run the checks that lacked consent, in every sprint at work that was audited without."""
    skipped = [rule.id for rule in CATALOGUE if rule.consent == Consent.L2]
    sprints = Sprint.objects.select_related("project").filter(
        project=project, state__in=AT_WORK, archived_at=None
    )
    audited = [sprint for sprint in sprints if AuditRun.objects.filter(sprint=sprint).exists()]
    if not skipped:
        return []
    return [begin_run(sprint, by=by, checks=skipped, scope=AFTER_CONSENT)[0] for sprint in audited]
