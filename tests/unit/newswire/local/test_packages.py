from __future__ import annotations

import io

from newswire.local.packages import count_pinned, progress, show


def test_the_packages_of_a_lock_are_counted() -> None:
    assert (
        count_pinned("a==1 \\\n    --hash=sha256:1\nb[x]==2 ; sys_platform == 'win32' \\\n    --hash=sha256:2\n") == 2
    )


def test_progress_counts_whatever_becomes_of_a_package() -> None:
    lines = ["Ignoring a: markers", "Collecting b==1", "  Downloading b", "Requirement already satisfied: c==1", "x"]
    assert [*progress([*lines, "Installing collected packages: b"], 3)] == [
        "Python packages: 1 of 3",
        "Python packages: 2 of 3",
        "Python packages: 3 of 3",
        "Python packages: unpacking",
    ]


def test_a_log_file_gets_a_line_now_and_then() -> None:
    out = io.StringIO()
    show((str(number) for number in range(41)), out)
    assert out.getvalue() == "0\n20\n40\n"
