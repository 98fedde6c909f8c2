"""Where the files of evidence lie: outside the web's reach, under names nobody can guess.

The backend is Django's storage `evidence`: a folder by default, any other by the settings
EVIDENCE_STORAGE and EVIDENCE_STORAGE_OPTIONS.
"""

from secrets import token_urlsafe

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

KEY_BYTES = 24


def backend() -> Storage:
    return storages["evidence"]


def keep(data: bytes, *, practice_id: int, client_id: int) -> str:
    """Store `data` below the practice's and the client's folder; returns its key."""
    name = f"{practice_id}/{client_id}/{token_urlsafe(KEY_BYTES)}"
    return str(backend().save(name, ContentFile(data)))


def read(key: str, *, practice_id: int) -> bytes:
    """The stored bytes; a key of another practice is as good as none."""
    if not key.startswith(f"{practice_id}/"):
        raise FileNotFoundError(key)
    with backend().open(key) as stored:
        return bytes(stored.read())


def forget(keys: list[str]) -> None:
    """Delete the files, after their rows are gone; one that is missing already is no fault."""
    for key in keys:
        backend().delete(key)


def forget_practice(practice_id: int, **_given: object) -> None:
    """Delete every file of a practice that is gone for good, folder by folder."""
    try:
        folders, _ = backend().listdir(str(practice_id))
    except FileNotFoundError:
        return
    for folder in folders:
        _, names = backend().listdir(f"{practice_id}/{folder}")
        forget([f"{practice_id}/{folder}/{name}" for name in names])
