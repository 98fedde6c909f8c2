"""/dev/mail/: what would have been mailed. On a developer's machine only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.demo import is_open
from accounts.mailbox import mails


def on_own_machine(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 wherever a stranger could look, or where mail really leaves."""

    @wraps(view)
    # `Any`: whatever the view takes.
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open() or settings.EMAIL_URL:
            raise Http404
        return view(request, *args, **kwargs)

    return answer


@login_not_required
@never_cache
@require_safe
@on_own_machine
def mail_list(request: HttpRequest) -> HttpResponse:
    return render(request, "dev/mail_list.html", {"mails": mails(settings.MAIL_FOLDER)})


@login_not_required
@never_cache
@require_safe
@on_own_machine
def mail_detail(request: HttpRequest, key: str) -> HttpResponse:
    found = next((mail for mail in mails(settings.MAIL_FOLDER) if mail.key == key), None)
    if found is None:
        raise Http404
    return render(request, "dev/mail.html", {"mail": found})
