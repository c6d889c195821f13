"""Serve a hub, as its command does, with one grant that was made long ago: for tests that kill it."""

import sys
from pathlib import Path

from hub import app
from hub.cli import main
from tests.hub.records_sent import Shares, granted

READER = "yushu"


def serve(folder: Path) -> None:
    """Serve the province in a folder until told to stop."""
    shares = Shares()
    shares.add(granted(hall=READER))
    build = vars(app)["_records"]
    vars(app)["_records"] = lambda registrar, models, laws, _grants: build(registrar, models, laws, shares)
    main(["serve", "--config", str(folder / "hub.toml"), "--ready-file", str(folder / "ready")])


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
