"""Trying the app's own mails, as staff see it: with the facts and the headers."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits.mail_models import MailTest
from audits.mail_shown import UrlOf, card, cards, is_on
from audits.mail_tests import TooManyTestsError, press, start
from audits.observations.mail_arrival import MailKind
from sprints.models import Sprint
from sprints.views.finding import find_sprint

# `Any` below: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.RUN_CHECK)
def mail_tests(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    here = reverse("audits:mail-tests", args=[request.practice.slug, sprint.pk])
    if request.method == "POST":
        begin(request, sprint)
        return redirect(here)
    shown = {"sprint": sprint, "here": here, "is_on": is_on(), "is_staff": True}
    shown["cards"] = cards(sprint, url_of(request), may_act=is_acting(request), with_details=True)
    return render(request, "audits/mail_tests.html", shown)


@require_POST
@allowed(Action.RUN_CHECK)
def mail_test_press(request: TenantRequest, sprint_id: int, test_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    test = find_test(sprint, test_id)
    press(test)
    if request.htmx:
        return fragment(request, find_test(sprint, test_id))
    return redirect("audits:mail-tests", request.practice.slug, sprint.pk)


@require_safe
@allowed(Action.SEE)
def mail_test_progress(request: TenantRequest, sprint_id: int, test_id: int) -> HttpResponse:
    return fragment(request, find_test(find_sprint(request, sprint_id), test_id))


def fragment(request: TenantRequest, test: MailTest) -> HttpResponse:
    here = reverse("audits:mail-tests", args=[request.practice.slug, test.sprint_id])
    context = card_context(test, url_of(request), request, here=here, is_staff=True)
    return render(request, "audits/mail_card.html#card", context)


def card_context(
    test: MailTest, urls: UrlOf, request: TenantRequest, *, here: str, is_staff: bool
) -> dict[str, Any]:
    """What one card reads."""
    kind = MailKind(test.kind)
    made = card(kind, test, urls, may_act=is_acting(request), with_details=is_staff)
    return {"card": made, "here": here, "is_staff": is_staff}


def begin(request: TenantRequest, sprint: Sprint) -> None:
    """Give out an address for the kind that was asked for."""
    kind = request.POST.get("kind", "")
    if kind not in set(MailKind):
        raise Http404("There is no such mail to try.")
    if not is_on():
        messages.warning(request, "No mail comes in here yet, so no address was made.")
        return
    try:
        start(sprint, MailKind(kind), by=request.user)
    except TooManyTestsError as error:
        messages.warning(request, str(error))


def find_test(sprint: Sprint, test_id: int) -> MailTest:
    tests = MailTest.objects.of(sprint.practice_id).filter(sprint=sprint)
    return get_object_or_404(tests.prefetch_related("arrivals"), pk=test_id)


def is_acting(request: TenantRequest) -> bool:
    return may(request.membership, Action.RUN_CHECK)


def url_of(request: TenantRequest) -> UrlOf:
    def made(name: str, test: MailTest) -> str:
        return reverse(
            f"audits:mail-test-{name}", args=[request.practice.slug, test.sprint_id, test.pk]
        )

    return made
