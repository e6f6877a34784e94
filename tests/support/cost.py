"""What a hostile input may cost: a bound on CPU, far above what it takes and far below what an attack would."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def cpu_bounded(seconds: float) -> Iterator[None]:
    """Fail when what is inside takes more CPU. What other tests have left in memory does not count."""
    gc.collect()
    gc.freeze()
    before = time.process_time()
    try:
        yield
        spent = time.process_time() - before
    finally:
        gc.unfreeze()
    assert spent < seconds
