"""Addresses of links and bundles below `/p/<practice>/`."""

from django.urls import path

from sprints.views import links

SPRINT = "sprints/<int:sprint_id>"

urlpatterns = [
    path(f"{SPRINT}/links/", links.link_list, name="link-list"),
    path(f"{SPRINT}/links/helper/", links.helper_create, name="helper-create"),
    path(
        f"{SPRINT}/links/<int:link_id>/revocation/", links.link_revocation, name="link-revocation"
    ),
    path(f"{SPRINT}/bundle/", links.bundle, name="bundle"),
]
