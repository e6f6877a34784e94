from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from newswire.errors import FailedError
from newswire.local.doctor.facts.services import Check, ask_service, read_checks
from tests.support.ports import free_port

HEALTH = {
    "status": "warn",
    "checks": {
        "kafka": [{"status": "pass"}],
        "clock:kafka": [{"status": "warn", "output": "off", "observedValue": 3, "observedUnit": "s"}],
    },
}


def service(ahead: timedelta) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        date = format_datetime(datetime.now(UTC).replace(microsecond=0) + ahead, usegmt=True)
        if request.url.path == "/livez":
            return httpx.Response(200, json={"status": "pass"}, headers={"Date": date})
        return httpx.Response(503, json=HEALTH)

    return httpx.MockTransport(answer)


async def test_what_a_service_says_of_itself() -> None:
    facts = await ask_service("http://ingest", service(timedelta()))
    assert (facts.live, facts.ready) == (200, 503)
    assert facts.checks == (Check("kafka", "pass", "", None, ""), Check("clock:kafka", "warn", "off", 3, "s"))
    assert facts.skew is not None
    assert facts.skew.least < 1


async def test_a_clock_that_is_wrong_shows_in_its_date() -> None:
    facts = await ask_service("http://ingest", service(timedelta(seconds=-60)))
    assert facts.skew is not None
    assert 50 < facts.skew.least <= 60


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"checks": 1}', b'{"checks": {"a": [1]}}', b"null"])
def test_something_else_has_no_checks(body: bytes) -> None:
    assert read_checks(httpx.Response(200, content=body)) == ()


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "no-url", "http://[::"])
async def test_nobody_there(url: str) -> None:
    with pytest.raises(FailedError):
        await ask_service(url.format(port=free_port()))
