from __future__ import annotations

from typing import TYPE_CHECKING

from newswire.local.doctor.facts.machine import (
    PACKAGES,
    free_bytes,
    installed_version,
    locked_versions,
    look_at_machine,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_this_very_machine_has_what_is_locked() -> None:
    machine = look_at_machine()
    assert [each.name for each in machine.packages] == list(PACKAGES)
    assert all(each.installed == each.locked != "" for each in machine.packages)
    assert machine.memory_bytes > 0
    assert machine.open_files > 0


def test_a_lock_is_read_with_extras_and_markers() -> None:
    lock = 'redis[hiredis]==8.1.0 \\\n    --hash=sha256:0\nnumpy==2.4.6 ; python_version < "3.12"\n# a==1\n'
    assert locked_versions(lock) == {"redis": "8.1.0", "numpy": "2.4.6"}


def test_a_package_that_is_not_there() -> None:
    assert installed_version("no-such-package") == ""


def test_the_disk_of_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "data" / "kafka") > 0
