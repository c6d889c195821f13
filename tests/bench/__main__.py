"""Run the benchmark: `python -m tests.bench`, or `make bench ONLY=name`.

Laws: programs are the real ones, ended by their process id; what is written stands under one temporary folder on the checkout's own
disk, for a folder in memory would make every fsync free, and is removed.
"""

import json
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from tests.bench import parts, report
from tests.bench.parts import Provinces, Results, Scale
from tests.bench.usage import machine

FOLDER = Path(__file__).resolve().parents[2] / ".bench"
WIDTH = 150
MEMORY_SCALE = 1_000_000


def _chosen(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name for name in value.replace(",", " ").split() if name)
    unknown = set(names) - set(parts.ALL)
    if unknown:
        raise click.BadParameter(f"no part {', '.join(sorted(unknown))}; there are {', '.join(parts.ALL)}")
    return names or parts.USUAL


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", envvar="ONLY", default="", callback=_chosen, help=f"Parts, by commas: {', '.join(parts.ALL)}.")
@click.option("--bare-seconds", default=10.0, show_default=True, help="Of each of the three runs of a bare stream.")
@click.option("--messages", default=200_704, show_default=True, help="Of `eight`; of the other throughput parts half as many.")
@click.option("--memory-messages", default=MEMORY_SCALE, show_default=True, help="Of the memory part; a tenth of them comes first.")
@click.option("--memory-seconds", default=150.0, show_default=True, help="After so long the memory part is cut short.")
@click.option("--cases", default=1_000_000, show_default=True, help="In the read model that `fold` sweeps and from which `lists` lists.")
@click.option("--resources", default=10_000, show_default=True, help="In the catalogue that `resources` imports and lists.")
@click.option("--licences", default=100_000, show_default=True, help="In the stock that `licences` loads, sends, folds and asks for.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a bar is missed.")
def main(only: tuple[str, ...], *, strict: bool, **scale: float) -> None:
    """Measure folding, throughput, latency, lists and memory of real programs beside bare gRPC streams; the last line is JSON.

    \b
    Examples:
      python -m tests.bench
      python -m tests.bench --only eight,split --messages 51200
      make bench ONLY=latency
    """  # noqa: D301
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    wanted = Scale(**scale)  # type: ignore[arg-type]  # click made whole numbers of those that are
    before = machine()
    results = _measured(only, wanted)
    report.show(_console(), results, before)
    if wanted.memory_messages != MEMORY_SCALE and results.memory is not None:
        print(f"Scaled down: memory was measured with {wanted.memory_messages:,} messages instead of {MEMORY_SCALE:,}.")
    print(json.dumps(report.facts(results)))
    sys.exit(int(strict and any(not bar.met for bar in report.bars(results))))


def _measured(only: tuple[str, ...], scale: Scale) -> Results:
    begun, results, progress = time.monotonic(), Results(), Console(stderr=True)
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=FOLDER))

    def told(what: str) -> None:
        progress.print(f"[dim]{time.monotonic() - begun:5.0f} s[/dim]  {what}", highlight=False)

    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        parts.run(only, scale, Provinces(folder, stack, told), results, told)
    results.seconds["all"] = time.monotonic() - begun
    return results


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


if __name__ == "__main__":
    main()
