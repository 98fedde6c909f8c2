"""Addresses about working on the risk list together."""

from django.urls import path

from sprints.views import bulk, comments, exports, library, write_ups

SPRINT = "sprints/<int:sprint_id>"
CLIENT = "c/s/<int:sprint_id>"

urlpatterns = [
    path(
        f"{SPRINT}/comments/<slug:about>/<int:number>/",
        comments.comment_create,
        name="comment-create",
    ),
    path(f"{SPRINT}/comments/<int:comment_id>/", comments.comment_edit, name="comment-edit"),
    path(f"{SPRINT}/exports/risks.<slug:form>", exports.risk_export, name="risk-export"),
    path(f"{SPRINT}/risks/import/", exports.risk_import, name="risk-import"),
    path("library/", library.library, name="library"),
    path("library/new/", write_ups.write_up_create, name="write-up-create"),
    path("library/<int:template_id>/edit/", write_ups.write_up_edit, name="write-up-edit"),
    path(
        "library/<int:template_id>/archival/", library.template_archival, name="template-archival"
    ),
    path(f"{SPRINT}/library/", library.library_pick, name="library-pick"),
    path(f"{SPRINT}/library/<int:number>/", library.template_keep, name="template-keep"),
    path(f"{SPRINT}/risks/bulk/", bulk.risk_bulk, name="risk-bulk"),
]

client_urlpatterns = [
    path(
        f"{CLIENT}/comments/<slug:about>/<int:number>/",
        comments.client_comment,
        name="client-comment",
    ),
    path(
        f"{CLIENT}/comments/<int:comment_id>/",
        comments.client_comment_edit,
        name="client-comment-edit",
    ),
    path(f"{CLIENT}/risk/<int:number>/outside/", bulk.client_outside, name="client-outside"),
]
