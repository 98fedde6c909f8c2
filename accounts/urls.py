"""Addresses of people and sign-in. Of allauth's own only those without a password are used."""

from django.urls import path, re_path

from accounts.views import (
    account,
    brand,
    clients,
    demo,
    factors,
    invitations,
    mailbox,
    people,
    signin,
    start,
    stepup,
)

urlpatterns = [
    # Names that allauth looks up.
    path("login/", signin.request_code, name="account_login"),
    path("login/", signin.request_code, name="account_request_login_code"),
    path("login/code/", signin.confirm_code, name="account_confirm_login_code"),
    path("login/again/", signin.start_over, name="account_start_over"),
    path("login/passkey/", signin.passkey, name="mfa_login_webauthn"),
    path("login/second-factor/", signin.second_factor, name="mfa_authenticate"),
    path("login/closed/", signin.closed_account, name="account_inactive"),
    path("logout/", signin.sign_out, name="account_logout"),
    path("start/", start.practice_start, name="account_signup"),
    # Ours.
    path("start/code/", start.start_code, name="start-code"),
    path("start/code/again/", start.start_code_resend, name="start-code-resend"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("invitation/<str:token>/code/", invitations.invitation_code, name="invitation-code"),
    path(
        "invitation/<str:token>/code/again/",
        invitations.invitation_code_resend,
        name="invitation-code-resend",
    ),
    path("demo/<str:token>/", demo.demo_link, name="demo-link"),
    path("dev/mail/", mailbox.mail_list, name="mail-list"),
    path("dev/mail/<slug:key>/", mailbox.mail_detail, name="mail-detail"),
    re_path(r"^brand/(?P<colour>[0-9a-f]{6})\.css$", brand.brand_css, name="brand-css"),
    path("brand/<str:name>", brand.brand_logo, name="brand-logo"),
    path("confirm/", stepup.stepup_page, name="stepup"),
    path("confirm/code/", stepup.stepup_code, name="stepup-code"),
    path("confirm/passkey/", stepup.stepup_passkey, name="stepup-passkey"),
    path("confirm/resumption/", stepup.stepup_resumption, name="stepup-resumption"),
    path("account/", account.account, name="account"),
    path("account/address/", account.address_change, name="address-change"),
    path("account/address/code/", account.address_code, name="address-code"),
    path("account/second-factor/", account.second_factor, name="second-factor"),
    path("account/passkeys/new/", factors.passkey_add, name="passkey-add"),
    path(
        "account/passkeys/<int:factor_id>/removal/", factors.passkey_remove, name="passkey-removal"
    ),
    path("account/app/", factors.app_add, name="app-add"),
    path("account/app/picture.svg", factors.app_picture, name="app-picture"),
    path("account/app/removal/", factors.app_remove, name="app-removal"),
    path("account/recovery-codes/", factors.recovery_codes, name="recovery-codes"),
    path("account/sessions/<int:session_id>/end/", account.session_end, name="session-end"),
    path("account/sessions/others/end/", account.other_sessions_end, name="other-sessions-end"),
    path("c/people/<int:client_id>/", clients.own_people, name="own-people"),
    path("p/<slug:practice_slug>/settings/", people.practice_settings, name="practice-settings"),
    path("p/<slug:practice_slug>/people/", people.practice_people, name="practice-people"),
    path("p/<slug:practice_slug>/people/new/", people.staff_invite, name="staff-invite"),
    path("p/<slug:practice_slug>/people/departure/", people.practice_departure, name="departure"),
    path(
        "p/<slug:practice_slug>/people/<int:member_id>/role/",
        people.staff_role,
        name="staff-role",
    ),
    path(
        "p/<slug:practice_slug>/people/<int:member_id>/suspension/",
        people.staff_suspension,
        name="staff-suspension",
    ),
    path(
        "p/<slug:practice_slug>/people/<int:member_id>/removal/",
        people.staff_removal,
        name="staff-removal",
    ),
    path(
        "p/<slug:practice_slug>/people/invitations/<int:invitation_id>/mail/",
        people.staff_invitation_resend,
        name="staff-invitation-mail",
    ),
    path(
        "p/<slug:practice_slug>/people/invitations/<int:invitation_id>/revocation/",
        people.staff_invitation_revoke,
        name="staff-invitation-revocation",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/people/",
        clients.client_people,
        name="client-people",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/people/<int:person_id>/removal/",
        clients.client_person_removal,
        name="client-person-removal",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/people/<int:person_id>/role/",
        clients.client_person_role,
        name="client-person-role",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/invitations/<int:invitation_id>/link/",
        clients.client_invitation_link,
        name="client-invitation-link",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/invitations/<int:invitation_id>/mail/",
        clients.client_invitation_resend,
        name="client-invitation-mail",
    ),
    path(
        "p/<slug:practice_slug>/clients/<int:client_id>/invitations/<int:invitation_id>/revocation/",
        clients.client_invitation_revoke,
        name="client-invitation-revocation",
    ),
]
