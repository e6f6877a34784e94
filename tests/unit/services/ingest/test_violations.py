from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from newswire.errors import Violation
from services.ingest.violations import MAX_NAMED, pointer, violation_error


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    names: list[str] | dict[str, int] = []


class Root(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leaves: list[Leaf] = []


def found(value: Any) -> tuple[str, list[Violation]]:
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(value)
    error = violation_error(caught.value, value)
    return str(error), list(error.violations)


@pytest.mark.parametrize(
    ("path", "written"),
    [((), ""), (("",), "/"), (("a", 0, "b"), "/a/0/b"), (("a/b", "~", "~1"), "/a~1b/~0/~01"), (("б",), "/б")],
)
def test_pointers_are_written_as_rfc_6901_says(path: tuple[str | int, ...], written: str) -> None:
    assert pointer(path) == written


def test_each_fault_has_its_place() -> None:
    value = {"leaves": [{"number": 1}, {"number": "x", "other/one": 1}, {}]}
    detail, violations = found(value)
    assert detail == "3 violations"
    assert violations[1:] == [
        Violation("/leaves/1/other~1one", "no such property"),
        Violation("/leaves/2/number", "required"),
    ]
    assert violations[0].pointer == "/leaves/1/number"


def test_the_branches_of_a_union_are_no_part_of_a_place() -> None:
    _, violations = found({"leaves": [{"number": 1, "names": {"a": "x"}}]})
    assert {violation.pointer for violation in violations} == {"/leaves/0/names", "/leaves/0/names/a"}


def test_the_same_fault_is_told_once_and_many_are_counted() -> None:
    assert found({"a": 1})[0] == "1 violation"
    detail, violations = found({str(number): 1 for number in range(MAX_NAMED + 1)})
    assert detail == f"{MAX_NAMED + 1} violations, of which {MAX_NAMED} are named"
    assert len(violations) == MAX_NAMED


def test_a_long_key_is_not_echoed() -> None:
    assert found({"k" * 201: 1})[1] == [Violation("", "no such property: a key of 201 characters")]
    assert found({"k" * 200: 1})[1] == [Violation("/" + "k" * 200, "no such property")]
