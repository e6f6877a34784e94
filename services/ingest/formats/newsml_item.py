"""What the parts of a NewsML-G2 item are read with: its vocabularies, its assertions, and concepts by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import newscodes
from services.ingest.formats.element import LANG, child, children, text_of
from services.ingest.formats.element import name as name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.ingest.formats.draft import Draft
    from services.ingest.formats.element import Element

NAMESPACE: Final = "http://iptc.org/std/nar/2006-10-01/"
IDENTITY: Final = frozenset({"qcode", "uri", "literal", "id"})
NAME: Final = frozenset({"name"})
_KEYS: Final = ("qcode", "uri", "literal")


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an item says of a concept once, for all the places that name it."""

    name: str | None = None
    symbols: tuple[dict[str, Any], ...] = ()
    point: dict[str, Any] | None = None


_NOTHING: Final = Assertion()


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it is read: what its codes mean, and the story that it becomes."""

    draft: Draft
    schemes: Mapping[str, str]
    asserted: Mapping[str, Assertion]
    language: str

    def concept(self, element: Element) -> dict[str, str | None]:
        """Name, uri and literal of a concept. A code of no known vocabulary is its literal, with its alias."""
        qcode = element.get("qcode")
        expanded = newscodes.expand(qcode, self.schemes) if qcode else None
        literal = element.get("literal") or (qcode if qcode and not expanded else None)
        return {
            "name": name_in(element, self.language) or self.assertion(element).name,
            "uri": element.get("uri") or expanded,
            "literal": literal,
        }

    def label(self, element: Element) -> str | None:
        """What to call a party or a place: its name, else its literal, else its code without the vocabulary."""
        return self.concept(element)["name"] or element.get("literal") or newscodes.last(element.get("qcode")) or None

    def assertion(self, element: Element) -> Assertion:
        """What the item asserts of a concept."""
        return next((self.asserted[key] for key in _identities(element) if key in self.asserted), _NOTHING)

    def keep_more(self, element: Element, attributes: frozenset[str], names: frozenset[str] = NAME) -> None:
        """What there is of a concept beyond its identity, one name, and these."""
        if sum(1 for _ in children(element, "name")) > 1:
            self.draft.keep_whole(element)
        else:
            self.draft.keep_more(element, IDENTITY | attributes, names)


def name_in(element: Element, language: str) -> str | None:
    """The name in a language, else the first one."""
    names = list(children(element, "name"))
    own = [one for one in names if _primary(one.get(LANG)) in ("", _primary(language))]
    return text_of((own or names)[0]) if names else None


def assertions(root: Element, language: str) -> dict[str, Assertion]:
    """What the `assert` elements say, by each of the identities that they speak of."""
    found: dict[str, Assertion] = {}
    for one in children(root, "assert"):
        said = Assertion(name_in(one, language), tuple(symbols(one)), point(one))
        found.update(dict.fromkeys(_identities(one), said))
    return found


def schemes(element: Element | None) -> dict[str, str]:
    """The vocabularies that an inline catalogue names: alias to address."""
    found = (
        (scheme.get("alias"), scheme.get("uri"))
        for catalog in children(element, "catalog")
        for scheme in children(catalog, "scheme")
    )
    return {alias: uri for alias, uri in found if alias and uri}


def parts(element: Element | None) -> Iterator[tuple[str, Element]]:
    """The children, each with its local name; "" for one of another namespace."""
    for one in () if element is None else element:
        namespace, own = name_of(one)
        yield (own if namespace == NAMESPACE else ""), one


def code_of(element: Element) -> str | None:
    """A property's code: QCode, URI or literal."""
    return next((value for key in _KEYS if (value := element.get(key))), None)


def role_of(element: Element) -> str | None:
    """Its role, short where the vocabulary is a standard one."""
    return newscodes.plain(element.get("role") or element.get("roleuri"))


def symbols(element: Element) -> list[dict[str, Any]]:
    """An organisation's tickers."""
    found = [
        {
            "exchange": one.get("marketlabel") or newscodes.last(one.get("market")) or None,
            "symbolType": newscodes.last(one.get("type")) or None,
            "symbol": one.get("symbol"),
        }
        for one in children(child(element, "organisationDetails"), "hasInstrument")
    ]
    return [{key: value for key, value in symbol.items() if value} for symbol in found]


def point(element: Element) -> dict[str, Any] | None:
    """A place's position as GeoJSON."""
    for details in ("geoAreaDetails", "POIDetails"):
        position = child(element, details, "position")
        if position is not None:
            return geo_point(position.get("latitude"), position.get("longitude"))
    return None


def geo_point(latitude: str | None, longitude: str | None) -> dict[str, Any] | None:
    """A GeoJSON feature; None for what is no pair of numbers."""
    try:
        place = [float(longitude or ""), float(latitude or "")]
    except ValueError:
        return None
    if not all(-180 <= degrees <= 180 for degrees in place):  # noqa: PLR2004 - degrees
        return None
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": place}}


def _identities(element: Element) -> Iterator[str]:
    return (f"{key}={value}" for key in _KEYS if (value := element.get(key)))


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
