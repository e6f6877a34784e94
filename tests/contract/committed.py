"""What is committed under contracts/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from newswire.contracts.catalogue import CONTRACTS, Contract
from newswire.contracts.examples import Example, read_examples

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "contracts"
RAW, ENRICHED, DEAD_LETTERS = CONTRACTS


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_bytes())


def examples(contract: Contract) -> list[Example]:
    return read_examples(FOLDER / contract.folder / "examples")


def example(contract: Contract, name: str) -> Example:
    return next(one for one in examples(contract) if one.name == name)


def check(contract: Contract, part: str, value: object) -> None:
    """Hold a value against every committed schema of the topic; fails with what is wrong."""
    schemas = sorted(FOLDER.glob(f"{contract.topic.name}/v{contract.version}/{part}.json"))
    assert schemas
    for schema in schemas:
        validator = Draft202012Validator(
            json.loads(schema.read_bytes()), format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(value)]
        assert not faults, (schema, faults)


def texts(headers: list[tuple[str, bytes]]) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}
