from __future__ import annotations

import pytest

from newswire.cli.tables import checked, inserted, removed, sections
from newswire.errors import SetupError

TEXT = """\
x = 1
[a]  # one
y = 2
# of b

  [[a."b.c"]]
z = [
  3,
]

[a.d]
"""
LINES = TEXT.splitlines(keepends=True)


def test_a_section_ends_before_what_is_said_of_the_next() -> None:
    assert [(each.path, each.start, each.end) for each in sections(LINES)] == [
        (("a",), 1, 3),
        (("a", "b.c"), 5, 9),
        (("a", "d"), 10, 11),
    ]
    assert list(sections([])) == []


def test_what_is_no_header_has_no_path() -> None:
    assert [each.path for each in sections(["x = [\n", "[1, 2],\n", "]\n"])] == [()]


def test_lines_go_in() -> None:
    assert inserted([], 0, {"a": {"x": 1}}) == ["\n", "[a]\n", "x = 1\n"]
    assert inserted(["[a]"], 1, {"b": {"c": [{"x": 1}]}}) == ["[a]\n", "\n", "[[b.c]]\n", "x = 1\n"]


def test_lines_come_out_with_one_gap_left() -> None:
    _, second, third = sections(LINES)
    assert "".join(removed(LINES, second)) == TEXT.replace('\n  [[a."b.c"]]\nz = [\n  3,\n]\n', "")
    assert "".join(removed(LINES, third)) == TEXT.replace("\n[a.d]\n", "")


def test_only_what_was_wanted_comes_out() -> None:
    assert checked(["x = 1\n"], {"x": 1}) == "x = 1\n"
    for lines in (["x = 2\n"], ["x = \n"], ["x = 1\n", "x = 1\n"]):
        with pytest.raises(SetupError, match="change it by hand"):
            checked(lines, {"x": 1})
