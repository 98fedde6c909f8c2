"""The people of a client: founders and viewers, seen from the practice and from the client."""

import qrcode  # type: ignore[import-untyped]
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from accounts import stepup
from accounts.access import TenantRequest, allowed, set_crumbs
from accounts.forms import InviteForm, invitable
from accounts.invitations import InvitationError, hand_over, invite, revoke, send_again
from accounts.models import Client, ClientMembership, Invitation, MemberStatus
from accounts.quotas import QuotaError
from accounts.roles import Action, Role, may


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.INVITE_CLIENT)
def client_people(request: TenantRequest, client_id: int) -> HttpResponse:
    """The list of a client's people for staff; POST invites one more."""
    client = get_object_or_404(Client.objects.of(request.practice), pk=client_id)
    return _page(request, client, is_by_client=False)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.INVITE_VIEWER)
def own_people(request: TenantRequest, client_id: int) -> HttpResponse:
    """The same for the client's own people; a founder may invite viewers."""
    client = get_object_or_404(Client.objects.of(request.practice), pk=client_id)
    return _page(request, client, is_by_client=True)


def _page(request: TenantRequest, client: Client, *, is_by_client: bool) -> HttpResponse:
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        roles=invitable(client, is_by_client=is_by_client),
    )
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            invite(request.practice, by=request.user, email=email, role=role, client=client)
        except (InvitationError, QuotaError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{email} has a mail with the invitation.")
            return redirect(request.path)
    people = ClientMembership.objects.of(request.practice).of_client(client)
    waiting = Invitation.objects.of(request.practice).filter(
        client=client, state__in=[Invitation.State.PENDING, Invitation.State.BOUNCED]
    )
    action = Action.INVITE_VIEWER if is_by_client else Action.INVITE_CLIENT
    shown = {
        "client": client,
        "form": form,
        "people": people.filter(status=MemberStatus.ACTIVE).select_related("user").order_by("pk"),
        "invitations": waiting.select_related("handed_over_by").order_by("-created_at"),
        "may_invite": may(request.membership, action),
        "is_by_client": is_by_client,
    }
    status = 422 if form.is_bound else 200
    if not is_by_client:
        home = f"/p/{request.practice.slug}/clients/"
        set_crumbs(request, ("Clients", home), (client.name, f"{home}{client.pk}/"), ("People", ""))
    return render(request, "accounts/client_people.html", shown, status=status)


@require_POST
@allowed(Action.INVITE_CLIENT)
def client_person_removal(request: TenantRequest, client_id: int, person_id: int) -> HttpResponse:
    people = ClientMembership.objects.of(request.practice).of_client(client_id)
    person = get_object_or_404(people.select_related("user", "client"), pk=person_id)
    step = stepup.demand(request, f"remove {person.user} from {person.client}")
    if step is not None:
        return step
    person.leave()
    messages.success(request, f"{person.user} no longer sees anything of this client.")
    return _back(request, client_id)


@require_POST
@allowed(Action.INVITE_CLIENT)
def client_person_role(request: TenantRequest, client_id: int, person_id: int) -> HttpResponse:
    """Make a viewer a founder, or the other way round."""
    people = ClientMembership.objects.of(request.practice).of_client(client_id)
    here = people.filter(status=MemberStatus.ACTIVE)
    person = get_object_or_404(here.select_related("user", "client"), pk=person_id)
    is_founder = person.role == Role.FOUNDER
    person.change_role(Role.VIEWER if is_founder else Role.FOUNDER)
    does = "looks and comments" if is_founder else "decides about the launch"
    messages.success(request, f"{person.user} now {does}.")
    return _back(request, client_id)


@never_cache
@require_POST
@allowed(Action.INVITE_CLIENT)
def client_invitation_link(
    request: TenantRequest, client_id: int, invitation_id: int
) -> HttpResponse:
    """The link once, as a picture for a phone and to copy; nobody can look it up again."""
    invitation = _invitation(request, client_id, invitation_id)
    url = hand_over(invitation, request.user)
    picture = qrcode.make(url, image_factory=SvgPathImage, border=2)
    shown = {
        "invitation": invitation,
        "url": url,
        "squares": picture.path.get("d"),
        "size": picture.width + 2 * picture.border,
    }
    home = f"/p/{request.practice.slug}/clients/"
    set_crumbs(
        request,
        ("Clients", home),
        (invitation.client.name, f"{home}{client_id}/"),
        ("People", f"{home}{client_id}/people/"),
        ("Link", ""),
    )
    return render(request, "accounts/invitation_link.html", shown)


@require_POST
@allowed(Action.INVITE_CLIENT)
def client_invitation_resend(
    request: TenantRequest, client_id: int, invitation_id: int
) -> HttpResponse:
    invitation = _invitation(request, client_id, invitation_id)
    try:
        send_again(invitation, request.practice, request.user)
    except InvitationError as error:
        messages.error(request, str(error))
        return _back(request, client_id)
    messages.success(request, f"{invitation.email} has a new mail. The former link is void.")
    return _back(request, client_id)


@require_POST
@allowed(Action.INVITE_CLIENT)
def client_invitation_revoke(
    request: TenantRequest, client_id: int, invitation_id: int
) -> HttpResponse:
    invitation = _invitation(request, client_id, invitation_id)
    revoke(invitation)
    messages.success(request, f"The invitation of {invitation.email} no longer works.")
    return _back(request, client_id)


def _invitation(request: TenantRequest, client_id: int, pk: int) -> Invitation:
    alive = [Invitation.State.PENDING, Invitation.State.BOUNCED]
    ours = Invitation.objects.of(request.practice).filter(state__in=alive)
    return get_object_or_404(ours.select_related("client"), pk=pk, client=client_id)


def _back(request: TenantRequest, client_id: int) -> HttpResponse:
    return redirect("client-people", practice_slug=request.practice.slug, client_id=client_id)
