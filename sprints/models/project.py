"""The app under launch and what its owner declares about it."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.tenancy.models import ClientModel, TenantForeignKey

NAME_LENGTH: Final = 253
URL_LENGTH: Final = 2000

HOST_KINDS: Final = (
    ("web", "website or app"),
    ("api", "API"),
    ("admin", "admin area"),
    ("assets", "files"),
    ("mail", "mail"),
    ("staging", "preview or staging"),
    ("other", "something else"),
)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Project(ClientModel):
    """One app under launch; `domain` is what its users type, in lower case and A-labels."""

    name = models.CharField(max_length=120)
    domain = models.CharField("live domain", max_length=NAME_LENGTH)
    canonical_host = models.CharField(
        "where visitors should end",
        max_length=NAME_LENGTH,
        blank=True,
        help_text="The one address to which every other form redirects, such as www.example.com.",
    )
    hosting = models.CharField(max_length=120, blank=True)
    mail_vendor = models.CharField("mail service", max_length=120, blank=True)
    launch_on = models.DateField("launch date", null=True, blank=True)
    is_auto_renew_confirmed = models.BooleanField("the domain renews by itself", default=False)
    is_indexing_unwanted = models.BooleanField("search engines should stay out", default=False)
    has_ios_app = models.BooleanField("there is an iPhone app", default=False)
    has_android_app = models.BooleanField("there is an Android app", default=False)
    ios_app_ids = models.CharField(
        "iPhone app’s ids",
        max_length=400,
        blank=True,
        help_text="Team and bundle, such as A1B2C3D4E5.app.brightchat, separated by commas.",
    )
    android_package = models.CharField("Android package", max_length=200, blank=True)
    android_fingerprints = models.TextField(
        "signing fingerprints",
        max_length=1000,
        blank=True,
        help_text="SHA-256 of Google’s signing key and of your own, a line each.",
    )
    privacy_url = models.CharField("privacy policy", max_length=URL_LENGTH, blank=True)
    terms_url = models.CharField("terms", max_length=URL_LENGTH, blank=True)
    support_url = models.CharField("support", max_length=URL_LENGTH, blank=True)
    deletion_url = models.CharField("deleting an account", max_length=URL_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "client", "domain"],
                condition=Q(archived_at=None),
                name="project_domain_unique_in_client",
                violation_error_message="This client already has a project for this domain.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectHost(ClientModel):
    """A host that should exist, what it is for and, where declared, what it points to."""

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="hosts")
    name = models.CharField("host", max_length=NAME_LENGTH)
    kind = models.CharField(max_length=12, choices=HOST_KINDS, default="web")
    points_to = models.CharField(
        "points to",
        max_length=400,
        blank=True,
        help_text="Addresses, names or a provider, separated by commas. Empty: not declared.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "project", "name"],
                name="host_unique_in_project",
                violation_error_message="This host is already in the list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SendingDomain(ClientModel):
    """A domain in the From of the app's mail. Empty `is_sending`: nobody has said."""

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="sending_domains")
    name = models.CharField("mail domain", max_length=NAME_LENGTH)
    is_sending = models.BooleanField("sends mail", null=True, blank=True)
    dkim_selectors = models.CharField(
        "DKIM selectors", max_length=400, blank=True, help_text="Separated by commas."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "project", "name"],
                name="sending_domain_unique_in_project",
                violation_error_message="This mail domain is already in the list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CoreRoute(ClientModel):
    """An address that the product can't do without."""

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="routes")
    method = models.CharField(
        max_length=8, choices=[(method, method) for method in METHODS], default="GET"
    )
    url = models.CharField("address", max_length=URL_LENGTH)
    expected_status = models.PositiveSmallIntegerField("expected status", default=200)
    must_say = models.CharField("must contain", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "project", "method", "url"],
                name="route_unique_in_project",
                violation_error_message="This route is already in the list.",
            ),
            models.CheckConstraint(
                condition=Q(expected_status__gte=100, expected_status__lte=599),
                name="route_status_is_http",
                violation_error_message="An HTTP status lies between 100 and 599.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"
