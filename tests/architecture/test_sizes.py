"""Files and functions stay small, and no room is a drawer."""

import ast

import pytest

from tests.architecture.house import PROGRAMS, Module, functions, modules

FILE_LINES = 400
FUNCTION_LINES = 50
DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "managers", "shared", "tools"})


def long_functions(module: Module) -> list[str]:
    """Name the functions over the budget; the docstring is not counted, nor are functions inside counted twice as a crime."""
    return [f"{module.path}:{node.lineno} {node.name}" for node in functions(module) if lines_of(node) > FUNCTION_LINES]


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its decorators and docstring."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return length
    text = node.body[0]
    return length - ((text.end_lineno or text.lineno) - text.lineno + 1)


def drawers(module: Module) -> list[str]:
    """Give the words of a module's name that say nothing about its job."""
    return [word for word in module.name.split(".") if word.strip("_") in DRAWERS]


@pytest.mark.parametrize("module", modules(*PROGRAMS, "tests"), ids=lambda module: module.path)
def test_a_module_is_small_and_named_for_its_job(module: Module) -> None:
    assert len(module.text.splitlines()) <= FILE_LINES
    assert long_functions(module) == []
    assert drawers(module) == []


def test_a_docstring_costs_nothing_and_a_line_too_many_is_seen() -> None:
    body = "\n".join(["    pass"] * (FUNCTION_LINES - 1))
    documented = f'def f():\n    """{"long" * 9}\n\n    and longer.\n    """\n{body}\n'
    assert long_functions(Module("a.py", documented)) == []
    assert long_functions(Module("a.py", documented + "    pass\n")) == ["a.py:1 f"]


def test_a_drawer_is_seen() -> None:
    assert drawers(Module("hub/utils.py", "")) == ["utils"]
    assert drawers(Module("hub/database.py", "")) == []
