from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from config.htmx import HtmxRedirectMiddleware

PAGE = "http://testserver/p/north/sprints/7/?show=open"


@pytest.fixture(autouse=True)
def sign_in_address(settings):
    settings.LOGIN_URL = "/login/"


def answer(location: str, **headers: str) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(location)
        response.set_cookie("session", "fresh")
        return response

    return through(view, **headers)


def through(view: Callable[[HttpRequest], HttpResponse], **headers: str) -> HttpResponse:
    return HtmxRedirectMiddleware(view)(RequestFactory().post("/part/", headers=headers))


def test_a_plain_form_is_redirected_as_ever():
    assert answer("/there/").status_code == 302


def test_htmx_is_told_to_go_there_as_a_page():
    response = answer("/there/", hx_request="true")
    assert (response.status_code, response["HX-Redirect"]) == (200, "/there/")
    assert response.cookies["session"].value == "fresh"


def test_after_signing_in_again_the_page_comes_back_not_the_fragment():
    response = answer("/login/?next=/part/", hx_request="true", hx_current_url=PAGE)
    assert response["HX-Redirect"] == "/login/?next=%2Fp%2Fnorth%2Fsprints%2F7%2F%3Fshow%3Dopen"


def test_a_foreign_page_is_no_way_back():
    response = answer("/login/", hx_request="true", hx_current_url="https://evil.example/p/")
    assert response["HX-Redirect"] == "/login/"


def test_a_fragment_with_faults_stays_a_fragment():
    response = through(lambda _: HttpResponse("no", status=422), hx_request="true")
    assert response.status_code == 422
    assert "HX-Redirect" not in response


def test_what_kept_the_redirect_out_of_caches_keeps_its_answer_out():
    def view(_: HttpRequest) -> HttpResponse:
        kept = {"Cache-Control": "no-store", "Vary": "HX-Request", "X-Frame-Options": "DENY"}
        return HttpResponseRedirect("/there/", headers=kept)

    response = through(view, hx_request="true")
    assert (response["Cache-Control"], response["Vary"]) == ("no-store", "HX-Request")
    assert response["X-Frame-Options"] == "DENY"
    assert "Location" not in response
