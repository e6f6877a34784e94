"""The sample stories: each is what ingest takes from its provider, and every kind of story is among them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from newswire.cli.samples import FOLDER, Sample, filled, runs, samples
from newswire.cli.stories import Story
from newswire.instants import instant_us
from newswire.local.provider import PUBLISHERS, development_provider
from services.ingest.admission import Stamp, admit
from services.ingest.credentials import parse as parse_providers
from services.ingest.formats import ninjs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from newswire.article import Article

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
STAMP = Stamp("01a20eaf-6849-74ba-9c00-e6cbf1870f53", "2026-11-24T19:30:00.000Z")
SAMPLES = samples(NOW)
ARTICLES = [ninjs.parse(sample.story.text) for sample in SAMPLES]
FIRST = {article.uri: article for article in reversed(ARTICLES)}
RELATED = [held for article in ARTICLES for held in article.associations or () if held.rel == "related"]


def headline(article: Article) -> str:
    return next((text.value for text in article.headlines or () if text.role != "kicker"), "")


def kicker(article: Article) -> str:
    return next((text.value for text in article.headlines or () if text.role == "kicker"), "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b'"${now}"', b'"2026-11-24T19:30:00.000Z"'),
        (b'"${now+PT2M}"', b'"2026-11-24T19:32:00.000Z"'),
        (b'"${now-PT20H}"', b'"2026-11-23T23:30:00.000Z"'),
        (b'"${now+PT1H2M3S}"', b'"2026-11-24T20:32:03.000Z"'),
        (b'"${now+PT}"', b'"${now+PT}"'),
        (b'"${now+2M}"', b'"${now+2M}"'),
        (b'"${then}"', b'"${then}"'),
    ],
)
def test_moments_are_filled_in(text: bytes, moment: bytes) -> None:
    assert filled(text, NOW) == moment


def test_file_names_are_the_order_over_all_providers(tmp_path: Path) -> None:
    for path in ("b/1.json", "a/2.json", "a/3.json", "b/4.json"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f'{{"uri": "x:{path}"}}')
    (tmp_path / "README.md").touch()
    found = samples(NOW, tmp_path)
    assert [(provider, [story.uri for story in stories]) for provider, stories in runs(found)] == [
        ("b", ["x:b/1.json"]),
        ("a", ["x:a/2.json", "x:a/3.json"]),
        ("b", ["x:b/4.json"]),
    ]
    assert found[0] == Sample("b", Story(b'{"uri": "x:b/1.json"}', "x:b/1.json"))


def test_ingest_takes_each_from_its_provider(tmp_path: Path) -> None:
    known = development_provider(tmp_path, {})
    keyring = parse_providers(known.path.read_text())
    for sample, article in zip(SAMPLES, ARTICLES, strict=True):
        assert sample.provider in PUBLISHERS
        provider = keyring.authenticate(f"Bearer {known.key_of(sample.provider)}")
        event = admit(article, provider, STAMP)
        assert event.provider == sample.provider
        # Nothing in them has to be cleaned away.
        assert event.article == article
        assert article.standard
        assert article.standard.version == "3.1"


def test_only_the_timed_ones_have_moments_to_fill_in() -> None:
    held = [path for path in FOLDER.glob("*/*.json") if b"${" in path.read_bytes()]
    timed = [article for article in ARTICLES if article.embargoed_until or article.expires]
    assert len(held) == len(timed) == 2


def test_forty_stories_in_six_languages_and_of_three_providers() -> None:
    assert len(FIRST) >= 40
    assert len({article.language for article in FIRST.values()}) >= 6
    assert {sample.provider for sample in SAMPLES} == set(PUBLISHERS)


def test_no_two_stories_say_the_same() -> None:
    bodies = Counter(body.value for article in FIRST.values() for body in article.bodies or ())
    assert set(bodies.values()) == {1}


@pytest.mark.parametrize(
    ("least", "kind"),
    [
        (20, lambda a: a.type == "text" and bool(headline(a)) and bool(a.bodies)),
        (8, lambda a: a.type == "text" and not headline(a) and bool(a.bodies)),
        (1, lambda a: a.urgency == 1 and bool(headline(a)) and not a.bodies),
        (2, lambda a: a.type == "video" and bool(a.descriptions) and len(a.renditions) > 1),
        (1, lambda a: a.type == "picture" and bool(a.renditions)),
        (1, lambda a: a.type == "audio" and bool(a.renditions)),
        (1, lambda a: a.pub_status == "withheld"),
        (15, lambda a: bool(kicker(a))),
        (5, lambda a: ": " in headline(a)),
        (5, lambda a: any(author.biography and author.avatar_url for author in a.authors or ())),
        (5, lambda a: any(held.rel == "related" for held in a.associations or ())),
        (5, lambda a: any(body.content_type == "text/plain" for body in a.bodies or ())),
        (1, lambda a: a.language == "ar" and "<h2>" in a.bodies[0].value),
    ],
)
def test_every_kind_is_among_them(least: int, kind: Callable[[Article], bool]) -> None:
    assert sum(map(kind, FIRST.values())) >= least


def test_versions_come_in_order_and_a_kill_comes_last() -> None:
    histories = [list(each) for _, each in groupby(sorted(ARTICLES, key=lambda a: a.uri), key=lambda a: a.uri)]
    longer = [history for history in histories if len(history) > 1]
    for history in longer:
        assert [article.version for article in history] == [str(number + 1) for number in range(len(history))]
        # One after the other, by the same provider: what is pushed together keeps the order of a story.
        owners = {s.provider for s in SAMPLES if s.story.uri == history[0].uri}
        assert len(owners) == 1
    killed = [history for history in longer if history[-1].status == "canceled"]
    assert [[article.status for article in history] for history in killed] == [["usable", "canceled"]]
    assert [article.status for article in ARTICLES].count("canceled") == 1
    assert any(len(history) == 3 for history in longer)
    corrected = [history for history in longer if len(history) == 2 and history[-1].status == "usable"]
    assert any((history[-1].ed_note or "").startswith("Corrects") for history in corrected)


def test_the_embargo_is_two_minutes_ahead_and_the_expiry_later() -> None:
    now_us = instant_us(STAMP.accepted)
    (embargoed,) = [article.embargoed_until for article in ARTICLES if article.embargoed_until]
    assert instant_us(embargoed) - now_us == 120_000_000
    (expires,) = [article.expires for article in ARTICLES if article.expires]
    assert instant_us(expires) - now_us > 600_000_000


def test_related_cards_lead_to_stories_some_of_another_provider() -> None:
    owner = {sample.story.uri: sample.provider for sample in SAMPLES}
    assert {held.uri for held in RELATED} <= owner.keys()
    across = {
        (owner[article.uri], owner[held.uri])
        for article in ARTICLES
        for held in article.associations or ()
        if held.rel == "related" and owner[article.uri] != owner[held.uri]
    }
    assert {("baywire", "eastmere-courier"), ("eastmere-courier", "baywire")} <= across


def test_one_event_is_told_in_two_languages_by_one_provider() -> None:
    pairs = [
        (article, FIRST[held.uri]) for article in ARTICLES for held in article.associations or () if held.uri in FIRST
    ]
    assert any(
        one.slugline == other.slugline
        and one.language != other.language
        and one.copyright_holder == other.copyright_holder
        for one, other in pairs
    )
