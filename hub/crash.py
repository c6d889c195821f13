"""End the process at a named step, so that tests can show what survives (G1).

The steps of a commit are those of one that holds batches.

Steps: batch-admitted, commit-begun, commit-written, commit-durable, receipt-sent, delivery-composed, delivery-sent,
acknowledgement-checked, acknowledgement-durable, register-logged, move-said, filed-move-said, findings-issued, records-judged,
extracts-said, quarantine-logged, forwards-logged, access-recorded, invalid-licences-said, licence-key-logged,
file-piece-kept.
"""

import os

_AT = os.environ.get("TONGBAN_CRASH_AT", "")


def crash_at(step: str) -> None:
    """Die here, as by SIGKILL, when TONGBAN_CRASH_AT names this step."""
    if step == _AT:
        os._exit(137)
