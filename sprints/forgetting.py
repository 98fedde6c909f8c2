"""Taking an erased person's name out of what they did and said; that it was done stays."""

from accounts.models import User
from accounts.tenancy.owner import OWNER
from sprints.models import ActivityEvent, Comment

NAMELESS = "Somebody who left"


def forget(user: User, **_given: object) -> None:
    """Their name in histories and comments, over all practices, as lr_owner.

    The seals of a history name a person by number, so they still fit.
    """
    ActivityEvent.objects.using(OWNER).filter(actor=user).update(actor_name=NAMELESS)
    Comment.objects.using(OWNER).filter(author=user).update(author_name=NAMELESS)
