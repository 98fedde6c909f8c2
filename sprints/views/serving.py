"""Sending a stored file: as a download that no browser runs, keeps or guesses about."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from sprints import storing
from sprints.models import EvidenceRevision


def file_response(revision: EvidenceRevision) -> HttpResponse:
    """The revision's file; whoever calls has found that the visitor may see it."""
    if not revision.storage_key:
        raise Http404
    try:
        data = storing.read(revision.storage_key, practice_id=revision.practice_id)
    except FileNotFoundError as error:
        raise Http404 from error
    response = HttpResponse(data, content_type=revision.mime or "application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=revision.filename)
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
