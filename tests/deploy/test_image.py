import re
import tomllib

from newswire.cli.main import cli
from newswire.local.ports import Ports
from tests.deploy.composefile import ROOT, SERVICES

_DOCKERFILE = (ROOT / "Dockerfile").read_text()
_INSTRUCTIONS: list[tuple[str, str]] = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", _DOCKERFILE, re.MULTILINE)
_STAGES = [text for word, text in _INSTRUCTIONS if word == "FROM"]
_COPIED_IN = [
    source
    for word, text in _INSTRUCTIONS
    if word == "COPY" and not text.startswith("--from")
    for source in text.split()[:-1]
]


def _last(word: str) -> str:
    return [text for each, text in _INSTRUCTIONS if each == word][-1]


def test_it_is_built_from_the_official_image_of_a_python_that_newswire_takes() -> None:
    assert _STAGES == ["python:${PYTHON} AS build", "python:${PYTHON}-slim"]
    version = tuple(map(int, re.findall(r"^ARG PYTHON=(\d+)\.(\d+)$", _DOCKERFILE, re.MULTILINE)[0]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version >= tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))


def test_what_is_copied_in_is_let_in_and_nothing_else() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    assert sorted(line[1:] for line in ignore if line.startswith("!")) == sorted(_COPIED_IN)
    assert all((ROOT / each).exists() for each in _COPIED_IN)


def test_packages_are_those_of_the_lock() -> None:
    installs = re.findall(r"pip install ([^\\\n]+)", _DOCKERFILE)
    assert installs == ["--require-hashes -r requirements.lock", "--no-deps --no-build-isolation . "]


def test_it_runs_as_nobody_of_note_and_ends_on_a_signal() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", _last("USER"))
    assert _last("STOPSIGNAL") == "SIGTERM"
    assert _last("ENTRYPOINT") == '["newswire"]'
    assert not {"HEALTHCHECK", "ADD", "VOLUME"} & {word for word, _ in _INSTRUCTIONS}


def test_its_ports_are_the_services() -> None:
    ports = Ports().named()
    listening = [ports[name] for name in SERVICES] + [ports[f"{name}_metrics"] for name in SERVICES]
    assert sorted(map(int, _last("EXPOSE").split())) == sorted(listening)
    assert {*SERVICES, "topics"} <= set(cli.list_commands(None))  # type: ignore[arg-type]
