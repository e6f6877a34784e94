from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feed.page import direction, entry, first_sentence, plain, sanitised, story_page
from services.feed.store.reader import Card


def _card(bodies: Any = None, enrichment: dict[str, Any] | None = None, **item: Any) -> Card:
    base = {
        "uri": "u",
        "provider": "agency",
        "published": "2025-11-24T17:05:00.000Z",
        "updated": "2025-11-24T17:05:00.000Z",
        "change": 4,
        "enrichment": {"tags": [], "produced_by": {}, **(enrichment or {})},
    }
    return Card("u", orjson.dumps(base | item), b"" if bodies is None else orjson.dumps(bodies))


def test_an_article() -> None:
    shown = entry(
        _card(
            headlines=[{"value": "Second"}, {"role": "main", "value": "Main"}],
            enrichment={"summary": "What it says.", "summarySource": "extractive", "readTime": 3, "language": "de"},
            by="Ada",
            urgency=1,
        )
    )
    assert (shown.headline, shown.label, shown.urgency, shown.brief) == ("Main", "Article", "Flash", False)
    assert (shown.summary, shown.machine_made, shown.read_minutes) == ("What it says.", True, 3)
    assert (shown.source, shown.byline, shown.lang, shown.dir) == ("agency", "Ada", "de", "ltr")
    assert shown.published.human == "24 Nov 2025, 17:05 UTC"


def test_a_brief_is_told_by_its_first_sentence_and_says_it_once() -> None:
    shown = entry(_card(enrichment={"summary": "Ferries sail again.", "summarySource": "extractive"}))
    assert (shown.headline, shown.label, shown.summary, shown.brief) == ("Ferries sail again.", "Brief", "", True)
    assert not shown.machine_made
    longer = {"summary": "Ferries sail again. The line\nopens in April.", "summarySource": "extractive"}
    shown = entry(_card(enrichment=longer))
    assert (shown.headline, shown.summary) == ("Ferries sail again.", "The line opens in April.")
    assert shown.machine_made
    endless = "word " * 60 + "end."
    shown = entry(_card(enrichment={"summary": endless}))
    assert (shown.headline[-1], shown.summary) == ("\u2026", endless)
    whole = story_page(_card([{"value": "<p>Ferries <b>sail</b>. More.</p>", "contentType": "text/html"}]))
    assert whole.entry.headline == "Ferries sail."


def test_a_providers_summary_is_not_called_machine_made() -> None:
    assert not entry(_card(headlines=[{"value": "H"}], descriptions=[{"value": "D"}])).machine_made
    said = {"summary": "S", "summarySource": "provider"}
    assert not entry(_card(headlines=[{"value": "H"}], enrichment=said)).machine_made


@pytest.mark.parametrize(("kind", "label"), [("video", "Video"), ("picture", "Picture"), ("text", "Article")])
def test_a_kind_has_its_label(kind: str, label: str) -> None:
    assert entry(_card(type=kind, headlines=[{"value": "H"}])).label == label


def test_a_kicker_is_the_sources_own_and_no_headline() -> None:
    kicker = {"role": "kicker", "value": "Harbour"}
    shown = entry(_card(headlines=[kicker, {"value": "Quay closed"}]))
    assert (shown.kicker, shown.label, shown.headline) == ("Harbour", "Article", "Quay closed")
    shown = entry(_card(headlines=[kicker], enrichment={"summary": "The quay is closed."}))
    assert (shown.kicker, shown.headline, shown.brief) == ("Harbour", "The quay is closed.", True)
    shown = entry(_card(headlines=[kicker], type="video"))
    assert (shown.kicker, shown.label) == ("", "Video")


