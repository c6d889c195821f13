"""Command a hall's agent: enrol it, run it, and see how it stands."""

import click

from node_agent.cli import doctor, enrol, reset_tail, run, sources, status, sync


class _Named(click.Group):
    """Keep commands in the order in which an operator meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=_Named, context_settings={"help_option_names": ["-h", "--help"]})
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


main.add_command(enrol.enrol)
main.add_command(run.run)
main.add_command(status.status)
main.add_command(sync.sync)
main.add_command(sources.source)
main.add_command(doctor.doctor)
main.add_command(reset_tail.reset_tail)
