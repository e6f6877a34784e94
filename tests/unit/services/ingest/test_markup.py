from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.article import Article, Association, Body, Text
from services.ingest.markup import has_text, is_html, sanitise
from tests.support.cost import cpu_bounded


def body(value: str, content_type: str | None = "text/html") -> Body:
    cleaned = sanitise(Article(uri="u", bodies=(Body(value=value, content_type=content_type),))).bodies
    assert cleaned
    return cleaned[0]


@pytest.mark.parametrize(
    "value",
    [
        "<p>A <strong>b</strong> <em>c</em>.</p>",
        '<figure><picture><source srcset="https://x/a.webp"></picture><figcaption>C</figcaption></figure>',
        '<img src="https://x/a.jpg" srcset="https://x/b.jpg 2x" alt="A" width="3" height="4">',
        '<picture><source srcset="https://x/w_1,h_2/a 2x, https://x/b 640w" type="image/webp"></picture>',
        '<blockquote cite="https://x/"><p lang="uk" dir="ltr">B</p></blockquote>',
        '<p>A <q cite="https://x/">b</q> <abbr title="c">d</abbr> H<sub>2</sub>O<sup>3</sup></p>',
        '<p><time datetime="2026-11-24">today</time> <a href="mailto:a@b.example" rel="noopener">m</a></p>',
        '<p><a href="tel:+47" rel="noopener">call</a> <ruby>漢<rt>kan</rt></ruby></p>',
        '<audio src="https://x/a.mp3" controls=""><track src="https://x/t.vtt" kind="captions" srclang="en"></audio>',
        "<details><summary>S</summary>D</details><dl><dt>T</dt><dd>D</dd></dl>",
        '<table><caption>C</caption><colgroup><col span="2"></colgroup></table>',
        '<table><tbody><tr><td rowspan="2">1</td></tr></tbody></table>',
        '<table><thead><tr><th scope="col">A</th></tr></thead><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        '<p><a href="https://x/?a=1&amp;b=2" rel="noopener">l</a> <bdi dir="rtl">x</bdi></p>',
        '<video src="https://x/v.mp4" controls="" poster="https://x/p.jpg"></video>',
    ],
)
def test_what_news_needs_stays(value: str) -> None:
    assert body(value).value == value


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><animate onbegin=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="jAvA\tscript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<iframe src="https://x/"></iframe>',
        '<p style="background:url(https://x)" class="a" id="b">x</p>',
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<form action=https://x><input name=a><button>b</button></form>",
        "<base href=https://x/><meta http-equiv=refresh content=0><link rel=stylesheet href=https://x>",
        "<img src=x onerror=alert(1)",
        "<p>\0<scr\0ipt>alert(1)</scr\0ipt>",
        "<ScRiPt\n>alert(1)</sCrIpT\t>",
        "<script/src=https://x/x.js></script>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<script>alert(1)//<</script>",
        "<!--<img src='--><img src=x onerror=alert(1)//'>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml version='1.0'?><script>alert(1)</script>",
        '<img """><script>alert(1)</script>">',
        "<img/src='x'/onerror=alert(1)>",
        "<img src=x:x onerror\n=alert(1)>",
        "<img src='vbscript:msgbox(1)'>",
        "<img srcset='javascript:alert(1) 2x, data:image/svg+xml,<svg/onload=alert(1)> 3x'>",
        "<source srcset='data:text/html,x'>",
        "<video poster=javascript:alert(1)><source onerror=alert(1)></video>",
        "<audio src=x onloadstart=alert(1)>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='java&Tab;script:alert(1)'>x</a>",
        "<a href=' \x01javascript:alert(1)'>x</a>",
        "<a href='javascript&colon;alert(1)'>x</a>",
        "<a href='feed:javascript:alert(1)'>x</a>",
        "<a href='https://x/' onclick=alert(1) target=_top ping=https://y>x</a>",
        "<blockquote cite='javascript:alert(1)'>x</blockquote>",
        "<div style='width:expression(alert(1))'>x</div>",
        "<body onload=alert(1) background='javascript:alert(1)'>x",
        "<table background='javascript:alert(1)'><td background='javascript:alert(1)'>x",
        "<details open ontoggle=alert(1)><summary>x</summary></details>",
        "<svg><script xlink:href='data:,alert(1)'></script></svg>",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
        "<math href='javascript:alert(1)'>x</math>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<template><script>alert(1)</script></template>",
        "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
        "<title><img title='</title><img src=x onerror=alert(1)>'></title>",
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
        "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<iframe src='https://x/&quot; onload=&quot;alert(1)'></iframe>",
        '<iframe src=https://x/"><script>alert(1)</script>></iframe>',
        "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
        "<applet code=x></applet><frameset><frame src=javascript:alert(1)></frameset>",
        "<isindex action=javascript:alert(1) type=submit><input onfocus=alert(1) autofocus>",
        "<marquee onstart=alert(1)>x</marquee><bgsound src=javascript:alert(1)>",
        "<select><option><style></select><img src=x onerror=alert(1)></style>",
        "<p title='\u2028' x='y'><img\u00a0src=x\u00a0onerror=alert(1)>",
    ],
)
def test_what_could_act_is_gone(value: str) -> None:
    for content_type in ("text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"):
        cleaned = body(value, content_type).value
        tags = re.findall(r"<[^>]*>", cleaned)
        assert not re.search(
            r"<(script|svg|iframe|form|input|base|meta|link|style|math|noscript|object|embed|frame|template|title)\b",
            cleaned,
            re.IGNORECASE,
        )
        assert not any(re.search(r"\son\w+=|javascript:|data:|\s(style|class|id)=", tag, re.IGNORECASE) for tag in tags)


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ('<a href="/x">t</a>', '<a rel="noopener">t</a>'),
        ('<a href="//x/y">t</a>', '<a rel="noopener">t</a>'),
        ('<img src="../a.jpg" alt="A">', '<img alt="A">'),
        ('<img src="data:image/png;base64,AA" alt="A">', '<img alt="A">'),
        ('<blockquote cite="/x">q</blockquote>', "<blockquote>q</blockquote>"),
        (
            '<img src="http://x/a" srcset="http://x/b 2x, https://x/c 3x">',
            '<img src="http://x/a" srcset="https://x/c 3x">',
        ),
        ('<img srcset="https://x/a, https://x/b 2x,https://x/c 3q , ,">', '<img srcset="https://x/a, https://x/b 2x">'),
    ],
)
def test_addresses_are_whole(value: str, cleaned: str) -> None:
    assert body(value).value == cleaned


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (
            '<div class="e"><iframe src="https://v.example/?a=1&amp;b=2" width="3">No</iframe></div>',
            '<div><p><a href="https://v.example/?a=1&amp;b=2" rel="noopener">https://v.example/?a=1&amp;b=2</a></p>No</div>',
        ),
        ("<IFRAME SRC=//v.example/e>", '<p><a href="https://v.example/e" rel="noopener">https://v.example/e</a></p>'),
        ('<iframe src="/own">a</iframe>', "a"),
        ("<iframe>a</iframe>b", "ab"),
    ],
)
def test_an_embed_becomes_a_link(value: str, cleaned: str) -> None:
    assert body(value).value == cleaned
    assert body(value, None).value == cleaned


