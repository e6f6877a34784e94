from __future__ import annotations

from newswire.article import Article, Organisation, Person, Place, Subject, Text
from newswire.events import Tag
from services.enrich.enrichment.provided import TagKind, provided_summary, provided_tags

POLITICS = "http://cv.iptc.org/newscodes/mediatopic/11000000"


def _tag(kind: TagKind, name: str, uri: str | None = None) -> Tag:
    return Tag(kind=kind, name=name, uri=uri, score=1.0, creator="provider")


def _described(*descriptions: Text, headline: str = "Harbour open") -> str | None:
    return provided_summary(Article(uri="urn:x", headlines=(Text(value=headline),), descriptions=descriptions))


def test_an_abstract_is_taken_without_its_tags() -> None:
    description = Text(
        role="abstract", content_type="text/html", value="<p>The harbour &amp; the <b>road</b> reopened.</p>"
    )
    assert _described(description) == "The harbour & the road reopened."


def test_an_abstract_without_a_full_stop_is_one() -> None:
    assert _described(Text(value="Harbour and coast road reopen after nine days")) is not None


def test_other_roles_are_no_abstract() -> None:
    assert _described(Text(role="caption", value="The harbour at dawn.")) is None


def test_a_headline_again_is_no_abstract() -> None:
    assert _described(Text(value="Harbour open."), headline="Harbour open") is None


def test_a_cut_abstract_is_taken_up_to_its_last_whole_sentence() -> None:
    assert (
        _described(Text(value="The harbour reopened on Monday. Repairs will […]")) == "The harbour reopened on Monday."
    )
    assert _described(Text(value="The harbour reopened on...")) is None


def test_a_long_abstract_is_fitted() -> None:
    sentence = "The harbour of Porto reopened on Monday after a storm that had shut it for nine days."
    assert _described(Text(value=" ".join([sentence] * 9))) == " ".join([sentence] * 3)


def test_tags_of_the_editor() -> None:
    article = Article(
        uri="urn:x",
        people=(Person(name="Ana Prado", uri="https://people.example/1"), Person(uri="https://people.example/2")),
        organisations=(Organisation(name="Harbour Holdings"),),
        places=(Place(name=" Porto "), Place(name="porto")),
        subjects=(
            Subject(name="politics", uri="medtop:11000000"),
            Subject(name="Politics and government", uri="https://cv.iptc.org/newscodes/mediatopic/11000000"),
            Subject(name="harbours", uri="https://subjects.example/h"),
            Subject(uri="medtop:04000000"),
        ),
    )
    assert provided_tags(article) == (
        _tag("person", "Ana Prado", "https://people.example/1"),
        _tag("organisation", "Harbour Holdings"),
        _tag("place", "Porto"),
        _tag("topic", "politics", POLITICS),
        _tag("keyword", "harbours", "https://subjects.example/h"),
    )
