"""How a founder gives a consultant access, vendor by vendor, from a phone. Pure data.

From the vendors' own help pages as of November 2026; where a menu's name is not sure, the step
says what to look for. `{who}` is the address to invite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

INVITED: Final = (
    "It worked when {who} stands in that list, often marked as invited until we accept."
)


@dataclass(frozen=True, slots=True)
class Way:
    """How access is given at one vendor: whom with which role, the steps, what is seen then.

    The role is the least one that does the work.
    """

    role: str
    steps: tuple[str, ...]
    # For which slots they are right; elsewhere the vendor is asked for in general words.
    slots: tuple[str, ...]
    # As staff read it where they choose a vendor themselves; that asks for the first slot.
    name: str
    # What the founder sees when it worked.
    seen: str = INVITED


# By a word of the vendor's name, in small letters.
WAYS: Final[Mapping[str, Way]] = {
    "cloudflare": Way(
        "DNS administrator",
        (
            "Open dash.cloudflare.com and sign in.",
            "Tap “Manage account”, then “Members”, then “Invite”.",
            "Enter {who}. Choose your domain only, with the role “DNS”.",
            "Tap “Invite”. We get a mail and take it from there.",
        ),
        ("dns",),
        name="Cloudflare",
    ),
    "route 53": Way(
        "a user with AmazonRoute53FullAccess",
        (
            "Open console.aws.amazon.com and sign in.",
            "Search for “IAM Identity Center”, tap “Users”, then “Add user”.",
            "Enter {who} and give the permission set for Route 53.",
        ),
        ("dns",),
        name="Amazon Route 53",
    ),
    "vercel": Way(
        "Developer",
        (
            "Open vercel.com/dashboard and choose your team.",
            "Tap “Settings”, then “Members”.",
            "Enter {who}, choose “Developer”, tap “Invite”.",
        ),
        ("hosting",),
        name="Vercel",
    ),
    "netlify": Way(
        "Developer",
        (
            "Open app.netlify.com and choose your team.",
            "Tap “Team management”, then “Members”, then “Add members”.",
            "Enter {who} as Developer and send the invitation.",
        ),
        ("hosting",),
        name="Netlify",
    ),
    "render": Way(
        "Developer",
        (
            "Open dashboard.render.com and your workspace’s settings.",
            "Under “Team members” tap “Invite”.",
            "Enter {who} as Developer.",
        ),
        ("hosting",),
        name="Render",
    ),
    "fly.io": Way(
        "member of the organisation",
        (
            "Open fly.io/dashboard and choose the organisation.",
            "Tap “Team”, then “Invite people”.",
            "Enter {who}.",
        ),
        ("hosting",),
        name="Fly.io",
    ),
    "railway": Way(
        "Editor",
        (
            "Open railway.com, your project, then “Settings”.",
            "Tap “Members”, then “Invite”.",
            "Enter {who} with the role that can edit.",
        ),
        ("hosting",),
        name="Railway",
    ),
    "namecheap": Way(
        "domain manager",
        (
            "Open namecheap.com and sign in.",
            "Tap “Domain list”, then “Manage” beside the domain.",
            "Tap “Sharing & transfer”, enter {who} and choose domain manager.",
        ),
        ("dns", "registrar"),
        name="Namecheap",
    ),
    "godaddy": Way(
        "delegate with “Products & domains”",
        (
            "Open account.godaddy.com/access.",
            "Under “People who can access my account” tap “Invite to access”.",
            "Enter {who} and choose “Products & domains”.",
        ),
        ("dns", "registrar"),
        name="GoDaddy",
    ),
    "google": Way(
        "a custom admin role for domain settings",
        (
            "Open admin.google.com with an administrator’s account.",
            "Tap “Account”, then “Admin roles”.",
            "Make a user for {who} and give the role for domain settings and Gmail.",
        ),
        ("mail",),
        name="Google Workspace",
    ),
    "microsoft": Way(
        "domain name administrator",
        (
            "Open admin.microsoft.com with an administrator’s account.",
            "Tap “Users”, then “Guest users”, and invite {who}.",
            "Under “Roles” give “Domain name administrator”.",
        ),
        ("mail",),
        name="Microsoft 365",
    ),
    "resend": Way(
        "Member",
        (
            "Open resend.com/settings/team.",
            "Tap “Invite members” and enter {who}.",
        ),
        ("sender",),
        name="Resend",
    ),
    "postmark": Way(
        "server admin",
        (
            "Open account.postmarkapp.com/users.",
            "Tap “Invite users” and enter {who} with access to your server.",
        ),
        ("sender",),
        name="Postmark",
    ),
    "sendgrid": Way(
        "teammate with sender authentication",
        (
            "Open app.sendgrid.com, then “Settings”, then “Teammates”.",
            "Tap “Add teammate”, enter {who}.",
            "Choose restricted access with “Sender authentication”.",
        ),
        ("sender",),
        name="SendGrid",
    ),
    "mailgun": Way(
        "developer",
        (
            "Open app.mailgun.com, then your name, then “Users”.",
            "Tap “Invite user” and enter {who} as developer.",
        ),
        ("sender",),
        name="Mailgun",
    ),
    "github": Way(
        "Write",
        (
            "Open the repository on github.com, then “Settings”.",
            "Tap “Collaborators and teams”, then “Add people”.",
            "Enter {who} and choose “Write”.",
        ),
        ("code", "hosting"),
        name="GitHub",
    ),
    "gitlab": Way(
        "Developer",
        (
            "Open gitlab.com, then the project.",
            "Tap “Manage”, then “Members”, then “Invite members”.",
            "Enter {who}, choose “Developer”, and set a day after the sprint as the end.",
        ),
        ("code", "hosting"),
        name="GitLab",
    ),
    "porkbun": Way(
        "authorised user",
        (
            "Open porkbun.com and sign in. Your address and phone must be confirmed there, and "
            "signing in must ask for a second proof.",
            "Tap “Account”, then “Authorized Users”.",
            "Porkbun invites by user name, not by address: ask {who} for ours, enter it, submit.",
        ),
        ("dns", "registrar"),
        seen="We appear there once we accept. An authorised user can change records, but can’t "
        "unlock the domain or move it away.",
        name="Porkbun",
    ),
    "amazon ses": Way(
        "a user with AmazonSESFullAccess, nothing else",
        (
            "Open console.aws.amazon.com and sign in.",
            "Search for “IAM Identity Center”, tap “Users”, then “Add user”.",
            "Enter {who} and give a permission set with AmazonSESFullAccess alone.",
        ),
        ("sender",),
        name="Amazon SES",
    ),
    "supabase": Way(
        "Developer",
        (
            "Open supabase.com/dashboard and choose the organisation.",
            "Open its team, then invite a member.",
            "Enter {who} with the role “Developer”.",
        ),
        ("data",),
        seen="The invitation holds for 24 hours; we accept it the same day. A developer reads "
        "the project and can’t change its settings.",
        name="Supabase",
    ),
    "firebase": Way(
        "Editor, not Owner",
        (
            "Open console.firebase.google.com and your project.",
            "Open “Project settings”, then “Users and permissions”.",
            "Tap “Add member”, enter {who} and choose “Editor”.",
        ),
        ("data", "hosting"),
        name="Firebase",
    ),
    "openai": Way(
        "Reader",
        (
            "Open platform.openai.com, then “Settings”.",
            "Open the organisation’s members, then invite somebody.",
            "Enter {who} as “Reader”. We never need the key itself.",
            "A reader can’t see your spending limit: write it below, or that there is none.",
        ),
        ("model",),
        name="OpenAI",
    ),
    "anthropic": Way(
        "Billing",
        (
            "Open platform.claude.com and sign in as an administrator.",
            "Tap “Settings”, then “Members”, then “Invite”.",
            "Enter {who} and choose “Billing”: it sees usage and limits, and no key.",
        ),
        ("model",),
        seen="We stand in the list as “Pending” until we accept.",
        name="Anthropic",
    ),
    "stripe": Way(
        "View only",
        (
            "Open dashboard.stripe.com, then “Settings”.",
            "Open the team, then add a member.",
            "Enter {who} and choose “View only”: it sees payments, and neither keys nor settings.",
        ),
        ("payments",),
        seen="The invitation holds for ten days; we accept it before.",
        name="Stripe",
    ),
    "sentry": Way(
        "Member",
        (
            "Open sentry.io, then “Settings”, then “Members”.",
            "Tap “Invite Members”.",
            "Enter {who} with the role “Member” and the team of your app.",
        ),
        ("monitoring",),
        name="Sentry",
    ),
}
