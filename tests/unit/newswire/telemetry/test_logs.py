import logging
import subprocess
import sys

import orjson

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


def test_an_exception_is_told_with_its_traceback() -> None:
    [line] = lines_of("try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception('bug')")
    assert "ZeroDivisionError: division by zero" in str(line["exception"])
    assert line["level"] == logging.getLevelName(logging.ERROR).lower()


def test_a_field_is_cut_where_it_gets_long_and_a_traceback_is_not() -> None:
    [line] = lines_of(
        "try:\n    raise ValueError('y' * 9000)\nexcept ValueError:\n    log.exception('bug', uri='x' * 9000)"
    )
    assert len(str(line["uri"])) == 2048
    assert len(str(line["exception"])) > 9000
