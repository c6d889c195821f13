"""Write acts on licences as the contract's messages, and read them (tongban.licence.v1.LicenceEvent).

Laws: a message that this release cannot read is an objection like any other, which repeats nothing of it. The subject of the envelope is
the licence's root, so that the acts on one licence keep their order and share no queue with others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from google.protobuf.message import DecodeError

from directory.contract import moment, timestamp
from directory.licences.acts import Act, Objection
from directory.licences.identifiers import LicenceId, parse_licence_id
from directory.licences.vocabulary import ActKind, Fault
from tongban.licence.v1 import licence_pb2

RESOURCE: Final = "licence"
TYPE: Final = licence_pb2.LicenceEvent.DESCRIPTOR.full_name

_NAMES: Final[Mapping[ActKind, str]] = {kind: f"LICENCE_EVENT_KIND_{kind.name}" for kind in ActKind}
_ACTS: Final[Mapping[int, ActKind]] = {licence_pb2.LicenceEventKind.Value(name): kind for kind, name in _NAMES.items()}


def write_act(act: Act) -> bytes:
    """Return the payload that says an act; it is encrypted before it leaves."""
    return licence_pb2.LicenceEvent(
        kind=_NAMES[act.kind],
        licence_id=str(act.licence),
        type=act.licence.type,
        credential=act.credential,
        previous=str(act.previous or ""),
        successor=str(act.successor or ""),
        ground=act.ground,
        basis=act.basis,
        document=act.document,
        case_number=act.case_number,
        second_officer=act.second_officer,
        trust_level=licence_pb2.TrustLevel.Name(act.trust_level),
        effective_at=timestamp(act.effective_at),
    ).SerializeToString(deterministic=True)


def read_act(payload: bytes, subject: str) -> Act | Objection:
    """Read an act from an opened payload; `subject` is that of its envelope."""
    try:
        said = licence_pb2.LicenceEvent.FromString(payload)
    except DecodeError:
        return Objection(Fault.UNREADABLE, "the payload is not a tongban.licence.v1.LicenceEvent")
    kind = _ACTS.get(said.kind)
    if kind is None:
        return Objection(Fault.UNREADABLE, "this release knows no act of this kind")
    effective_at = _moment(said)
    if effective_at is None:
        return Objection(Fault.INCOMPLETE, "an act says from when it counts")
    try:
        licence, previous, successor = parse_licence_id(said.licence_id), _licence(said.previous), _licence(said.successor)
    except ValueError as error:
        return Objection(Fault.IDENTIFIER, str(error))
    if licence.root != subject or licence.type != said.type:
        return Objection(
            Fault.IDENTIFIER, "the subject is the licence's identifier without version and check, and its type is the one named"
        )
    return Act(
        kind=kind,
        licence=licence,
        effective_at=effective_at,
        credential=said.credential,
        previous=previous,
        successor=successor,
        ground=said.ground,
        basis=said.basis,
        document=said.document,
        case_number=said.case_number,
        second_officer=said.second_officer,
        trust_level=int(said.trust_level),
    )


def _moment(said: licence_pb2.LicenceEvent) -> datetime | None:
    try:
        return moment(said.effective_at) if said.HasField("effective_at") else None
    except ValueError:
        return None


def _licence(text: str) -> LicenceId | None:
    return parse_licence_id(text) if text else None
