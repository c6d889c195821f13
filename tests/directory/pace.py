"""Measure how long work takes whatever else the machine does: in processor time, the fastest of some tries.

Nobody looks for garbage meanwhile: that takes as long as what all the tests before have left is large.
"""

import gc
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], tries: int = 3) -> float:
    """Return how long the fastest try took."""
    gc.disable()
    try:
        return min(_once(work) for _ in range(tries))
    finally:
        gc.enable()


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
