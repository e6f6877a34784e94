"""The state of a story as Redis holds it: a JSON array, since a stub stays for ever and there is one a uri."""

from __future__ import annotations

from typing import Any

import orjson

from newswire.lifecycle import Ref, Story, Version


def encode(story: Story) -> bytes:
    """The stub of a state."""
    return orjson.dumps(
        [
            story.owner,
            int(story.killed),
            _pack(story.candidate),
            story.phase,
            # The usual case, in which the candidate is what is visible, is not written twice.
            1 if story.visible is not None and story.visible == story.candidate else _pack(story.visible),
            story.first,
            story.published_ms,
            story.updated_ms,
            story.ended,
            None if story.shown is None else list(story.shown),
        ]
    )


def decode(stub: bytes) -> Story:
    """The state that a stub holds."""
    owner, killed, candidate, phase, visible, first, published_ms, updated_ms, ended, shown = orjson.loads(stub)
    chosen = _unpack(candidate)
    return Story(
        owner=owner,
        killed=bool(killed),
        candidate=chosen,
        phase=phase,
        visible=chosen if visible == 1 else _unpack(visible),
        first=first,
        published_ms=published_ms,
        updated_ms=updated_ms,
        ended=ended,
        shown=None if shown is None else Ref(*shown),
    )


def _pack(version: Version | None) -> list[object] | None:
    if version is None:
        return None
    return [
        *version.ref,
        version.revision,
        version.version,
        version.created_us,
        version.embargo_us,
        version.expires_us,
        version.digest,
    ]


def _unpack(packed: list[Any] | None) -> Version | None:
    if packed is None:
        return None
    partition, offset, *rest = packed
    return Version(Ref(partition, offset), *rest)
