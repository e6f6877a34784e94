"""What the tests of all XML formats share: reading by the root, our fixtures, and stories to write and read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from newswire.errors import InvalidError
from services.ingest.formats import xml
from services.ingest.formats.element import squeezed
from services.ingest.formats.roots import Single, reader_of

if TYPE_CHECKING:
    from newswire.article import Article

FIXTURES = Path(__file__).with_name("fixtures")
NAMES = ("newsml_g2_item.xml", "newsml_g2_message.xml", "nitf.xml", "rss.xml", "atom.xml")


def read_all(text: bytes) -> tuple[Article | InvalidError, ...]:
    """What a document holds, as ingest reads it."""
    root = xml.load(text)
    reader = reader_of(root)
    return (reader.parse(root),) if isinstance(reader, Single) else reader.parse_all(root)


def read(text: bytes | str) -> Article:
    """The one story of a document, which has no fault."""
    (found,) = read_all(text.encode() if isinstance(text, str) else text)
    if isinstance(found, InvalidError):
        raise found
    return found


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def faults(found: Article | InvalidError) -> dict[str, str]:
    """Pointer to detail."""
    assert isinstance(found, InvalidError)
    return {violation.pointer: violation.detail for violation in getattr(found, "violations", ())}


@dataclass(frozen=True)
class Story:
    """What every format that can say it has to bring back."""

    uri: str
    version: str
    headline: str
    body: str
    language: str
    urgency: int
    status: str
    version_created: str
    embargoed: str | None
    expires: str | None


# XML's own characters, less the carriage return, which every parser makes a line feed.
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n"),
    min_size=1,
    max_size=30,
)
LINES = TEXT.map(squeezed).filter(bool)
ZONES = st.sampled_from(["Z", "+00:00", "+01:00", "-05:00", "+05:45", "+14:00"])
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1))  # noqa: DTZ001 - the zone is drawn beside it
INSTANTS = st.builds(lambda moment, zone: moment.isoformat(timespec="seconds") + zone, MOMENTS, ZONES)
STORIES = st.builds(
    Story,
    uri=LINES,
    version=st.integers(0, 10**12).map(str),
    headline=LINES,
    body=LINES,
    language=st.sampled_from(["en", "en-GB", "uk", "zh-Hant-TW"]),
    urgency=st.integers(1, 9),
    status=st.sampled_from(["usable", "withheld", "canceled"]),
    version_created=INSTANTS,
    embargoed=st.none() | INSTANTS,
    expires=st.none() | INSTANTS,
)


def element(name: str, text: str | None, **attributes: str | None) -> str:
    """An element, or nothing where there is nothing to say."""
    given = {key.strip("_").replace("__", ":").replace("_", "-"): value for key, value in attributes.items() if value}
    if text is None and not given:
        return ""
    return (
        f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in given.items())}>{escape(text or '')}</{name}>"
    )


def first(texts: object) -> str:
    """The value of the first text."""
    assert isinstance(texts, tuple)
    value = texts[0].value
    assert isinstance(value, str)
    return value
