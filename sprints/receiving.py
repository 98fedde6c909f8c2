"""How much of an upload is taken in: what is too large is never written anywhere."""

from typing import Any, Final

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

MOST_FILE_BYTES: Final = 10 * 1024 * 1024
# The rest of a form: its texts, its boundaries.
MOST_FORM_BYTES: Final = 1024 * 1024
TOO_LARGE: Final = "_upload_too_large"


class CappedUploadHandler(FileUploadHandler):
    """Lets go of a file as soon as it is known to be too large; the form's texts still arrive."""

    # `Any`: Django's own arguments; the length of the whole form is among them.
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        asked = self.request.META.get("CONTENT_LENGTH") if self.request else ""
        if int(asked or 0) > MOST_FILE_BYTES + MOST_FORM_BYTES:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > MOST_FILE_BYTES:
            self._refuse()
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - the next handler keeps it
        return None

    def _refuse(self) -> None:
        setattr(self.request, TOO_LARGE, True)
        raise SkipFile


def was_too_large(request: HttpRequest) -> bool:
    """Whether a file of the request was let go of; to be asked after `request.POST`."""
    return getattr(request, TOO_LARGE, False)
