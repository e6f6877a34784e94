"""Where a running newswire is: told on the command line, else by a ready file, else by the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from newswire.errors import SetupError

READY_FILE: Final = Path(".newswire/data/ready.json")


def ready(ready_file: Path | None) -> dict[str, str]:
    """What `newswire up` wrote: `ingest`, `feed`, `key` and more; empty when no file was named and none is there.

    Raises SetupError when the named file is missing, and when one cannot be read.
    """
    return {name: value for name, value in ready_content(ready_file).items() if isinstance(value, str)}


def ready_content(ready_file: Path | None, usual: Path = READY_FILE) -> dict[str, Any]:
    """All of it. Raises SetupError as `ready` does."""
    path = ready_file or usual
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if ready_file is None:
            return {}
        msg = f"no ready file {path}: is `newswire up` running?"
        raise SetupError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"cannot read the ready file {path}: {error}"
        raise SetupError(msg) from error
    if not isinstance(content, dict):
        msg = f"the ready file {path} holds no JSON object"
        raise SetupError(msg)
    return content


def require_http(url: str) -> None:
    """Raise SetupError unless this is an address that can be asked."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable():
        msg = f"not an http address: {url!r}"
        raise SetupError(msg)
