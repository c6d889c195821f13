"""Read an extract: what a grant lets through of a record.

Law: only the hub makes extracts; what another author calls one is a delivery like any other.
"""

from typing import Any, Final

from certs.names import HUB
from directory.errors import RecordMalformed
from directory.record_json import read_record
from node_agent.sinks.errors import EntryUnusable
from tongban.directory.v1.records_pb2 import Extract
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE

EXTRACT: Final = Extract.DESCRIPTOR.full_name
PUT: Final = "put"
REMOVE: Final = "remove"
_KINDS: Final[dict[int, str]] = {OPERATION_PUT: PUT, OPERATION_REMOVE: REMOVE}


def is_extract(author: str, type_name: str) -> bool:
    """Tell whether a message is an extract."""
    return author == HUB and type_name == EXTRACT


def kind_of(extract: Extract) -> str:
    """Say what an extract does to the record. Raises EntryUnusable."""
    kind = _KINDS.get(extract.operation)
    if kind is None:
        raise EntryUnusable(f"{extract.operation} is no operation on a record that this release knows")
    return kind


def as_logged(resource: str, extract: Extract) -> dict[str, Any]:
    """Return what the log says of an extract, the record as the object that it is. Raises EntryUnusable."""
    said: dict[str, Any] = {"grant": extract.grant, "resource": resource, "version": extract.version}
    if kind_of(extract) == PUT:
        try:
            said["record"] = read_record(extract.document)
        except RecordMalformed as error:
            raise EntryUnusable(str(error)) from None
    where = {"journal": extract.journal, "journal_index": extract.journal_index, "ledger_index": extract.ledger_index}
    return said | where | {"leaf": extract.leaf.hex(), "accepted_at": extract.accepted_at.ToJsonString(), "rules": extract.rules_digest}
