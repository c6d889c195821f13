"""What the programs import is what the project declares, and the floors are what generated the code."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from tests.architecture.house import PROGRAMS, PROTO, ROOT, Module, imported, modules

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {*PROGRAMS, "tongban", "__future__"}
OWNERS = packages_distributions()
# Namespace packages that several distributions fill, and what of them the programs may take.
SHARED = {"google.protobuf": "protobuf", "google.rpc": "googleapis-common-protos"}


def plain(name: str) -> str:
    """Write a distribution's name in its one normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ;]", name.strip(), maxsplit=1)[0]).lower()


def floor(name: str) -> str:
    """Give the lowest version that the project declares for a distribution, "" if none."""
    declared = [line for line in PROJECT["dependencies"] if plain(line) == name]
    found = re.search(r">=([\d.]+)", declared[0]) if declared else None
    return found[1] if found else ""


def undeclared(module: Module) -> set[str]:
    """Give the imports of a module that no declared dependency answers for."""
    declared = {plain(line) for line in PROJECT["dependencies"]}
    return {name for name in imported(module) if not owners(name) & (declared | {"ours"})}


def owners(name: str) -> set[str]:
    """Give the distributions that a dotted name may come from; "ours" for this project and the standard library."""
    top = name.split(".", maxsplit=1)[0]
    if top in OURS or top in sys.stdlib_module_names:
        return {"ours"}
    shared = {owner for prefix, owner in SHARED.items() if f"{name}.".startswith(f"{prefix}.")}
    return shared or {plain(owner) for owner in OWNERS.get(top, [])}


@pytest.mark.parametrize("module", modules(*PROGRAMS), ids=lambda module: module.path)
def test_a_program_imports_only_what_the_project_declares(module: Module) -> None:
    assert undeclared(module) == set()


def test_the_tests_own_tools_are_not_the_programs() -> None:
    assert owners("pytest.fixture") == {"pytest"}
    assert floor("pytest") == ""


def test_the_floor_of_grpcio_is_the_generator_of_the_code() -> None:
    versions = {re.findall(r"GRPC_GENERATED_VERSION = '([\d.]+)'", file.read_text("utf-8"))[0] for file in PROTO.rglob("*_pb2_grpc.py")}
    assert versions == {floor("grpcio")}
    assert f"grpcio-tools=={floor('grpcio')}" in PROJECT["optional-dependencies"]["dev"]


def test_the_floor_of_protobuf_is_the_generator_of_the_code() -> None:
    versions = {re.findall(r"# Protobuf Python Version: ([\d.]+)", file.read_text("utf-8"))[0] for file in PROTO.rglob("*_pb2.py")}
    assert versions == {floor("protobuf")}
