"""The people of a client: founders and viewers, seen from the practice and from the client."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import stepup
from accounts.access import TenantRequest, allowed, set_crumbs
from accounts.forms import InviteForm, invitable
from accounts.invitations import InvitationError, invite, revoke, send_again
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
        client=client, state=Invitation.State.PENDING
    )
    action = Action.INVITE_VIEWER if is_by_client else Action.INVITE_CLIENT
    shown = {
        "client": client,
        "form": form,
        "people": people.filter(status=MemberStatus.ACTIVE).select_related("user").order_by("pk"),
        "invitations": waiting.order_by("-created_at"),
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
    ours = Invitation.objects.of(request.practice).filter(state=Invitation.State.PENDING)
    return get_object_or_404(ours.select_related("client"), pk=pk, client=client_id)


def _back(request: TenantRequest, client_id: int) -> HttpResponse:
    return redirect("client-people", practice_slug=request.practice.slug, client_id=client_id)
