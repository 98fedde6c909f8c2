"""Which platforms let a stranger take a name that an alias still points to. Pure data.

The grades and the words on the pages are facts from "Can I take over XYZ?" by EdOverflow
and contributors (github.com/EdOverflow/can-i-take-over-xyz, CC BY 4.0), put into our own
form and shortened to the services that AI-built products use or that the list verifies by
machine; the grades of GUARDED follow the threads that audit.md names (§2.2). Changes: only
distinctive words are kept, generic 404 pages are left out, DNS brands are our own.
"""

from dataclasses import dataclass
from enum import StrEnum

from audits.observations.vendors import matches_name

READ_ON = "2026-11-24"
ATTRIBUTION = "Can I take over XYZ? (EdOverflow and contributors), CC BY 4.0, read 2026-11-24"


class Grade(StrEnum):
    """CLAIMABLE: whoever comes first. GUARDED: some proof is asked for, or it depends."""

    CLAIMABLE = "claimable"
    GUARDED = "guarded"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Platform:
    """One service: the alias targets it hands out, and how it looks when nobody holds one.

    `targets` are names as in the vendor table; `words` stand on the page of an unclaimed
    name, all lower case; `is_by_absence` where the target's NXDOMAIN is the sign.
    `unguessable` are targets below it that hold a random part nobody can ask for.
    """

    name: str
    grade: Grade
    targets: tuple[str, ...]
    words: tuple[str, ...] = ()
    is_by_absence: bool = False
    unguessable: tuple[str, ...] = ()


def _claimable(name: str, *targets: str, words: tuple[str, ...]) -> Platform:
    return Platform(name, Grade.CLAIMABLE, targets, words)


def _guarded(name: str, *targets: str, words: tuple[str, ...]) -> Platform:
    return Platform(name, Grade.GUARDED, targets, words)


def _safe(name: str, *targets: str) -> Platform:
    return Platform(name, Grade.SAFE, targets)


PLATFORMS: tuple[Platform, ...] = (
    Platform(
        "AWS Elastic Beanstalk",
        Grade.CLAIMABLE,
        ("*.elasticbeanstalk.com",),
        is_by_absence=True,
        unguessable=("*.eba-*.elasticbeanstalk.com",),
    ),
    Platform(
        "Azure",
        Grade.CLAIMABLE,
        ("*.cloudapp.azure.com", "trafficmanager.net", "*.blob.core.windows.net"),
        is_by_absence=True,
    ),
    _claimable(
        "Amazon S3",
        *("*.s3.amazonaws.com", "*.s3-website*.amazonaws.com", "*.s3.*.amazonaws.com"),
        words=("the specified bucket does not exist", "nosuchbucket"),
    ),
    _claimable("Bitbucket", "bitbucket.io", words=("repository not found",)),
    _claimable("Hatena Blog", "hatenablog.com", words=("404 blog is not found",)),
    _claimable("Helpjuice", "helpjuice.com", words=("we could not find what you're looking for",)),
    _claimable(
        "Help Scout Docs",
        "helpscoutdocs.com",
        words=("no settings were found for this company",),
    ),
    _claimable("YouTrack", "youtrack.cloud", words=("is not a registered incloud youtrack",)),
    _claimable("Surge", "surge.sh", words=("project not found",)),
    _claimable("Pantheon", "pantheonsite.io", words=("404 error unknown site",)),
    _guarded("Vercel", "vercel-dns.com", "vercel.app", words=("deployment_not_found",)),
    _guarded("Netlify", "netlify.app", "netlify.com", words=("not found - request id",)),
    _guarded("Heroku", "herokudns.com", "herokuapp.com", words=("no such app",)),
    _guarded("GitHub Pages", "github.io", words=("there isn't a github pages site here",)),
    _guarded("Shopify", "myshopify.com", words=("sorry, this shop is currently unavailable",)),
    _guarded(
        "Webflow",
        *("proxy.webflow.com", "proxy-ssl.webflow.com", "cdn.webflow.com"),
        words=("the page you are looking for doesn't exist or has been moved",),
    ),
    _guarded("Wix", "wixdns.net", words=("looks like this domain isn't connected to a website",)),
    _guarded("WordPress.com", "wordpress.com", words=("do you want to register",)),
    _guarded("Tumblr", "domains.tumblr.com", words=("whatever you were looking for doesn't",)),
    _guarded("Ghost", "ghost.io", words=("the thing you were looking for is no longer here",)),
    _guarded("Azure App Service", "azurewebsites.net", words=("404 web site not found",)),
    _safe("AWS load balancer", "*.elb.amazonaws.com", "*.elb.*.amazonaws.com"),
    _safe("Akamai", "akamaiedge.net", "edgekey.net", "edgesuite.net"),
    _safe("Amazon CloudFront", "cloudfront.net"),
    _safe("Fastly", "fastly.net", "fastlylb.net"),
    _safe("Firebase Hosting", "web.app", "firebaseapp.com"),
    _safe("GitLab Pages", "gitlab.io"),
    _safe("Google", "ghs.googlehosted.com", "c.storage.googleapis.com"),
    _safe("HubSpot", "hubspot.net", "hs-sites.com"),
    _safe("SendGrid", "sendgrid.net"),
    _safe("Squarespace", "squarespace.com"),
    _safe("Statuspage", "statuspage.io", "stspg-customer.com"),
    _safe("Unbounce", "unbouncepages.com"),
    _safe("UserVoice", "uservoice.com"),
    _safe("WP Engine", "wpengine.com", "wpeproxy.com"),
    _safe("Zendesk", "zendesk.com"),
)

# DNS brands that hand out servers at random, so that a stranger can't choose the same ones
# at will; at every other brand of the vendor table a zone is whoever's creates it first.
DNS_BRANDS_AT_RANDOM = frozenset({"Amazon Route 53", "Cloudflare"})


def platform_of(target: str) -> Platform | None:
    """The platform that hands out the alias target `target`, or None."""
    met = (
        platform
        for platform in PLATFORMS
        if any(matches_name(target, pattern) for pattern in platform.targets)
    )
    return next(met, None)


def is_unguessable(platform: Platform, target: str) -> bool:
    return any(matches_name(target, pattern) for pattern in platform.unguessable)


def met_words(platform: Platform, text: str) -> str:
    """The first of the platform's words that stands in `text`, or ""."""
    lowered = text.lower().replace("\u2019", "'")
    return next((words for words in platform.words if words in lowered), "")
