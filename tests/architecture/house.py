"""Read the house as it stands: its modules, their syntax trees, the files that git keeps."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
PROGRAMS = ("certs", "directory", "hub", "node_agent")
"""The packages that are written by hand and shipped."""

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: `path` from the root of the project, and what it says."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Give the name under which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def tree(self) -> ast.Module:
        """Give its syntax tree, read only now: a file that does not parse fails its own tests and no others."""
        return ast.parse(self.text, self.path)


def modules(*packages: str) -> list[Module]:
    """Give every module of the packages, sorted by path."""
    files = sorted(file for package in packages for file in (ROOT / package).rglob("*.py"))
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")) for file in files]


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every function of a module, nested ones too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, type_of_function))


def imported(module: Module) -> Iterator[str]:
    """Give the dotted names that a module imports, wherever in it; `from a import b` gives a.b."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def kept_files() -> list[Path]:
    """Give every file that git keeps or would keep. Raises CalledProcessError outside a checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
