"""The pure parts of a change: merging, writing it down, seeing whether it is live."""

import re
from collections.abc import Mapping
from dataclasses import replace

import dns.rdataclass
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus
from audits.catalogue import BY_ID
from audits.changes.known import Known, UnknownYetError
from audits.changes.landing import Landing, is_live, is_touched
from audits.changes.makers import change_for
from audits.changes.naming import asked_name, asked_value, console_url, proxied_words
from audits.changes.sets import Act, Change, ChangeSet, as_data, from_data
from audits.changes.spf import merged
from audits.changes.zone_file import zone_file
from audits.observations.dmarc_walk import walk_dmarc
from audits.observations.dns import Ipv6Attempt, Ipv6Reach
from audits.observations.dns_answers import Answer, Question, Said
from audits.observations.mail import (
    DmarcPolicy,
    Identity,
    MailExchange,
    MailPosture,
    MxHost,
    Sending,
    SpfPolicy,
)
from audits.observations.mail_transport import MailTransport
from audits.observations.spf_record import parse_spf, select_spf
from audits.observations.spf_tree import walk_spf
from audits.observations.vendor_table import DNS_PROVIDERS
from audits.verdicts import Result, Verdict

ZONE = "app.test"
SILENT = Answer(Said.SILENT)


def said(*values: str) -> Answer:
    return Answer(Said.FOUND if values else Said.EMPTY, values)


def record(name: str, rtype: str, value: str, ttl: int = 300) -> DnsRecord:
    return DnsRecord(name, rtype, ttl, value)


def spf_change(*texts: str, told: dict[Question, Answer] | None = None) -> ChangeSet | None:
    """The change for the first trouble that the named check sees in `texts`."""
    return computed("email.spf_multiple", spf_seen(*texts), *texts, told=told)


def spf_seen(*texts: str, identity: Identity | None = None) -> SpfPolicy:
    answers = {Question(ZONE, "TXT"): said(*texts)}
    return SpfPolicy(identity or Identity(ZONE), walk_spf(ZONE, answers))


def computed(
    check: str,
    seen: object,
    *texts: str,
    live: Mapping[Question, tuple[DnsRecord, ...] | None] | None = None,
    told: dict[Question, Answer] | None = None,
) -> ChangeSet | None:
    rule = BY_ID[check]
    made = rule.judge(seen)
    results = [made] if isinstance(made, Result) else list(made)
    result = next(one for one in results if one.verdict in {Verdict.FAIL, Verdict.WARN})
    found = {Question(ZONE, "TXT"): tuple(record(ZONE, "TXT", text) for text in texts)}
    known = Known(live={**found, **(live or {})}, told=told or {})
    return change_for(rule, seen, result, known, zone=ZONE, subject=result.subject or ZONE)


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (["v=spf1 include:a.test ~all", "v=spf1 include:b.test ~all"],
         "v=spf1 include:a.test include:b.test ~all"),
        (["v=spf1 include:a.test -all", "v=spf1 include:A.test. ~all"],
         "v=spf1 include:a.test -all"),
        (["v=spf1 ip4:192.0.2.0/24 ~all", "v=spf1 ip4:192.0.2.7 mx ?all"],
         "v=spf1 ip4:192.0.2.0/24 mx ~all"),
        (["v=spf1 a +all", "v=spf1 mx"], "v=spf1 a mx ~all"),
        (["v=spf1 redirect=a.test", "v=spf1 mx -all"], "v=spf1 include:a.test mx -all"),
        (["v=spf1 a ~all include:never.test", "v=spf1 mx ~all"], "v=spf1 a mx ~all"),
        (["v=spf1 a -all exp=why.test", "v=spf1 mx -all exp=other.test"],
         "v=spf1 a mx -all exp=why.test"),
        (["V=SPF1 a/24//64 ~all", "v=spf1 a ~all"], "v=spf1 a/24//64 a ~all"),
    ],
)  # fmt: skip
def test_several_records_become_the_one_that_lets_the_same_senders_in(texts, one) -> None:
    assert merged(texts) == one


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["v=spf1 ip4:1.2.3.444 ~all", "v=spf1 a ~all"],
        ["v=spf1 -ip4:192.0.2.1 ~all", "v=spf1 ip4:192.0.2.0/24 ~all"],
        ["v=spf1 ?include:a.test ~all", "v=spf1 a ~all"],
    ],
)
def test_what_could_change_who_may_send_is_not_merged(texts) -> None:
    assert merged(texts) == ""


