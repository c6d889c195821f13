"""The contract is whole: every file where its package says, every call with its callers, every reason with a status."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from directory.access import CALLERS, CallerKind
from hub.rpc.refusals import STATUS
from tests.architecture.house import PROTO
from tongban.errors.v1.errors_pb2 import Reason
from tongban.licence.v1.licence_service_pb2 import LicenceQuestion

FILES = sorted(PROTO.rglob("*.proto"))
SIGNED = {"/tongban.licence.v1.LicenceService/QueryLicences"}
"""The question inside the request, which its hall signed, says who asks."""
STANDARD: tuple[FileDescriptor, ...] = (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR)
"""The services of gRPC itself that the hub serves."""


def descriptor(file: Path) -> FileDescriptor:
    """Load what was generated from a .proto."""
    name = file.relative_to(PROTO).with_suffix("").as_posix().replace("/", ".")
    loaded: FileDescriptor = import_module(f"{name}_pb2").DESCRIPTOR
    return loaded


DECIDED = ("/tongban.exchange.", "/tongban.ledger.", "/tongban.case.", "/tongban.directory.")
"""Services of which every method is decided by the rules of access."""


def described() -> Iterator[MethodDescriptor]:
    """Give every method of every service."""
    for contract in (*map(descriptor, FILES), *STANDARD):
        for service in contract.services_by_name.values():
            yield from service.methods


def methods() -> Iterator[str]:
    """Give every method of every service, as gRPC names it on the wire: /package.Service/Method."""
    return (f"/{method.containing_service.full_name}/{method.name}" for method in described())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_path_of_a_proto_is_its_package_and_its_import_path(file: Path) -> None:
    assert descriptor(file).package == file.relative_to(PROTO).parent.as_posix().replace("/", ".")
    assert descriptor(file).name == file.relative_to(PROTO).as_posix()


def test_nothing_handwritten_stands_in_the_import_root_of_the_contract() -> None:
    assert [entry.name for entry in PROTO.iterdir() if entry.name not in {"tongban", "__pycache__"}] == []


def test_every_call_has_its_row_of_callers_and_no_row_is_left_over() -> None:
    assert sorted(CALLERS) == sorted(methods())


@pytest.mark.parametrize("method", sorted(CALLERS))
def test_a_row_of_callers_names_at_least_one_kind_of_caller(method: str) -> None:
    assert CALLERS[method].kinds
    assert CALLERS[method].kinds <= set(CallerKind)


@pytest.mark.parametrize("method", sorted(CALLERS))
def test_a_row_of_callers_names_the_action_that_is_decided_or_says_why_there_is_none(method: str) -> None:
    row = CALLERS[method]
    assert (row.action is None) == bool(row.because)
    assert row.thing is None or row.action is not None
    assert row.action is not None or not method.startswith(DECIDED)


def test_what_the_door_does_not_decide_asks_who_asks() -> None:
    requests = {f"/{method.containing_service.full_name}/{method.name}": method.input_type for method in described()}
    by_person = {name for name, row in CALLERS.items() if row.action is not None and row.thing is None}
    assert by_person == {name for name, request in requests.items() if "asked_by" in request.fields_by_name} | SIGNED
    assert "asked_by" in LicenceQuestion.DESCRIPTOR.fields_by_name
    assert len(by_person) >= 4


def test_every_reason_has_a_status() -> None:
    assert sorted(STATUS) == sorted(Reason.values())
