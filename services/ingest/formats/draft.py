"""A story as it is put together out of XML: ninjs 3.1 names, each with the place in the source that it came from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import ValidationError

from newswire.article import Article
from newswire.errors import TooLargeError, Violation, ViolationError
from services.ingest.formats.element import append, as_json, has_more, local, path, squeezed
from services.ingest.violations import MAX_NAMED, violation_error

if TYPE_CHECKING:
    from services.ingest.formats.element import Element

# As in ninjs: each may be a violation.
MAX_VALUES: Final = 20_000
_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,15}\.\d{1,15}", re.ASCII)
_STATUSES: Final = {"cancelled": "canceled", "killed": "canceled", "kill": "canceled"}


class Draft:
    """What is known of one story so far."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._fields: dict[str, Any] = {}
        self._places: dict[str, tuple[Element, str]] = {}
        self._seen: set[tuple[str, bytes | str]] = set()
        self._lines: dict[str, list[str]] = {}
        self._extra: dict[str, Any] = {}
        self._room = MAX_VALUES
        self._held: Element | None = None

    def has(self, field: str) -> bool:
        """Whether anything is known of a field."""
        return field in self._fields or field in self._lines

    def add_named(self, field: str, concept: dict[str, Any], source: Element) -> None:
        """One more, unless one of that name is there: a text names its people again and again."""
        name = concept.get("name")
        if not name or self.once(f"{field} by name", name):
            self.add(field, concept, source)

    def once(self, kind: str, key: bytes | str) -> bool:
        """Whether this was not asked before."""
        known = (kind, key)
        new = known not in self._seen
        self._seen.add(known)
        return new

    def next_name(self, field: str, base: str) -> str:
        """A name for the next one of a field that has many."""
        return f"{base}{len(self._fields.get(field, ())) + 1}"

    def put(self, field: str, value: Any, source: Element, attribute: str = "") -> None:  # noqa: ANN401 - JSON
        """A field that has one value: the first that is not empty stays."""
        if value not in (None, "") and not self.has(field):
            self._spend()
            self._fields[field] = value
            self._places[f"/{field}"] = (source, attribute)

    def add(self, field: str, value: dict[str, Any], source: Element) -> None:
        """One more of a field that has many, without its empty members; each only once."""
        value = {key: item for key, item in value.items() if item not in (None, "", [])}
        # Before anything else is done with it: what one element names may come with thousands of others.
        self._spend(1 + sum(len(item) for item in value.values() if isinstance(item, list)))
        if not value or not self.once(field, orjson.dumps(value)):
            return
        found = self._fields.setdefault(field, [])
        self._places[f"/{field}/{len(found)}"] = (source, "")
        found.append(value)

    def put_byline(self, source: Element) -> None:
        """The authors' names as the byline, where there is none."""
        authors = [author for author in self._fields.get("authors", ()) if "role" not in author]
        self.put("by", ", ".join([author["name"] for author in authors]), source)

    def put_status(self, text: str | None, source: Element, attribute: str = "") -> None:
        """The publication status, by any of the names that wires use for it."""
        status = squeezed(text).lower()
        self.put("pubStatus", _STATUSES.get(status, status), source, attribute)

    def withhold(self, source: Element) -> None:
        """An embargo without an end: nobody may see the story, unless it is killed anyway."""
        self._held = source

    def join(self, field: str, text: str, source: Element) -> None:
        """One more line of a text."""
        if text:
            self._spend()
            self._places.setdefault(f"/{field}", (source, ""))
            self._lines.setdefault(field, []).append(text)

    def keep(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON is any value
        """What has no place of its own, under `extra`; several of one name become an array."""
        if value not in (None, ""):
            self._spend()
            append(self._extra, key, value)

    def keep_whole(self, element: Element) -> None:
        """An element that has no place, as JSON under its local name."""
        self.keep(local(element), as_json(element))

    def keep_more(self, element: Element, attributes: frozenset[str], children: frozenset[str] = frozenset()) -> None:
        """An element whose meaning is taken but for what is beyond these attributes and children."""
        if has_more(element, attributes, children):
            self.keep_whole(element)

    def article(self, uri_at: str) -> Article:
        """The finished story; `uri_at` is where, below the root, its uri was looked for. Raises ViolationError."""
        fields = self._finished()
        try:
            # Out of JSON: pydantic's strict mode takes a list for a tuple only from there.
            return Article.model_validate_json(orjson.dumps(fields), extra="forbid", by_alias=True, by_name=False)
        except ValidationError as error:
            fault = violation_error(error, fields)
            named = [self._placed(violation, uri_at) for violation in fault.violations]
            raise ViolationError(str(fault), tuple(named[:MAX_NAMED])) from error

    def _finished(self) -> dict[str, Any]:
        fields = {**self._fields, **{field: "\n".join(lines) for field, lines in self._lines.items()}}
        if self._extra:
            fields["extra"] = self._extra
        # Only now: the status may come after the embargo, and a kill is a kill.
        if self._held is not None and fields.get("pubStatus", "usable") == "usable":
            fields["pubStatus"] = "withheld"
        return fields

    def _placed(self, violation: Violation, uri_at: str) -> Violation:
        if violation.pointer == "/uri" and not self.has("uri"):
            return Violation(f"{path(self._root)}{uri_at}", violation.detail)
        pointer, inner = violation.pointer, ""
        while pointer and pointer not in self._places:
            pointer, _, last = pointer.rpartition("/")
            inner = f"{last}/{inner}".rstrip("/")
        if not pointer:
            return Violation(path(self._root), f"{violation.pointer.strip('/')}: {violation.detail}")
        source, attribute = self._places[pointer]
        place = f"{path(source)}/@{attribute}" if attribute else path(source)
        return Violation(place, f"{inner}: {violation.detail}" if inner else violation.detail)

    def _spend(self, values: int = 1) -> None:
        self._room -= values
        if self._room < 0:
            msg = f"a story of more than {MAX_VALUES} values"
            raise TooLargeError(msg)


def number(text: str | None) -> int | float | str | None:
    """A number as JSON has them; what is none comes back as it is, so that validation names it."""
    text = squeezed(text)
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text or None


def size(text: str | None) -> int | None:
    """A whole number, else nothing: for feeds, where a length is often a guess or a blank."""
    found = number(text)
    return found if isinstance(found, int) else None