TERMS = st.sampled_from(
    ["a", "mx", "a:x.test", "include:a.test", "include:b.test", "ip4:192.0.2.0/24", "ip4:192.0.2.1",
     "ip6:2001:db8::/32", "ip6:2001:db8::1", "exists:%{i}.x.test", "redirect=r.test", "x=y"]
)  # fmt: skip
ENDS = st.sampled_from(["-all", "~all", "?all", "all", ""])
RECORDS = st.lists(st.tuples(st.lists(TERMS, max_size=6), ENDS), min_size=2, max_size=4)


@given(RECORDS)
def test_a_merged_record_is_one_sound_record_with_every_term_once(records) -> None:
    texts = [" ".join(("v=spf1", *terms, end)).strip() for terms, end in records]
    one = merged(texts)
    if not one:
        assert any(not parse_spf(text).is_valid for text in texts)
        return
    parsed = parse_spf(one)
    assert select_spf([one])[0]
    assert parsed.is_valid
    assert parsed.all is not None
    assert parsed.all.qualifier in {"~", "-"}
    assert len(set(map(str, parsed.directives))) == len(parsed.directives)
    assert merged([one, one]) == one


@given(st.lists(st.text(max_size=60).map(lambda text: f"v=spf1 {text}"), max_size=4))
def test_foreign_records_are_merged_into_a_sound_one_or_not_at_all(texts) -> None:
    one = merged(texts)
    assert one == "" or parse_spf(one).is_valid


def test_a_merged_record_beyond_ten_lookups_says_so() -> None:
    many = " ".join(f"exists:n{number}.test" for number in range(6))
    texts = (f"v=spf1 {many} ~all", f"v=spf1 {many.replace('n', 'm')} ~all")
    told = {
        Question(f"{letter}{number}.test", "A"): said("192.0.2.1")
        for letter in "nm"
        for number in range(6)
    }
    found = spf_change(*texts, told=told)
    assert found is not None
    assert "needs 12 lookups" in found.notes[0]


def test_a_silent_name_server_leaves_no_change() -> None:
    texts = ("v=spf1 a ~all", "v=spf1 mx ~all")
    seen = spf_seen(*texts)
    assert computed("email.spf_multiple", seen, live={Question(ZONE, "TXT"): None}) is None
    assert computed("email.spf_multiple", seen, "v=spf1 a ~all") is None  # mended meanwhile


def test_what_is_not_known_yet_is_asked_for() -> None:
    with pytest.raises(UnknownYetError) as missing:
        spf_change("v=spf1 include:a.test ~all", "v=spf1 mx ~all")
    assert Question("a.test", "TXT") in missing.value.told


def test_a_record_with_a_space_before_it_is_corrected() -> None:
    found = computed("email.spf_present", spf_seen(" v=spf1  -all"), " v=spf1  -all")
    assert found is not None
    assert [row.value for row in found.rows] == [" v=spf1  -all", "v=spf1 -all"]


def test_without_a_service_in_sight_no_first_record_is_guessed() -> None:
    sending = Identity(ZONE, Sending.DECLARED)
    assert computed("email.spf_present", spf_seen(identity=sending)) is None


def test_an_include_that_leads_nowhere_goes_and_the_rest_stays() -> None:
    text = "v=spf1 include:gone.test ip4:192.0.2.1 -all"
    told = {Question(ZONE, "TXT"): said(text), Question("gone.test", "TXT"): Answer(Said.NO_NAME)}
    seen = SpfPolicy(Identity(ZONE), walk_spf(ZONE, told))
    found = computed("email.spf_void_limit", seen, text, told=told)
    assert found is not None
    assert [row.value for row in found.of(Act.ADD)] == ["v=spf1 ip4:192.0.2.1 -all"]


@pytest.mark.parametrize(
    ("ip6", "is_computed"), [(Said.FOUND, True), (Said.EMPTY, False)], ids=["alive", "all dead"]
)
def test_a_dead_mail_server_is_removed_only_beside_a_living_one(ip6, is_computed) -> None:
    hosts = (
        MxHost(10, "mx.test", Said.EMPTY, ip6),
        MxHost(20, "old.test", Said.NO_NAME, Said.EMPTY),
    )
    live = {
        Question(ZONE, "MX"): (
            record(ZONE, "MX", "10 mx.test."),
            record(ZONE, "MX", "20 OLD.test."),
        )
    }
    found = computed("email.mx", MailExchange(Identity(ZONE), Said.FOUND, hosts), live=live)
    assert (found is not None) == is_computed
    if found:
        assert [(row.act, row.value) for row in found.rows] == [
            ("remove", "20 OLD.test."),
            ("keep", "10 mx.test."),
        ]


