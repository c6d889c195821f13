"""Show the exchange at work on real cases, disturb it, and prove that nothing was lost.

`python -m tests.province.demo --once`: a province with its authority, a hub, and agents of the provincial and of five county halls as
processes of their own. Laws: at most half of the log is there when the agents start; the hub is killed and a county is cut off while
between 20 % and 80 % of the events are accepted; the verdict is computed from the databases and by the offline verifier.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.province import business, consoles
from tests.province.business import RECEIPT_LOG
from tests.province.demo_view import View
from tests.province.exchange import Exchange
from tests.province.ground import Ground
from tests.province.processes import ProgramFailed
from tests.province.verdict import Verdict, judge

FEED_SECONDS = 30.0
LARGE_LOG_EVENTS = 50_000
LARGE_FEED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; `cases` 0 stands for all, `feed_seconds` 0 for what fits the log."""

    once: bool
    data: Path
    cases: int
    feed_seconds: float
    only_json: bool


def options(arguments: list[str]) -> Options:
    """Read the command line; ONCE and DATA of the environment stand in for --once and --data."""
    parser = argparse.ArgumentParser(prog="demo", description="A small province with real cases.")
    parser.add_argument("--once", action="store_true", default=bool(os.environ.get("ONCE")), help="end with a verdict (ONCE=1)")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("DATA") or RECEIPT_LOG), help="folder with a log of cases (DATA)")
    parser.add_argument("--cases", type=int, default=0, metavar="N", help="only the first N cases")
    parser.add_argument("--feed", type=float, default=0.0, metavar="SECONDS", help="how long the halls take to write their cases")
    parser.add_argument("--json", action="store_true", help="print nothing but the verdict")
    known = parser.parse_args(arguments)
    return Options(known.once, known.data, known.cases, known.feed, known.json)


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit code: 0 only when everything is there once, in order and proved."""
    wanted = options(sys.argv[1:] if arguments is None else arguments)
    folder = Path(tempfile.mkdtemp(prefix="tongban-demo-"))
    try:
        verdict = _run(wanted, folder, View(silent=wanted.only_json))
    except KeyboardInterrupt:
        _kept(folder, "stopped")
        return 130
    except (ProgramFailed, OSError) as error:
        _kept(folder, str(error))
        return 1
    if verdict.faults:
        return 1
    forget(folder)
    return 0


def forget(folder: Path) -> None:
    """Remove what a demo left."""
    shutil.rmtree(folder, ignore_errors=True)


def _run(wanted: Options, folder: Path, view: View) -> Verdict:
    logs = business.read_log(wanted.data)
    ground = Ground.of(logs, business.mapping_of(wanted.data), wanted.cases, folder)
    usual = LARGE_FEED_SECONDS if ground.events > LARGE_LOG_EVENTS else FEED_SECONDS
    with Exchange(ground, wanted.feed_seconds or usual, view, {} if wanted.once else consoles.sections()) as exchange:
        with view:
            exchange.build()
            verdict = judge(exchange, exchange.run())
        if not wanted.once:
            consoles.furnish(exchange.province)
            _say_where(exchange, view)
        # The verdict is the last line whatever happened.
        if verdict.faults:
            _kept(folder, "\n".join(f"FAULT: {fault}" for fault in verdict.faults))
        print(json.dumps(verdict.figures), flush=True)
        if not wanted.once:
            _stay(exchange)
        exchange.stop()
    return verdict


def _say_where(exchange: Exchange, view: View) -> None:
    """Tell where to look while everything stays up."""
    province = exchange.province
    bin_folder = Path(sys.executable).parent
    view.say(f"the province stays up in {province.folder}; Ctrl-C ends it")
    view.say(f"  hub        exchange {province.exchange}; {bin_folder / 'tongban-hub'} status --config {province.hub_config}")
    for hall in province.agents:
        view.say(f"  {hall:<12} {bin_folder / 'tongban-agent'} status --config {province.hall_config(hall)}")
    view.say(f"  sink       table deliveries in {exchange.ground.sink}")
    for hall, path in exchange.ground.business.items():
        view.say(f"  {hall:<12} business database {path}")
    for line in consoles.lines(exchange.consoles):
        view.say(line)
    view.say(f"  evidence   {bin_folder / 'tongban-verify'} FILE --root {province.root}, files in {exchange.ground.evidence}")


def _stay(exchange: Exchange) -> None:
    try:
        while True:
            time.sleep(1)
            exchange.province.check_running()
    except KeyboardInterrupt:
        return


def _kept(folder: Path, why: str) -> None:
    kept = any(folder.iterdir())
    print(f"{why}\neverything is kept in {folder}" if kept else why, file=sys.stderr, flush=True)
    if not kept:
        folder.rmdir()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
