"""Whether there is a newswire to look at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newswire.local.doctor.finding import STACK, Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    from newswire.local.doctor.place import Place


def judge_stack(place: Place, dead: Collection[str]) -> Finding:
    """`dead` are the processes that the ready file names and that do not run."""
    if not place.told:
        found = "none is known here: `newswire up` starts one, --ready-file FILE names one"
        return Finding(STACK, "newswire", "ok", found)
    if not place.pids:
        return Finding(STACK, "newswire", "ok", "addresses are set in the environment")
    if len(dead) == len(place.pids):
        found = f"none runs: the ready file in {place.data} is of one that was killed"
        return Finding(STACK, "newswire", "fail", found, "`newswire up` starts it again, and its data is kept")
    if dead:
        hint = "the supervisor is about to restart them, or says why not"
        return Finding(STACK, "newswire", "fail", f"not running: {', '.join(dead)}", hint)
    return Finding(STACK, "newswire", "ok", f"{len(place.pids)} processes run")
