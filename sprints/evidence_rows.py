"""Evidence as a page shows it: what it is, how it stands, where it opens."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Prefetch

from sprints.models import Evidence, EvidenceRevision
from sprints.models.evidence import EvidenceQuerySet
from sprints.moments import ago, calendar_day

KIND_WORDS = {
    "file": "File",
    "screenshot": "Picture",
    "link": "Link",
    "note": "Note",
    "run": "Audit",
}
STATE_WORDS = {
    "submitted": "Waits to be looked at",
    "accepted": "Accepted",
    "rejected": "Sent back",
    "expired": "No longer counts",
}
TONES = {"submitted": "unknown", "accepted": "pass", "rejected": "warn", "expired": "na"}


def with_latest(evidence: EvidenceQuerySet) -> EvidenceQuerySet:
    """Each with its revisions and who handed it in; three queries however many there are."""
    revisions = EvidenceRevision.objects.select_related("by").order_by("-number")
    found = evidence.select_related("created_by", "judged_by")
    return found.prefetch_related(Prefetch("revisions", revisions, to_attr="newest_first"))


def evidence_row(
    one: Evidence, file_url: Callable[[EvidenceRevision], str], now: datetime
) -> dict[str, object]:
    """`one` came through `with_latest`; `url` is where its contents open."""
    revisions: list[EvidenceRevision] = one.newest_first  # type: ignore[attr-defined]
    latest = revisions[0] if revisions else None
    row = {
        "pk": one.pk,
        "title": one.title,
        "kind": KIND_WORDS[one.kind],
        "state": one.state,
        "state_word": STATE_WORDS[one.state],
        "tone": TONES[one.state],
        "reason": one.state_reason,
        "by": one.created_by.name.split()[0] if one.created_by.name.strip() else "Your consultant",
        "by_id": one.created_by_id,
        "when": ago(one.created_at, now),
        "until": calendar_day(one.expires_on, now.date()) if one.expires_on else "",
        "is_internal": one.audience == "internal",
        "revision_count": len(revisions),
    }
    if latest is None:
        return row
    is_file = bool(latest.storage_key)
    return row | {
        "url": file_url(latest) if is_file else latest.text if one.kind == "link" else "",
        "is_link": one.kind == "link",
        "is_picture": is_file and latest.mime.startswith("image/"),
        "text": latest.text if one.kind == "note" else "",
        "size": size_words(latest.size_bytes) if is_file else "",
    }


def size_words(size_bytes: int) -> str:
    """`420 kB`, `3.1 MB`."""
    kilobytes = max(1, round(size_bytes / 1000))
    return f"{kilobytes} kB" if kilobytes < 1000 else f"{size_bytes / 1_000_000:.1f} MB"  # noqa: PLR2004


def by_item(
    rows: Iterable[tuple[int | None, dict[str, object]]],
) -> dict[int, list[dict[str, object]]]:
    """The rows under the item that they show; 0 holds what shows the whole stage."""
    found: dict[int, list[dict[str, object]]] = {}
    for item_id, row in rows:
        found.setdefault(item_id or 0, []).append(row)
    return found
