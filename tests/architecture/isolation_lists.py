"""What stands outside the walls on purpose, each with its reason. Everything else is inside."""

GLOBAL_MODELS = {
    "accounts.User": "a person; knows nothing of practices",
    "accounts.Practice": "the tenant itself",
    "accounts.BrandFile": "logos by the hash of their contents; shown to every visitor",
    "accounts.OutgoingMail": "the application may add rows and read none; sealed",
    "accounts.Purge": "the operator's record of what was deleted for good; no personal data",
    "account.EmailAddress": "allauth: a person's addresses",
    "account.EmailConfirmation": "allauth: a person's addresses",
    "auth.Group": "django: unused, empty",
    "auth.Group_permissions": "django: unused, empty",
    "auth.Permission": "django: unused",
    "contenttypes.ContentType": "django: names of models",
    "mfa.Authenticator": "allauth: a person's passkeys and codes",
    "sessions.Session": "django: read before a tenant is known",
    "usersessions.UserSession": "allauth: a person's sessions",
}

# Unique over all practices: a duplicate says nothing where nobody can guess the value.
UNIQUE_OVER_ALL = {
    "accounts_invitation_token_hash": "SHA-256 of 32 random bytes",
    "share_link_token_hash": "SHA-256 of 32 random bytes",
    "mail_test_local_part": "128 random bits, an address that is given out",
}

# SECURITY DEFINER functions: they look before a tenant is known and return ids only, or delete
# for good what nobody else may (decisions.md 15): the last ones ask who acts, in which practice.
DEFINER_FUNCTIONS = {
    "invitation_by_hash(hash text)",
    "link_by_hash(hash text)",
    "link_opened(hash text)",
    "helper_comment(hash text, risk_number integer, said text)",
    "helper_fixed(hash text, risk_number integer)",
    "staff_places(who bigint)",
    "client_places(who bigint)",
    "client_of_sprint(who bigint, sprint bigint)",
    "purge_client(practice bigint, client bigint, who bigint)",
    "purge_project(practice bigint, project bigint, who bigint)",
    "purge_sprint(practice bigint, sprint bigint, who bigint)",
    "purge_practice(practice bigint)",
}
