"""Where downloads are kept: one folder a user, shared by all checkouts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping


def cache_path(environ: Mapping[str, str], home: Path) -> Path:
    """`$NEWSWIRE_CACHE`, else the newswire folder of the user's cache (XDG)."""
    if own := environ.get("NEWSWIRE_CACHE"):
        return Path(own).expanduser().absolute()
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "newswire"


def cache_folder(*below: str) -> Path:
    """A folder of the cache, made when it is missing."""
    path = cache_path(os.environ, Path.home()).joinpath(*below)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the cache folder {path}: {error.strerror} (NEWSWIRE_CACHE names another place)"
        raise SetupError(msg) from error
    return path
