"""What the reader's pages show of a story: items to values for the templates. Pure.

pages/static/live.js says the same again for what comes in on the stream; change both together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final

import nh3
import orjson

from services.feed.item import story_path

if TYPE_CHECKING:
    from services.feed.store.reader import Card

_KINDS: Final = {
    "video": "Video",
    "audio": "Audio",
    "picture": "Picture",
    "graphic": "Graphic",
    "composite": "Package",
    "event": "Event",
    "planning": "Planning",
}
_URGENCY: Final = {1: "Flash", 2: "Urgent"}
_SENTENCE: Final = re.compile(r".+?(?:[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]|$)", re.DOTALL)
_SENTENCE_MOST: Final = 160
_RELATED_MOST: Final = 3
_DATELINE_WITHIN: Final = 300
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_RTL: Final = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
_RTL_SCRIPTS: Final = ("-arab", "-hebr", "-thaa", "-syrc", "-nkoo")
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^>]*>")
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")

_TEXT_TAGS: Final = {"a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "ins", "q", "s", "small", "strong"}
_BLOCK_TAGS: Final = {"blockquote", "dd", "dl", "dt", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_TABLE_TAGS: Final = {"caption", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_MEDIA_TAGS: Final = {"audio", "figcaption", "figure", "img", "source", "video"}
_TAGS: Final = _TEXT_TAGS | _BLOCK_TAGS | _TABLE_TAGS | _MEDIA_TAGS
_ATTRIBUTES: Final = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height", "title"},
    "video": {"src", "poster", "width", "height"},
    "audio": {"src"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
# Nothing plays by itself, and nothing is without its controls.
_ALWAYS: Final = {
    "video": {"controls": "", "preload": "none"},
    "audio": {"controls": "", "preload": "none"},
    "img": {"loading": "lazy"},
}
_SOURCES: Final = {"src", "poster"}


@dataclass(frozen=True, slots=True)
class Site:
    """How the feed is called, and where it is reached."""

    public_url: str
    title: str
    description: str = ""
    language: str = "en"
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant for machines and for people."""

    machine: str
    human: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture over https, with what is known of it."""

    src: str
    alt: str
    width: int | None
    height: int | None
    credit: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it; `initial` stands in for a face."""

    name: str
    initial: str
    role: str
    biography: str
    avatar: str


@dataclass(frozen=True, slots=True)
class Media:
    """A video or a sound over https; `duration` as minutes and seconds, or nothing."""

    kind: str
    src: str
    poster: str
    width: int | None
    height: int | None
    duration: str


@dataclass(frozen=True, slots=True)
class Related:
    """The card of a story that this one names as related."""

    uri: str
    path: str
    label: str
    headline: str
    dek: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A story in the list. `brief` has no headline of its own: its first sentence stands in, and is not said twice.

    `kicker` is the source's own, of a text; where it is empty, `label` says what kind of story it is.
    """

    uri: str
    path: str
    change: int
    label: str
    kicker: str
    urgency: str
    headline: str
    brief: bool
    summary: str
    machine_made: bool
    source: str
    byline: str
    read_minutes: int | None
    published: Moment
    lang: str
    dir: str


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A story on its own page. `bodies` are HTML that was sanitised here; `located` is empty if they begin with it."""

    entry: Entry
    updated: Moment | None
    authors: tuple[Author, ...]
    picture: Picture | None
    media: Media | None
    bodies: tuple[str, ...]
    related: tuple[Related, ...]
    located: str
    rights: tuple[str, ...]


def entry(card: Card) -> Entry:
    """The list's view of a story."""
    return _entry(orjson.loads(card.item))


