from __future__ import annotations

from newswire.local.doctor.facts.services import Check, ServiceFacts
from newswire.local.doctor.finding import CLOCKS, SERVICES, Finding
from newswire.local.doctor.judgement.services import judge_service
from newswire.local.doctor.skew import Skew

URL = "http://127.0.0.1:8081"
KAFKA = Check("kafka", "pass", "", None, "")


def judge(*checks: Check, live: int = 200, ready: int = 200, skew: Skew | None = None) -> list[Finding]:
    return judge_service("ingest", URL, ServiceFacts(live, ready, checks, skew))


def test_a_service_that_is_ready_names_its_checks() -> None:
    (finding,) = judge(KAFKA, Check("lag", "pass", "", 3.0, "records"))
    assert (finding.group, finding.verdict) == (SERVICES, "ok")
    assert finding.found == f"{URL} is ready (kafka, lag 3 records)"


def test_what_failed_is_in_the_services_own_words() -> None:
    (finding,) = judge(Check("kafka", "fail", "no answer within 2 s", None, ""), ready=503)
    assert finding.verdict == "fail"
    assert finding.found == f"{URL} is alive and not ready (kafka: no answer within 2 s)"


def test_something_else_on_that_port() -> None:
    (finding,) = judge(live=404, ready=404)
    assert (finding.verdict, finding.found) == ("fail", f"{URL}/livez says 404")


def test_a_warning_is_a_line_of_its_own() -> None:
    state, warning = judge(KAFKA, Check("providers", "warn", "the file cannot be read", None, ""))
    assert (state.verdict, warning.verdict) == ("ok", "warn")
    assert warning.found == "providers: the file cannot be read"


def test_the_clocks_that_it_knows_of() -> None:
    _, date, kafka = judge(Check("clock:kafka", "pass", "", 0.25, "s"), skew=Skew(-1, 1))
    assert (date.group, date.name) == (CLOCKS, "ingest")
    assert (kafka.name, kafka.verdict, kafka.found) == ("kafka", "ok", "+0.250 s ahead of ingest's")
    off = judge(Check("clock:kafka", "warn", "the broker's clock is off", 7.0, "s"))[-1]
    assert (off.group, off.verdict) == (CLOCKS, "warn")
