"""Every room says its job, and every public thing what it does."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.house import PROGRAMS, Documented, Module, modules

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def public(body: list[ast.stmt]) -> Iterator[Documented]:
    """Give the public functions, classes and methods of a body; functions inside functions are nobody's business."""
    for node in body:
        if not isinstance(node, DEFINITIONS) or node.name.startswith("_") or is_overload(node):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body)


def is_overload(node: Documented) -> bool:
    """Tell whether a definition only gives one more type to another."""
    return any(isinstance(word, ast.Name | ast.Attribute) and ast.unparse(word).endswith("overload") for word in node.decorator_list)


def silent(module: Module) -> list[str]:
    """Name the public things of a module that say nothing of themselves."""
    return [f"{module.path}:{node.lineno} {node.name}" for node in public(module.tree.body) if not ast.get_docstring(node)]


@pytest.mark.parametrize("module", modules(*PROGRAMS), ids=lambda module: module.path)
def test_a_module_and_its_public_things_say_what_they_do(module: Module) -> None:
    assert module.text.strip() == "" or ast.get_docstring(module.tree), f"{module.path} does not say its job"
    assert silent(module) == []


def test_silence_is_seen() -> None:
    source = 'class A:\n    """Be."""\n    def said(self): "It."\n    def unsaid(self): ...\n    def _own(self): ...\n'
    assert silent(Module("a.py", source)) == ["a.py:4 unsaid"]
