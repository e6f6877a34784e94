from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as AwayError
from redis.exceptions import OutOfMemoryError, ResponseError

from newswire.errors import StoreError
from services.feed.store.connection import cause_of, connect, store_errors


def caused(cause: Exception) -> StoreError:
    with pytest.raises(StoreError) as raised, store_errors():
        raise cause
    return raised.value


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "ResponseError MISCONF"),
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "OutOfMemoryError"),
        (AwayError("Error 111 connecting to 127.0.0.1:6379."), "ConnectionError"),
        (TimeoutError(), "TimeoutError"),
        (ResponseError("unknown command 'X', with args beginning with: 'SECRET'"), "ResponseError"),
    ],
)
def test_a_cause_is_told_by_its_class_and_code(cause: Exception, told: str) -> None:
    assert cause_of(caused(cause)) == told


async def test_what_a_pipeline_quotes_of_its_command_is_not_told() -> None:
    cause = ResponseError("MISCONF Redis is configured to save RDB snapshots")
    quoted = ["EVALSHA", "SECRET caused error: ('X"]
    connect("redis://127.0.0.1:1").pipeline(transaction=False).annotate_exception(cause, 1, quoted)
    assert "SECRET" in str(cause)
    assert cause_of(caused(cause)) == "ResponseError MISCONF"


def test_without_a_cause_there_is_nothing_to_tell() -> None:
    assert cause_of(StoreError("no")) is None
