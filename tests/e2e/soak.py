"""Kill a small province 500 times at random, in parts of under ten minutes that go on where the last one stopped.

`python -m tests.e2e.soak` runs one part: it says how far it is, and its last line is JSON. What happened so far is in `.soak/`; the
province there lives on from part to part, also from one that was broken off. Laws: every part ends with a reckoning over everything
since the beginning, by SQL; any fault is exit code 1, and what is not finished says so.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.e2e import standing
from tests.e2e.copies import Founded, found, living, taken_up
from tests.e2e.kills import Campaign, settle
from tests.e2e.load import feeder, repeated
from tests.province import business, bytecode, evidence
from tests.province.build import PROVINCE_HALL
from tests.province.business import ROOT, HallLog
from tests.province.processes import ProgramFailed
from tests.province.small import SmallProvince

FOLDER = ROOT / ".soak"
KILLS = 500
PART_SECONDS = 450.0
"""For kills; what comes before and behind them fits into the rest of ten minutes."""
SENDERS = 2
A_SECOND = 25.0
ROUNDS = 25
EVIDENCE_A_HALL = 30
SAY_EVERY = 25


@dataclass(slots=True)
class State:
    """How far it is; kept after every stroke."""

    seed: int
    ports: tuple[int, int, int]
    parts: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    two_at_once: int = 0
    during_start: int = 0
    seconds: float = 0.0

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Read what an earlier part left; None at the beginning."""
        if not path.exists():
            return None
        kept = json.loads(path.read_text("utf-8"))
        return cls(**kept | {"ports": tuple(kept["ports"])})

    def keep(self, path: Path) -> None:
        """Write it so that a break-off leaves the old or the new."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), "utf-8")
        draft.replace(path)

    @property
    def killed(self) -> int:
        """Count the kills so far."""
        return sum(self.kills.values())


class Soak:
    """One part."""

    def __init__(self, folder: Path, wanted: int, most_seconds: float) -> None:
        self.folder = folder
        self.wanted = wanted
        self._until = time.monotonic() + most_seconds
        self._console = Console(stderr=True)

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def _province(self) -> Path:
        return self.folder / "province"

    def run(self) -> dict[str, Any]:
        """Run the part and return the figures of its last line; raises ProgramFailed for what ended by itself or never arrived."""
        logs = [repeated(log, ROUNDS) for log in business.read_log()[:SENDERS]]
        state = State.load(self._state_file) or self._begin(logs)
        self._console.print(f"{state.killed} of {self.wanted} kills are done; seed {state.seed}, part {state.parts + 1}")
        end_leftovers(self._province)
        state.parts += 1
        begun = time.monotonic()
        small = taken_up(self._province, state.ports, logs)
        with living(small):
            campaign = Campaign(small, state.seed + state.parts)
            self._kill(small, campaign, state)
            state.seconds += time.monotonic() - begun
            state.keep(self._state_file)
            return self._judged(small, campaign, state)

    def _begin(self, logs: list[HallLog]) -> State:
        founded: Founded = found(self._province, logs)
        for hall, path in taken_up(self._province, founded.ports, logs).ground.business.items():
            business.create_business(path, logs[founded.halls.index(hall)])
        state = State(random.SystemRandom().randrange(1 << 32), founded.ports)
        state.keep(self._state_file)
        return state

    def _kill(self, small: SmallProvince, campaign: Campaign, state: State) -> None:
        """Kill until enough or time is over, keeping count."""
        load = feeder(small.ground.business, small.ground.logs, A_SECOND)
        load.start()
        before = dict(state.kills)
        try:
            with self._bar() as progress:
                bar = progress.add_task("kills", total=self.wanted, completed=state.killed)
                for _ in campaign.kill(self.wanted - state.killed):
                    if load.done:
                        raise ProgramFailed("the load ended before the kills")
                    self._count(campaign, before, state)
                    progress.update(bar, completed=state.killed)
                    if time.monotonic() > self._until:
                        break
        finally:
            load.stop()

    def _count(self, campaign: Campaign, before: Mapping[str, int], state: State) -> None:
        said = state.killed // SAY_EVERY
        here = campaign.tally.kills
        state.kills = {name: before.get(name, 0) + here.get(name, 0) for name in {*before, *here}}
        state.keep(self._state_file)
        if not self._console.is_terminal and state.killed // SAY_EVERY > said:
            self._console.print(f"{state.killed} of {self.wanted} kills")

    def _bar(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self._console, disable=not self._console.is_terminal)

    def _judged(self, small: SmallProvince, campaign: Campaign, state: State) -> dict[str, Any]:
        """Reckon over all parts, and let evidence be verified."""
        self._console.print("waiting until everything has arrived, then reckoning")
        reckoning = settle(small)
        campaign.promises.remember()
        broken = campaign.promises.broken()
        for hall in small.province.agents:
            standing.wait_healthy(small, hall)
        verdict = self._proved(small)
        for fault in (*broken, verdict.said):
            if fault:
                self._console.print(f"FAULT {fault}")
        return {
            "kills": state.killed,
            "of": self.wanted,
            "lost": reckoning.lost,
            "duplicates": reckoning.duplicates,
            "out_of_order": reckoning.out_of_order,
            "strangers": reckoning.strangers,
            "promises_broken": len(broken),
            "receipts_checked": len(campaign.promises.receipted),
            "evidence_checked": verdict.checked,
            "evidence_bad": verdict.bad,
            "events": sum(reckoning.sent.values()),
            "kills_by_program": dict(sorted(state.kills.items())),
            "parts": state.parts,
            "seconds": round(state.seconds),
        }

    def _proved(self, small: SmallProvince) -> evidence.Verdict:
        folder = self.folder / "evidence"
        folder.mkdir(exist_ok=True)
        positions = evidence.spread(small.province, EVIDENCE_A_HALL)
        files = list(evidence.export(small.province, PROVINCE_HALL, positions, folder))
        return evidence.verify(small.province.root, files)


def end_leftovers(province: Path) -> None:
    """End programs of this province that a part left behind when it was itself killed; found by id, and by what they run on."""
    for pid in _leftovers(province):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _leftovers(province: Path) -> Iterator[int]:
    for ready in (province / "hub.ready", *province.glob("halls/*/agent.ready")):
        with suppress(OSError, ValueError, KeyError):
            pid = int(json.loads(ready.read_text("utf-8"))["pid"])
            if str(province) in Path(f"/proc/{pid}/cmdline").read_text("utf-8"):
                yield pid


FAULTS = ("lost", "duplicates", "out_of_order", "strangers", "promises_broken", "evidence_bad")


def main() -> int:
    """Run one part; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=KILLS, help="how many in all (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=PART_SECONDS, help="of kills in this part (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="what is kept between parts (default: .soak)")
    asked = parser.parse_args()
    bytecode.keep()
    asked.folder.mkdir(parents=True, exist_ok=True)
    try:
        figures = Soak(asked.folder.resolve(), asked.kills, asked.seconds).run()
    except ProgramFailed as error:
        print(json.dumps({"failed": str(error)}, ensure_ascii=False))
        return 1
    if figures["kills"] < figures["of"]:
        print(f"{figures['kills']} of {figures['of']} kills are done: run it again to go on", file=sys.stderr)
    print(json.dumps(figures, ensure_ascii=False))
    return 1 if any(figures[name] for name in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
