"""Elements of XML, looked at as every format here needs it: text, children by name, what is left as JSON, the place."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

    Element = etree._Element  # noqa: SLF001 - the library has no public name for it

XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
LANG: Final = f"{{{XML_NAMESPACE}}}lang"
BASE: Final = f"{{{XML_NAMESPACE}}}base"
# XML's own white space: a no-break space in a headline is meant.
WHITE: Final = " \t\r\n"
_WHITE_RUN = re.compile(rf"[{WHITE}]+")
# No text of an XML document holds it.
_BREAK: Final = "\0"
_BREAK_RUN = re.compile(rf"{_BREAK}\r?\n?")
# Deeper, what is left over is kept as the XML it was: readers of JSON bound its nesting.
_MAX_JSON_DEPTH: Final = 12


def name(element: Element) -> tuple[str, str]:
    """The namespace ("" for none) and the local name."""
    namespace, _, local = str(element.tag).rpartition("}")
    return namespace.lstrip("{"), local


def local(element: Element) -> str:
    """The local name."""
    return name(element)[1]


def squeezed(text: str | None) -> str:
    """The text with each run of white space as one space, and none at its ends."""
    return _WHITE_RUN.sub(" ", text or "").strip(WHITE)


def raw_text(element: Element | None) -> str:
    """All text in it, as it stands."""
    return "" if element is None else "".join(map(str, element.itertext()))


def text_of(element: Element | None) -> str:
    """All text in it on one line; "" for no element."""
    return squeezed(raw_text(element))


def lines_of(element: Element) -> str:
    """All text in it, line by line without the indentation; `br` ends a line too."""
    text = _BREAK_RUN.sub("\n", _broken(element))
    return "\n".join([line.strip(WHITE) for line in text.split("\n")]).strip(WHITE)


def _broken(element: Element) -> str:
    parts = [element.text or ""]
    for one in element:
        parts += (_BREAK if local(one) == "br" else _broken(one), one.tail or "")
    return "".join(parts)


def child(element: Element | None, *names: str) -> Element | None:
    """What a path of local names leads to, the first at each step, whatever the namespaces."""
    for wanted in names:
        element = next(children(element, wanted), None)
    return element


def children(element: Element | None, wanted: str) -> Iterator[Element]:
    """Those with this local name."""
    return (one for one in (() if element is None else element) if local(one) == wanted)


def language_of(element: Element) -> str | None:
    """The `xml:lang` in force."""
    return _nearest(element, LANG)


def resolved(element: Element, reference: str) -> str:
    """A reference against the `xml:base` in force; as it stands where there is none."""
    base = _nearest(element, BASE)
    try:
        return urljoin(base, reference) if base else reference
    except ValueError:
        return reference


def _nearest(element: Element | None, attribute: str) -> str | None:
    while element is not None:
        if value := element.get(attribute):
            return str(value).strip(WHITE)
        element = element.getparent()
    return None


def has_more(element: Element, attributes: frozenset[str], names: frozenset[str] = frozenset()) -> bool:
    """Whether it holds more than these attributes and children, by local name."""
    kept = any(str(key).rpartition("}")[2] not in attributes for key in element.keys())  # noqa: SIM118 - no mapping
    return kept or any(local(one) not in names for one in element)


def as_json(element: Element, depth: int = 0) -> Any:  # noqa: ANN401 - JSON is any value
    """A string where there is only text; else its attributes as `@name`, its text as `#text`, its children by name."""
    if depth > _MAX_JSON_DEPTH:
        return as_xml(element)
    found: dict[str, Any] = {f"@{str(key).rpartition('}')[2]}": str(value) for key, value in element.items()}
    whole = text_of(element)
    if not found and not len(element):
        return whole
    if own_text(element):
        found["#text"] = whole
    for one in element:
        append(found, local(one), as_json(one, depth + 1))
    return found


def as_xml(element: Element) -> str:
    """The XML that it is, with those of the namespaces around it that it uses."""
    return etree.tostring(deepcopy(element), encoding="unicode", with_tail=False)


def append(into: dict[str, Any], key: str, value: Any) -> None:  # noqa: ANN401 - JSON is any value
    """The first value as it is, several as an array."""
    if key not in into:
        into[key] = value
    elif isinstance(into[key], list):
        into[key].append(value)
    else:
        into[key] = [into[key], value]


def own_text(element: Element) -> bool:
    """Whether there is text in it beside its children."""
    return bool((element.text or "").strip(WHITE)) or any((one.tail or "").strip(WHITE) for one in element)


def path(element: Element) -> str:
    """Where it stands: `/newsItem/contentMeta/subject[2]`, local names, counted from 1 among those of one name."""
    steps = [_step(element), *(_step(one) for one in element.iterancestors())]
    return "/" + "/".join(reversed(steps))


def _step(element: Element) -> str:
    before = sum(1 for _ in element.itersiblings(str(element.tag), preceding=True))
    alone = not before and next(element.itersiblings(str(element.tag)), None) is None
    return local(element) if alone else f"{local(element)}[{before + 1}]"
