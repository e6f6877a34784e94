"""One child process: started in a group of its own, its output in a log file, stopped with a deadline.

Nothing here is bound to an event loop, so a child that one loop started may be awaited in another (a pytest
session has several).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from newswire.local.readiness import Probe

LOG_BYTES: Final = 10 * 1024 * 1024
TAIL_LINES: Final = 15
_TAIL_BYTES = 64 * 1024
_POLL_SECONDS = 0.05
_KILLED_SECONDS = 3.0
_PR_SET_PDEATHSIG = 1


async def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `argv` is asked for at each start, `ended` is told each exit code."""

    name: str
    argv: Callable[[], Sequence[str]]
    log: Path
    env: Mapping[str, str] | None = None
    ready: Probe = _always
    ended: Callable[[int], None] | None = None


class Child:
    """A program's process, and the ones after it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._told: int | None = None
        self._log_start = 0

    @property
    def name(self) -> str:
        """What to call it in front of a person."""
        return self.program.name

    @property
    def pid(self) -> int:
        """The process id of the last start."""
        if self._process is None:
            msg = f"{self.name} was never started"
            raise SetupError(msg)
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs (and before it ever did); minus the signal's number when one ended it."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None and self._told != self._process.pid:
            self._told = self._process.pid
            if self.program.ended:
                self.program.ended(code)
        return code

    @property
    def alive(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self.exit_code is None

    @property
    def lived_seconds(self) -> float:
        """The time since the last start."""
        return time.monotonic() - self._began

    def start(self) -> None:
        """Start it, its output appended to the log. What the last one left behind in its group is killed."""
        if self._process is not None:
            self.kill()
        rotate(self.program.log)
        try:
            with self.program.log.open("ab") as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(  # noqa: S603 - argv is ours, no shell
                    list(self.program.argv()),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self.program.env,
                    # A session of its own: the terminal's Ctrl-C is for the supervisor, who stops all in order.
                    start_new_session=True,
                    preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one system call, of a library loaded before
                )
        except (OSError, subprocess.SubprocessError) as error:
            msg = f"{self.name} cannot be started: {error}"
            raise SetupError(msg) from error
        self._began = time.monotonic()

    async def exited(self) -> int:
        """The exit code, once there is one."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - an event would bind the child to one loop
            await asyncio.sleep(_POLL_SECONDS)
        return code

    async def exited_within(self, timeout_seconds: float) -> int | None:
        """The exit code; None when there is none in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self.exited()
        return self.exit_code

    async def wait_ready(self, timeout_seconds: float) -> None:
        """Return once it answers; SetupError, with the end of its log, when it exits or takes too long."""
        try:
            async with asyncio.timeout(timeout_seconds):
                if await self.ready_or_exited():
                    return
        except TimeoutError as error:
            msg = f"{self.name} did not answer within {timeout_seconds:g} s"
            raise SetupError(self.with_tail(msg)) from error
        msg = f"{self.name} did not start ({describe_exit(self.exit_code)})"
        raise SetupError(self.with_tail(msg))

    async def ready_or_exited(self) -> bool:
        """True once it answers, False once it has exited."""
        while self.alive:
            if await self.program.ready():
                return self.alive
            await asyncio.sleep(_POLL_SECONDS * 2)
        return False

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL when the grace is over."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a process that somebody stopped hears nothing else
        try:
            await self.exited_within(grace_seconds)
        finally:
            self.kill()
        await self.exited_within(_KILLED_SECONDS)

    def kill(self) -> None:
        """SIGKILL, to its own children too."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The last lines that this process, not one before it, has logged."""
        return tail(self.program.log, self._log_start, lines)

    def with_tail(self, message: str) -> str:
        """The message, and below it the end of the log."""
        lines = [f"  {line}" for line in self.tail()] or ["  (it logged nothing)"]
        return "\n".join([f"{message}. The end of {self.program.log}:", *lines])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.alive:
            self._process.send_signal(number)


def describe_exit(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "still running"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def rotate(log: Path, limit_bytes: int = LOG_BYTES) -> None:
    """Keep one older file, `.1`, once the log has grown past the limit."""
    if log.exists() and log.stat().st_size > limit_bytes:
        log.replace(log.with_name(log.name + ".1"))


def tail(log: Path, start: int, lines: int) -> list[str]:
    """The last lines of a log, none of them from before `start`."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - _TAIL_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def _die_with_parent() -> Callable[[], None] | None:
    """Linux kills the child when the supervisor is gone, kill -9 included; elsewhere the next start cleans up."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec
