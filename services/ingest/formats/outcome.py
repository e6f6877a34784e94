"""What becomes of each of several stories in one document: none spoils another."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from newswire.errors import InvalidError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from newswire.article import Article
    from services.ingest.formats.element import Element

    Outcome = Article | InvalidError

MAX_STORIES: Final = 500


def outcomes(entries: Iterable[Element], parse: Callable[[Element], Article]) -> tuple[Outcome, ...]:
    """Each entry's story, or what is wrong with it, in their order. Raises TooLargeError when there are too many."""
    found = tuple(islice(entries, MAX_STORIES + 1))
    if len(found) > MAX_STORIES:
        msg = f"more than {MAX_STORIES} stories"
        raise TooLargeError(msg)
    return tuple([_outcome(entry, parse) for entry in found])


def _outcome(entry: Element, parse: Callable[[Element], Article]) -> Outcome:
    try:
        return parse(entry)
    except InvalidError as error:
        return error