def test_the_source_and_the_byline_are_the_best_known() -> None:
    shown = entry(_card(infoSources=[{"name": "The Paper"}], authors=[{"name": "Ada"}, {"role": "x"}, {"name": "Bo"}]))
    assert (shown.source, shown.byline) == ("The Paper", "Ada, Bo")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("It cost 1.9 billion. More.", "It cost 1.9 billion."),
        ("He said: “No.” Then left.", "He said: “No.”"),
        ("今日は。明日も。", "今日は。"),
        ("No end", "No end"),
        (" two\n lines \n", "two lines"),
        ("", ""),
    ],
)
def test_the_first_sentence(text: str, sentence: str) -> None:
    found, rest = first_sentence(text)
    assert (found, " ".join(f"{found} {rest}".split())) == (sentence, _spaced(text, sentence))


def _spaced(text: str, sentence: str) -> str:
    """The text in one line, with a space after the first sentence also where it has none."""
    flat = " ".join(text.split())
    return f"{sentence} {flat[len(sentence) :].strip()}".strip()


@given(st.text(max_size=1000))
def test_a_sentence_is_never_long(text: str) -> None:
    assert len(first_sentence(text)[0]) <= 160


@pytest.mark.parametrize(
    ("language", "way"), [("ar", "rtl"), ("he-IL", "rtl"), ("uz-Arab", "rtl"), ("en", "ltr"), ("arn", "ltr")]
)
def test_a_language_has_a_direction(language: str, way: str) -> None:
    assert direction(language) == way


def test_a_language_that_is_none_is_left_out() -> None:
    shown = entry(_card(language='x" onclick="'))
    assert (shown.lang, shown.dir) == ("", "auto")


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<img src='http://x/a.png'>",
        "<img src='data:image/png;base64,AA'>",
        "<img src='//x/a.png'>",
        "<video poster='http://x'></video>",
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe src='https://x'></iframe>",
        "<p style='position:fixed'>x</p>",
        "<form action='https://x'><input></form>",
        "<svg><style>@import 'x'</style></svg>",
    ],
)
def test_nothing_that_runs_or_leaks_is_left(markup: str) -> None:
    clean = sanitised(markup)
    for bad in ("script", "onerror", "http", "data:", "//", "javascript", "iframe", "style", "form", "import"):
        assert bad not in clean


def test_what_is_harmless_stays() -> None:
    assert sanitised("<p>A <em>b</em></p>") == "<p>A <em>b</em></p>"
    assert 'src="https://x/a.png"' in sanitised("<img src='https://x/a.png' alt='c'>")
    assert "controls" in sanitised("<video src='https://x/v.mp4' autoplay></video>")
    assert "autoplay" not in sanitised("<video src='https://x/v.mp4' autoplay></video>")


def test_what_is_not_marked_as_html_is_shown_as_it_stands() -> None:
    shown = story_page(_card([{"value": "a < b, x <y> z."}], headlines=[{"value": "Use <div> or <p>?"}]))
    assert shown.entry.headline == "Use <div> or <p>?"
    assert shown.bodies == ("<p>a &lt; b, x &lt;y&gt; z.</p>",)


def test_plain_bodies_are_paragraphs_and_markup_in_them_is_text() -> None:
    shown = story_page(_card([{"value": "One <two>\n\n\nThree", "contentType": "text/plain"}]))
    assert shown.bodies == ("<p>One &lt;two&gt;</p><p>Three</p>",)


def test_the_text_of_markup() -> None:
    assert plain("<p>A &amp; b</p>") == "A & b"
    assert plain("1 < 2 & 3") == "1 < 2 & 3"


def test_an_update_is_told_when_it_is_one() -> None:
    assert story_page(_card()).updated is None
    assert story_page(_card(updated="2025-11-24T17:05:59.000Z")).updated is None
    later = story_page(_card(updated="2025-11-24T18:00:00.000Z")).updated
    assert later is not None
    assert later.human == "24 Nov 2025, 18:00 UTC"


