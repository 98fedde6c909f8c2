"""What the frame around every page shows: who is here, where, and the ways to elsewhere."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.brand import Brand
from accounts.gate import second_factor_due_at
from accounts.models import Membership, Practice, User
from accounts.places import client_ids_of, practices_of
from accounts.roles import Role
from accounts.views.notices import unread_count

MOST_WAYS = 5

# `Any` below: whatever a template reads.
type Shell = dict[str, Any]


def shell(request: HttpRequest) -> dict[str, object]:
    """The context `shell`; empty for the anonymous, and asked of the database only when shown.

    A view may set `request.crumbs`, a list of `{"name": …, "url": …}`.
    """
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> Shell:
    user = getattr(request, "user", None)
    crumbs = getattr(request, "crumbs", [])
    if not isinstance(user, User):
        return {"crumbs": crumbs}
    practice: Practice | None = getattr(request, "practice", None)
    is_client = getattr(request, "client_org", None) is not None
    practices = practices_of(user)
    return {
        "crumbs": crumbs,
        "practice": practice.name if practice else "",
        "brand": Brand.of(practice.brand) if practice and is_client else None,
        "practices": [_choice(one, practice) for one in practices],
        "is_client": is_client,
        "home_url": _home_url(practice, is_client=is_client),
        "user_initials": initials(user),
        "user_name": str(user),
        "user_email": user.email,
        "account_url": reverse("account"),
        "inbox": _inbox(request),
        "links": _links(request, user, practices),
        **_palette(request),
        "second_factor_due_at": second_factor_due_at(request),
    }


def _choice(practice: Practice, current: Practice | None) -> dict[str, object]:
    is_current = current is not None and current.pk == practice.pk
    return {"name": practice.name, "url": f"/p/{practice.slug}/", "is_current": is_current}


def _home_url(practice: Practice | None, *, is_client: bool) -> str:
    if practice is None:
        return reverse("places")
    return reverse("client-home") if is_client else f"/p/{practice.slug}/"


def _links(request: HttpRequest, user: User, practices: list[Practice]) -> list[dict[str, str]]:
    membership = getattr(request, "membership", None)
    links = []
    if isinstance(membership, Membership):
        words = {"practice_slug": membership.practice.slug}
        links.append({"name": "People", "url": reverse("practice-people", kwargs=words)})
        if membership.role == Role.OWNER:
            url = reverse("practice-settings", kwargs=words)
            links.append({"name": "Practice settings", "url": url})
    client = getattr(request, "client_org", None)
    if client is not None:
        url = reverse("own-people", kwargs={"client_id": client.pk})
        links.append({"name": f"People of {client}", "url": url})
    return [*links, *_other_side(request, user, practices)]


def _palette(request: HttpRequest) -> dict[str, object]:
    """Where staff search, with the sprint from which they do."""
    membership = getattr(request, "membership", None)
    if not isinstance(membership, Membership):
        return {}
    match = request.resolver_match
    sprint_id = match.kwargs.get("sprint_id") if match else None
    query = f"?sprint={sprint_id}" if sprint_id else ""
    url = reverse("find", kwargs={"practice_slug": membership.practice.slug})
    return {"find_url": url + query, "find_sprint": sprint_id}


def _inbox(request: HttpRequest) -> dict[str, object]:
    """The way to what the visitor was told here, with how much of it is new."""
    match = request.resolver_match
    sprint_id = match.kwargs.get("sprint_id") if match else None
    if isinstance(getattr(request, "membership", None), Membership):
        url, sprint_id = reverse("inbox", args=[request.practice.slug]), None  # type: ignore[attr-defined]
    elif getattr(request, "client_org", None) is not None and sprint_id is not None:
        url = reverse("client-inbox", args=[sprint_id])
    else:
        return {}
    count = unread_count(request, sprint_id)  # type: ignore[arg-type]
    return {"url": url, "count": count, "words": f"Inbox, {count} new" if count else "Inbox"}


def _other_side(
    request: HttpRequest, user: User, practices: list[Practice]
) -> list[dict[str, str]]:
    """Who is staff here and founder there goes across by one click."""
    if not practices or not client_ids_of(user):
        return []
    if getattr(request, "client_org", None) is not None:
        ways = [{"name": one.name, "url": f"/p/{one.slug}/"} for one in practices[:MOST_WAYS]]
    else:
        ways = [{"name": "Your own launches", "url": reverse("client-home")}]
    return [*ways, {"name": "All your places", "url": reverse("places")}]


def initials(user: User) -> str:
    """One or two letters for the round sign: of first and last name, else of the address."""
    words = [word for word in (user.name or user.email).split() if word]
    letters = words[0][:1] + (words[-1][:1] if len(words) > 1 else "")
    return letters.upper()