def story_page(card: Card) -> StoryPage:
    """The page's view of a story."""
    item = orjson.loads(card.item)
    bodies = orjson.loads(card.bodies) if card.bodies else []
    shown = _entry({**item, "bodies": bodies})
    updated = _moment(item["updated"])
    return StoryPage(
        entry=shown,
        # A re-enrichment or a first version is no correction.
        updated=updated if item["updated"] > item["published"] and updated.human != shown.published.human else None,
        authors=tuple(_author(author) for author in item.get("authors", ()) if author.get("name")),
        picture=_picture(item),
        media=_media(item),
        bodies=tuple(_body(body) for body in bodies),
        related=_related(item),
        located=_located(item.get("located", ""), bodies),
        rights=tuple(item[key] for key in ("copyrightNotice", "copyrightHolder", "usageTerms") if item.get(key)),
    )


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence of a text, and what follows; one over 160 characters is cut, and then all of it follows."""
    flat = " ".join(text.split())
    found = _SENTENCE.match(flat)
    sentence = found[0] if found else flat
    if len(sentence) <= _SENTENCE_MOST:
        return sentence, flat[len(sentence) :].lstrip()
    return sentence[: _SENTENCE_MOST - 1].rstrip() + "\u2026", flat


def direction(language: str) -> str:
    """`rtl` or `ltr`, by a language tag."""
    tag = language.lower()
    return "rtl" if tag.split("-")[0] in _RTL or any(script in tag for script in _RTL_SCRIPTS) else "ltr"


def is_html(text: dict[str, Any]) -> bool:
    """Whether a headline, description or body is HTML: ingest marks all that is, and anything else is as it stands."""
    kind: str = text.get("contentType", "")
    return kind.partition(";")[0].strip().lower() == "text/html"


def plain(markup: str) -> str:
    """The text of some markup."""
    if not _MARKUP.search(markup):
        return markup
    return unescape(nh3.clean(markup, tags=set()))


def sanitised(markup: str) -> str:
    """Markup by allowlist; pictures and media over https only, and nothing that runs."""
    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values=_ALWAYS,
        attribute_filter=_only_https,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _only_https(_tag: str, name: str, value: str) -> str | None:
    return value if name not in _SOURCES or value.strip().lower().startswith("https://") else None


def _entry(item: dict[str, Any]) -> Entry:
    enrichment = item["enrichment"]
    headline = _first(_but_kickers(item))
    summary = enrichment.get("summary") or _first(item.get("descriptions"))
    title, shown = _titled(headline, summary, _first(item.get("bodies")) or item.get("slugline") or item["uri"])
    language = item.get("language") or enrichment.get("language") or ""
    language = language if _LANGUAGE.fullmatch(language) else ""
    return Entry(
        uri=item["uri"],
        path=story_path(item["uri"]),
        change=item["change"],
        label=_KINDS.get(item.get("type", "text"), "Article" if headline else "Brief"),
        kicker=_kicker(item),
        urgency=_URGENCY.get(item.get("urgency", 0), ""),
        headline=title,
        brief=not headline,
        summary=shown,
        machine_made=bool(shown) and enrichment.get("summarySource") in {"extractive", "llm"},
        source=_source(item),
        byline=_byline(item),
        read_minutes=enrichment.get("readTime"),
        published=_moment(item["published"]),
        lang=language,
        dir=direction(language) if language else "auto",
    )


def _titled(headline: str, summary: str, stand_in: str) -> tuple[str, str]:
    """The headline and the summary to show: neither repeats the other."""
    if headline:
        return headline, "" if summary == headline else summary
    sentence, rest = first_sentence(summary or stand_in)
    return sentence, rest if summary else ""


def _but_kickers(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [text for text in item.get("headlines", ()) if text.get("role") != "kicker"]


def _kicker(item: dict[str, Any]) -> str:
    if item.get("type", "text") in _KINDS:
        return ""
    return _first([text for text in item.get("headlines", ()) if text.get("role") == "kicker"])


def _first(texts: list[dict[str, Any]] | None) -> str:
    """The text of the one that is called main, else of the first."""
    ordered = sorted(texts or (), key=lambda text: text.get("role") != "main")
    found = (plain(text["value"]) if is_html(text) else text["value"] for text in ordered)
    return next(filter(None, (text.strip() for text in found)), "")


def _source(item: dict[str, Any]) -> str:
    names = (source.get("name") for source in item.get("infoSources", ()))
    return next(filter(None, names), "") or item.get("copyrightHolder") or item["provider"]


def _byline(item: dict[str, Any]) -> str:
    by: str = item.get("by", "")
    return by or ", ".join(author["name"] for author in item.get("authors", ()) if author.get("name"))


def _author(author: dict[str, Any]) -> Author:
    return Author(
        name=author["name"],
        initial=author["name"].strip()[:1].upper(),
        role=author.get("jobtitle") or author.get("role") or "",
        biography=plain(author.get("biography", "")),
        avatar=_https(author.get("avatarUrl", "")),
    )


def _picture(item: dict[str, Any]) -> Picture | None:
    """The widest rendition over https of the story, if it is a picture, else of the first picture that it holds."""
    for held in (item, *item.get("associations", ())):
        if held.get("type") not in {"picture", "graphic"}:
            continue
        if widest := _widest(held, "image/", bare=True):
            alt = _first(held.get("descriptions")) or _first(held.get("headlines"))
            credit = held.get("by") or held.get("copyrightHolder") or ""
            return Picture(widest["href"], alt, widest.get("width"), widest.get("height"), credit)
    return None


def _media(item: dict[str, Any]) -> Media | None:
    kind = item.get("type", "text")
    if kind not in {"video", "audio"} or not (found := _widest(item, f"{kind}/")):
        return None
    poster = _widest(item, "image/") or {}
    size = (found.get("width"), found.get("height"))
    return Media(kind, found["href"], poster.get("href", ""), *size, _duration(found.get("duration")))


def _widest(item: dict[str, Any], content_type: str, *, bare: bool = False) -> dict[str, Any] | None:
    """The widest rendition of this kind over https; `bare` takes those that do not say what they are, too."""
    fits = [
        rendition
        for rendition in item.get("renditions", ())
        if _https(rendition.get("href", ""))
        and (rendition.get("contentType") or (content_type if bare else "")).lower().startswith(content_type)
    ]
    return max(fits, key=lambda rendition: rendition.get("width") or 0, default=None)


def _duration(seconds: float | None) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds and seconds > 0 else ""


def _related(item: dict[str, Any]) -> tuple[Related, ...]:
    cards = (_related_card(held) for held in item.get("associations", ()) if held.get("rel") == "related")
    return tuple([card for card in cards if card.headline][:_RELATED_MOST])


def _related_card(held: dict[str, Any]) -> Related:
    headline, dek = _first(_but_kickers(held)), _first(held.get("descriptions"))
    label = _KINDS.get(held.get("type", "text"), "")
    return Related(held["uri"], story_path(held["uri"]), label, *_titled(headline, dek, ""))


def _located(located: str, bodies: list[dict[str, Any]]) -> str:
    """The place, unless the body has it in its dateline."""
    start = plain(bodies[0]["value"][:_DATELINE_WITHIN]) if bodies else ""
    return "" if start.lstrip().casefold().startswith(located.casefold()) else located


def _https(url: str) -> str:
    return url if url.lower().startswith("https://") else ""


def _body(body: dict[str, Any]) -> str:
    value: str = body["value"]
    if is_html(body):
        return sanitised(value)
    paragraphs = (escape(part.strip()) for part in _PARAGRAPHS.split(value))
    return "".join(f"<p>{part}</p>" for part in paragraphs if part)


def _moment(text: str) -> Moment:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return Moment(text, f"{moment.day} {moment:%b %Y, %H:%M} UTC")
