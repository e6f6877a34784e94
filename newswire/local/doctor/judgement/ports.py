"""Whether `newswire up` could listen where it does by default. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import PORTS, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.local.doctor.facts.ports import TakenPort
    from newswire.local.doctor.place import Place

_MOVE: Final = "stop it, or move newswire: `newswire up --port-base N`"


def judge_ports(taken: Sequence[TakenPort], place: Place) -> list[Finding]:
    """One finding a strange holder; one in all where there is none."""
    pids = set(place.pids.values())
    ours = [each for each in taken if each.port in place.ports or each.pid in pids]
    strange = [each for each in taken if each not in ours]
    if not strange:
        found = f"taken by the newswire below: {_list(ours)}" if ours else "all of the default ports are free"
        return [Finding(PORTS, "default ports", "ok", found)]
    theirs = sorted({each.newswire_pid for each in strange if each.newswire_pid})
    findings = [_other_newswire(pid, [each for each in strange if each.newswire_pid == pid]) for pid in theirs]
    verdict: Verdict = "warn" if place.told else "fail"
    return findings + [
        Finding(PORTS, each.name, verdict, f"{each.port} is taken by {each.by or 'another process'}", _MOVE)
        for each in strange
        if not each.newswire_pid
    ]


def _other_newswire(pid: int, ports: Sequence[TakenPort]) -> Finding:
    hint = "look at it with --ready-file FILE; to run another one beside it: `newswire up --port-base N --data DIR`"
    return Finding(PORTS, "default ports", "warn", f"taken by another newswire (pid {pid}): {_list(ports)}", hint)


def _list(ports: Sequence[TakenPort]) -> str:
    return ", ".join(f"{each.port} {each.name}" for each in ports)
