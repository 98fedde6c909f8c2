"""The exact change beside the finding that it mends: kept with a run, read for a risk."""

from collections.abc import Mapping
from typing import Final

from audits.changes.sets import ChangeSet, as_data, from_data
from audits.models import AuditRun, Finding
from audits.verdicts import Verdict
from sprints.models import Risk

TROUBLES: Final = (Verdict.FAIL, Verdict.WARN)


def keep_changes(run: AuditRun, changes: Mapping[str, ChangeSet]) -> None:
    """Store each change beside its finding, inside the caller's transaction."""
    found = list(Finding.objects.filter(run=run, fingerprint__in=list(changes)))
    for finding in found:
        finding.change = as_data(changes[finding.fingerprint])
    Finding.objects.bulk_update(found, ["change"])


def change_of(risk: Risk) -> ChangeSet | None:
    """The change for an unsettled risk, as the last audit that saw its trouble computed it."""
    if not risk.fingerprint or not risk.is_unsettled:
        return None
    seen = Finding.objects.of(risk.practice_id).filter(
        run__sprint=risk.sprint_id, fingerprint=risk.fingerprint, verdict__in=TROUBLES
    )
    found = seen.order_by("-run__number").values_list("change", flat=True).first()
    return from_data(found) if found else None
