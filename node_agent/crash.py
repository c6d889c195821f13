"""Die at a named step, for the tests that pull the plug there.

Law: does nothing at all unless TONGBAN_CRASH_AT names the step.
"""

import os

VARIABLE = "TONGBAN_CRASH_AT"
STATUS = 137
"""As a shell reports SIGKILL: no clean-up handler runs, no buffer is flushed."""

STEPS = (
    "outbox-put",
    "sealed-before-commit",
    "sealed-after-commit",
    "batch-sent",
    "receipt-received",
    "receipt-stored",
    "delivery-received",
    "delivery-stored",
    "acknowledgement-sent",
    "next-log-key-written",
    "log-history-written",
    "log-key-replaced",
    "file-piece-sent",
    "file-piece-fetched",
)

_step = os.environ.get(VARIABLE, "")


def reached(step: str) -> None:
    """End the process here if this is the step to die at."""
    if _step == step:
        os._exit(STATUS)
