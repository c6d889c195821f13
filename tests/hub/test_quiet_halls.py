"""A hall whose agent looks and finds nothing has reported; one whose agent is down has not; a row that commits late costs nobody a card.

The halls' sources are the agents' own, over business databases, at moments that the tests set; what they put goes to a hub that listens.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from directory.clocks.facts import LATE_RECORDED
from hub.cases.tables import case_events
from hub.cases.watermarks import reported
from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources.sql import SqlSource
from node_agent.tables import outbox
from tests.directory.clocks.made import at
from tests.hub.copies import Made
from tests.hub.hall_client import TRUST_DOMAIN, Journal
from tests.hub.people import eventually
from tests.hub.sharing_ground import Clock
from tests.hub.supervision_ground import COUNTY, Scene, supervising
from tests.hub.test_submit import opened, receipt
from tests.hub.test_supervision_issuing import swept
from tests.node_agent.business_hall import Hall

OTHER = "dehui"
OVERLAP = timedelta(minutes=10)
MAPPING: dict[str, Any] = {
    "by": "written",
    "start": ["2026-01-01 00:00:00"],
    "overlap": OVERLAP.total_seconds(),
    "report_every": "1m",
    "event": [
        {"code": "applied", "kind": "applied"},
        {"code": "accepted", "kind": "accepted", "fields": {"promised_by": {"value": "2026-11-17"}}},
        {"code": "decided", "kind": "decided", "fields": {"outcome": {"value": "granted"}}},
    ],
}


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with supervising(tmp_path, made_province.copy(tmp_path), Clock(moment("2026-11-02"))) as found:
        yield found


@dataclass(slots=True)
class Reading:
    """A hall's business database, and the agent's source that reads it at moments of a test's choice."""

    scene: Scene
    hall: str
    folder: Path
    business: Hall = field(init=False)
    journal: Journal = field(init=False)
    rows: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.business = Hall(self.folder)
        self.journal = Journal(self.scene.clients[self.hall].identity)

    def write(self, code: str, when: datetime) -> None:
        """Let the hall's system write a row, dated as it says."""
        self.rows += 1
        dated = f"{when:%Y-%m-%d %H:%M:%S}"
        self.business.insert(self.rows, code=code, at=f"{dated}Z", written=dated)

    async def read(self, now: datetime) -> None:
        """Read, send what that put, and wait until the hub has taken it in."""
        source = SqlSource(self.business.config(**MAPPING), self.hall)
        up_to = source.run(self.business.store, EnvelopeWriter(TRUST_DOMAIN, self.hall, 1), now).read_up_to
        with db.begin(self.business.store) as connection:
            envelopes = list(connection.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id)))
            connection.execute(sa.delete(outbox))
        stream, _ = await opened(self.scene.clients[self.hall])
        await receipt(stream, self.journal.seal(envelopes))
        await stream.end()

        async def taken_in() -> bool:
            with self.scene.models.reader.begin() as connection:
                return reported(connection).get(self.hall) == up_to

        await eventually(taken_in, bool)


def moment(day: str, hour: int = 10, minute: int = 0) -> datetime:
    """Return a time of a day in Beijing, in UTC."""
    return at(day, hour).astimezone(UTC) + timedelta(minutes=minute)


async def read_by(scene: Scene, folder: Path) -> tuple[Reading, Reading]:
    await scene.join(COUNTY, OTHER)
    return Reading(scene, COUNTY, folder / COUNTY), Reading(scene, OTHER, folder / OTHER)


async def test_a_quiet_hall_has_reported_and_one_whose_agent_is_down_is_told_to(scene: Scene, tmp_path: Path) -> None:
    quiet, silent = await read_by(scene, tmp_path)
    for hall in (quiet, silent):
        hall.write("applied", moment("2026-11-02", 9))
        await hall.read(moment("2026-11-02"))
    for day in ("2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"):
        await quiet.read(moment(day))
        scene.clock.now = moment(day) + timedelta(minutes=5)
        await swept(scene)
    await eventually(lambda: swept(scene), lambda found: (OTHER, "order-to-report") in found)
    assert await swept(scene) == {(OTHER, "order-to-report")}


async def test_a_row_that_commits_late_within_the_overlap_ends_in_no_card_and_one_that_comes_later_is_flagged(
    scene: Scene, tmp_path: Path
) -> None:
    in_time, too_late = await read_by(scene, tmp_path)
    for hall in (in_time, too_late):
        hall.write("applied", moment("2026-11-02"))
        hall.write("accepted", moment("2026-11-03"))
        await hall.read(moment("2026-11-17", 12))
        await hall.read(moment("2026-11-18", 0, 3))  # the limit is over; what was decided before is not committed yet
    in_time.write("decided", moment("2026-11-17", 23, 59))
    for hall in (in_time, too_late):
        await hall.read(moment("2026-11-18", 0, 5))
        await hall.read(moment("2026-11-18", 9))
    too_late.write("decided", moment("2026-11-17", 23, 59))
    too_late.business.change("UPDATE events SET written = '2026-11-18 02:00:00' WHERE code = 'decided'")
    await too_late.read(moment("2026-11-18", 11))
    scene.clock.now = moment("2026-11-18", 12)
    await eventually(lambda: swept(scene), bool)
    assert {hall for hall, effect in await swept(scene) if effect.endswith("card")} == {OTHER}
    with scene.models.reader.begin() as connection:
        rows = connection.execute(sa.select(case_events.c.hall, case_events.c.marks, case_events.c.kind).order_by(case_events.c.kind)).all()
    assert {row.hall for row in rows if row.marks & LATE_RECORDED} == {OTHER}
    assert len(rows) == 6
