"""Count how much work something is, whatever else the machine does meanwhile."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls(work: Callable[[], object]) -> int:
    """Return how many functions were called, Python's and C's, while `work` ran in this thread."""
    counted = 0

    def count(_frame: FrameType, event: str, _given: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted
