"""What shows that something is so: handed in, looked at by somebody else, too old one day.

Source: engagement specification, section 2.2 (Evidence).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from sprints import storing
from sprints.leaks import find_leak
from sprints.models import Evidence, EvidenceRevision, ItemRun, Risk, Stage, StageItem
from sprints.models.activity import record
from sprints.models.comment import Audience
from sprints.sharing import is_shown
from sprints.sniffing import EXTENSIONS, UnknownContentError, sniff

Kind, State = Evidence.Kind, Evidence.State
IN_FORCE: Final = (State.SUBMITTED, State.ACCEPTED)
LINK: Final = re.compile(r"https?://\S+\Z")
TITLE_CHARS: Final = 80

SEND_BACK_REASONS: Final = (
    ("other", "It shows something else"),
    ("unreadable", "We can’t read it"),
    ("old", "It is older than the change"),
    ("partial", "A part is missing"),
)


class EvidenceRefusedError(Exception):
    """It can't be taken, or not any more; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person hands in: one of a file, a text and an audit's number."""

    title: str = ""
    text: str = ""
    filename: str = ""
    data: bytes = b""
    audit_number: int | None = None
    audience: str = Audience.CLIENT
    captured_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a revision will hold, checked and before anything is stored."""

    kind: str
    title: str
    text: str = ""
    filename: str = ""
    mime: str = ""
    data: bytes = b""
    sha256: str = ""


def hand_in(
    stage: Stage,
    item: StageItem | None,
    given: Given,
    *,
    by: User,
    is_client: bool = False,
    is_told: bool = True,
    risk: Risk | None = None,
) -> Evidence:
    """Keep what shows it. A client's waits to be looked at, staff's counts at once.

    `risk` is what it is about where it is no item; `stage` is then the risk's.
    """
    content = content_of(given, item)
    ours = {"practice_id": stage.practice_id, "client_id": stage.client_id}
    made = Evidence.objects.create(
        stage=stage,
        item=item,
        risk=risk,
        kind=content.kind,
        title=given.title.strip() or content.title,
        audience=Audience.CLIENT if is_client else given.audience,
        state=State.SUBMITTED if is_client else State.ACCEPTED,
        created_by=by,
        captured_on=given.captured_on,
        expires_on=given.expires_on,
        **ours,
    )
    _revise(made, content, number=1, by=by)
    if risk is None:
        _begin(stage)
    if is_told:
        _tell(made, "evidence_added", by)
    return made


def hand_in_again(evidence: Evidence, given: Given, *, by: User, is_client: bool = False) -> None:
    """A new revision; the one before stays as it was."""
    content = content_of(given, evidence.item)
    held = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    number = EvidenceRevision.objects.filter(evidence=held).count() + 1
    _revise(held, content, number=number, by=by)
    held.kind, held.state_reason = content.kind, ""
    held.state = State.SUBMITTED if is_client else State.ACCEPTED
    held.judged_by, held.judged_at, held.expires_on = None, None, given.expires_on
    held.row_version += 1
    held.save()
    _tell(held, "evidence_renewed", by)


def judge(evidence: Evidence, *, is_yes: bool, by: User, reason: str = "") -> None:
    """Say that it shows what it should, or send it back with a reason."""
    held = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if held.state != State.SUBMITTED:
        raise EvidenceRefusedError(
            f"“{held.title}” is {held.get_state_display()} already. Open the page again to see it."
        )
    latest = held.revisions.order_by("-number").first()
    if by.pk == held.created_by_id or (latest and latest.by_id == by.pk):
        raise EvidenceRefusedError(
            f"You handed in “{held.title}” yourself. Somebody else has to look at it."
        )
    if not is_yes and not reason:
        raise EvidenceRefusedError(
            "Nothing is said yet about why. Whoever handed it in wants to know what to change: "
            "choose a reason."
        )
    held.state = State.ACCEPTED if is_yes else State.REJECTED
    held.state_reason = reason[:280]
    held.judged_by, held.judged_at = by, timezone.now()
    held.row_version += 1
    held.save()
    verb = "evidence_accepted" if is_yes else "evidence_sent_back"
    _tell(held, verb, by, **({"reason": reason} if reason else {}))


def is_too_old() -> Q:
    """What its own date has overtaken."""
    return Q(state__in=IN_FORCE, expires_on__lt=timezone.localdate())


def expire(evidence_id: int) -> None:
    """Its day has passed; what only it showed is unknown again. Twice does no harm."""
    held = (
        Evidence.objects.select_for_update(of=("self",))
        .filter(is_too_old(), pk=evidence_id)
        .select_related("item", "stage__sprint")
        .first()
    )
    if held is None:
        return
    held.state, held.row_version = State.EXPIRED, held.row_version + 1
    held.save(update_fields=["state", "row_version"])
    _tell(held, "evidence_expired", None)
    item = held.item
    if item is None or item.hand_at is None or has_evidence(item):
        return
    item.hand_note, item.hand_by, item.hand_at = "", None, None
    item.save(update_fields=["hand_note", "hand_by", "hand_at"])
    record(held.stage.sprint, "item_unknown_again", str(item))


