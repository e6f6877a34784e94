from __future__ import annotations

import pytest

from newswire.errors import SetupError
from services.feed.__main__ import main


def test_an_unknown_process_is_an_error_for_a_person() -> None:
    with pytest.raises(SetupError, match="feed and projector"):
        main("reader")
