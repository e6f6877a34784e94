from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from newswire.cli.main import _COMMANDS, cli


def test_help_names_every_command_and_imports_none() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in _COMMANDS)
    script = (
        "import sys; from newswire.cli.main import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert not {"httpx", "rich", "aiokafka", "fastapi", "newswire.cli.push"} & set(loaded.split())


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_command_is_there(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


def test_an_unknown_command() -> None:
    assert CliRunner().invoke(cli, ["nosuch"]).exit_code == 2
