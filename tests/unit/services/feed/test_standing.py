from __future__ import annotations

import pytest

from services.feed.standing import Rebuild, Standing


@pytest.mark.parametrize(
    ("offset", "rebuild", "share"),
    [
        (-1, Rebuild(0, 200), 0.0),
        (49, Rebuild(0, 200), 0.25),
        (149, Rebuild(100, 200), 0.5),
        (199, Rebuild(100, 200), 1.0),
        (250, Rebuild(100, 200), 1.0),
        (-1, Rebuild(0, 0), 1.0),
        (9, None, 1.0),
        (None, Rebuild(0, 200), 0.0),
    ],
)
def test_the_share_is_what_is_applied_of_what_is_to_be(
    offset: int | None, rebuild: Rebuild | None, share: float
) -> None:
    assert Standing(active=True, whole=False, offset=offset, lag=0, rebuild=rebuild).share == share


def test_a_rebuild_is_a_warning_with_its_progress() -> None:
    standing = Standing(active=True, whole=False, offset=49, lag=150, rebuild=Rebuild(0, 200))
    assert standing.warning == "the view is being rebuilt: 25% of the log up to 200 is applied"
    assert standing._replace(rebuild=None).warning is None
