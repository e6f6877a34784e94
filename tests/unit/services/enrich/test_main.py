import subprocess
import sys

import orjson
import pytest

_SCRIPT = """
import threading
from concurrent.futures import ThreadPoolExecutor
from newswire.errors import FailedError
from services.enrich import __main__ as enrich

async def run(settings):
    # As a pipeline that hangs, and as Faust's thread: the interpreter's own end would wait for both.
    ThreadPoolExecutor(1).submit(threading.Event().wait)
    threading.Thread(target=threading.Event().wait).start()
    {end}

enrich.run_enrich = run
enrich.main()
"""


@pytest.mark.parametrize(("end", "code"), [("", 0), ("raise FailedError('gone')", 1), ("raise ValueError('x')", 1)])
def test_it_ends_whatever_still_hangs(end: str, code: int) -> None:
    script = _SCRIPT.replace("{end}", end)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert run.returncode == code
    lines = [orjson.loads(line) for line in run.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["fatal"] * code
