from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from newswire.contracts.catalogue import CONTRACTS
from newswire.contracts.examples import SUMS, AlteredExampleError, grown_sums
from newswire.events import encode
from newswire.model import Model
from tests.contract.committed import DEAD_LETTERS, ENRICHED, FOLDER, RAW, check, examples, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from newswire.contracts.catalogue import Contract
    from newswire.contracts.examples import Example

ALL = [
    pytest.param(contract, one, id=f"{contract.folder}/{one.name}")
    for contract in CONTRACTS
    for one in examples(contract)
]
EVENTS = [one for one in ALL if one.values[0] is not DEAD_LETTERS]


@pytest.mark.parametrize(("contract", "example"), EVENTS)
def test_an_example_parses_today_and_says_the_same(contract: Contract, example: Example) -> None:
    assert contract.values is not None
    event = contract.values.validate_json(json.dumps(example.value))
    assert isinstance(event, Model)
    assert json.loads(encode(event)) == example.value


@pytest.mark.parametrize(("contract", "example"), ALL)
def test_an_example_is_as_its_schemas_say(contract: Contract, example: Example) -> None:
    check(contract, "schema", example.value)
    check(contract, "headers", example.headers)


@pytest.mark.parametrize("example", [one.values[1] for one in EVENTS], ids=[one.id for one in EVENTS])
def test_an_example_is_of_one_story(example: Example) -> None:
    uri = example.value["uri"] if "uri" in example.value else example.value["article"]["uri"]
    assert (example.key, example.headers["ce_subject"], example.headers["ce_id"]) == (uri, uri, example.value["id"])


@pytest.mark.parametrize("contract", [RAW, ENRICHED], ids=lambda contract: contract.folder)
def test_every_field_is_in_some_example(contract: Contract) -> None:
    schema = load(f"{contract.folder}/schema.json")
    named = {name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", ())}
    used = {name for one in examples(contract) for name in _keys(one.value)}
    assert named - used == set()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.folder)
def test_every_kind_of_record_has_an_example_in_asyncapi(contract: Contract) -> None:
    messages = load("asyncapi.json")["components"]["messages"]
    shown = [one["name"] for message in contract.messages for one in messages[message.name]["examples"]]
    assert all(messages[message.name]["examples"] for message in contract.messages)
    assert sorted(shown) == [one.name for one in examples(contract)]


def test_examples_are_only_ever_added(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text("{}")
    sums = grown_sums(tmp_path)
    assert sums == f"{hashlib.sha256(b'{}').hexdigest()}  first.json\n"
    (tmp_path / SUMS).write_text(sums)
    second.write_text("[]")
    grown = grown_sums(tmp_path)
    assert grown.startswith(sums)
    assert grown.endswith("  second.json\n")
    first.write_text("{ }")
    with pytest.raises(AlteredExampleError, match=r"first\.json was altered"):
        grown_sums(tmp_path)
    first.unlink()
    with pytest.raises(AlteredExampleError, match=r"first\.json was taken away"):
        grown_sums(tmp_path)


def test_every_example_is_in_its_list() -> None:
    for contract in CONTRACTS:
        folder = FOLDER / contract.folder / "examples"
        assert (folder / SUMS).read_text("utf-8") == grown_sums(folder)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)