def drop_hand_note(item: StageItem) -> None:
    """What was kept only because it was said by hand no longer counts once that is taken back."""
    said = Evidence.objects.filter(item=item, kind=Kind.NOTE, state=State.ACCEPTED)
    own = said.filter(created_by=item.hand_by, revisions__text=item.hand_note)
    own.update(state=State.EXPIRED, state_reason="Taken back")


def has_evidence(item: StageItem) -> bool:
    """Whether something accepted, and not too old, shows it."""
    kept = Evidence.objects.filter(item=item, state=State.ACCEPTED)
    today = timezone.localdate()
    return kept.filter(Q(expires_on=None) | Q(expires_on__gte=today)).exists()


def content_of(given: Given, item: StageItem | None) -> Content:
    """What would be kept; raises EvidenceRefusedError before anything is stored."""
    if given.data or given.filename:
        return _file(given)
    if given.audit_number is not None:
        return _run(given.audit_number, item)
    text = given.text.strip()
    if not text:
        raise EvidenceRefusedError(
            "Nothing is here yet. Choose a file, paste a picture, or write a link or a sentence."
        )
    _refuse_secret(text, "Your text")
    digest = hashlib.sha256(text.encode()).hexdigest()
    is_link = bool(LINK.match(text))
    title = urlsplit(text).hostname or text if is_link else _first_words(text)
    return Content(Kind.LINK if is_link else Kind.NOTE, title[:TITLE_CHARS], text, sha256=digest)


def _first_words(text: str) -> str:
    """The first line, cut between two words."""
    line = text.splitlines()[0]
    words = shorten(line, TITLE_CHARS, placeholder="…")
    return line if words == "…" else words


def _file(given: Given) -> Content:
    try:
        mime = sniff(given.data, given.filename)
    except UnknownContentError as error:
        raise EvidenceRefusedError(str(error)) from error
    if mime.startswith("text/") or mime == "application/json":
        _refuse_secret(given.data.decode("utf-8-sig"), given.filename)
    kind = Kind.SCREENSHOT if mime.startswith("image/") else Kind.FILE
    stem = given.filename.rpartition(".")[0] or given.filename
    clean = re.sub(r"[^\w .-]+", " ", stem).strip(" .")[:TITLE_CHARS] or "file"
    digest = hashlib.sha256(given.data).hexdigest()
    name = f"{clean}.{EXTENSIONS[mime]}"
    return Content(kind, clean, "", name, mime, given.data, digest)


def _run(audit_number: int, item: StageItem | None) -> Content:
    run = ItemRun.objects.filter(item=item, audit_number=audit_number).first() if item else None
    if run is None:
        raise EvidenceRefusedError(
            f"Audit {audit_number} has not looked at this. Choose one that did, or look again."
        )
    text = json.dumps({"verdict": run.verdict, **run.result}, sort_keys=True)[:4000]
    return Content(Kind.RUN, f"Audit {audit_number}", text, sha256=run.sha256)


def _refuse_secret(text: str, where: str) -> None:
    leak = find_leak(text)
    if leak is not None:
        raise EvidenceRefusedError(
            f"{where} holds {leak.label} on line {leak.line}: {leak.masked}. "
            "Everybody on this sprint could read it, so nothing was kept. Take it out and hand "
            "it in again; if others have seen it, change the key."
        )


def _revise(evidence: Evidence, content: Content, *, number: int, by: User) -> None:
    ours = {"practice_id": evidence.practice_id, "client_id": evidence.client_id}
    key = storing.keep(content.data, **ours) if content.data else ""
    EvidenceRevision.objects.create(
        evidence=evidence,
        number=number,
        storage_key=key,
        filename=content.filename[:120],
        text=content.text,
        mime=content.mime,
        size_bytes=len(content.data),
        sha256=content.sha256,
        by=by,
        **ours,
    )


def _begin(stage: Stage) -> None:
    """What is handed in begins a stage that had not begun."""
    idle = Stage.objects.filter(pk=stage.pk, state=Stage.State.NOT_STARTED)
    idle.update(state=Stage.State.IN_PROGRESS)


def _tell(evidence: Evidence, verb: str, by: User | None, **data: str) -> None:
    is_internal, risk = evidence.audience == Audience.INTERNAL, evidence.risk
    if risk is not None:
        is_internal = is_internal or not is_shown(risk)
        data |= {"risk": risk.ref}
    sprint = evidence.stage.sprint
    record(sprint, verb, f"“{evidence.title}”", actor=by, data=data, is_internal=is_internal)
