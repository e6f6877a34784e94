import hashlib
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from newswire.cli.keys import keys
from newswire.errors import CredentialsError, SetupError
from services.ingest.credentials import parse
from tests.deploy.composefile import ROOT

_FOLDER = ROOT / "deploy/providers"
_EXAMPLE = (_FOLDER / "providers.example.toml").read_text()
_PLACE = "SHA256-OF-THE-SECRET"


def test_the_example_opens_no_door() -> None:
    with pytest.raises(SetupError, match="sha256"):
        parse(_EXAMPLE)


def test_the_example_with_a_key_in_it_lets_that_key_in() -> None:
    keyring = parse(_EXAMPLE.replace(_PLACE, hashlib.sha256(b"a secret").hexdigest()))
    provider = keyring.authenticate("Bearer courier-1.a secret")
    assert (provider.name, provider.uri_prefixes) == ("courier", ("https://courier.example/",))
    with pytest.raises(CredentialsError):
        keyring.authenticate("Bearer courier-1.another")


def test_what_the_readme_says_makes_a_key_that_opens(tmp_path: Path) -> None:
    lines = re.findall(r"^\$ keys (.+)$", (_FOLDER / "README.md").read_text(), re.MULTILINE)
    file = tmp_path / "providers.toml"
    for line in lines:
        run = CliRunner().invoke(keys, ["--file", str(file), *shlex.split(line)])
        assert run.exit_code == 0, run.output
    assert parse(file.read_text()).authenticate(f"Bearer {run.stdout.strip()}").name == "courier"


def test_the_real_file_is_not_committed() -> None:
    assert (_FOLDER / ".gitignore").read_text().split() == ["providers.toml"]
