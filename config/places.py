"""Where a person lands: staff in their practice, a founder at the launch."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.places import ClientPlace, client_places_of, practices_of
from accounts.tenancy.scope import Actor, practice_scope
from sprints.models import Sprint

OVER = (Sprint.State.CLOSED, Sprint.State.CANCELLED)


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The one place of a person, or a choice between several."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the sign-in middleware has seen to it
    practices, clients = practices_of(user), client_places_of(user)
    if len(practices) == 1 and not clients:
        return redirect(f"/p/{practices[0].slug}/")
    if clients and not practices:
        return redirect("client-home")
    shown = {"practices": practices, "launches": [_launch(place) for place in clients]}
    return render(request, "accounts/places.html", shown)


@require_safe
def client_home(request: HttpRequest) -> HttpResponse:
    """A founder's launches: the only one at once, else a list."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - as above
    launches = [_launch(place) for place in client_places_of(user)]
    sprints = [sprint for launch in launches for sprint in launch.sprints]
    if len(sprints) == 1:
        return redirect(f"/c/s/{sprints[0].pk}/")
    return render(request, "accounts/client_home.html", {"launches": launches})


@dataclass(frozen=True)
class Launch:
    """A client of the visitor with its sprints at work, newest first."""

    place: ClientPlace
    sprints: list[Sprint]


def _launch(place: ClientPlace) -> Launch:
    client_id, practice_id = place.client.pk, place.practice.pk
    with practice_scope(practice_id, actor=Actor.CLIENT, client_id=client_id):
        mine = Sprint.objects.of(practice_id).of_client(client_id).exclude(state__in=OVER)
        sprints = list(mine.filter(archived_at=None).select_related("project").order_by("-pk"))
    return Launch(place, sprints)
