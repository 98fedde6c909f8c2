"""Finding what an address of the audits names, within the practice of the request."""

from django.shortcuts import get_object_or_404

from accounts.access import TenantRequest
from audits.models import AuditRun
from sprints.models import Project


def find_run(request: TenantRequest, run_id: int) -> AuditRun:
    runs = AuditRun.objects.of(request.practice).select_related(
        "sprint__project", "sprint__client", "requested_by", "practice"
    )
    return get_object_or_404(runs, pk=run_id)


def find_project(request: TenantRequest, project_id: int) -> Project:
    projects = Project.objects.of(request.practice).select_related("client")
    return get_object_or_404(projects, pk=project_id)