def test_a_dead_ipv6_address_goes_where_it_stands_at_that_name() -> None:
    reply = DnsReply(ZONE, "AAAA", DnsStatus.NOERROR, (record(ZONE, "AAAA", "2001:db8::1"),))
    attempts = (Ipv6Attempt("2001:db8::1", "connect_refused"),)
    seen = Ipv6Reach(ZONE, reply, attempts, is_vantage_able=True)
    question = Question(ZONE, "AAAA")
    found = computed("dns.ipv6", seen, live={question: (record(ZONE, "AAAA", "2001:db8::1"),)})
    assert found is not None
    assert [row.act for row in found.rows] == ["remove"]
    assert computed("dns.ipv6", seen, live={question: None}) is None  # it stands behind an alias


def test_mta_sts_gets_an_id_and_reports_get_an_address() -> None:
    name = f"_mta-sts.{ZONE}"
    live = {Question(name, "TXT"): (record(name, "TXT", "v=STSv1; id=a-b;"),)}
    seen = MailTransport(ZONE, said("v=STSv1; id=a-b;"), said(), said())
    found = computed("email.mta_sts", seen, live=live)
    assert found is not None
    assert re.fullmatch("v=STSv1; id=[0-9a-f]{20};", found.of(Act.ADD)[0].value)
    reports = f"_smtp._tls.{ZONE}"
    told = {Question(ZONE, "MX"): said("10 mx.test.")}
    found = computed("email.tls_rpt", seen, live={Question(reports, "TXT"): ()}, told=told)
    assert found is not None
    assert found.rows[0].value == f"v=TLSRPTv1; rua=mailto:postmaster@{ZONE}"
    told = {Question(ZONE, "MX"): said("0 .")}
    assert computed("email.tls_rpt", seen, live={Question(reports, "TXT"): ()}, told=told) is None


def test_a_domain_that_sends_nothing_says_so_and_keeps_its_reports() -> None:
    name, old = f"_dmarc.{ZONE}", f"v=DMARC1; p=none; rua=mailto:postmaster@{ZONE}"
    told = {
        Question(ZONE, "TXT"): said("v=spf1 ~all", "other"),
        Question(name, "TXT"): said(old),
        Question("_dmarc.test", "TXT"): said(),
        Question(ZONE, "MX"): said("10 mx.test."),
    }
    parked = Identity(ZONE, Sending.PARKED)
    seen = MailPosture(
        parked,
        spf=SpfPolicy(parked, walk_spf(ZONE, told)),
        dmarc=DmarcPolicy(parked, walk_dmarc(ZONE, told)),
    )
    live = {Question(name, "TXT"): (record(name, "TXT", old),)}
    found = computed("email.non_sending", seen, "v=spf1 ~all", "other", live=live, told=told)
    assert found is not None
    assert [one.value for one in found.of(Act.ADD)] == [
        "v=spf1 -all",
        f"v=DMARC1; p=reject; rua=mailto:postmaster@{ZONE}",
    ]
    assert [one.value for one in found.of(Act.KEEP)] == ["other"]


# Names as a provider wants them


def change(*rows: Change, provider: str = "", style: str = "", console: str = "") -> ChangeSet:
    return ChangeSet(
        "email.spf_multiple", ZONE, ZONE, rows, provider=provider, name_style=style, console=console
    )


def row(act: Act, value: str, rtype: str = "TXT", name: str = ZONE) -> Change:
    return Change(act, rtype, name, value)


@pytest.mark.parametrize(
    ("provider", "style", "apex", "below"),
    [
        ("Cloudflare", "relative", "@", "_dmarc"),
        ("Amazon Route 53", "relative", "", "_dmarc"),
        ("Unknown", "", ZONE, f"_dmarc.{ZONE}"),
    ],
)
def test_a_name_is_written_as_the_provider_wants_it(provider, style, apex, below) -> None:
    one = change(provider=provider, style=style)
    assert asked_name(one, row(Act.ADD, "x")) == apex
    assert asked_name(one, row(Act.ADD, "x", name=f"_dmarc.{ZONE}")) == below


def test_the_big_providers_have_a_style_and_a_page() -> None:
    wanted = {"Cloudflare", "Amazon Route 53", "Namecheap", "GoDaddy", "Porkbun", "Squarespace",
              "Vercel", "Netlify", "Hetzner"}  # fmt: skip
    styles = {sign.name: sign for sign in DNS_PROVIDERS}
    assert all(styles[name].name_style == "relative" for name in wanted)
    assert all(styles[name].console for name in wanted)
    assert console_url(change(console="dash.cloudflare.com")) == "https://dash.cloudflare.com"
    assert console_url(change()) == ""


