"""The tenant of a request, proved on a small URLconf of its own."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import include, path
from django.views.decorators.http import require_GET, require_POST

from accounts.access import TenantRequest, allowed
from accounts.models import Client, Membership
from accounts.roles import Action
from accounts.tenancy.scope import NoPracticeContextError, current_scope
from tests.factories import World, make_client

SEEN: dict[str, object] = {}


@require_GET
def clients(request: TenantRequest) -> HttpResponse:
    SEEN.update(scope=current_scope(), actor=request.actor, client_org=request.client_org)
    names = Client.objects.of(request.practice).values_list("name", flat=True)
    return HttpResponse(f"{request.membership.role}: {', '.join(names)}")


@require_GET
def client_page(request: TenantRequest, client_id: int) -> HttpResponse:
    SEEN.update(scope=current_scope(), actor=request.actor, client_org=request.client_org)
    return HttpResponse(", ".join(Client.objects.values_list("name", flat=True)) + str(client_id))


@require_POST
@allowed(Action.EDIT_WORK)
def create(request: TenantRequest) -> HttpResponse:
    Client.objects.create(practice=request.practice, name=request.POST["name"])
    if request.POST["name"] == "crash":
        raise ZeroDivisionError
    return HttpResponse(status=int(request.POST.get("status", "200")))


@require_POST
@allowed(Action.SEE, post=Action.COMMENT)
def comment(request: TenantRequest, client_id: int) -> HttpResponse:
    return HttpResponse(f"said {client_id}")


@require_POST
@allowed(Action.APPROVE_STAGE)
def approve(request: TenantRequest, client_id: int) -> HttpResponse:
    return HttpResponse(f"approved {client_id}")


@require_POST
def undeclared(request: TenantRequest) -> HttpResponse:
    return HttpResponse("written")


@transaction.non_atomic_requests
def careless(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Client.objects.count()))


@login_not_required
def opened(request: TenantRequest) -> HttpResponse:
    return HttpResponse("opened")


urlpatterns = [
    path("p/<slug:practice_slug>/opened/", opened),
    path("p/<slug:practice_slug>/clients/", clients),
    path("p/<slug:practice_slug>/clients/new/", create),
    path("p/<slug:practice_slug>/undeclared/", undeclared),
    path("p/<slug:practice_slug>/careless/", careless),
    path("c/client/<int:client_id>/", client_page),
    path("c/client/<int:client_id>/comments/", comment),
    path("c/client/<int:client_id>/approval/", approve),
    # The error pages link to addresses of the product.
    path("", include("config.urls")),
]

pytestmark = pytest.mark.urls(__name__)


def as_user(user) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(user)
    return browser


def test_staff_see_their_practice_and_only_it(world: World):
    place = world.ada
    answer = as_user(place.consultant).get(f"/p/{place.practice.slug}/clients/")
    assert answer.status_code == 200
    assert answer.content.decode().startswith("consultant: ")
    assert world.ada_two.client.name in answer.content.decode()
    assert world.bob.canary not in answer.content.decode()
    assert SEEN["actor"] == "staff"
    assert SEEN["client_org"] is None
    assert current_scope() is None


def test_strangers_get_not_found(world: World):
    place = world.ada
    address = f"/p/{place.practice.slug}/clients/"
    for user in (world.bob.owner, place.founder, place.viewer, place.revoked):
        assert as_user(user).get(address).status_code == 404
    assert as_user(place.owner).get("/p/nowhere/clients/").status_code == 404


def test_the_anonymous_are_sent_to_sign_in(world: World):
    for address in (f"/p/{world.ada.practice.slug}/clients/", "/c/client/1/"):
        answer = Browser().get(address)
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def test_no_view_can_open_a_tenants_address_to_the_anonymous(world: World):
    assert Browser().get(f"/p/{world.ada.practice.slug}/opened/").status_code == 404


def test_a_founder_sees_the_own_client_only(world: World):
    place = world.ada
    answer = as_user(place.founder).get(f"/c/client/{place.client.pk}/")
    assert answer.status_code == 200
    assert answer.content.decode() == f"{place.client.name}{place.client.pk}"
    assert SEEN["client_org"] == place.client
    foreign = (world.ada_two.client.pk, world.bob.client.pk, 10**12)
    for client_id in foreign:
        assert as_user(place.founder).get(f"/c/client/{client_id}/").status_code == 404
    for user in (place.owner, place.revoked, world.bob.founder):
        assert as_user(user).get(f"/c/client/{place.client.pk}/").status_code == 404


def test_a_viewer_may_speak_but_not_decide(world: World):
    place = world.ada
    viewer, founder = as_user(place.viewer), as_user(place.founder)
    address = f"/c/client/{place.client.pk}"
    assert viewer.post(f"{address}/comments/").status_code == 200
    assert viewer.post(f"{address}/approval/").status_code == 403
    assert founder.post(f"{address}/approval/").status_code == 200


def test_nobody_writes_where_no_action_is_named(world: World):
    answer = as_user(world.ada.owner).post(f"/p/{world.ada.practice.slug}/undeclared/")
    assert answer.status_code == 403


@pytest.mark.parametrize(("form", "status"), [({"status": "422"}, 422), ({"name": "crash"}, 500)])
def test_a_refused_or_crashed_request_leaves_nothing(world: World, form, status):
    place = world.ada
    address = f"/p/{place.practice.slug}/clients/new/"
    answer = as_user(place.owner).post(address, {"name": "kept?"} | form)
    assert answer.status_code == status
    with place.as_staff():
        assert not Client.objects.filter(name__in=["kept?", "crash"]).exists()


def test_an_answered_request_keeps_what_it_wrote(world: World):
    place = world.ada
    address = f"/p/{place.practice.slug}/clients/new/"
    assert as_user(place.owner).post(address, {"name": "kept"}).status_code == 200
    with place.as_staff():
        assert Client.objects.filter(name="kept").count() == 1


def test_a_suspended_practice_is_closed(world: World):
    place = world.ada
    place.practice.status = "suspended"
    place.practice.save()
    address = f"/p/{place.practice.slug}/clients/"
    assert as_user(place.owner).get(address).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_view_outside_its_transaction_is_refused_by_the_database(transactional_db):
    from tests.factories import make_world

    place = make_world().ada
    browser = Browser()
    browser.force_login(place.owner)
    with pytest.raises(NoPracticeContextError):
        browser.get(f"/p/{place.practice.slug}/careless/")


@pytest.mark.django_db(transaction=True)
def test_a_crash_rolls_the_whole_request_back(transactional_db):
    from tests.factories import make_world

    place = make_world().ada
    address = f"/p/{place.practice.slug}/clients/new/"
    assert as_user(place.owner).post(address, {"name": "crash"}).status_code == 500
    with place.as_staff():
        assert not Client.objects.filter(name="crash").exists()
        make_client(place)
        assert Membership.objects.count() == 3
