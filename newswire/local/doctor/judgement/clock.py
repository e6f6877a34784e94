"""Other clocks against this machine's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import CLOCKS, Finding

if TYPE_CHECKING:
    from newswire.local.doctor.skew import Skew

WARN_SECONDS: Final = 1.0
HINT: Final = "embargoes end by these clocks: run NTP on both machines (chrony, systemd-timesyncd)"


def judge_skew(peer: str, skew: Skew) -> Finding:
    """More than a second is odd: a clock that is looked after is right to milliseconds."""
    if skew.least > WARN_SECONDS:
        found = f"off by {skew.least:.1f} s or more: {skew.low:+.1f} to {skew.high:+.1f} s ahead of this machine's"
        return Finding(CLOCKS, peer, "warn", found, HINT)
    if skew.high - skew.low > WARN_SECONDS:
        return Finding(CLOCKS, peer, "ok", "as this machine's, to the second that a Date header tells")
    return Finding(CLOCKS, peer, "ok", f"{(skew.low + skew.high) / 2:+.3f} s ahead of this machine's")


def judge_observed(service: str, peer: str, seconds: float) -> Finding:
    """What a service has measured against its own peer."""
    found = f"{seconds:+.3f} s ahead of {service}'s"
    if abs(seconds) > WARN_SECONDS:
        return Finding(CLOCKS, peer, "warn", found, HINT)
    return Finding(CLOCKS, peer, "ok", found)
