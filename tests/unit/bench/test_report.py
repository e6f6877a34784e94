"""What `make bench` writes into docs/performance.md."""

from __future__ import annotations

import pytest

from bench.report import BEGIN, END, placed, section
from bench.results import NEWSWIRE, REDIS_STREAMS
from tests.unit.bench.test_results import results, run


def test_only_what_is_between_the_markers_is_replaced() -> None:
    assert placed(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


@pytest.mark.parametrize("document", ["nothing", f"only {BEGIN}", f"only {END}"])
def test_a_document_without_markers_is_an_error(document: str) -> None:
    with pytest.raises(ValueError, match="to replace"):
        placed(document, "new")


def test_every_row_of_a_table_is_as_wide_as_its_header() -> None:
    text = section(results(run(NEWSWIRE, 1), run(REDIS_STREAMS, 1)))
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    assert all(line.count("|") == table[0].count("|") for table in tables for line in table)


def test_says_what_was_skipped_and_which_goals_were_not_measured() -> None:
    text = section(results(run(NEWSWIRE, 1)).model_copy(update={"skipped": {"PostgreSQL inline": "no initdb"}}))
    assert "Skipped: PostgreSQL inline, for no initdb." in text
    assert text.count("not measured") == 3
