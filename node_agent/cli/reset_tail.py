"""Take back the end of the journal that the hub gave no receipt for."""

from pathlib import Path

import click

from node_agent import db, hall_keys, lock, tail
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load


@click.command("reset-tail")
@config_option
@json_option
@told
def reset_tail(config_path: Path, *, as_json: bool) -> None:
    """Put envelopes that were sealed and have no receipt back into the outbox.

    Needed when the agent reports TailDiverged: it was restored from a backup and sealed another end than the one that the hub
    holds. Nothing is lost: what the hub has is taken back from it at the next connection, the rest is sealed and sent again.

    \b
    Example:
      tongban-agent reset-tail --config agent.toml
    """  # noqa: D301
    config = load(config_path)
    hall = hall_keys.load(config)
    with lock.held(config.data_dir):
        engine = db.open_store(config.store_path)
        try:
            with db.begin(engine) as connection:
                count = tail.unseal(connection, hall.epoch)
        finally:
            engine.dispose()
    show({"unsealed": count}, [f"{count} envelopes are back in the outbox"], as_json=as_json)
