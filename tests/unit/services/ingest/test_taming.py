from __future__ import annotations

import itertools
import string
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.article import Article, Body
from newswire.errors import TooLargeError
from services.ingest.markup import sanitise
from services.ingest.taming import MAX_DEPTH, MAX_REFERENCES, MAX_TAGS, tame
from tests.support.cost import cpu_bounded

NAMES = ["".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=4)]
PARAGRAPHS = "<p>x</p>" * 20_000
# What took up to 24 s, or gigabytes, before.
ATTACKS = {
    "formatting left open": "<p>" + "".join(f"<b title={n}>" for n in range(9_000)) + PARAGRAPHS,
    "closed in a comment": "".join(f"<b title={n}><!--</b>-->" for n in range(20_000)) + PARAGRAPHS,
    "closed in an attribute": "".join(f"<b title='</b>{n}'>" for n in range(20_000)) + PARAGRAPHS,
    "closed out of scope": "".join(f"<b title={n}><table></b></table>" for n in range(15_000)) + PARAGRAPHS,
    "formatting around blocks": "<p>" + "".join(f"<b title={n}>" for n in range(100)) + "<div>x</div>" * 49_000,
    "deep lists": "<ul><li>" * 49_000,
    "deep blocks": "<div>" * 99_000,
    "ends that end nothing": "<span>" * 49_000 + "</q>" * 49_000,
    "blocks in formatting": "<b>" * 33_000 + "<div>x</b>" * 33_000,
    "links in links": "<a><div>" * 33_000 + "</a>" * 33_000,
    "text in tables": "<table>x" * 99_000,
    "references": "&" * MAX_REFERENCES,
    "named references": "&amp;" * MAX_REFERENCES,
    "attributes": f"<p {' '.join(NAMES[:200_000])}>x",
    "attributes and brackets": f"<p {'< '.join(NAMES[:90_000])}>x",
    "a tag without an end": "<p" + " a" * 500_000,
    "quotes without an end": '<p a="' * 99_000,
    "comments without an end": "<!--" * 99_000,
    "scripts without an end": "<script>" * 99_000,
    "space": "<p" + " " * 1_000_000,
}


def clean(value: str) -> str:
    bodies = sanitise(Article(uri="x:1", bodies=(Body(value=value, content_type="text/html"),))).bodies
    assert bodies
    return bodies[0].value


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_takes_long_or_grows_much(attack: str) -> None:
    with cpu_bounded(1):
        cleaned = clean(ATTACKS[attack])
    assert len(cleaned) < 3 * 1024 * 1024


@pytest.mark.parametrize("value", ["<p>" * (MAX_TAGS + 1), "&" * (MAX_REFERENCES + 1)])
def test_more_than_any_story_has(value: str) -> None:
    with pytest.raises(TooLargeError):
        tame(value)


def test_a_story_of_usual_size_is_not_touched() -> None:
    story = '<p onclick="x">One<b>two<p>three & four</b> <!-- five -->' * 50
    assert tame(story) is story


def nested(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inline = st.sampled_from(["b", "em", "span", "sup"])
    return st.builds("<{0}>{1}</{0}>".format, inline, children) | st.builds(str.__add__, children, children)


INLINE = st.recursive(
    st.sampled_from(["text", "a &amp; b", "1 &lt; 2", "<br>", '<img src="https://x/?a=1&amp;b" alt="c > d">']), nested
)
BLOCK = st.recursive(
    st.builds("<p>{}</p>".format, INLINE) | st.builds("<h2 lang='uk'>{}</h2>".format, INLINE),
    lambda inner: (
        st.builds("<blockquote>{}</blockquote>".format, inner)
        | st.builds("<ul><li>{}</li><li>{}</li></ul>".format, inner, inner)
        | st.builds("<table><tbody><tr><td>{}</td><td>{}</td></tr></tbody></table>".format, inner, inner)
        | st.builds(str.__add__, inner, inner)
    ),
    max_leaves=8,
)


@given(BLOCK)
def test_a_long_story_that_is_well_nested_comes_out_as_it_was(block: str) -> None:
    padding = "<p>x</p>" * 1_500
    assert clean(block + padding * 2) == clean(block) + padding * 2


def test_ends_that_html_lets_out() -> None:
    padding = "<p>x</p>" * 3_000
    rows = "<table><tbody><tr><td>1<td>2<tr><td>3</table><dl><dt>d<dd>e<dt>f</dl>"
    rows += "<ul><li>a<li>b<ul><li>c</ul></ul><p>g<p>h<h2>i</h2>"
    assert clean(rows + padding) == clean(rows) + padding


class _Depth(HTMLParser):
    deepest = 0
    depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - its parent's signature
        self.depth += tag not in ("br", "img", "hr", "col", "source", "track", "wbr")
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - its parent's signature
        self.depth -= 1


PIECES = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<table>",
    "</table>",
    "<td>",
    "<tr>",
    "<li>",
    "<ul>",
    "</ul>",
    "<a href='x'>",
    "</a>",
]


@given(
    st.lists(
        st.sampled_from([*PIECES, "x", "<", "&", "<!--", "-->", "<p @a='b'>", "<svg>", "<br/>", "</div>"]), max_size=60
    )
)
def test_what_was_rewritten_is_well_nested(pieces: list[str]) -> None:
    text = tame("".join(pieces) + "<i>x</i>" * 3_000)
    parser = _Depth()
    parser.feed(text)
    parser.close()
    assert parser.depth == 0
    assert parser.deepest <= MAX_DEPTH
