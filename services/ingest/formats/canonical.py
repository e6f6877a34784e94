"""JSON text under the canonical names -> the canonical article; nothing unknown is let through."""

from __future__ import annotations

from newswire.article import Article


def article(text: bytes) -> Article:
    """The article. Raises pydantic's ValidationError."""
    # Out of JSON, not out of the parsed value: pydantic's strict mode takes a list for a tuple only from JSON.
    return Article.model_validate_json(text, extra="forbid", by_alias=True, by_name=False)
