"""Know every step at which hub and agent can be made to die: as their crash modules name them, and as their code reaches them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import hub.crash
import node_agent.crash
from tests.province.business import ROOT

VARIABLE = node_agent.crash.VARIABLE
STATUS = node_agent.crash.STATUS

_HUB_CALLS = {"crash_at"}
_AGENT_CALLS = {"reached"}


def named_by_hub() -> list[str]:
    """Return the steps that the hub's crash module names in its docstring."""
    text = " ".join((hub.crash.__doc__ or "").split())
    return [step.strip(" .") for step in text.partition("Steps:")[2].split(",")]


def named_by_agent() -> list[str]:
    """Return the steps that the agent's crash module names."""
    return list(node_agent.crash.STEPS)


def reached_in_hub() -> list[str]:
    """Return the steps that the hub's code reaches."""
    return sorted(_reached(ROOT / "hub", _HUB_CALLS))


def reached_in_agent() -> list[str]:
    """Return the steps that the agent's code reaches."""
    return sorted(_reached(ROOT / "node_agent", _AGENT_CALLS))


def _reached(folder: Path, functions: set[str]) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        if path.name == "crash.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in functions:
                yield _step(node, path)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _step(call: ast.Call, path: Path) -> str:
    match call.args:
        case [ast.Constant(value=str(step))] if re.fullmatch(r"[a-z]+(-[a-z]+)*", step):
            return step
    raise AssertionError(f"{path}:{call.lineno}: a step is a literal, so that it can be found")
