"""Command the hub: make a province, serve it, and look after its halls."""

import click

from hub.cli import doctor, hall, init, rebuild, serve, state, token


class _Named(click.Group):
    """Keep commands in the order in which an operator meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=_Named, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban")
def main() -> None:
    """Carry signed case and licence messages between the halls of a province.

    \b
    Examples:
      tongban-hub init province --trust-domain jilin.example --name hub.jilin.example
      tongban-hub serve --config province/hub.toml
      tongban-hub token gongzhuling --config province/hub.toml --out gongzhuling.token
    """  # noqa: D301 - click's mark for text that is not to be wrapped


main.add_command(init.init)
main.add_command(serve.serve)
main.add_command(hall.hall)
main.add_command(token.token)
main.add_command(state.status)
main.add_command(doctor.doctor)
main.add_command(rebuild.rebuild)
