"""Name what a business system may be let do."""

from enum import StrEnum


class Operation(StrEnum):
    """What an API key opens."""

    ISSUE = "issue"
    CHANGE = "change"
    END = "end"
    """Propose an ending."""
    CONFIRM = "confirm"
    """Confirm an ending that somebody else proposed."""
    QUERY = "query"
    VERIFY = "verify"
