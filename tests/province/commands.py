"""Run several commands of one of our command lines in one process, which saves the time of starting it for each.

`python -m tests.province.commands hub.cli '[["token", "yushu"], ["status"]]'`. The first that fails ends the process with its exit code.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.province.business import ROOT
from tests.province.processes import run

Arguments = Sequence[str | Path]
COMMAND_SECONDS = 60.0


def commands(module: str, each: Sequence[Arguments]) -> None:
    """Run commands one after the other in a process of their own; raises ProgramFailed when one fails."""
    lines = json.dumps([[str(word) for word in arguments] for arguments in each])
    run([sys.executable, "-m", __name__, module, lines], COMMAND_SECONDS + COMMAND_SECONDS * len(each), cwd=ROOT)


if __name__ == "__main__":
    command_line = importlib.import_module(sys.argv[1]).main
    for words in json.loads(sys.argv[2]):
        command_line(words, standalone_mode=False)
