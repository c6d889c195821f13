"""Name what a business system may be let do."""

from enum import StrEnum


class Operation(StrEnum):
    """What an API key opens."""

    ISSUE = "issue"
    CHANGE = "change"
    RENEW = "renew"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    END = "end"
    """Propose an ending."""
    CONFIRM = "confirm"
    """Confirm an ending that somebody else proposed."""
    DROP = "drop"
    """Take a proposed ending back."""
    QUERY = "query"
    VERIFY = "verify"
