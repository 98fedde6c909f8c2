"""Asking a founder for what only they can give, and taking the answer."""

from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from sprints.mailing import founders_of, to_founders
from sprints.models import Comment, KeyBox, Project, Request, Risk, Sprint
from sprints.models.activity import record
from sprints.nudging import nudge, nudged_lately
from sprints.withholding import why_withheld

State, Kind = Request.State, Request.Kind
NUDGE_AFTER: Final = timedelta(hours=24)
ANSWERS: Final = (State.DONE, State.NOT_FOUND, State.NOT_OURS)
YES: Final = ("yes", "y", "true")

# The project's fields that only the founder knows, as a question to them.
FACTS: Final = {
    "launch_on": "On which day do you want to launch?",
    "hosting": "Where does the app run?",
    "mail_vendor": "Which service holds your mailboxes?",
    "is_auto_renew_confirmed": "Does the domain renew by itself, with a card that works?",
    "has_ios_app": "Is there an iPhone app?",
}
YES_OR_NO: Final = ("is_auto_renew_confirmed", "has_ios_app")


class RequestRefusedError(ValueError):
    """It can't be done; the text is a sentence for the person."""


def send(sprint: Sprint, *, by: User) -> int:
    """Send every draft: one mail to each founder, however many there are."""
    drafts = Request.objects.of(sprint.practice_id).filter(sprint=sprint, state=State.DRAFT)
    held = list(drafts.select_for_update(of=("self",)).select_related("risk"))
    if not held:
        raise RequestRefusedError("There is nothing to send: all of it went out already.")
    now = timezone.now()
    drafts.filter(pk__in=[one.pk for one in held]).update(state=State.SENT, sent_at=now)
    for one in held:
        record(sprint, "request_sent", f"“{one.title}”", actor=by, data=_where(one))
    words = f"{len(held)} thing" + ("" if len(held) == 1 else "s")
    to_founders("requests", sprint, key=f"requests:{now.isoformat()}", count=words,
                url=_url(sprint))  # fmt: skip
    return len(held)


def ask(
    sprint: Sprint,
    title: str,
    *,
    by: User,
    kind: str = Kind.QUESTION,
    why: str = "",
    risk: Risk | None = None,
    field: str = "",
) -> Request:
    """Draft one question or one key; it goes out with the other drafts."""
    if risk is not None and (why := why_not_asked(risk)):
        raise RequestRefusedError(why)
    if field and field not in FACTS:
        raise RequestRefusedError(f"Nobody can answer into “{field}”.")
    return Request.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        kind=kind,
        title=title,
        why=why,
        risk=risk,
        field=field,
        position=100,
        created_by=by,
    )


def why_not_asked(risk: Risk) -> str:
    """Why the founder can't be asked about the risk; nothing where they can."""
    if not risk.is_internal and risk.plain_summary:
        return ""
    return (
        f"{risk.ref} is not shown to the client, so a question about it would show it. "
        "Share the risk first."
    )


def withdraw(request: Request, *, by: User) -> None:
    """It is no longer needed; what was never sent leaves no trace."""
    held = _held(request)
    if held.state == State.WITHDRAWN:
        raise RequestRefusedError("This was taken back already.")
    was_sent = held.state != State.DRAFT
    held.state = State.WITHDRAWN
    held.save(update_fields=["state"])
    # Its row leaves the page, so an unread key must not stay behind.
    boxes = KeyBox.objects.of(held.practice_id).filter(request=held, destroyed_at=None)
    boxes.update(sealed="", destroyed_at=timezone.now())
    if was_sent:
        record(held.sprint, "request_withdrawn", f"“{held.title}”", actor=by)


def answer(request: Request, state: str, text: str, *, by: User) -> Request:
    """The founder's answer; it lands where it was asked for. Raises RequestRefusedError."""
    held = _held(request)
    if held.state != State.SENT:
        raise RequestRefusedError(
            f"This was answered already: {held.get_state_display()}. Nothing was changed."
        )
    if state not in ANSWERS:
        raise RequestRefusedError("Choose one of the three answers.")
    if state == State.DONE and held.kind == Kind.QUESTION and not text.strip():
        raise RequestRefusedError("Your answer is still empty. One sentence will do.")
    if why := why_withheld(text, held.sprint):
        raise RequestRefusedError(why)
    if state == State.DONE and held.field:
        _fill_field(held, text.strip())
    held.state, held.answer = state, text.strip()
    held.answered_by, held.answered_at, held.noted_at = by, timezone.now(), None
    held.row_version += 1
    held.save()
    _say_at_the_risk(held, by)
    record(held.sprint, "request_answered", f"“{held.title}”", actor=by,
           data={"reason": held.get_state_display()} | _where(held))  # fmt: skip
    return held


def note(request: Request, *, by: User) -> None:  # noqa: ARG001 - the shape of every act
    """Staff have seen the answer."""
    Request.objects.of(request.practice_id).filter(pk=request.pk, noted_at=None).exclude(
        answered_at=None
    ).update(noted_at=timezone.now())


