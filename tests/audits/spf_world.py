"""A few names for SPF evaluations; the record under test stands at example.test."""

from collections.abc import Iterable

from accounts.guard.exchange import DnsStatus
from audits.observations.spf_check import check_host
from audits.observations.spf_result import SpfCheck
from audits.observations.spf_sender import sender_of
from tests.audits.mail_world import Records, World, settle

DOMAIN = "example.test"
IP4 = "192.0.2.10"
IP6 = "2001:db8::10"
OTHER = "198.51.100.99"

NAMES: Records = {
    "host.test A": [IP4],
    "host.test AAAA": [IP6],
    "four.test A": [IP4],
    "six.test AAAA": [IP6],
    "far.test A": ["203.0.113.5"],
    "far.test AAAA": ["2001:db8:ffff::5"],
    "empty.test TXT": ["nothing else"],
    "silent.test A": DnsStatus.TIMEOUT,
    "silent.test AAAA": DnsStatus.TIMEOUT,
    "silent.test MX": DnsStatus.TIMEOUT,
    "silent.test TXT": DnsStatus.TIMEOUT,
    "broken.test A": DnsStatus.SERVFAIL,
    "mail.test MX": ["10 far.test.", "20 host.test."],
    "deadmail.test MX": ["10 gone.test.", "20 host.test."],
    "halfmail.test MX": ["10 host.test.", "20 silent.test."],
    "badmail.test MX": ["10 silent.test.", "20 host.test."],
    "nullmail.test MX": ["0 ."],
    "wide.test MX": [f"{number} far.test." for number in range(11)],
    "tenmail.test MX": [*(f"{number} far.test." for number in range(9)), "9 host.test."],
    "pass.test TXT": [f"v=spf1 ip4:{IP4} ip6:{IP6} -all"],
    "fail.test TXT": ["v=spf1 -all"],
    "softfail.test TXT": ["v=spf1 ~all"],
    "neutral.test TXT": ["v=spf1 ?all"],
    "everybody.test TXT": ["v=spf1 +all"],
    "two.test TXT": ["v=spf1 -all", "v=spf1 ~all"],
    "wrong.test TXT": ["v=spf1 -all ip4"],
    "silentinside.test TXT": ["v=spf1 a:silent.test -all"],
    "explained.test TXT": ["v=spf1 -all exp=why.test"],
    "why.test TXT": ["Not from %{i}."],
    "alias.test CNAME": ["host.test."],
    "spf-alias.test CNAME": ["pass.test."],
    "loop.test TXT": ["v=spf1 include:loop.test -all"],
    "ring.test TXT": ["v=spf1 redirect=ring.test"],
    "10.2.0.192.in-addr.arpa PTR": ["mta.example.test.", "elsewhere.test."],
    "mta.example.test A": [IP4],
    "elsewhere.test A": ["203.0.113.77"],
}


def evaluated(
    record: str | list[str] | DnsStatus | None,
    *,
    ip: str = IP4,
    sender: str = "strong-bad@example.test",
    helo: str = "mta.example.test",
    domain: str = DOMAIN,
    more: Records | None = None,
) -> SpfCheck:
    """check_host() with `record` at example.test (None: the name has no TXT) to its end."""
    own: dict[str, Iterable[str] | DnsStatus] = {f"{DOMAIN} A": ["203.0.113.1"]}
    if isinstance(record, DnsStatus) or not isinstance(record, str):
        own |= {} if record is None else {f"{DOMAIN} TXT": record}
    else:
        own |= {f"{DOMAIN} TXT": [record]}
    world = World({**NAMES, **own, **(more or {})})
    who = sender_of(ip, domain=domain, sender=sender, helo=helo, now_seconds=1_700_000_000)
    return settle(lambda answers: check_host(domain, who, answers), world)
