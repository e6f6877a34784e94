from __future__ import annotations

from newswire.local.doctor.finding import worst


def test_the_gravest_verdict_is_the_reports() -> None:
    assert worst(["ok", "fail", "warn"]) == "fail"
    assert worst(["ok", "warn", "ok"]) == "warn"
    assert worst([]) == "ok"
