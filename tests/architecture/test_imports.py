"""Who knows whom: no cycle, one signer of certificates, one room that speaks to the hub, no directory store in an agent."""

import ast
from collections.abc import Iterable, Mapping

import grimp
import pytest

from tests.architecture.house import PROGRAMS, Module, imported, modules

SIGNER = "certs.authority"
SIGNING = frozenset({"CertificateBuilder", "CertificateRevocationListBuilder"})
THE_DIRECTORYS_OWN = frozenset({"directory.store", "directory.tables"})


def cycles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Give every set of modules that import each other in a ring, sorted (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for other in imports.get(module, ()):
            if other not in order:
                visit(other)
            if other in path:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == order[module]:
            ring = path[path.index(module) :]
            del path[path.index(module) :]
            if len(ring) > 1:
                found.append(sorted(ring))

    for module in sorted(imports):
        if module not in order:
            visit(module)
    return sorted(found)


def signing_words(module: Module) -> set[str]:
    """Give the names in a module with which a certificate could be signed."""
    spoken = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    spoken |= {name.rpartition(".")[2] for name in imported(module)}
    return spoken & SIGNING


def test_no_modules_import_each_other_in_a_ring() -> None:
    graph = grimp.build_graph(*PROGRAMS, cache_dir=None)
    imports = {module: sorted(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert cycles(imports) == []


def test_a_ring_is_seen() -> None:
    assert cycles({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"]}) == [["b", "c"]]
    assert cycles({"a": ["b", "c"], "b": ["c"], "c": []}) == []


@pytest.mark.parametrize("module", modules(*PROGRAMS), ids=lambda module: module.path)
def test_only_the_authority_signs_certificates(module: Module) -> None:
    assert signing_words(module) == set() or module.name == SIGNER


def test_signing_certificates_elsewhere_is_seen() -> None:
    assert signing_words(Module("hub/a.py", "from cryptography import x509\nx509.CertificateBuilder()")) == {"CertificateBuilder"}
    assert signing_words(Module("hub/a.py", "from cryptography.x509 import CertificateBuilder as Build")) == {"CertificateBuilder"}


@pytest.mark.parametrize("module", modules("node_agent"), ids=lambda module: module.path)
def test_the_agent_uses_the_directorys_rules_and_never_its_store(module: Module) -> None:
    assert [name for name in imported(module) if any(f"{name}.".startswith(f"{own}.") for own in THE_DIRECTORYS_OWN)] == []


@pytest.mark.parametrize("module", modules("node_agent"), ids=lambda module: module.path)
def test_only_the_link_speaks_to_the_hub(module: Module) -> None:
    if not f"{module.name}.".startswith("node_agent.link."):
        assert [name for name in imported(module) if name.split(".", maxsplit=1)[0] == "grpc" or "_pb2_grpc" in name] == []
