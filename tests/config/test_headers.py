from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.headers import HeadersMiddleware


def answered_with(**headers: str) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse("", headers={name.replace("_", "-"): headers[name] for name in headers})

    return HeadersMiddleware(view)(RequestFactory().get("/"))


def test_no_page_may_use_the_camera_or_be_embedded_elsewhere():
    response = answered_with()
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_view_that_is_meant_to_be_embedded_keeps_its_own_word():
    response = answered_with(Cross_Origin_Resource_Policy="cross-origin")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_policy_admits_nothing_inline_and_nothing_foreign():
    words = {word for values in settings.SECURE_CSP.values() for word in values}
    assert words == {"'self'", "'none'"}
    assert settings.SECURE_CSP["default-src"] == ["'none'"]
