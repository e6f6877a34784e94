"""Every generated file of contracts/, by its path: text, the same at each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from newswire.contracts import asyncapi, headers, openapi, schemas
from newswire.contracts.catalogue import CONTRACTS
from newswire.contracts.examples import SUMS, grown_sums, read_examples

if TYPE_CHECKING:
    from pathlib import Path

    from newswire.contracts.catalogue import Contract


async def generate(folder: Path) -> dict[str, str]:
    """The files that belong into `folder`, given the examples that are there. Raises AlteredExampleError."""
    files: dict[str, str] = {}
    for contract in CONTRACTS:
        files |= _topic(contract, folder)
    examples = {contract.folder: read_examples(folder / contract.folder / "examples") for contract in CONTRACTS}
    files["asyncapi.json"] = _text(asyncapi.document(CONTRACTS, examples))
    for service, document in (await openapi.documents()).items():
        files[f"openapi/{service}.json"] = _text(document)
    return files


def write(folder: Path, files: dict[str, str]) -> list[str]:
    """Write what differs; say which that was."""
    written = []
    for name, text in files.items():
        path = folder / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        written.append(name)
    return written


def _topic(contract: Contract, folder: Path) -> dict[str, str]:
    examples = f"{contract.folder}/examples"
    return {
        f"{contract.folder}/schema.json": _text(schemas.value_schema(contract)),
        f"{contract.folder}/headers.json": _text(headers.topic_headers(contract)),
        f"{examples}/{SUMS}": grown_sums(folder / examples),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
