"""The founder's own tick for the deeper looks, and taking it back (decisions.md 20)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits.declining import DeclineRefusedError, decline, not_now
from audits.forms import ConsentForm
from audits.proofs import domain_of, proving_founder, tick, withdraw
from audits.targets import granted_level
from audits.verdicts import Consent as Level
from audits.views.consent import settle
from config.client_finding import client_url, find_client_sprint, first_name
from sprints.models import Consent, DomainProof, Sprint

# `Any` below: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.CONSENT_ACTIVE)
def client_consent(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    here = client_url("client-consent", sprint)
    if request.method == "POST" and request.POST.get("act") == "withdraw":
        withdraw(sprint.project, by=request.user)
        messages.success(request, "Taken back. From now on we read only public pages and records.")
        return redirect(here)
    form = ConsentForm(request.POST) if request.method == "POST" else ConsentForm()
    if form.is_bound and form.is_valid():
        before = granted_level(sprint.project)
        tick(sprint.project, by=request.user, address=request.META.get("REMOTE_ADDR") or None)
        settle(request, sprint.project, before)
        return redirect(here)
    context = consent_context(request, sprint) | {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "pages/client_consent.html", context, status=status)


@require_POST
@allowed(Action.CONSENT_ACTIVE)
def client_consent_refusal(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """ "Not now": the question leaves the first page of this sprint."""
    sprint = find_client_sprint(request, sprint_id)
    try:
        decline(sprint, by=request.user)
    except DeclineRefusedError as refusal:
        messages.info(request, str(refusal))
        return redirect(client_url("client-consent", sprint))
    messages.success(
        request,
        "Not now, then. We read only public pages and records, and we don’t ask again in this "
        "sprint. You can allow more at any time under “How deep we may look”.",
    )
    return redirect(client_url("client-sprint", sprint))


def consent_context(request: TenantRequest, sprint: Sprint) -> dict[str, Any]:
    """What is allowed now, by whom, and what is still missing."""
    project = sprint.project
    given = Consent.objects.of(request.practice).filter(
        project=project, withdrawn_at=None, level__gte=int(Level.L2)
    )
    proofs = DomainProof.objects.of(request.practice).filter(project=project)
    record = proofs.filter(method=DomainProof.Method.DNS_TXT).first()
    return {
        "sprint": sprint,
        "project": project.name,
        "lead": first_name(sprint.lead),
        "domain": domain_of(project),
        "consent": given.select_related("given_by").order_by("pk").first(),
        "is_granted": granted_level(project) >= Level.L2,
        "not_now": not_now(sprint),
        "is_proving": proving_founder(project) is not None,
        "proof": record,
        "may_consent": may(request.membership, Action.CONSENT_ACTIVE),
        "back_url": client_url("client-sprint", sprint),
        "here": client_url("client-consent", sprint),
    }
