from __future__ import annotations

import os
import subprocess
import sys

from newswire.local.doctor.facts.stack import dead_processes


def test_a_process_that_has_ended_is_dead_even_unburied() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert dead_processes({"this": os.getpid(), "zombie": process.pid}) == ("zombie",)
    assert dead_processes({"gone": process.pid}) == ("gone",)
