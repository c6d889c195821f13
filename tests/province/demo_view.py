"""Show how a demo goes: bars on a terminal, plain lines elsewhere, nothing when only the verdict is wanted."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PLAIN_SECONDS = 2.0
WIDTH = 34


class View:
    """What a person sees; `silent` shows nothing."""

    def __init__(self, *, silent: bool = False) -> None:
        self.console = Console(quiet=silent, highlight=False, soft_wrap=True)
        columns = (TextColumn(f"{{task.description:<{WIDTH}}}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self.console, disable=silent or not self.console.is_terminal)
        self._bars: dict[str, int] = {}
        self._counts: dict[str, tuple[int, int]] = {}
        self._spoken = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(line, markup=False)

    def show(self, **counts: tuple[int, int]) -> None:
        """Move bars, by name; each count is (done, of so many)."""
        for name, (done, total) in counts.items():
            words = name.replace("_", " ")
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(words, total=total)
            self._progress.update(self._bars[name], completed=done, total=total)  # type: ignore[arg-type]  # an int is a TaskID
        self._speak(counts)

    def _speak(self, counts: dict[str, tuple[int, int]]) -> None:
        """Say the same in a line now and then, and when something is complete, where there are no bars."""
        complete = any(done == total and self._counts.get(name) != (done, total) for name, (done, total) in counts.items())
        if self.console.is_terminal or not (complete or time.monotonic() - self._spoken >= PLAIN_SECONDS):
            return
        if all(self._counts.get(name) == count for name, count in counts.items()):
            return
        self._spoken = time.monotonic()
        self._counts.update(counts)
        self.say(", ".join(f"{name.replace('_', ' ')} {done:,} of {total:,}" for name, (done, total) in counts.items()))
