"""What shows a risk, or that it is gone: as staff see it, and as the client's side does."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.access import TenantRequest
from sprints.evidence_rows import evidence_row, with_latest
from sprints.models import Evidence, EvidenceRevision, Risk
from sprints.models.evidence import EvidenceQuerySet

# What the client's side is told of: never what has become too old.
SHOWN_STATES = ("submitted", "accepted", "rejected")

# `Any` below: whatever a template reads.


def staff_proofs(request: TenantRequest, risk: Risk) -> list[dict[str, Any]]:
    """Everything handed in for the risk; two queries however much there is."""
    words = {"practice_slug": request.practice.slug, "sprint_id": risk.sprint_id}

    def file_url(revision: EvidenceRevision) -> str:
        named = {"evidence_id": revision.evidence_id, "number": revision.number}
        return reverse("sprints:evidence-file", kwargs=words | named)

    found: EvidenceQuerySet = Evidence.objects.of(request.practice)  # type: ignore[assignment]
    return _rows(request, found.filter(risk=risk), file_url)


def client_proofs(request: TenantRequest, found: EvidenceQuerySet) -> list[dict[str, Any]]:
    """Of `found` what the visitor may see; what was sent back only to whoever handed it in."""

    def file_url(revision: EvidenceRevision) -> str:
        words = {"evidence_id": revision.evidence_id, "number": revision.number}
        return reverse("client-evidence-file", kwargs={"sprint_id": sprint_id} | words)

    sprint_id = request.resolver_match.kwargs["sprint_id"] if request.resolver_match else 0
    shown = found.for_client().filter(
        practice=request.practice, client=request.client_org, state__in=SHOWN_STATES
    )
    rows = _rows(request, shown, file_url)
    return [row for row in rows if row["state"] != Evidence.State.REJECTED or row["is_mine"]]


def _rows(
    request: TenantRequest, found: EvidenceQuerySet, file_url: Callable[[EvidenceRevision], str]
) -> list[dict[str, Any]]:
    now, me = timezone.localtime(), request.user.pk
    return [
        evidence_row(one, file_url, now) | {"is_mine": one.created_by_id == me}
        for one in with_latest(found)
    ]
