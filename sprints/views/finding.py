"""Finding what an address of a sprint names, within the practice of the request."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts import access
from accounts.access import TenantRequest
from sprints.models import Risk, Sprint


def find_sprint(request: TenantRequest, sprint_id: int) -> Sprint:
    sprints = Sprint.objects.of(request.practice).select_related("project", "client", "lead")
    return get_object_or_404(sprints, pk=sprint_id)


def find_risk(request: TenantRequest, sprint_id: int, number: int) -> Risk:
    risks = Risk.objects.of(request.practice).filter(sprint=sprint_id)
    with_all = risks.select_related(
        "sprint__project", "sprint__client", "client", "owner", "fixed_by"
    )
    return get_object_or_404(with_all, number=number)


# `Any`: values of an address.
def words_of(sprint: Sprint, request: TenantRequest, **more: int) -> dict[str, Any]:
    """The parameters of an address below the sprint."""
    return {"practice_slug": request.practice.slug, "sprint_id": sprint.pk, **more}


def set_crumbs(request: TenantRequest, sprint: Sprint, *steps: tuple[str, str]) -> None:
    """The way to this page: practice, client, sprint, then `steps` (name, address)."""
    slug = request.practice.slug
    client = {"practice_slug": slug, "client_id": sprint.client_id}
    client_url = reverse("sprints:client-detail", kwargs=client)
    here = (sprint.project.name, f"/p/{slug}/sprints/{sprint.pk}/")
    access.set_crumbs(request, (sprint.client.name, client_url), here, *steps)
