"""Speed, packing, weight and protocols as a handful of requests shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks import perf, perf_protocols
from audits.observations.answers import Answer
from audits.observations.https_records import HttpsRecord, read_https_record, read_https_records
from audits.observations.perf import (
    Compression,
    FirstLoad,
    Loaded,
    QuickLook,
    Sample,
    SizedFile,
    read_loads,
)
from audits.observations.protocols import HttpsHints, Protocols, announces_h3
from audits.verdicts import Severity, Verdict
from tests.audits.judging import every, only

URL = "https://bright.test/"


def took(*waits_ms: float, status: int = 200) -> tuple[Sample, ...]:
    return tuple(Sample(status, first_byte_ms=wait) for wait in waits_ms)


@pytest.mark.parametrize(
    ("warm", "verdict", "cause"),
    [
        (took(100, 600, 900), "pass", ""),
        (took(400, 601, 900), "warn", "slow"),
        (took(299, 601, 900), "pass", ""),
        (took(1900, 2000, 9000), "warn", "slow"),
        (took(1900, 2001, 9000), "fail", "slow"),
        (took(10, status=503), "fail", "server_error"),
        (took(10, status=429), "blocked", "rate_limit"),
        ((), "unknown", "no_sample"),
    ],
)
def test_the_first_byte_is_judged_by_the_middle(warm, verdict, cause):
    result = only(perf.quick, QuickLook(URL, Sample(200, first_byte_ms=9000), warm))
    assert (result.verdict, result.cause) == (verdict, cause)


def test_a_slow_first_request_is_told_apart_and_not_judged():
    result = only(perf.quick, QuickLook(URL, Sample(200, first_byte_ms=9000), took(90, 100, 110)))
    assert result.verdict == Verdict.PASS
    assert result.evidence[0].value == "9000 ms"


def sized(coding: str, wire: int = 5000, kind: str = "text/html", **more: str) -> SizedFile:
    pairs = [("content-type", kind), *((k.replace("_", "-"), v) for k, v in more.items())]
    pairs += [("content-encoding", coding)] if coding else []
    pairs += [("vary", "Accept-Encoding")] if coding and "vary" not in more else []
    return SizedFile(URL, Answer(URL, 200, tuple(pairs)), wire)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((sized("br"), sized("zstd")), {("pass", "")}),
        ((sized("gzip"),), {("warn", "gzip_only")}),
        ((sized("br"), sized("")), {("fail", "identity")}),
        ((sized("", 1024),), {("na", "small")}),
        ((sized("", 1025),), {("fail", "identity")}),
        ((sized("", kind="image/png"),), {("na", "small")}),
        ((sized("", kind="text/event-stream"),), {("na", "small")}),
        ((), {("na", "small")}),
        ((sized("br", vary="Origin"),), {("pass", ""), ("warn", "vary_missing")}),
        ((sized("br", vary="Origin", cache_control="private"),), {("pass", "")}),
        ((sized("", kind="application/problem+json"),), {("fail", "identity")}),
    ],
)
def test_texts_are_judged_by_what_they_travel_in(files, said):
    results = every(perf.compression, Compression("bright.test", files))
    assert {(str(one.verdict), one.cause) for one in results} == said


def loaded(kind: str, wire: int | None, *, is_third_party=False, is_blocking=False) -> Loaded:
    return Loaded(f"https://x.test/{kind}{wire}", kind, wire, is_third_party, is_blocking)


@pytest.mark.parametrize(
    ("html", "files", "verdict"),
    [
        (600_000, (loaded("picture", 1_000_000),), "pass"),
        (600_001, (loaded("picture", 1_000_000),), "warn"),
        (1, (loaded("script", 500_000),), "pass"),
        (1, (loaded("script", 500_001),), "warn"),
        (1, (loaded("picture", 4_000_000),), "fail"),
        (1, (loaded("picture", None),), "info"),
        (1, (loaded("picture", None), loaded("script", 500_001)), "warn"),
    ],
)
def test_the_first_view_is_weighed(html, files, verdict):
    assert only(perf.page_weight, FirstLoad(URL, html, files)).verdict == verdict


def strangers(count: int, *, wire: int | None = None, is_blocking=False) -> tuple[Loaded, ...]:
    return tuple(
        Loaded(f"https://cdn{n}.test/x.js", "script", wire, True, is_blocking) for n in range(count)
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), {("pass", "")}),
        (strangers(3), {("pass", "")}),
        (strangers(2, is_blocking=True), {("warn", "blocking")}),
        (strangers(3, is_blocking=True), {("fail", "blocking")}),
        (strangers(13), {("warn", "many_hosts")}),
        ((*strangers(1, wire=9000), loaded("script", 9000)), {("pass", "")}),
        ((*strangers(1, wire=9001), loaded("script", 9000)), {("warn", "heavier")}),
    ],
)
def test_strangers_scripts_are_counted_weighed_and_placed(files, said):
    results = every(perf.third_party, FirstLoad(URL, 1, files))
    assert {(str(one.verdict), one.cause) for one in results} == said


def test_the_way_to_the_server_is_told_apart():
    sample = Sample(200, dns_ms=10, connect_ms=20, tls_ms=30, first_byte_ms=40)
    result = only(perf.dns_tls, QuickLook(URL, sample, (sample,)))
    assert result.verdict == Verdict.INFO
    assert result.message.startswith("60 %")
    assert only(perf.dns_tls, QuickLook(URL, sample, ())).verdict == Verdict.NA


def test_what_a_page_loads_is_read_from_its_markup():
    page = """<html><head><link rel="stylesheet" href="/a.css"><script src="/block.js"></script>
    <script src="https://tags.other.test/t.js" async></script><script src="/m.js" type="module">
    </script><link rel=preload as=font href=/f.woff2><script type="application/ld+json" src=x>
    </script></head><body><script src="/late.js"></script><img src="/one.png">
    <img src="/lazy.png" loading="lazy"><img src="data:image/png;base64,AA=="></body></html>"""
    found = {one.url.rpartition("/")[2]: one for one in read_loads(URL, page)}
    assert set(found) == {"a.css", "block.js", "t.js", "m.js", "f.woff2", "late.js", "one.png"}
    assert [name for name, one in found.items() if one.is_blocking] == ["block.js"]
    assert [name for name, one in found.items() if one.is_third_party] == ["t.js"]


@pytest.mark.parametrize(("alpn", "verdict"), [("h2", "pass"), ("", "warn"), (None, "unknown")])
def test_http2_is_what_tls_chose(alpn, verdict):
    result = only(perf_protocols.http2, Protocols("bright.test", alpn))
    assert result.verdict == verdict
    assert perf_protocols.http2.severity == Severity.S4


@pytest.mark.parametrize(
    ("lines", "is_announced"),
    [
        (('h3=":443"; ma=86400',), True),
        (('h2=":443", h3-29=":443"',), True),
        (("clear",), False),
        (('xh3=":443"',), False),
        ((), False),
    ],
)
def test_http3_is_announced_by_alt_svc(lines, is_announced):
    assert announces_h3(lines) is is_announced
    cause = only(perf_protocols.http3, Protocols("b.test", "h2", lines)).cause
    assert cause == ("announced" if is_announced else "absent")


def hints(records, alpn="h2", addresses=("192.0.2.1", "192.0.2.2")) -> HttpsHints:
    return HttpsHints("b.test", records, addresses, alpn)


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (hints(None), "unknown", "not_answered"),
        (hints(()), "info", "absent"),
        (hints((HttpsRecord(1, "", ("h2",), ("192.0.2.2",)),)), "info", ""),
        (hints((HttpsRecord(1, "", ("h2",), ("192.0.2.9",)),)), "warn", "stale_hints"),
        (hints((HttpsRecord(1, "", (), ("192.0.2.9",)),), addresses=()), "info", ""),
        (hints((HttpsRecord(1, "cdn.test", (), ("192.0.2.9",)),)), "info", ""),
        (hints((HttpsRecord(0, "cdn.test"),)), "info", ""),
        (hints((HttpsRecord(1, "", ("h2",)),), alpn=""), "warn", "alpn"),
        (hints((HttpsRecord(1, "", ("h2",)),), alpn=None), "info", ""),
    ],
)
def test_https_records_must_be_true(seen, verdict, cause):
    result = only(perf_protocols.https_rr, seen)
    assert (result.verdict, result.cause) == (verdict, cause)


def test_an_https_record_is_read_with_its_quotes():
    text = '1 . alpn="h3,h2" ipv4hint="192.0.2.1,192.0.2.2" ipv6hint="2001:DB8:0::1" port="443"'
    assert read_https_record(text) == HttpsRecord(
        1, "", ("h3", "h2"), ("192.0.2.1", "192.0.2.2", "2001:db8::1")
    )
    assert [one.priority for one in read_https_records(["2 b.test.", "0 a.test.", "x"])] == [0, 2]


@given(st.text(max_size=300))
def test_no_https_record_is_too_strange_to_read(text):
    read_https_record(text)
    announces_h3([text])


@given(st.text(alphabet="<>/script src=link rel img\"'x:", max_size=300))
def test_no_page_is_too_strange_to_weigh(text):
    read_loads(URL, text)
