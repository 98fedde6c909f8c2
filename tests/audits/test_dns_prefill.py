"""What is guessed from half of the answers."""

from accounts.guard.exchange import DnsReply
from audits.gather.prefill import Found, concluded
from audits.observations.target import HostKind
from tests.audits.dns_factories import DOMAIN, reply

PROBE = f"0123456789abcdef.{DOMAIN}"
HERE = "198.51.100.7"


def found(*replies: DnsReply) -> Found:
    return Found({(one.name, one.rtype): one for one in replies})


def test_what_came_in_time_stands() -> None:
    made = concluded(
        DOMAIN,
        PROBE,
        found(
            reply(f"api.{DOMAIN}", "A", HERE, chain=("x.up.railway.app",)),
            reply(DOMAIN, "MX", "1 aspmx.l.google.com."),
            reply(DOMAIN, "NS", "ada.ns.cloudflare.com."),
        ),
        is_complete=False,
    )
    assert [(host.name, host.kind) for host in made.hosts] == [(f"api.{DOMAIN}", HostKind.API)]
    assert made.hosting is not None
    assert made.mail_vendor is not None
    assert made.dns_vendor is not None
    names = (made.hosting.name, made.mail_vendor.name, made.dns_vendor.name)
    assert names == ("Railway", "Google Workspace", "Cloudflare")
    assert not made.is_complete


def test_a_name_that_answers_as_a_made_up_one_is_the_wildcards() -> None:
    answers = found(
        reply(PROBE, "A", HERE, "198.51.100.8"),
        reply(f"dev.{DOMAIN}", "A", "198.51.100.8", "198.51.100.9"),
        reply(f"app.{DOMAIN}", "A", "203.0.113.1"),
    )
    made = concluded(DOMAIN, PROBE, answers, is_complete=True)
    assert [host.name for host in made.hosts] == [f"app.{DOMAIN}"]
    assert made.has_wildcard


def test_nothing_at_all_guesses_nothing() -> None:
    made = concluded(DOMAIN, PROBE, found(), is_complete=True)
    assert (made.hosts, made.mail_domains, made.hosting, made.senders) == ((), (), None, ())
