"""The services by their own words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import SERVICES, Finding
from newswire.local.doctor.judgement.clock import judge_observed, judge_skew

if TYPE_CHECKING:
    from newswire.local.doctor.facts.services import Check, ServiceFacts

_OK: Final = 200
_CLOCK: Final = "clock:"


def judge_service(name: str, url: str, facts: ServiceFacts) -> list[Finding]:
    """Alive and ready, each check that warns, and the clocks that it knows of."""
    odd = [each for each in facts.checks if each.status == "warn"]
    warnings = [Finding(SERVICES, name, "warn", f"{_words(each)}: {each.output}") for each in odd]
    return [_state(name, url, facts), *warnings, *_clocks(name, facts)]


def judge_silent_service(name: str, url: str, reason: str) -> Finding:
    """It did not answer."""
    return Finding(SERVICES, name, "fail", f"{url}: {reason}", f"is it running? `newswire {name}` runs it alone")


def _state(name: str, url: str, facts: ServiceFacts) -> Finding:
    if facts.live != _OK:
        return Finding(SERVICES, name, "fail", f"{url}/livez says {facts.live}", "is that a newswire service?")
    if facts.ready != _OK:
        failed = "; ".join(f"{check.name}: {check.output}" for check in facts.checks if check.status == "fail")
        return Finding(SERVICES, name, "fail", f"{url} is alive and not ready ({failed})", "its log says more")
    passed = [_words(check) for check in facts.checks if check.status == "pass"]
    return Finding(SERVICES, name, "ok", f"{url} is ready" + (f" ({', '.join(passed)})" if passed else ""))


def _words(check: Check) -> str:
    return check.name if check.value is None else f"{check.name} {check.value:g} {check.unit}".rstrip()


def _clocks(name: str, facts: ServiceFacts) -> list[Finding]:
    known = [
        judge_observed(name, check.name.removeprefix(_CLOCK), check.value)
        for check in facts.checks
        if check.name.startswith(_CLOCK) and check.value is not None
    ]
    return [judge_skew(name, facts.skew), *known] if facts.skew else known
