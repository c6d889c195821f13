"""Edit the register in another hall's name."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from google.protobuf.message import Message

from directory.hall_versions import seed, write_hall_versions
from tests.hub.hall_client import Identity
from tongban.directory.v1 import register_pb2
from tongban.directory.v1.scopes_pb2 import Principal

ADMINISTRATOR = Principal(role="hall-administrator", person="7")
KNOWN = 1 << 40
"""A position behind everything that others say meanwhile."""

Requests = Sequence[Message]
Driver = Callable[[Identity, str], Requests]


def _renamed(other: str) -> register_pb2.EditedFile:
    hall = next(one for one in seed() if one.hall == other)
    return register_pb2.EditedFile(name="halls.csv", content=write_hall_versions([replace(hall, display_name=f"{other} hall")]))


def propose(_: Identity, other: str) -> Requests:
    return [register_pb2.ProposeChangesRequest(files=[_renamed(other)], asked_by=ADMINISTRATOR)]


def save(_: Identity, other: str) -> Requests:
    return [register_pb2.SaveChangesRequest(files=[_renamed(other)], position=KNOWN, reason="x", asked_by=ADMINISTRATOR)]


DRIVEN: dict[str, Driver] = {
    "/tongban.directory.v1.RegisterService/ProposeChanges": propose,
    "/tongban.directory.v1.RegisterService/SaveChanges": save,
}
ACTS: dict[str, Driver] = {
    "/tongban.directory.v1.RegisterService/ConfirmChanges": lambda _, __: [
        register_pb2.ConfirmChangesRequest(pending="e-of-the-province", asked_by=ADMINISTRATOR)
    ],
    "/tongban.directory.v1.RegisterService/WithdrawChanges": lambda _, __: [
        register_pb2.WithdrawChangesRequest(pending="e-of-the-province", asked_by=ADMINISTRATOR)
    ],
    "/tongban.directory.v1.RegisterService/ListPendingChanges": lambda _, __: [
        register_pb2.ListPendingChangesRequest(asked_by=ADMINISTRATOR)
    ],
}
"""They are for the province's administrators alone."""
