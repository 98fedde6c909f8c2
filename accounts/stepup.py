"""Stepping up: before a grave act the person shows once more who they are.

A passkey, or a code mailed for this one act, not older than fifteen minutes, asked on the POST
of the act. The POST is kept and resumed afterwards:

    @stepup.required("change your address")
    def address_change(request): …

A view that finds a tenant's row finds it first, so that a stranger's id is a 404, and then:

    step = stepup.demand(request, f"confirm the launch of {sprint}")
    if step is not None:
        return step

allauth's own step-up lets a person without a password through at any time (decisions.md 17).
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import SAFE_METHODS

LIFETIME: Final = timedelta(minutes=15)
MAX_KEPT_CHARS: Final = 64 * 1024
PROVEN, KEPT, SIGNED_IN = "stepup:proven", "stepup:kept", "started_at"
ANY_ACT: Final = "*"

type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponse]


def required[R: HttpRequest, **P](
    act: str, *, is_sign_in_enough: bool = False
) -> Callable[[View[R, P]], View[R, P]]:
    """Let a writing request through only after a fresh proof; `act` says what for, in words.

    `is_sign_in_enough` takes having signed in within the fifteen minutes for a proof.
    """

    def decorate(view: View[R, P]) -> View[R, P]:
        @wraps(view)
        def answer(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            step = demand(request, act, is_sign_in_enough=is_sign_in_enough)
            return view(request, *args, **kwargs) if step is None else step

        return answer

    return decorate


def demand(
    request: HttpRequest, act: str, *, is_sign_in_enough: bool = False
) -> HttpResponse | None:
    """None where a fresh proof stands or nothing is written; else the way to give one."""
    if request.method in SAFE_METHODS or is_proven(request, is_sign_in_enough=is_sign_in_enough):
        return None
    keep(request, act)
    return redirect("stepup")


def is_proven(request: HttpRequest, *, is_sign_in_enough: bool = False) -> bool:
    """Whether a proof for this very act stands; one by a code is used up by it."""
    if is_sign_in_enough and _is_fresh(request.session.get(SIGNED_IN)):
        return True
    proof = request.session.get(PROVEN)
    if not proof or not _is_fresh(proof["at"]):
        return False
    if proof["act"] == ANY_ACT:
        return True
    if proof["act"] != request.path:
        return False
    del request.session[PROVEN]
    return True


def _is_fresh(at: float | None) -> bool:
    return at is not None and time.time() - at <= LIFETIME.total_seconds()


def keep(request: HttpRequest, act: str) -> None:
    """Put the POST aside until the person has shown who they are."""
    fields = [(name, text) for name, texts in request.POST.lists() for text in texts
              if name != "csrfmiddlewaretoken"]  # fmt: skip
    is_keepable = sum(len(name) + len(str(text)) for name, text in fields) <= MAX_KEPT_CHARS
    request.session[KEPT] = {
        "act": act,
        "path": request.path,
        "fields": fields if is_keepable else None,
        "from": _came_from(request),
    }


def kept(request: HttpRequest) -> dict[str, Any] | None:  # Any: JSON, as `keep` wrote it
    """What waits for a proof, or None."""
    found: dict[str, Any] | None = request.session.get(KEPT)
    return found


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def prove(request: HttpRequest, *, by_passkey: bool) -> None:
    """Note the proof: a passkey's holds for every act of the next minutes, a code's for one."""
    waiting = kept(request)
    path = waiting["path"] if waiting else ""
    request.session[PROVEN] = {"act": ANY_ACT if by_passkey else path, "at": time.time()}


def _came_from(request: HttpRequest) -> str:
    """The page to return to when the person changes their mind: a path of this host, or ours."""
    referrer = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    # `http://us//elsewhere` is a page of ours, `//elsewhere` is not; browsers drop bare tabs.
    way = iri_to_uri(f"/{referrer.removeprefix(own)}")
    is_ours = url_has_allowed_host_and_scheme(way, allowed_hosts=None)
    return way if is_ours and referrer.startswith(own) else "/"
