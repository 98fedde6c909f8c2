"""Whatever the far side writes, the readers of headers and pages come back with a value."""

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.observations.answers import clipped, host_of, origin_of, shown_url
from audits.observations.challenges import challenger
from audits.observations.cookies import read_cookie
from audits.observations.csp import read_policies
from audits.observations.hsts import read_hsts
from audits.observations.http import plain_calls, plain_css
from audits.observations.indexing import Robots, forbidding_tag, sitemap_urls
from audits.observations.pages import absolute, read_page
from audits.observations.similarity import distance, simhash

ANYTHING = st.text(max_size=300)
HEADERISH = st.text(alphabet="abcdef;=,:'\"* -/0159\t\x00é", max_size=200)


@given(ANYTHING | HEADERISH)
@settings(max_examples=200, deadline=None)
def test_any_header_is_read(value: str) -> None:
    read_hsts(value)
    read_cookie(value)
    forbidding_tag([value])
    for policy in read_policies([value]):
        assert policy.allows_inline in {True, False}
        assert policy.allows_any_host in {True, False}


@given(ANYTHING, ANYTHING)
@settings(max_examples=200, deadline=None)
def test_any_address_is_read(base: str, reference: str) -> None:
    absolute(base, reference)
    for url in (base, f"https://{reference}", f"http://[{base}"):
        host_of(url)
        origin_of(url)
        assert len(shown_url(url)) <= 300


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_body_is_read(body: bytes) -> None:
    page = read_page("https://a.test/", body)
    assert page.text_length == len(page.text)
    text = body.decode("utf-8", "replace")
    assert challenger(403, (), body) in {"", "Cloudflare"}
    assert Robots("https://a.test/robots.txt", 200, "text/plain", text).allows(
        "https://a.test/x"
    ) in {
        True,
        False,
    }
    sitemap_urls(text)
    list(plain_calls("x", text))
    plain_css("x", text)


@given(ANYTHING, ANYTHING)
@settings(max_examples=100, deadline=None)
def test_a_hash_has_64_bits_and_a_distance_to_itself_of_none(one: str, other: str) -> None:
    first, second = simhash(one), simhash(other)
    assert 0 <= first < 2**64
    assert distance(first, first) == 0
    assert distance(first, second) == distance(second, first)


@given(ANYTHING)
def test_evidence_is_one_short_line(value: str) -> None:
    line = clipped(value)
    assert len(line) <= 300
    assert "\n" not in line


def test_an_address_for_evidence_shows_no_secret() -> None:
    shown = shown_url("https://user:pw@a.test:8443/reset?token=abc#frag")
    assert shown == "https://a.test:8443/reset?…"
