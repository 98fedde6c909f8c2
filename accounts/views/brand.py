"""A practice's colour and logo, open to everybody and kept for good: their names never change."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.brand import PICTURES, BrandFile, accent_css

FOR_GOOD = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def brand_css(_request: HttpRequest, colour: str) -> HttpResponse:
    return kept(accent_css(f"#{colour}").encode(), "text/css")


@login_not_required
@require_safe
def brand_logo(_request: HttpRequest, name: str) -> HttpResponse:
    kind = name.rpartition(".")[2]
    if kind not in PICTURES:
        raise Http404
    found = get_object_or_404(BrandFile, pk=name)
    return kept(bytes(found.content), PICTURES[kind][1])


def kept(content: bytes, mime: str) -> HttpResponse:
    response = HttpResponse(content, content_type=mime)
    response["Cache-Control"] = FOR_GOOD
    response["X-Content-Type-Options"] = "nosniff"
    return response
