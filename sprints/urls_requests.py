"""Addresses about what is asked of a founder."""

from django.urls import path, re_path

from sprints.views import answering, requests

SPRINT = "sprints/<int:sprint_id>"
CLIENT_SPRINT = "c/s/<int:sprint_id>"

urlpatterns = [
    path(f"{SPRINT}/requests/", requests.request_list, name="request-list"),
    path(f"{SPRINT}/requests/new/", requests.request_create, name="request-create"),
    path(f"{SPRINT}/requests/vendor/", requests.request_vendor, name="request-vendor"),
    path(f"{SPRINT}/requests/reminder/", requests.request_nudge, name="request-nudge"),
    path(f"{SPRINT}/requests/mail/", requests.request_send, name="request-send"),
    re_path(
        r"^sprints/(?P<sprint_id>[0-9]+)/requests/(?P<request_id>[0-9]+)"
        r"/(?P<act>withdrawal|again|noted)/$",
        requests.request_act,
        name="request-act",
    ),
    path(f"{SPRINT}/keys/<int:box_id>/", requests.key_read, name="key-read"),
]
client_urlpatterns = [
    path(f"{CLIENT_SPRINT}/requests/", answering.client_requests, name="client-requests"),
    path(
        f"{CLIENT_SPRINT}/requests/<int:request_id>/",
        answering.client_request,
        name="client-request",
    ),
]
