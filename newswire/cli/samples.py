"""The stories that newswire comes with: `samples/<provider>/*.json`, pushed in the order of their file names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.cli.stories import Story, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER: Final = Path(__file__).parents[2] / "samples"
# An ISO 8601 duration of hours, minutes and seconds, before or after the moment of the push.
_MOMENT: Final = re.compile(rb"\$\{now(?:([+-])PT(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?\}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One event of a story, and the provider who pushes it."""

    provider: str
    story: Story


def samples(now: datetime, folder: Path = FOLDER) -> list[Sample]:
    """Every sample, in the order to push them, its moments filled in."""
    paths = sorted(folder.glob("*/*.json"), key=lambda path: (path.name, path.parent.name))
    return [Sample(path.parent.name, story) for path in paths for story in split(filled(path.read_bytes(), now))]


def runs(found: Sequence[Sample]) -> Iterator[tuple[str, list[Story]]]:
    """The samples of one provider that follow on each other, run by run."""
    for provider, run in groupby(found, key=lambda sample: sample.provider):
        yield provider, [sample.story for sample in run]


def filled(text: bytes, now: datetime) -> bytes:
    """The text with each `${now}`, `${now+PT2M}` or `${now-PT1H30M}` as a date-time in UTC."""
    return _MOMENT.sub(lambda found: _moment(now, found), text)


def _moment(now: datetime, found: re.Match[bytes]) -> bytes:
    hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    moment = (now - distance if found[1] == b"-" else now + distance).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
