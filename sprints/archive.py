"""A whole sprint as one archive: JSON that anybody can read, and the files of its evidence.

What a founder takes home holds what a founder may see; no archive holds a key, a token or
anything sealed.
"""

import json
import logging
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from sprints.models import (
    Acceptance,
    ActivityEvent,
    Audience,
    Comment,
    Decision,
    DecisionCondition,
    Evidence,
    EvidenceRevision,
    Request,
    Risk,
    Sprint,
    Stage,
    StageItem,
    StageSubmission,
)
from sprints.prompt import masked
from sprints.sharing import events_for_client
from sprints.storing import read

log = logging.getLogger(__name__)

FORMAT = "launch-ready-sprint/1"
MEMORY_BYTES = 5_000_000
# Of an event a founder reads its sentence; the rest names risks that are staff's.
TOLD = {"reason", "until", "due", "answer"}
# What tells more of the machine than of the sprint, or belongs to nobody outside.
LEFT_OUT = {"practice", "client", "row_version", "storage_key", "fingerprint"}
# Of a risk a founder sees three words, never what they are made from.
STAFF_ALONE = {
    *("consequence", "likelihood", "recovery", "score", "check_id", "is_internal"),
    *("score_at", "band_at", "snapshot", "inputs", "evidence", "is_weight_ours", "is_title_ours"),
    *("strength", "effort", "check_source", "key"),
    *("override_verdict", "override_reason", "override_by", "override_at"),
}

# A draft, and what was taken back before it went out.
NEVER_ASKED = Q(state=Request.State.DRAFT) | Q(state=Request.State.WITHDRAWN)

# `Any` below: JSON.
type Row = dict[str, Any]


def write_archive(sprint: Sprint, *, for_client: bool) -> IO[bytes]:
    """The sprint's archive as an open file at its beginning; the caller closes it.

    A stored file that can't be read stops nothing: `manifest.json` says which are missing.
    """
    made = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in parts(sprint, for_client=for_client):
            text = json.dumps(rows, indent=2, ensure_ascii=False, default=_plain)
            archive.writestr(f"{name}.json", text)
        missing = _write_files(archive, sprint, for_client=for_client)
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now(),
            "files": [{"name": one.filename, "bytes": one.file_size} for one in archive.filelist],
            "missing": missing,
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=2, default=_plain))
    made.seek(0)
    return made


def _write_files(archive: zipfile.ZipFile, sprint: Sprint, *, for_client: bool) -> list[Row]:
    """Put the files of the evidence in; those that the storage can't give, for the manifest."""
    missing: list[Row] = []
    for revision in _revisions(sprint, for_client=for_client).exclude(storage_key=""):
        name = f"evidence/{revision.evidence_id}-{revision.number}-{revision.filename}"
        try:
            stored = read(revision.storage_key, practice_id=sprint.practice_id)
        except OSError as error:
            log.warning("revision %s can't be read: %s", revision.pk, type(error).__name__)
            missing.append(
                {
                    "name": name,
                    "bytes": revision.size_bytes,
                    "sha256": revision.sha256,
                    "why": "The storage could not give this file when the archive was made. "
                    "What it was about stands in evidence.json and revisions.json.",
                }
            )
        else:
            archive.writestr(name, stored)
    return missing


def parts(sprint: Sprint, *, for_client: bool) -> Iterator[tuple[str, list[Row]]]:
    """(name, rows) of each file of the archive."""
    hidden = STAFF_ALONE if for_client else set()
    project = sprint.project
    yield "sprint", [_row(sprint, hidden) | {"project": _row(project, hidden)}]
    for name, rows in _tables(sprint, for_client=for_client).items():
        yield name, [_shown(row, hidden) if for_client else _row(row, hidden) for row in rows]


def _tables(sprint: Sprint, *, for_client: bool) -> dict[str, Iterable[Model]]:
    risks = Risk.objects.filter(sprint=sprint)
    comments = Comment.objects.filter(sprint=sprint)
    events = ActivityEvent.objects.filter(sprint=sprint).order_by("seq")
    requests = Request.objects.filter(sprint=sprint)
    evidence = Evidence.objects.filter(stage__sprint=sprint)
    decisions = Decision.objects.filter(sprint=sprint)
    acceptances = Acceptance.objects.filter(risk__sprint=sprint)
    if for_client:
        risks = risks.filter(is_internal=False).exclude(plain_summary="")
        about = comments.filter(audience=Audience.CLIENT)
        unseen = Q(risk__is_internal=True) | Q(risk__plain_summary="")
        comments = about.exclude(unseen).exclude(request__in=requests.filter(NEVER_ASKED))
        events = events_for_client(sprint).order_by("seq")
        requests = requests.exclude(NEVER_ASKED | unseen)
        decisions = decisions.exclude(state=Decision.State.WITHDRAWN)
        acceptances = acceptances.exclude(state=Acceptance.State.WITHDRAWN)
        evidence = Evidence.objects.for_client().filter(stage__sprint=sprint)
    return {
        "stages": Stage.objects.filter(sprint=sprint),
        "items": StageItem.objects.filter(stage__sprint=sprint),
        "submissions": StageSubmission.objects.filter(stage__sprint=sprint),
        "risks": risks.order_by("number"),
        "acceptances": acceptances.filter(risk__in=risks).order_by("pk"),
        "comments": comments.order_by("pk"),
        "requests": requests.order_by("pk"),
        "decisions": decisions.order_by("number"),
        "conditions": DecisionCondition.objects.filter(decision__in=decisions).order_by("pk"),
        "evidence": evidence.order_by("pk"),
        "revisions": _revisions(sprint, for_client=for_client),
        "history": events,
    }


def _revisions(sprint: Sprint, *, for_client: bool) -> QuerySet[EvidenceRevision]:
    rows = EvidenceRevision.objects.filter(evidence__stage__sprint=sprint)
    if for_client:
        rows = rows.filter(evidence__in=Evidence.objects.for_client())
    return rows.select_related("evidence").order_by("evidence", "number")


def _row(row: Model, hidden: set[str]) -> Row:
    """The row's own columns; another row stands by its number."""
    names = [field.name for field in row._meta.concrete_fields]
    is_risk = isinstance(row, Risk)
    kept = [
        name
        for name in names
        if name not in LEFT_OUT and (name not in hidden or (name == "evidence" and not is_risk))
    ]
    return {name: getattr(row, row._meta.get_field(name).attname) for name in kept}  # type: ignore[union-attr]


def _shown(row: Model, hidden: set[str]) -> Row:
    """The row as a founder may read it, where a column holds more than its page shows."""
    kept = _row(row, hidden)
    if isinstance(row, Risk):
        kept["observed"] = masked(row.observed)
    elif isinstance(row, ActivityEvent):
        kept["data"] = {name: value for name, value in row.data.items() if name in TOLD}
    elif isinstance(row, EvidenceRevision) and row.evidence.kind == Evidence.Kind.RUN:
        kept["text"] = ""
    return kept


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
