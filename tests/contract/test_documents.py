from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import validate

from newswire.contracts.catalogue import CONTRACTS
from newswire.contracts.documents import generate, write
from newswire.contracts.examples import SUMS
from services.enrich import consumer as enrich
from services.feed.consumer import group_of
from tests.contract.committed import DEAD_LETTERS, ENRICHED, FOLDER, RAW, load

if TYPE_CHECKING:
    from collections.abc import Iterator

ASYNCAPI = Path(__file__).parent / "asyncapi" / "3.0.0-without-id.json"
SERVICES = ("ingest", "feed")


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return asyncio.run(generate(FOLDER))


def test_what_is_committed_is_what_the_code_says(generated: dict[str, str]) -> None:
    for name, text in generated.items():
        assert (FOLDER / name).read_text("utf-8") == text, f"contracts/{name} is not what the code says: make contracts"


def test_nothing_else_is_committed(generated: dict[str, str]) -> None:
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    by_hand = {name for name in found if "/examples/" in name and not name.endswith(SUMS)} | {"README.md"}
    assert found - by_hand == set(generated)


def test_only_what_differs_is_written(generated: dict[str, str], tmp_path: Path) -> None:
    assert write(tmp_path, generated) == list(generated)
    assert write(tmp_path, generated) == []
    (tmp_path / "asyncapi.json").write_text("{}")
    assert write(tmp_path, generated) == ["asyncapi.json"]


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_is_valid_and_names_no_machine(service: str) -> None:
    document = load(f"openapi/{service}.json")
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert document["info"]["license"]["name"] == "Apache-2.0"
    text = json.dumps(document)
    assert "localhost" not in text
    assert "127.0.0.1" not in text
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_tells_what_the_server_answers_before_any_app(service: str) -> None:
    paths = load(f"openapi/{service}.json")["paths"]
    for path in (path for path in paths if path.startswith("/v1/")):
        for operation in paths[path].values():
            assert {"400", "408", "431", "503"} <= set(operation["responses"]), path


def test_asyncapi_is_valid() -> None:
    schema = json.loads(ASYNCAPI.read_bytes())
    faults = [
        f"{fault.json_path}: {fault.message}" for fault in Draft7Validator(schema).iter_errors(load("asyncapi.json"))
    ]
    assert not faults


def test_each_reference_of_asyncapi_leads_somewhere() -> None:
    document = load("asyncapi.json")
    references = list(_references(document))
    assert any("schema.json" in reference for reference in references)
    for reference in references:
        file, _, pointer = reference.partition("#")
        found: Any = load(file) if file else document
        for part in pointer.split("/")[1:]:
            found = found[part]


def test_the_topics_are_those_of_the_table_with_their_readers() -> None:
    document = load("asyncapi.json")
    for contract in CONTRACTS:
        kafka = document["channels"][contract.topic.name]["bindings"]["kafka"]
        config = {
            name: value if name != "cleanup.policy" else value[0] for name, value in kafka["topicConfiguration"].items()
        }
        assert kafka["partitions"] == contract.topic.partitions
        assert {name: str(value) for name, value in config.items()} == contract.topic.config
    assert RAW.readers == {"enrich": enrich.GROUP}
    assert ENRICHED.readers["projector"].format(wire="main") == group_of("main")
    assert DEAD_LETTERS.readers == {}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.folder)
def test_the_schemas_are_schemas(contract: Any) -> None:
    for part in ("schema", "headers"):
        Draft202012Validator.check_schema(load(f"{contract.folder}/{part}.json"))


def test_no_null_is_ever_written() -> None:
    for contract in CONTRACTS:
        assert '"null"' not in (FOLDER / contract.folder / "schema.json").read_text("utf-8")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
