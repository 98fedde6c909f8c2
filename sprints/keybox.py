"""A key on its way from a founder to one consultant: sealed, read once, then gone.

It stands in no history, export, mail, log or error report: only that one was put, read or
destroyed.
"""

from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.keyring import Keyring, SealBrokenError, Spot
from accounts.models import User
from sprints.models import KeyBox, Request
from sprints.models.activity import record
from sprints.models.request import BOX_LIFETIME
from sprints.requesting import RequestRefusedError

MOST_KEY_CHARS: Final = 4000


@sensitive_variables()
def put(request: Request, secret: str, *, by: User) -> KeyBox:
    """Seal the key for the consultant who asked; an unread one before it is destroyed."""
    kept = secret.strip()
    if not kept:
        raise RequestRefusedError("The box is empty. Paste the key, then press again.")
    if len(kept) > MOST_KEY_CHARS:
        raise RequestRefusedError(
            f"This has {len(kept)} characters; a box holds {MOST_KEY_CHARS}. "
            "Send a file’s key in parts, or ask for another way."
        )
    reader = request.created_by or request.sprint.lead
    if reader is None:
        raise RequestRefusedError("Nobody is named who may read it. Ask your consultant.")
    for older in KeyBox.objects.filter(request=request, destroyed_at=None):
        _destroy(older)
    box = KeyBox(
        practice_id=request.practice_id,
        client_id=request.client_id,
        request=request,
        reader=reader,
        put_by=by,
        expires_at=timezone.now() + BOX_LIFETIME,
    )
    box.sealed = Keyring.from_settings().seal(kept, _spot(box))
    box.save()
    return box


@sensitive_variables()
def read_once(box: KeyBox, *, by: User) -> str:
    """The key, once, for the one who may read it; afterwards the row holds nothing."""
    if box.reader_id != by.pk:
        raise RequestRefusedError(f"Only {box.reader} may open this box.")
    held = KeyBox.objects.select_for_update(of=("self",)).get(pk=box.pk)
    if held.destroyed_at is not None or not held.sealed:
        raise RequestRefusedError(
            "This box is empty: its key was read already, or its 48 hours are over. "
            "Ask for the key again if you still need it."
        )
    if held.expires_at <= timezone.now():
        raise RequestRefusedError("The 48 hours of this box are over. Ask for the key again.")
    try:
        secret = Keyring.from_settings().open(held.sealed, _spot(held))
    except SealBrokenError as error:
        raise RequestRefusedError(
            "The seal of this box doesn’t open, so its key can’t be read. Ask for it again."
        ) from error
    held.read_at = timezone.now()
    _destroy(held)
    record(box.request.sprint, "key_read", f"“{box.request.title}”", actor=by)
    return secret


def is_past() -> Q:
    """Boxes whose 48 hours are over and that still hold something."""
    return Q(destroyed_at=None, expires_at__lte=timezone.now())


def expire(box_id: int) -> None:
    """Destroy an unread key. Safe to run twice."""
    held = KeyBox.objects.select_for_update(of=("self",)).filter(is_past(), pk=box_id).first()
    if held is None:
        return
    _destroy(held)
    request = Request.objects.select_related("sprint").get(pk=held.request_id)
    record(request.sprint, "key_destroyed", f"“{request.title}”")


def _destroy(box: KeyBox) -> None:
    box.sealed, box.destroyed_at = "", timezone.now()
    box.save(update_fields=["sealed", "destroyed_at", "read_at"])


def _spot(box: KeyBox) -> Spot:
    return Spot("sprints_keybox", "sealed", box.practice_id, box.spot)