def test_the_picture_is_the_widest_over_https() -> None:
    renditions = [
        {"name": "a", "href": "http://x/a.jpg", "width": 900, "height": 1},
        {"name": "b", "href": "https://x/b.jpg", "width": 300, "height": 200},
        {"name": "c", "href": "https://x/c.jpg"},
    ]
    held = {"uri": "p", "name": "main", "type": "picture", "by": "Ada", "descriptions": [{"value": "A ship"}]}
    picture = story_page(_card(associations=[{"uri": "s", "name": "s"}, held | {"renditions": renditions}])).picture
    assert picture is not None
    assert (picture.src, picture.alt, picture.width, picture.credit) == ("https://x/b.jpg", "A ship", 300, "Ada")
    assert story_page(_card(associations=[held | {"renditions": renditions[:1]}])).picture is None


def test_a_picture_shows_itself() -> None:
    renditions = [{"name": "main", "href": "https://x/a.jpg", "width": 9, "height": 6}]
    shown = story_page(_card(type="picture", renditions=renditions, descriptions=[{"value": "Snow"}], by="Ada"))
    assert shown.picture is not None
    assert (shown.picture.src, shown.picture.alt, shown.picture.credit) == ("https://x/a.jpg", "Snow", "Ada")
    assert story_page(_card(renditions=renditions)).picture is None


def test_the_video_is_the_widest_over_https_with_its_poster() -> None:
    renditions = [
        {"name": "a", "href": "http://x/a.mp4", "contentType": "video/mp4", "width": 4000},
        {"name": "b", "href": "https://x/b.mp4", "contentType": "video/mp4", "width": 640, "height": 360},
        {"name": "c", "href": "https://x/c.mp4", "contentType": "video/mp4", "width": 1280, "duration": 94.6},
        {"name": "d", "href": "https://x/d.jpg", "contentType": "image/jpeg", "width": 9},
        {"name": "e", "href": "https://x/e", "width": 9000},
    ]
    media = story_page(_card(type="video", renditions=renditions)).media
    assert media is not None
    assert (media.kind, media.src, media.poster, media.duration) == (
        "video",
        "https://x/c.mp4",
        "https://x/d.jpg",
        "1:34",
    )
    assert story_page(_card(type="audio", renditions=renditions)).media is None
    assert story_page(_card(type="video")).media is None
    sound = [{"name": "a", "href": "https://x/a.mp3", "contentType": "audio/mpeg"}]
    heard = story_page(_card(type="audio", renditions=sound)).media
    assert heard is not None
    assert (heard.kind, heard.poster, heard.duration) == ("audio", "", "")


def test_related_stories_are_cards() -> None:
    held = [
        {"uri": "x:1", "name": "a", "rel": "related", "type": "video", "headlines": [{"value": "A <b>"}]},
        {"uri": "x:2", "name": "b", "rel": "related", "descriptions": [{"value": "No headline. But more."}]},
        {"uri": "x:3", "name": "c", "rel": "related"},
        {"uri": "x:4", "name": "d", "headlines": [{"value": "Something else"}]},
    ]
    related = story_page(_card(associations=held)).related
    assert [(card.path, card.label, card.headline, card.dek) for card in related] == [
        ("/stories/x%3A1", "Video", "A <b>", ""),
        ("/stories/x%3A2", "", "No headline.", "But more."),
    ]
    assert len(story_page(_card(associations=[held[0]] * 9)).related) == 3


def test_the_place_is_told_once() -> None:
    dateline = {"value": "<p>EASTMERE — The ferry sails.</p>", "contentType": "text/html"}
    assert story_page(_card([dateline], located="Eastmere")).located == ""
    assert story_page(_card([{"value": "The ferry sails."}], located="Eastmere")).located == "Eastmere"
    assert story_page(_card(located="Eastmere")).located == "Eastmere"


def test_authors_and_rights() -> None:
    authors = [{"name": "Ada", "jobtitle": "Editor", "avatarUrl": "http://x/a.png"}, {"role": "nobody"}]
    shown = story_page(_card(authors=authors, usageTerms="Ask first.", copyrightHolder="Agency"))
    assert [(author.name, author.initial, author.role, author.avatar) for author in shown.authors] == [
        ("Ada", "A", "Editor", "")
    ]
    assert shown.rights == ("Agency", "Ask first.")
