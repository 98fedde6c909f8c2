"""The matrix of addresses proved on views that leak on purpose: each leak has to be noticed."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import TenantRequest, allowed
from accounts.models import Client, Practice
from accounts.roles import Action
from accounts.tenancy.scope import Actor, practice_scope
from tests.architecture import visits
from tests.architecture.visits import LOOKS, Visit
from tests.factories import Place, World, make_client
from tests.isolation_urls import CLIENT, Address, Words, practice


@require_GET
def good(request: TenantRequest, client_id: int) -> HttpResponse:
    return HttpResponse(get_object_or_404(Client.objects.of(request.practice), pk=client_id).name)


@require_GET
def good_for_clients(request: TenantRequest, client_id: int) -> HttpResponse:
    return HttpResponse(Client.objects.get(pk=client_id).name)


@require_POST
@allowed(Action.EDIT_WORK)
def good_write(request: TenantRequest) -> HttpResponse:
    Client.objects.create(practice=request.practice, name=request.POST["name"])
    return HttpResponse()


@require_GET
@login_not_required
def open_to_all(request: TenantRequest, practice_slug: str) -> HttpResponse:
    place = Practice.objects.get(slug=practice_slug)
    with practice_scope(place.pk, actor=Actor.SYSTEM):
        return HttpResponse(", ".join(Client.objects.values_list("name", flat=True)))


@require_GET
def leaving_the_scope(request: TenantRequest, client_id: int) -> HttpResponse:
    for other in Practice.objects.all():
        with practice_scope(other.pk, actor=Actor.SYSTEM):
            found = Client.objects.filter(pk=client_id).first()
        if found is not None:
            return HttpResponse(found.name)
    return HttpResponse(status=404)


@require_GET
def writing_on_get(request: TenantRequest) -> HttpResponse:
    Client.objects.update(contact="seen")
    return HttpResponse()


@require_POST
@allowed(Action.EDIT_WORK)
def taking_every_field(request: TenantRequest) -> HttpResponse:
    client = Client.objects.get(pk=request.POST["client"])
    client.contact = request.POST.get("status", "")
    client.save()
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@allowed(Action.SEE)
def more_methods(request: TenantRequest) -> HttpResponse:
    return HttpResponse()


def nowhere(request: TenantRequest) -> HttpResponse:
    return HttpResponse(status=404)


urlpatterns = [
    path("p/<slug:practice_slug>/good/<int:client_id>/", good, name="good"),
    path("c/good/<int:client_id>/", good_for_clients, name="good-client"),
    path("p/<slug:practice_slug>/good/", good_write, name="good-write"),
    path("open/<slug:practice_slug>/", open_to_all, name="open"),
    path("p/<slug:practice_slug>/leaving/<int:client_id>/", leaving_the_scope, name="leaving"),
    path("p/<slug:practice_slug>/writing/", writing_on_get, name="writing"),
    path("p/<slug:practice_slug>/taking/", taking_every_field, name="taking"),
    path("p/<slug:practice_slug>/more/", more_methods, name="more"),
    path("p/<slug:practice_slug>/nowhere/", nowhere, name="nowhere"),
    # The error pages link to addresses of the product.
    path("", include("config.urls")),
]

pytestmark = pytest.mark.urls(__name__)


def one_client(place: Place) -> Words:
    return practice(place) | {"client_id": make_client(place, name=f"n {place.canary}").pk}


def own_client(place: Place) -> Words:
    return {"client_id": place.client.pk}


def client_form(place: Place) -> Words:
    return {"client": place.client.pk}


GOOD = {
    "good": Address(one_client),
    "good-client": Address(own_client, roles=CLIENT),
    "good-write": Address(practice, methods=("POST",), form=lambda _: {"name": "new"}),
}
LEAKS = {
    "open": (Address(practice), visits.the_anonymous_get_in),
    "leaving": (Address(one_client), visits.foreign_objects_are_found),
    "writing": (Address(practice), visits.looking_changes_rows),
    "taking": (
        Address(practice, methods=("POST",), form=client_form),
        visits.forms_take_what_the_server_gives,
    ),
    "more": (Address(practice), visits.other_methods_are_answered),
    "nowhere": (Address(practice), visits.those_who_belong_are_kept_out_or_see_too_much),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_walled_view_shows_no_gap(world: World, name):
    visit = Visit.prepare(name, GOOD[name], world)
    assert [gap for look in LOOKS for gap in look(visit)] == []


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_noticed(world: World, name):
    address, look = LEAKS[name]
    assert list(look(Visit.prepare(name, address, world))) != []


def test_strangers_at_an_open_address_are_noticed(world: World):
    visit = Visit.prepare("open", LEAKS["open"][0], world)
    gaps = list(visits.strangers_get_in(visit))
    assert any("answers 200" in gap for gap in gaps)
    assert any("reads canary" in gap for gap in gaps)


def test_a_foreign_id_in_a_form_that_crashes_is_noticed(world: World):
    visit = Visit.prepare("taking", LEAKS["taking"][0], world)
    assert list(visits.forms_take_foreign_ids(visit)) != []
