"""What people say to each other about a risk, a stage, a request or the sprint."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, PracticeQuerySet, TenantForeignKey
from sprints.models.link import ShareLink
from sprints.models.request import Request
from sprints.models.risk import Risk
from sprints.models.sprint import Sprint, Stage

COMMENT_LENGTH = 4000


class Audience(models.TextChoices):
    CLIENT = "client", "everybody on this sprint"
    INTERNAL = "internal", "staff only"


class CommentQuerySet(PracticeQuerySet["Comment"]):
    def for_client(self) -> "CommentQuerySet":
        return self.filter(audience=Audience.CLIENT)


class Comment(ClientModel):
    """One thing said; about the sprint where neither risk, stage nor request is named."""

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="comments")
    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, null=True, related_name="comments")
    stage = TenantForeignKey(Stage, on_delete=models.CASCADE, null=True, related_name="comments")
    request = TenantForeignKey(
        Request, on_delete=models.CASCADE, null=True, related_name="comments"
    )
    # The helper's link by which it was said, or to whose holder it is said: nobody who came by
    # another link reads it, also where both are for a “Sam”.
    link = TenantForeignKey(ShareLink, on_delete=models.CASCADE, null=True, related_name="comments")
    text = models.TextField(max_length=COMMENT_LENGTH)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.CLIENT)
    # Null: a helper who came by a link; then only the name stands.
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=120)
    mentions = models.JSONField(default=list, blank=True)
    earlier = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = CommentQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["practice", "sprint", "at"]),
            models.Index(fields=["practice", "-at", "-id"], name="comment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text[:40]}"
