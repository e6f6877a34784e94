"""`python -m newswire.local.packages LOCK`: pip install by hashes, told in one line. Standard library only."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PINNED = re.compile(r"^[A-Za-z0-9._-]+(\[.*\])?==", re.MULTILINE)
# What pip says once for each line of the lock, whatever becomes of it.
_SEEN = ("Collecting ", "Requirement already satisfied: ", "Ignoring ")
_PLAIN_STEP = 20


def count_pinned(lock: str) -> int:
    """How many packages a lock file names."""
    return len(_PINNED.findall(lock))


def progress(lines: Iterable[str], total: int) -> Iterator[str]:
    """Turn pip's output into what to show, one text a step."""
    done = 0
    for line in lines:
        if line.startswith(_SEEN):
            done += 1
            yield f"Python packages: {min(done, total)} of {total}"
        elif line.startswith("Installing collected"):
            yield "Python packages: unpacking"


def show(texts: Iterable[str], out: IO[str]) -> None:
    """One line that changes, on a terminal; elsewhere a line now and then."""
    for step, text in enumerate(texts):
        if out.isatty():
            out.write(f"\r\x1b[K{text}")
        elif step % _PLAIN_STEP == 0:
            out.write(f"{text}\n")
        out.flush()
    if out.isatty():
        out.write("\n")


def main(lock: Path) -> int:
    """Install; pip's exit code. pip's own words are kept back, but for its errors."""
    options = ["--disable-pip-version-check", "--no-color", "--require-hashes", "-r", str(lock)]
    command = [sys.executable, "-u", "-m", "pip", "install", *options]
    last: deque[str] = deque(maxlen=5)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:  # noqa: S603 - argv is ours
        lines = _kept(pip.stdout or [], last)
        show(progress(lines, count_pinned(lock.read_text())), sys.stdout)
    if pip.returncode:
        sys.stderr.write("".join(last) + "Error: pip could not install the packages, see above\n")
    return pip.returncode


def _kept(lines: Iterable[str], last: deque[str]) -> Iterator[str]:
    for line in lines:
        last.append(line)
        yield line


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
