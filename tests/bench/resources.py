"""Measure a catalogue of ten thousand resources: how long its import takes, and what a page of it costs those who look it up.

Laws: it is imported by the command that operators use, and listed through the hub, page after page to the end, so that a page that
cost more the further it stands would show.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from directory.catalogue.catalogue_file import tables
from directory.catalogue.resources import ResourceVersion
from directory.documents import write_toml
from tests.bench.halls import EIGHT, Halls
from tests.bench.latency import Spread, spread
from tests.bench.usage import resident_bytes
from tests.directory.catalogue.made import version
from tests.e2e.by_hand import by_hand
from tests.hub.sharing_ground import MARKET, departments
from tests.province.build import PROVINCE_HALL
from tests.province.commands import commands
from tongban.directory.v1 import catalogue_pb2, catalogue_pb2_grpc

PAGE = 50
CALL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Resources:
    """What one run showed; `pages` are whole calls, in milliseconds, by who asked: the first tenth of them, and the last."""

    resources: int
    import_seconds: float
    start_seconds: float
    hub_bytes: int
    pages: Mapping[str, tuple[Spread, Spread]]


def measure(halls: Halls, count: int, told: Callable[[str], None]) -> Resources:
    """Import so many resources into a province whose programs are stopped, start its hub, and list them."""
    folder = halls.province.folder
    providers = departments({MARKET: EIGHT[0]})
    files = [folder / providers.name, folder / "resources.toml"]
    files[0].write_bytes(providers.data)
    files[1].write_bytes(write_toml(tables(_versions(count))))
    begun = time.monotonic()
    commands("hub.cli", [["directory", "import", *files, "--config", halls.province.hub_config]])
    imported = time.monotonic() - begun
    told(f"{count:,} resources imported")
    begun = time.monotonic()
    halls.province.start_hub()
    started = time.monotonic() - begun
    try:
        pages = asyncio.run(_listed(halls, count))
        return Resources(count, imported, started, resident_bytes(halls.province.hub.pid), pages)
    finally:
        halls.province.hub.stop()


def _versions(count: int) -> list[ResourceVersion]:
    names = ((f"resource-{number:05}", f"307001/{number}", f"信息资源{number}（示例）") for number in range(1, count + 1))
    return [version(resource=resource, code=code, display_name=name) for resource, code, name in names]


async def _listed(halls: Halls, count: int) -> dict[str, tuple[Spread, Spread]]:
    found = {}
    for hall in (EIGHT[1], PROVINCE_HALL):
        client = by_hand(halls.province, hall)
        times, seen = await _walked(catalogue_pb2_grpc.CatalogueServiceStub(client.channel))
        await client.close()
        if seen != count:
            raise AssertionError(f"{hall} was shown {seen} resources")
        part = max(2, len(times) // 10)
        found[hall] = spread(times[:part]), spread(times[-part:])
    return found


async def _walked(stub: Any) -> tuple[list[float], int]:
    """Return how long each page took, in milliseconds, and how many resources there were."""
    times: list[float] = []
    seen, token = 0, ""
    while token or not times:
        begun = time.perf_counter()
        page = await stub.ListResources(catalogue_pb2.ListResourcesRequest(page_size=PAGE, page_token=token), timeout=CALL_SECONDS)
        times.append((time.perf_counter() - begun) * 1e3)
        seen, token = seen + len(page.resources), page.next_page_token
    return times, seen
