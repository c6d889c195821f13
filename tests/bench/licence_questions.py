"""Ask a running hub for licences, so many questions in flight, and for the same rows bare.

Laws: questions are made and signed before the clock runs, and both kinds go as bytes over the same channels, so that what asking costs is
alike; half of the questions only warm up. Whoever is asked for nothing is found out: an answer without a licence ends the run.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import NormalDist

from tests.bench.bare_reads import METHOD, SERVICE
from tests.bench.latency import Spread, spread
from tests.hub.licensing import Asker
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1.licence_service_pb2 import LicenceQuery, QueryLicencesResponse

QUERY = "/tongban.licence.v1.LicenceService/QueryLicences"
BARE = f"/{SERVICE}/{METHOD}"
IN_FLIGHT = 64
CALL_SECONDS = 30.0
ALARM = 0.01


@dataclass(frozen=True, slots=True)
class Window:
    """Who asks, in which case."""

    asker: Asker
    purpose: Purpose

    def question(self, licence_id: str) -> bytes:
        """Return a signed question for one licence."""
        made = self.asker.question([LicenceQuery(licence_id=licence_id)], self.purpose)
        return self.asker.signed(made).SerializeToString()


@dataclass(frozen=True, slots=True)
class Asked:
    """Milliseconds a call, and calls a second."""

    call: Spread
    per_second: float


@dataclass(frozen=True, slots=True)
class Timing:
    """How long it takes to be told nothing, in milliseconds: of a licence that is not there, and of one that may not be seen.

    `p` is that of a Mann-Whitney test; a small one is an alarm: whoever measures could tell the two apart.
    """

    absent_p50: float
    forbidden_p50: float
    p: float


async def queried(windows: Sequence[Window], licences: Sequence[str], count: int) -> Asked:
    """Ask for licences that may be seen."""
    chosen = random.Random(1).choices(licences, k=count)
    calls = [(window, window.question(one)) for window, one in zip(cycle(windows), chosen, strict=False)]
    return await _asked(windows, QUERY, calls, _check_shown)


async def read_bare(windows: Sequence[Window], licences: Sequence[str], count: int) -> Asked:
    """Read the same rows."""
    chosen = random.Random(1).choices(licences, k=count)
    calls = [(window, one.encode()) for window, one in zip(cycle(windows), chosen, strict=False)]
    return await _asked(windows, BARE, calls, lambda _: None)


async def timed(window: Window, absent: Sequence[str], forbidden: Sequence[str]) -> Timing:
    """Ask in turn for what is not there and for what may not be seen, one at a time."""
    call = window.asker.client.channel.unary_unary(QUERY, None, None)
    spent: tuple[list[float], list[float]] = ([], [])
    for pair in zip(absent, forbidden, strict=True):
        for licence_id, times in zip(pair, spent, strict=True):
            question = window.question(licence_id)
            begun = time.perf_counter()
            answer = await call(question, timeout=CALL_SECONDS)
            times.append((time.perf_counter() - begun) * 1e3)
            if QueryLicencesResponse.FromString(answer).answers[0].licences:
                raise AssertionError("what may not be seen was shown")
    return Timing(spread(spent[0]).p50, spread(spent[1]).p50, mann_whitney(*spent))


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test, by the normal approximation; equal values are rare among times."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, side) in enumerate(ranked, start=1) if side == 0)
    left, right = len(one), len(other)
    u = ranks - left * (left + 1) / 2
    z = (u - left * right / 2) / (left * right * (left + right + 1) / 12) ** 0.5
    return 2 * NormalDist().cdf(-abs(z))


async def _asked(windows: Sequence[Window], method: str, calls: Sequence[tuple[Window, bytes]], check: Callable[[bytes], None]) -> Asked:
    """Make calls, IN_FLIGHT at a time; what is asked by one window goes over its channel."""
    half = len(calls) // 2
    await _flown(windows, method, calls[:half], check)
    begun = time.perf_counter()
    times = await _flown(windows, method, calls[half:], check)
    return Asked(spread(times), len(times) / (time.perf_counter() - begun))


async def _flown(
    windows: Sequence[Window], method: str, calls: Sequence[tuple[Window, bytes]], check: Callable[[bytes], None]
) -> list[float]:
    times: list[float] = []
    each = IN_FLIGHT // len(windows)

    async def fly(window: Window, waiting: list[bytes]) -> None:
        call = window.asker.client.channel.unary_unary(method, None, None)
        while waiting:
            request = waiting.pop()
            begun = time.perf_counter()
            answer = await call(request, timeout=CALL_SECONDS)
            times.append((time.perf_counter() - begun) * 1e3)
            check(answer)

    waiting = {id(window): [request for one, request in calls if one is window] for window in windows}
    await asyncio.gather(*(fly(window, waiting[id(window)]) for window in windows for _ in range(each)))
    return times


def _check_shown(answer: bytes) -> None:
    if not QueryLicencesResponse.FromString(answer).answers[0].licences:
        raise AssertionError("a licence that may be seen was not shown")
