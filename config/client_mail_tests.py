"""A founder makes the app send its mails, and sees whether they come and what is wrong."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits.mail_models import MailTest
from audits.mail_shown import cards, is_on
from audits.mail_tests import press
from audits.views.mail_tests import begin, card_context, find_test, is_acting
from config.client_finding import client_url, find_client_sprint, first_name


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.RUN_CHECK)
def client_mail_tests(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    here = client_url("client-mail-tests", sprint)
    if request.method == "POST":
        begin(request, sprint)
        return redirect(here)
    shown = {
        "sprint": sprint,
        "project": sprint.project.name,
        "lead": first_name(sprint.lead),
        "back_url": client_url("client-sprint", sprint),
        "here": here,
        "is_on": is_on(),
        "cards": cards(sprint, url_of, may_act=is_acting(request), with_details=False),
    }
    return render(request, "pages/client_mail_tests.html", shown)


@require_POST
@allowed(Action.RUN_CHECK)
def client_mail_test_press(request: TenantRequest, sprint_id: int, test_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    press(find_test(sprint, test_id))
    if request.htmx:
        return fragment(request, find_test(sprint, test_id))
    return redirect(client_url("client-mail-tests", sprint))


@require_safe
@allowed(Action.SEE)
def client_mail_test_progress(request: TenantRequest, sprint_id: int, test_id: int) -> HttpResponse:
    return fragment(request, find_test(find_client_sprint(request, sprint_id), test_id))


def fragment(request: TenantRequest, test: MailTest) -> HttpResponse:
    here = client_url("client-mail-tests", test.sprint_id)
    context = card_context(test, url_of, request, here=here, is_staff=False)
    return render(request, "audits/mail_card.html#card", context)


def url_of(name: str, test: MailTest) -> str:
    return client_url(f"client-mail-test-{name}", test.sprint_id, test_id=test.pk)
