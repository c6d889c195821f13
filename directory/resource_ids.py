"""Name the resources under which the exchange itself sends messages: no catalogued resource may have such an id.

Law: an id, once in this list, stays in it; what stands in the ledger under it keeps its meaning.
"""

from typing import Final

FROM_HALLS: Final = frozenset({"case", "source-run", "key-succession", "guidance"})
"""What halls send, as directory.routing rules."""
FROM_HUB: Final = frozenset(
    {"correction", "decision-record", "directory", "invalid-record", "keys", "records-judged", "share", "supervision"}
)
"""What the hub says in its own journal."""
TO_COME: Final = frozenset({"licence", "notice"})
"""What the contract has a name for, and no release sends yet."""

RESERVED: Final = FROM_HALLS | FROM_HUB | TO_COME