def ask_again(request: Request, *, by: User) -> None:
    """The answer did not help: the same request is open once more."""
    held = _held(request)
    if held.state not in ANSWERS:
        raise RequestRefusedError("It is open, so there is nothing to ask again.")
    held.state, held.sent_at = State.SENT, timezone.now()
    held.answered_at = held.noted_at = None
    held.save()
    record(held.sprint, "request_sent", f"“{held.title}” again", actor=by, data=_where(held))


def is_to_be_nudged() -> Q:
    """Asked a day ago or longer, and no reminder within a day."""
    since = timezone.now() - NUDGE_AFTER
    is_quiet = Q(nudged_at=None) | Q(nudged_at__lte=since)
    return Q(state=State.SENT, sent_at__lte=since) & is_quiet


@transaction.atomic
def nudge_by_itself(request_id: int) -> None:
    """The mail that goes after a day, to each founder; marks all of the sprint's requests.

    Safe to run twice: the second finds the mark.
    """
    found = Request.objects.filter(is_to_be_nudged(), pk=request_id)
    request = found.select_related("sprint__project", "sprint__lead").first()
    if request is None:
        return
    sprint = request.sprint
    held = Sprint.objects.select_for_update(of=("self",)).get(pk=sprint.pk)
    sent = Request.objects.of(sprint.practice_id).filter(sprint=sprint, state=State.SENT)
    if held.state == Sprint.State.ACTIVE and sent.filter(is_to_be_nudged(), pk=request_id).exists():
        # Who was reminded by hand within the day is left in peace.
        _nudge_whom_it_may(sprint, sent.count(), by=None)
    sent.update(nudged_at=timezone.now())


def remind(sprint: Sprint, *, by: User) -> list[User]:
    """The short mail by hand, to each founder who had none within a day; whom it went to.

    Raises RequestRefusedError where nothing is open, or nobody may be mailed now.
    """
    Sprint.objects.select_for_update(of=("self",)).get(pk=sprint.pk)
    count = Request.objects.of(sprint.practice_id).filter(sprint=sprint, state=State.SENT).count()
    if not count:
        raise RequestRefusedError("Everything is answered, so no mail was sent.")
    if not founders_of(sprint):
        raise RequestRefusedError("No founder has joined yet, so no mail was sent.")
    mailed = _nudge_whom_it_may(sprint, count, by=by)
    if not mailed:
        raise RequestRefusedError(
            "A reminder went within the last day, so no mail was sent. The next may go tomorrow."
        )
    return mailed


def _nudge_whom_it_may(sprint: Sprint, count: int, *, by: User | None) -> list[User]:
    words = f"{count} thing{'' if count == 1 else 's'} that only you can answer"
    lately = nudged_lately(sprint)
    mailed = [person for person in founders_of(sprint) if person.pk not in lately]
    for person in mailed:
        nudge(sprint, person, by=by, things=f"Open for you: {words}.")
    return mailed


def _held(request: Request) -> Request:
    rows = Request.objects.of(request.practice_id).select_for_update(of=("self",))
    return rows.select_related("sprint__project", "sprint__lead", "risk").get(pk=request.pk)


def _where(request: Request) -> dict[str, int]:
    """For the history of the risk that the question is about."""
    return {"about_risk": request.risk.number} if request.risk is not None else {}


def _fill_field(request: Request, text: str) -> None:
    """Put the answer into the field of the project that was asked about."""
    project = Project.objects.select_for_update().get(pk=request.sprint.project_id)
    setattr(project, request.field, fact(request.field, text))
    try:
        # Only what was asked for: another field's fault is not the founder's to repair.
        others = {one.name for one in Project._meta.fields} - {request.field}
        project.clean_fields(exclude=others)
    except ValidationError as error:
        raise RequestRefusedError(" ".join(error.messages)) from error
    project.row_version += 1
    project.save(update_fields=[request.field, "row_version"])


def _say_at_the_risk(request: Request, by: User) -> None:
    """The question with its answer, in the risk's talk; also that there is none. A key stands
    nowhere."""
    if request.risk is None or request.kind == Kind.KEY:
        return
    answered = [request.get_state_display().capitalize() + "."]
    if request.state == State.DONE and request.answer:
        answered = []
    said = "\n".join([request.title, *answered, *([request.answer] if request.answer else [])])
    Comment.objects.create(
        practice_id=request.practice_id,
        client_id=request.client_id,
        sprint=request.sprint,
        risk=request.risk,
        text=said,
        author=by,
        author_name=str(by),
    )


def fact(field: str, text: str) -> date | bool | str:
    """The typed answer as the field's value; raises RequestRefusedError."""
    if field == "launch_on":
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None:
            raise RequestRefusedError(f"“{text}” isn’t a day. Choose one in the calendar.")
        return day
    if field in YES_OR_NO:
        return text.lower() in YES
    return text[:120]


def _url(sprint: Sprint) -> str:
    return f"{settings.PUBLIC_URL}{reverse('client-requests', kwargs={'sprint_id': sprint.pk})}"
