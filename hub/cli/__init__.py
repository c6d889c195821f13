"""Command the hub: make a province, serve it, and look after its halls."""

import gc
import importlib
import os
from types import ModuleType

import click

# gRPC's C core would write beside our own messages, and its fork handlers are of no use here.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

_COMMANDS = {
    "ca": ("ca", "ca"),
    "serve": ("serve", "serve"),
    "hall": ("hall", "hall"),
    "directory": ("directory", "directory"),
    "explain": ("explain", "explain"),
    "catalogue": ("catalogue", "catalogue"),
    "share": ("share", "share"),
    "supervision": ("supervision", "supervision"),
    "licence": ("licence", "licence"),
    "token": ("token", "token"),
    "status": ("state", "status"),
    "doctor": ("doctor", "doctor"),
    "cases": ("cases", "cases"),
    "rebuild": ("rebuild", "rebuild"),
}
"""Command to where it is, in the order in which an operator meets them; loaded when called, for all together take seconds."""


def _loaded(module: str) -> ModuleType:
    """Load a module, and all that it loads, without looking for garbage meanwhile: none is made, and it takes a seventh of the time."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()


class _Lazy(click.Group):
    """Load a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        where = _COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, name = where
        command = getattr(_loaded(f"hub.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is wrong
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban")
def main() -> None:
    """Carry signed case and licence messages between the halls of a province.

    \b
    Examples:
      tongban-hub ca init province --trust-domain jilin.example --name hub.jilin.example
      tongban-hub serve --config province/hub.toml
      tongban-hub token gongzhuling --config province/hub.toml --out gongzhuling.token
    """  # noqa: D301 - click's mark for text that is not to be wrapped
