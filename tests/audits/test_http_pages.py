"""Reading a page: every reference absolute, nothing lost, nothing raised."""

import time

import pytest

from audits.observations.pages import absolute, read_page
from audits.observations.similarity import distance, is_alike, simhash

PAGE = """<!doctype html><html lang="en"><head>
<title> BrightChat </title>
<link rel="Canonical" href="/"><meta property="og:url" content="https://a.test/">
<meta name=Robots content="noindex"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<link rel=stylesheet href=/app.css><link rel="modulepreload" href="/assets/dep.js">
<link rel=manifest href=/site.webmanifest>
<script type=module crossorigin src=/assets/main.js integrity="sha384-x"></script>
<script nomodule src=/old.js></script><script>window.answer = 42</script>
<script type="application/json" id="__NEXT_DATA__">{"a": 1}</script>
<style>body{background:url(http://img.test/a.png)}</style>
<!-- build 7 --></head>
<body><h1>Hello <b>you</b></h1><noscript>Turn it on</noscript>
<a href="login?next=/">Sign in</a><iframe src="//frame.test/x"></iframe>
<img src=a.png srcset="b.png 1x, http://img.test/c,d.png 2x"><video poster=p.jpg></video>
<form method=POST><input></form><form action="http://forms.test/"></form>
<object data=movie.swf></object></body></html>"""


def test_every_reference_of_a_page_is_read_and_absolute() -> None:
    page = read_page("https://a.test/x/", PAGE)
    assert page.title == "BrightChat"
    assert [script.url for script in page.scripts] == [
        "https://a.test/assets/main.js",
        "https://a.test/old.js",
    ]
    main, old = page.scripts
    assert main.is_module
    assert main.integrity == "sha384-x"
    assert main.crossorigin == ""
    assert old.is_nomodule
    assert page.inline_scripts == ("window.answer = 42",)
    assert page.stylesheets == ("https://a.test/app.css",)
    assert page.modulepreloads == ("https://a.test/assets/dep.js",)
    assert page.manifest == "https://a.test/site.webmanifest"
    assert page.iframes == ("https://frame.test/x",)
    assert page.objects == ("https://a.test/x/movie.swf",)
    assert page.anchors == ("https://a.test/x/login?next=/",)
    assert [form.action for form in page.forms] == ["https://a.test/x/", "http://forms.test/"]
    assert page.forms[0].method == "post"
    assert set(page.media) == {
        "https://a.test/x/a.png",
        "https://a.test/x/b.png",
        "https://a.test/x/p.jpg",
        "http://img.test/c,d.png",
    }
    assert page.canonicals == ("https://a.test/",)
    assert page.raw_canonicals == ("/",)
    assert page.og_url == "https://a.test/"
    assert page.robots == ("noindex",)
    assert page.viewport == "width=device-width"
    assert page.meta_all("http-equiv:content-security-policy") == ("default-src 'self'",)
    assert page.islands[0].id == "__NEXT_DATA__"
    assert page.islands[0].text == '{"a": 1}'
    assert page.comments == ("build 7",)
    assert "http://img.test/a.png" in page.inline_styles[0]
    assert page.text == "Hello you Sign in"


def test_a_base_moves_every_relative_reference() -> None:
    page = read_page("https://a.test/x", "<base href='https://cdn.test/v1/'><script src=a.js>")
    assert page.scripts[0].url == "https://cdn.test/v1/a.js"
    assert page.base == "https://cdn.test/v1/"


@pytest.mark.parametrize("html", ["", "<", b"\xff\xfe\x00", "<html><body", "plain text"])
def test_broken_markup_is_read_without_an_error(html: str | bytes) -> None:
    assert read_page("https://a.test/", html).scripts == ()


def test_a_hostile_page_is_read_in_bounded_time() -> None:
    began = time.monotonic()
    read_page("https://a.test/", "<div>" * 200_000)
    read_page("https://a.test/", "<script src=a></script>" * 50_000)
    read_page("https://a.test/", "<a " + "x=1 " * 100_000 + ">")
    read_page("https://a.test/", "<!--" * 200_000 + "<b><p>" * 50_000)
    read_page("https://a.test/", "<script src=a " * 100_000)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("reference", ["http://[::1", "https://]/", "//[bad"])
def test_an_unreadable_reference_is_left_out(reference: str) -> None:
    assert absolute("https://a.test/", reference) == ""


STORY = "The quick brown fox jumps over the lazy dog while forty kittens watch from the roof. " * 8


def test_the_same_page_with_another_nonce_is_alike() -> None:
    one = simhash(STORY + " nonce 3f9a8b7c6d5e4f3a2b1c")
    other = simhash(STORY + " nonce 9c8b7a6d5e4f3a2b1c0d")
    assert is_alike(one, other)


def test_a_few_changed_words_stay_near_and_another_text_is_far() -> None:
    near = simhash(STORY.replace("lazy", "sleepy", 1))
    far = simhash("Sign in to continue. Forgot your password? Create an account today. " * 8)
    assert is_alike(simhash(STORY), near)
    assert distance(simhash(STORY), far) > 16


def test_a_text_without_words_is_like_no_other() -> None:
    assert simhash("") == simhash("<> --") == 0
    assert not is_alike(0, 0)
