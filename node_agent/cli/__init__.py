"""Command a hall's agent: enrol it, run it, and see how it stands."""

import gc
import importlib
import os
from types import ModuleType

import click

from node_agent.cli import opening

# gRPC reads them when it is imported: a command's module imports it before the command runs. Its core would write a line of its
# own beside ours for every failed handshake, which the link tells once; and nothing here forks.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

_COMMANDS = {
    "enrol": ("enrol", "enrol"),
    "run": ("run", "run"),
    "status": ("status", "status"),
    "sync": ("sync", "sync"),
    "source": ("sources", "source"),
    "directory": ("directory", "directory"),
    "register": ("register", "register"),
    "catalogue": ("catalogue", "catalogue"),
    "share": ("share", "share"),
    "correction": ("correction", "correction"),
    "record": ("records", "record"),
    "licence": ("licence", "licence"),
    "card": ("card", "card"),
    "order": ("order", "order"),
    "reminder": ("reminder", "reminder"),
    "rectification": ("rectification", "rectification"),
    "user": ("user", "user"),
    "guidance": ("guidance_published", "guidance"),
    "api-key": ("api_key", "api_key"),
    "evidence": ("evidence", "evidence"),
    "doctor": ("doctor", "doctor"),
    "rotate-key": ("rotate_key", "rotate_key"),
    "reset-tail": ("reset_tail", "reset_tail"),
}
"""Command to where it is, in the order in which a hall meets them; loaded when called, for all together take seconds."""


def _loaded(module: str) -> ModuleType:
    """Load a module, and all that it loads, without looking for garbage meanwhile: none is made, and it takes a seventh of the time."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()


class _Lazy(click.Group):
    """Load a command when it is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for --json first."""
        opening.heed_json(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; tell machines of wrong usage too."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            opening.told_usage(error)
            raise

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
        command = getattr(_loaded(f"node_agent.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is wrong
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban")
def main() -> None:
    """Send a hall's cases upward, and take in what is addressed to it.

    \b
    Examples:
      tongban-agent enrol gongzhuling.token --config agent.toml
      tongban-agent source preview business --config agent.toml
      tongban-agent run --config agent.toml
      tongban-agent status --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
