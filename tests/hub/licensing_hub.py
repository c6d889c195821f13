"""Serve a hub, as its command does, with one grant of licences that was made long ago: for tests that kill it."""

import sys
from pathlib import Path

from hub import building
from hub.cli import main
from tests.hub.licensing import granted
from tests.hub.records_sent import Shares


def serve(folder: Path) -> None:
    """Serve the province in a folder until told to stop."""
    shares = Shares()
    of_teachers = frozenset({"holder_name", "holder_code", "subject"})
    shares.add(granted(), granted("g-2", resource="teacher-qualification", fields=of_teachers))
    build = vars(building)["_records"]
    vars(building)["_records"] = lambda site, registrar, laws, _grants: build(site, registrar, laws, shares)
    main(["serve", "--config", str(folder / "hub.toml"), "--ready-file", str(folder / "ready")])


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