def test_no_text_is_lost_but_what_nobody_sees() -> None:
    value = "<html><head><title>T</title><style>S</style></head><body><center>a<font>b</font></center>"
    assert (
        body(f"{value}<form>c<button>d</form><!-- C --><script>e</script><foo>f</foo></body></html>").value == "abcdf"
    )


TREES = st.recursive(
    st.text(st.characters(categories=("L", "N")), min_size=1, max_size=5),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(
            ["p", "div", "span", "section", "font", "center", "x-y", "b", "ul", "nav", "button", "h2", "label"]
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=15,
)


@given(TREES)
def test_text_stays_in_its_order(value: str) -> None:
    assert re.sub("<[^>]*>", "", body(value).value) == re.sub("<[^>]*>", "", value)


@pytest.mark.parametrize("content_type", ["body_xhtml", "html", "text/markdown", "image/svg+xml", "", "nonsense"])
def test_html_under_another_name_is_sanitised_and_named(content_type: str) -> None:
    assert body("<p>a</p><script>alert(1)</script>", content_type) == Body(value="<p>a</p>", content_type="text/html")
    assert body("a < b", content_type) == Body(value="a < b", content_type=content_type)


@pytest.mark.parametrize("content_type", ["text/plain", "Text/Plain; charset=utf-8"])
def test_plain_text_is_never_touched(content_type: str) -> None:
    value = "<script>alert(1)</script> a < b & c"
    assert body(value, content_type) == Body(value=value, content_type=content_type)


@pytest.mark.parametrize(
    "value", ["a < b and b > c", "if x <y then", "R&D <3", "<notatag>", "<img src=x onerror=alert(1)"]
)
def test_text_without_a_type_and_without_tags_stays(value: str) -> None:
    assert body(value, None) == Body(value=value)


def test_text_without_a_type_but_with_tags_becomes_html() -> None:
    cleaned = body("<p onclick=x>a</p><script>b</script>", None)
    assert cleaned == Body(value="<p>a</p>", content_type="text/html")


def test_every_place_of_a_story_is_cleaned() -> None:
    evil = "<p>a<script>b</script></p>"
    texts = (Text(value=evil, content_type="text/html"),)
    inner = Association(name="a", uri="b", headlines=texts, descriptions=texts, bodies=(Body(value=evil),))
    outer = Association(name="a", uri="b", associations=(inner,))
    article = sanitise(Article(uri="u", headlines=texts, descriptions=(Text(value=evil),), associations=(outer,)))
    assert "<script" not in article.model_dump_json()


def test_a_headline_without_a_type_is_text() -> None:
    article = Article(uri="u", headlines=(Text(value="How to use <b> and <script>"),))
    assert sanitise(article) is article


@given(st.text(max_size=200), st.sampled_from(["text/html", None]))
def test_cleaning_again_changes_nothing(value: str, content_type: str | None) -> None:
    once = body(value, content_type)
    assert body(once.value, once.content_type) == once


def test_what_it_costs_is_linear() -> None:
    with cpu_bounded(3):
        hostile = ("<p " * 300_000, "<" * 1_000_000, "<p" + " " * 1_000_000, "</" * 500_000, "<iframe " * 120_000)
        for value in (*hostile, f"<img srcset='{'a' * 500_000} {',' * 500_000}'>", f"<iframe {'src=//a ' * 120_000}>"):
            body(value, None)


def test_types_of_html() -> None:
    assert all(map(is_html, ("text/html", "Text/HTML ; x=y", "application/xhtml+xml")))
    assert not any(map(is_html, (None, "", "text/plain", "text/htmlx", "x text/html")))


def test_visible_text() -> None:
    assert has_text((Text(value="a"),))
    assert has_text((Text(value=" "), Text(value="<p>&nbsp;a</p>", content_type="text/html")))
    assert not has_text(None)
    assert not has_text((Text(value=" \n\u00a0"), Text(value="<p>&nbsp; <br></p>", content_type="text/html")))
    assert has_text((Text(value="<p></p>", content_type="text/plain"),))
