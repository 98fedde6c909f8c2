"""The practice: its settings, its staff, and their invitations."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import stepup
from accounts.access import TenantRequest, allowed, set_crumbs
from accounts.forms import STAFF_ROLES, InviteForm
from accounts.forms_practice import PracticeForm
from accounts.invitations import InvitationError, invite, revoke, send_again
from accounts.models import Invitation, Membership, MemberStatus
from accounts.quotas import QuotaError
from accounts.roles import Action, Role, may


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.PRACTICE_SETTINGS)
def practice_settings(request: TenantRequest) -> HttpResponse:
    is_post = request.method == "POST"
    form = PracticeForm(
        request.POST if is_post else None,
        request.FILES if is_post else None,
        instance=request.practice,
    )
    if is_post and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("practice-settings", practice_slug=request.practice.slug)
    status = 422 if form.is_bound else 200
    set_crumbs(request, ("Settings", ""))
    return render(request, "accounts/practice_settings.html", {"form": form}, status=status)


@require_safe
@allowed(Action.SEE)
def practice_people(request: TenantRequest) -> HttpResponse:
    return _people_page(request, InviteForm(roles=STAFF_ROLES))


def _people_page(request: TenantRequest, form: InviteForm) -> HttpResponse:
    staff = Membership.objects.of(request.practice).exclude(status=MemberStatus.REMOVED)
    waiting = Invitation.objects.of(request.practice).filter(
        state=Invitation.State.PENDING, client=None
    )
    shown = {
        "form": form,
        "staff": staff.select_related("user").order_by("created_at"),
        "invitations": waiting.order_by("-created_at"),
        "is_manager": may(request.membership, Action.MANAGE_STAFF),
    }
    status = 422 if form.is_bound else 200
    set_crumbs(request, ("People", ""))
    return render(request, "accounts/people.html", shown, status=status)


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_invite(request: TenantRequest) -> HttpResponse:
    form = InviteForm(request.POST, roles=STAFF_ROLES)
    if not form.is_valid():
        return _people_page(request, form)
    try:
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        invite(request.practice, by=request.user, email=email, role=role)
    except (InvitationError, QuotaError) as error:
        form.add_error(None, str(error))
        return _people_page(request, form)
    messages.success(request, f"{email} has a mail with the invitation. It works for seven days.")
    return _back(request)


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_role(request: TenantRequest, member_id: int) -> HttpResponse:
    """Make a consultant an owner, or the other way round."""
    member = _member(request, member_id)
    is_owner = member.role == Role.OWNER
    try:
        member.change_role(Role.CONSULTANT if is_owner else Role.OWNER)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _back(request)
    messages.success(request, f"{member.user} is now {member.role} of {request.practice}.")
    return _back(request)


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_suspension(request: TenantRequest, member_id: int) -> HttpResponse:
    """Shut a colleague out for a while, or let them in again."""
    member = _member(request, member_id)
    try:
        member.resume() if not member.is_active else member.suspend()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _back(request)
    word = "works here again" if member.is_active else "is shut out until you let them in again"
    messages.success(request, f"{member.user} {word}.")
    return _back(request)


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_removal(request: TenantRequest, member_id: int) -> HttpResponse:
    member = _member(request, member_id)
    step = stepup.demand(request, f"remove {member.user} from {request.practice}")
    if step is not None:
        return step
    try:
        member.leave()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _back(request)
    messages.success(request, f"{member.user} no longer works for {request.practice}.")
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE)
@stepup.required("leave the practice")
def practice_departure(request: TenantRequest) -> HttpResponse:
    """Leave the practice oneself; the last owner is told why they can't."""
    member = get_object_or_404(Membership.objects.of(request.practice), user=request.user)
    people = reverse("practice-people", kwargs={"practice_slug": request.practice.slug})
    set_crumbs(request, ("People", people), ("Leave", ""))
    if request.method != "POST":
        return render(request, "accounts/departure.html", {"member": member})
    try:
        member.leave()
    except ValidationError as error:
        shown = {"member": member, "refusal": error.messages[0]}
        return render(request, "accounts/departure.html", shown, status=422)
    messages.success(request, f"You have left {request.practice}.")
    return redirect("places")


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_invitation_resend(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    try:
        send_again(invitation, request.practice, request.user)
    except InvitationError as error:
        messages.error(request, str(error))
        return _back(request)
    messages.success(request, f"{invitation.email} has a new mail. The former link is void.")
    return _back(request)


@require_POST
@allowed(Action.MANAGE_STAFF)
def staff_invitation_revoke(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    revoke(invitation)
    messages.success(request, f"The invitation of {invitation.email} no longer works.")
    return _back(request)


def _member(request: TenantRequest, pk: int) -> Membership:
    staff = Membership.objects.of(request.practice).exclude(status=MemberStatus.REMOVED)
    return get_object_or_404(staff.select_related("user", "practice"), pk=pk)


def _invitation(request: TenantRequest, pk: int) -> Invitation:
    ours = Invitation.objects.of(request.practice)
    return get_object_or_404(ours, pk=pk, client=None, state=Invitation.State.PENDING)


def _back(request: TenantRequest) -> HttpResponse:
    return redirect("practice-people", practice_slug=request.practice.slug)
