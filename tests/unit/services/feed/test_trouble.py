from __future__ import annotations

from structlog.testing import capture_logs

from newswire.errors import StoreError
from services.feed.trouble import Trouble


def caused(cause: Exception) -> StoreError:
    error = StoreError("away")
    error.__cause__ = cause
    return error


def test_each_kind_is_told_once_and_the_end_of_all_once() -> None:
    trouble = Trouble("retrying", "recovered")
    with capture_logs() as logs:
        trouble.over()
        for cause in (ConnectionError(), ConnectionError(), TimeoutError("4 s"), ConnectionError()):
            trouble.met(caused(cause))
        trouble.over()
        trouble.over()
        trouble.met(caused(ConnectionError()))
    assert [(line["event"], line["log_level"], line.get("cause")) for line in logs] == [
        ("retrying", "warning", "ConnectionError"),
        ("retrying", "warning", "TimeoutError"),
        ("recovered", "info", None),
        ("retrying", "warning", "ConnectionError"),
    ]
    assert (logs[0]["error_type"], logs[0]["error"]) == ("StoreError", "away")
