import logging
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

_SCRIPT = """
import logging, structlog
from newswire.telemetry.logs import configure_logs
configure_logs("ingest", "INFO")
log = structlog.get_logger()
{lines}
"""


def lines_of(code: str) -> list[dict[str, object]]:
    # A process of its own: the configuration is a process's, and each logger keeps what it was first used with.
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(lines=code)], capture_output=True, timeout=30, check=True
    )
    return [orjson.loads(line) for line in run.stderr.splitlines()]


def test_one_object_a_line_with_the_service_the_level_and_the_time() -> None:
    [line] = lines_of("log.info('accepted', uri='urn:a', version=None)")
    assert line.pop("timestamp")
    assert line == {"service": "ingest", "level": "info", "event": "accepted", "uri": "urn:a", "version": None}


def test_the_standard_librarys_records_have_the_same_form() -> None:
    [line] = lines_of("logging.getLogger('faust').warning('lost %s', 'it')")
    assert line.pop("timestamp")
    assert line == {"service": "ingest", "level": "warning", "event": "lost it"}


def test_what_is_below_the_level_is_left_out() -> None:
    assert lines_of("log.debug('no'); logging.getLogger('x').debug('no')") == []


def test_nothing_in_a_field_costs_the_line_or_breaks_it() -> None:
    found = lines_of("log.info('odd', lone='\\ud800', big=2**70, line='a\\nb', thing=object)")
    assert len(found) == 1
    assert found[0]["line"] == "a\nb"
    assert "object" in str(found[0]["thing"])


def test_an_exception_is_told_by_where_it_came_from_and_not_by_what_was_in_it() -> None:
    [line] = lines_of(
        "def parse():\n    return int('SECRET')\n"
        "try:\n"
        "    try:\n        parse()\n"
        "    except ValueError as error:\n        raise RuntimeError('SECRET') from error\n"
        "except RuntimeError:\n    log.exception('bug')"
    )
    told = str(line["exception"])
    assert line["level"] == logging.getLevelName(logging.ERROR).lower()
    assert told.index("in parse\nValueError\n") < told.index("in <module>\nRuntimeError")
    assert "SECRET" not in told


def test_of_our_own_and_the_systems_exceptions_the_text_is_told_too() -> None:
    [line] = lines_of(
        "from newswire.errors import StoreError\n"
        "try:\n"
        "    try:\n        raise OSError('no route')\n"
        "    except OSError as error:\n        raise StoreError('no Redis') from error\n"
        "except StoreError:\n    logging.getLogger('uvicorn').exception('bug')"
    )
    assert "OSError: no route" in str(line["exception"])
    assert "StoreError: no Redis" in str(line["exception"])


def test_a_field_is_cut_where_it_gets_long_and_a_traceback_is_not() -> None:
    [line] = lines_of("try:\n    raise OSError('y' * 9000)\nexcept OSError:\n    log.exception('bug', uri='x' * 9000)")
    assert len(str(line["uri"])) == 2048
    assert len(str(line["exception"])) > 9000


def test_what_nobody_takes_does_not_end_the_service() -> None:
    code = "log.info('one'); logging.getLogger('x').warning('two'); print('alive')"
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-c", _SCRIPT.format(lines=code)],
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=30,
            check=True,
        )
    assert run.stdout == b"alive\n"


def test_nor_does_a_reader_that_went_away_and_what_was_lost_does_not_come_later() -> None:
    code = "import os\nread, write = os.pipe()\nos.dup2(write, 2)\nos.close(read)\nlog.info('one')\nprint('alive')"
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(lines=code)], stdout=subprocess.PIPE, timeout=30, check=True
    )
    assert run.stdout == b"alive\n"


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_line_of_any_size_is_whole(size: int) -> None:
    [line] = lines_of(f"log.info('long', things=['x' * {size}])")
    assert line["things"] == ["x" * size]


def test_lines_of_many_threads_do_not_mix() -> None:
    found = lines_of(
        "import threading\n"
        "def tell():\n"
        "    for number in range(50):\n"
        "        log.info('one', text=['x' * 9000])\n"
        "        logging.getLogger('x').warning('two %s', 'y' * 9000)\n"
        "threads = [threading.Thread(target=tell) for _ in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]"
    )
    assert len(found) == 400


def test_a_reconnecting_driver_is_not_news_and_its_other_errors_are() -> None:
    found = lines_of(
        "driver = logging.getLogger('aiokafka.client')\n"
        "driver.error('Unable connect to \"%s:%s\": %s', 'a', 1, OSError())\n"
        "driver.error('Topic %s is not authorized for this client', 'articles.raw')\n"
        "logging.getLogger('opentelemetry.exporter.otlp').error('Failed')"
    )
    assert [line["event"] for line in found] == ["Topic articles.raw is not authorized for this client"]


_ENDING = """
from newswire.telemetry.logs import last_words
from newswire.errors import FailedError
with last_words():
    raise {error}
"""


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ("FailedError('no Kafka')", "FailedError", "no Kafka"),
        ("OSError('taken')", "OSError", "taken"),
        ("TimeoutError", "TimeoutError", "TimeoutError"),
        ("ValueError('SECRET')", "ValueError", None),
    ],
)
def test_what_ends_a_process_is_one_line(error: str, kind: str, text: str | None) -> None:
    code = _SCRIPT.format(lines=_ENDING.format(error=error))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=False)
    assert run.returncode == 1
    line = orjson.loads(run.stderr)
    assert (line["event"], line["level"], line["error_type"], line.get("error")) == ("fatal", "critical", kind, text)
    assert ("in <module>" in line.get("exception", "")) == (text is None)
    assert b"SECRET" not in run.stderr