def test_values_lose_the_dot_that_forms_refuse_and_a_switch_has_words() -> None:
    assert asked_value(row(Act.ADD, "10 mx.test.", "MX")) == "10 mx.test"
    assert asked_value(row(Act.ADD, "0 .", "MX")) == "0 ."
    assert asked_value(row(Act.ADD, "ends with a dot.")) == "ends with a dot."
    assert proxied_words(row(Act.ADD, "x")) == ""
    assert proxied_words(replace(row(Act.ADD, "x"), is_proxied=False)) == "DNS only"


# The zone file


@given(st.text(max_size=700))
def test_a_zone_file_holds_the_text_as_one_record_whatever_it_is(text: str) -> None:
    one = change(row(Act.ADD, text), row(Act.REMOVE, text), row(Act.KEEP, text))
    written = zone_file(one)
    assert written.isascii()
    assert all(line.endswith("\r") for line in written.split("\n")[:-1])
    assert len(written.splitlines()) == 4
    zone = dns.zone.from_text(written, origin=f"{ZONE}.", check_origin=False, relativize=False)
    ((_, rdataset),) = zone.iterate_rdatasets()
    (found,) = rdataset
    assert b"".join(found.strings) == text.encode("utf-8", "replace")


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["MX", "CNAME", "CAA", "SRV"]))
def test_no_name_or_value_begins_a_record_of_its_own(name: str, value: str, rtype: str) -> None:
    written = zone_file(
        change(row(Act.ADD, value, rtype, name), row(Act.REMOVE, value, rtype, name))
    )
    assert written.isascii()
    assert len(written.splitlines()) == 3
    assert sum(not line.startswith(";") for line in written.splitlines()) == 1


def test_a_caa_record_and_a_host_are_written_as_a_zone_wants_them() -> None:
    rows = (
        row(Act.ADD, '0 issue "letsencrypt.org; validationmethods=dns-01"', "CAA"),
        row(Act.ADD, "10 mx.test.", "MX"),
    )
    zone = dns.zone.from_text(zone_file(change(*rows)), origin=f"{ZONE}.", check_origin=False)
    assert len(list(zone.iterate_rdatasets())) == 2


# Whether it is live

NEW = change(row(Act.REMOVE, "old"), row(Act.ADD, "new"), row(Act.KEEP, "other"))


@pytest.mark.parametrize(
    ("answer", "live", "touched"),
    [
        (said("old", "other"), False, False),
        (said("old", "new"), False, True),
        (said("new", "other"), True, True),
        (said("other"), False, True),
        (said(), False, True),
        (SILENT, None, False),
        (None, None, False),
    ],
)
def test_a_change_is_live_once_all_of_it_is(answer, live, touched) -> None:
    answers = {} if answer is None else {Question(ZONE, "TXT"): answer}
    assert is_live(NEW, answers) is live
    assert is_touched(NEW, answers) is touched


def test_names_compare_without_case_and_dot_but_texts_exactly() -> None:
    alias = change(row(Act.ADD, "App.test.", "CNAME"))
    assert is_live(alias, {Question(ZONE, "CNAME"): said("app.test")})
    assert is_live(NEW, {Question(ZONE, "TXT"): said("NEW")}) is False


@pytest.mark.parametrize(
    ("landing", "words", "everywhere"),
    [
        (Landing(True, True, {"a": True, "b": True, "c": False, "d": None}),
         "live at the provider, 2 of 4 resolvers see it", False),
        (Landing(False, False, {"a": True}), "not at the provider yet, 1 of 1 resolvers sees it",
         False),
        (Landing(None, None, {"a": False}),
         "the provider’s servers did not answer, 0 of 1 resolvers see it", False),
        (Landing(True, True, {"a": True}), "live at the provider, 1 of 1 resolvers sees it", True),
        (Landing(True, True, {}), "live at the provider", True),
        (Landing(True, None, {}), "live at the provider", False),
    ],
)  # fmt: skip
def test_how_far_it_has_come_is_one_sentence(landing, words, everywhere) -> None:
    assert landing.sentence() == words
    assert landing.is_everywhere is everywhere


def test_a_change_is_kept_as_json_and_read_back() -> None:
    one = change(row(Act.ADD, "a"), replace(row(Act.KEEP, "b"), is_proxied=True), provider="X")
    assert from_data(as_data(one)) == one
    assert one.questions == (Question(ZONE, "TXT"),)
