from __future__ import annotations

from newswire.local.doctor.judgement.clock import judge_observed, judge_skew
from newswire.local.doctor.skew import Skew


def test_within_a_second_is_right() -> None:
    assert judge_skew("redis", Skew(0.001, 0.003)).found == "+0.002 s ahead of this machine's"
    assert judge_skew("feed", Skew(-1.4, 0.7)).verdict == "ok"
    assert judge_observed("ingest", "kafka", -0.9).verdict == "ok"


def test_more_than_a_second_is_odd_whichever_way() -> None:
    for skew in (Skew(1.1, 3.2), Skew(-3.2, -1.1)):
        finding = judge_skew("feed", skew)
        assert finding.verdict == "warn"
        assert "1.1 s" in finding.found
        assert "NTP" in finding.hint
    assert judge_observed("ingest", "kafka", 1.5).found == "+1.500 s ahead of ingest's"
    assert judge_observed("ingest", "kafka", -1.5).verdict == "warn"
