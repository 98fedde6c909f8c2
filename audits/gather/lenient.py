"""Asking past a bad certificate: it keeps browsers out, but hides no key."""

from accounts.guard.exchange import Exchange
from audits.gather.baseline import unchallenged
from audits.gather.site import Site
from audits.observations.seen import GatherFailure

UNTRUSTED = "tls_untrusted"


async def lenient_page(site: Site, url: str) -> Exchange | GatherFailure:
    """The page at `url`, with redirects followed."""
    answer = unchallenged(site, await site.page(url))
    return await unverified(site, url, answer, follow=5)


async def lenient_hop(site: Site, url: str) -> Exchange | GatherFailure:
    answer = unchallenged(site, await site.hop(url))
    return await unverified(site, url, answer, follow=0)


async def unverified(
    site: Site, url: str, answer: Exchange | GatherFailure, *, follow: int
) -> Exchange | GatherFailure:
    if not isinstance(answer, GatherFailure) or answer.code != UNTRUSTED:
        return answer
    again = await site.once(
        ("unverified", url, str(follow)), lambda: site.fetch(url, follow=follow, verify=False)
    )
    return unchallenged(site, again)


def is_html(answer: Exchange) -> bool:
    kind = (answer.header("content-type") or "").lower()
    return "html" in kind or answer.text[:200].lstrip().lower().startswith(("<!doctype", "<html"))
