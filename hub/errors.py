"""Name everything that the hub refuses or that can befall it, free of gRPC.

HubError
├── Refusal             a call or stream that is turned down, with the Reason a client switches on
├── Fenced              another hub process took over this database
├── Outrun              a commit of ours came through whose answer was lost
├── StorageBusy         the database is locked; come again
├── StorageFull         no room; nothing was accepted
├── SchemaTooNew        a later release made this database
└── ConfigInvalid       the configuration does not hold
"""

from datetime import timedelta

from tongban.errors.v1 import errors_pb2

TEXT_MOST = 1024
"""Characters of a refusal's text, in the status and in the log: some of it may be the caller's own words."""


class HubError(Exception):
    """Anything the hub raises."""


class Refusal(HubError):
    """A call or stream that is turned down.

    `reason` is a tongban.errors.v1.Reason; `field` names the field at fault (google.rpc.BadRequest);
    `retry_after` tells when to come again (google.rpc.RetryInfo).
    """

    def __init__(
        self,
        reason: errors_pb2.Reason,
        message: str,
        *,
        field: str = "",
        retry_after: timedelta | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        self.message = message if len(message) <= TEXT_MOST else f"{message[:TEXT_MOST]}…"
        super().__init__(self.message)
        self.reason = reason
        self.field = field
        self.retry_after = retry_after
        self.metadata = metadata or {}


class Fenced(HubError):
    """Another hub process took over this database."""


class Outrun(HubError):
    """The ledger is longer than this process knows: a commit of its own came through, and the answer was lost."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the ledger stands at {size}: a commit came through whose answer was lost")


class StorageBusy(HubError):
    """The database is locked; the caller may come again."""


class StorageFull(HubError):
    """No room is left; nothing was accepted."""


class SchemaTooNew(HubError):
    """A later release made this database; the message names its revision and what to do."""


class ConfigInvalid(HubError):
    """The configuration does not hold; the message names the key and its path."""
