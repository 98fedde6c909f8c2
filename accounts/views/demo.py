"""One-time links that sign the demo's people in, on a developer's machine only."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import demo


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def demo_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows who will be signed in; the POST does it, once."""
    if not demo.is_open():
        raise Http404
    user = demo.person_of(token)
    if user is None:
        return render(request, "accounts/demo_link.html", status=404)
    if request.method == "POST":
        if request.user.is_authenticated:
            request.session.flush()
        answer: HttpResponse = perform_login(request, Login(user=user, email=user.email))
        return answer
    return render(request, "accounts/demo_link.html", {"person": user})
