"""Consent for deeper looks: the tick, and the proof of control."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed, set_crumbs
from accounts.roles import Action
from accounts.tenancy.tasks import ring
from audits.begin import begin_what_waited
from audits.catalogue import CATALOGUE
from audits.declining import ask_url, not_now_of
from audits.forms import ConsentForm
from audits.proofs import domain_of, prove_by_login, proving_founder, tick, withdraw
from audits.targets import granted_level
from audits.tasks import check_proof
from audits.verdicts import Consent as Level
from audits.views.finding import find_project
from sprints.models import Consent, DomainProof, Project, Sprint
from sprints.progressing import AT_WORK

ORDER: Final = ("login", "dns_txt", "file")

# `Any` throughout: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.CONSENT_ACTIVE)
def consent(request: TenantRequest, project_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    form = ConsentForm(request.POST) if request.method == "POST" else ConsentForm()
    if form.is_bound and form.is_valid():
        before = granted_level(project)
        tick(project, by=request.user, address=request.META.get("REMOTE_ADDR") or None)
        settle(request, project, before)
        return redirect(reverse("audits:consent", kwargs=words_of(request, project)))
    status = 422 if form.is_bound else 200
    context = consent_context(request, project) | {"form": form}
    return render(request, "audits/consent.html", context, status=status)


@require_POST
@allowed(Action.CONSENT_ACTIVE)
def consent_withdrawal(request: TenantRequest, project_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    withdraw(project, by=request.user)
    messages.success(request, "Taken back. From now on only public pages and records are read.")
    return redirect(reverse("audits:consent", kwargs=words_of(request, project)))


@require_POST
@allowed(Action.CONSENT_ACTIVE)
def proof_check(request: TenantRequest, project_id: int, proof_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    proof = find_proof(request, project, proof_id)
    if proof.method == DomainProof.Method.LOGIN:
        settle(request, project, granted_level(project))
    elif not proof.is_waiting:
        proof.asked_at = timezone.now()
        proof.save(update_fields=["asked_at"])
        ring(check_proof, proof.pk)
    if request.htmx:
        return render(request, "audits/proof.html#proof", proof_context(request, proof))
    return redirect(reverse("audits:consent", kwargs=words_of(request, project)))


@require_safe
@allowed(Action.SEE)
def proof_progress(request: TenantRequest, project_id: int, proof_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    proof = find_proof(request, project, proof_id)
    answer = render(request, "audits/proof.html#proof", proof_context(request, proof))
    if proof.is_in_force and not proof.is_waiting:
        # The whole page says something else now: what is allowed, and which run has begun.
        answer["HX-Redirect"] = reverse("audits:consent", kwargs=words_of(request, project))
    return answer


def settle(request: TenantRequest, project: Project, before: Level) -> None:
    """Prove by login address where that holds, and run what waited where the level rose."""
    prove_by_login(project)
    if before < Level.L2 <= granted_level(project):
        begin_what_waited(project, by=request.user)


def find_proof(request: TenantRequest, project: Project, proof_id: int) -> DomainProof:
    proofs = DomainProof.objects.of(request.practice).filter(project=project)
    return get_object_or_404(proofs, pk=proof_id)


def words_of(request: TenantRequest, project: Project, **more: int) -> dict[str, Any]:
    return {"practice_slug": request.practice.slug, "project_id": project.pk, **more}


def consent_context(request: TenantRequest, project: Project) -> dict[str, Any]:
    """What is allowed now, by whom, and what is still missing."""
    given = Consent.objects.of(request.practice).filter(
        project=project, withdrawn_at=None, level__gte=int(Level.L2)
    )
    proofs = DomainProof.objects.of(request.practice).filter(project=project)
    ordered = sorted(proofs, key=lambda proof: ORDER.index(proof.method))
    in_force = next((proof for proof in ordered if proof.is_in_force), None)
    founder = proving_founder(project)
    slug = request.practice.slug
    sprints = Sprint.objects.of(request.practice).filter(project=project, state__in=AT_WORK)
    at_work = sprints.order_by("-number").first()
    set_crumbs(
        request,
        (project.client.name, reverse("sprints:client-detail", args=[slug, project.client_id])),
        (project.name, reverse("sprints:project-detail", args=[slug, project.pk])),
        ("Deeper looks", ""),
    )
    return {
        "project": project,
        "domain": domain_of(project),
        "consent": given.select_related("given_by").order_by("pk").first(),
        "in_force": in_force,
        "not_now": not_now_of(project),
        "ask_url": ask_url(at_work, slug) if at_work else "",
        "is_granted": granted_level(project) >= Level.L2,
        "founder": founder,
        "checks": [rule for rule in CATALOGUE if rule.consent == Level.L2],
        "proofs": [
            proof_context(request, proof)
            for proof in ordered
            if proof.method != DomainProof.Method.LOGIN
        ],
        "withdrawal_url": reverse("audits:consent-withdrawal", kwargs=words_of(request, project)),
        "consent_url": reverse("audits:consent", kwargs=words_of(request, project)),
    }


def proof_context(request: TenantRequest, proof: DomainProof) -> dict[str, Any]:
    words = words_of(request, proof.project, proof_id=proof.pk)
    return {
        "proof": proof,
        "check_url": reverse("audits:proof-check", kwargs=words),
        "poll_url": reverse("audits:proof-progress", kwargs=words),
        "consent_url": reverse("audits:consent", kwargs=words_of(request, proof.project)),
    }
