"""Judge a demo: what arrived, whether it is proved, and what to say in its last line.

Law: a figure comes from the databases or from the verifier; what is not right is a fault with words, and any fault is a failure.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.province import directory, evidence, licence_story
from tests.province.build import PROVINCE_HALL
from tests.province.evidence import Position
from tests.province.exchange import ALLOWED, Course, Exchange
from tests.province.processes import ProgramFailed, wait_until
from tests.province.reckoning import Reckoning, reckon

EVIDENCE_A_HALL = 120
BY_THE_PROVINCE_EVERY = 6
"""Of the evidence of each hall, the part that the recipient exports; the rest is exported by the author."""
EVIDENCE_LEAST = 500
SETTLE_SECONDS = 60.0
ACCEPTED = "SELECT hall, count(*) AS events FROM case_events GROUP BY hall"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of the last line, and what is wrong."""

    figures: dict[str, float]
    faults: tuple[str, ...]


def judge(exchange: Exchange, course: Course) -> Verdict:
    """Wait until everything is acknowledged and witnessed, then count and verify."""
    province, ground, view = exchange.province, exchange.ground, exchange.view
    unsettled = list(_settle(exchange))
    found = reckon(ground.business, ground.sink)
    accepted = {row.hall: int(row.events) for row in province.models(ACCEPTED)}
    view.say(f"sent {sum(found.sent.values()):,}, accepted {sum(accepted.values()):,}, arrived {sum(found.arrived.values()):,}")
    known = directory.standing(province)
    view.say(f"the directory: {known.kinds}, {known.linked} halls linked; {known.agreeing} of {known.halls} halls hold it as the hub does")
    story = licence_story.tell(province, ground.folder / "licences", view)
    proofs = _verify(exchange)
    figures: dict[str, float] = {
        "halls": len(province.agents),
        "cases": found.cases,
        "rows_read": _rows_read(exchange),
        "events_sent": sum(found.sent.values()),
        "events_accepted": sum(accepted.values()),
        "lost": found.lost,
        "duplicates": found.duplicates,
        "out_of_order": found.out_of_order,
        "seconds": round(course.seconds, 1),
        "events_per_second": round(sum(accepted.values()) / course.seconds, 1),
        "evidence_checked": proofs.checked,
        "evidence_bad": proofs.bad,
        "halls_known": known.kinds.get("hall", 0),
        "halls_linked": known.linked,
        "items_known": known.kinds.get("item", 0),
        "replicas": known.agreeing,
        **story.figures,
    }
    faults = (
        *unsettled,
        *directory.faults(known),
        *licence_story.faults(story),
        *_count_faults(exchange, found, accepted),
        *_course_faults(course),
        *_proof_faults(proofs, found),
    )
    return Verdict(figures, faults)


def _settle(exchange: Exchange) -> Iterator[str]:
    """Wait for what comes a moment behind the last arrival; gives what did not come."""
    province, events, rows = exchange.province, exchange.ground.events, _rows(exchange)
    waits = {
        "the read model of the hub has every event": lambda: province.accepted() >= events,
        f"{PROVINCE_HALL} acknowledged everything": lambda: province.waiting(PROVINCE_HALL) == 0,
        "halls cosigned a checkpoint behind the last event": lambda: province.witnessed_size() > _newest(exchange),
        "the agents read every row": lambda: _rows_read(exchange) >= rows,
    }
    for what, holds in waits.items():
        try:
            wait_until(holds, what, SETTLE_SECONDS)
        except ProgramFailed as error:
            yield str(error)


def _newest(exchange: Exchange) -> int:
    """Return the ledger index of the last case event."""
    return int(exchange.province.models("SELECT coalesce(max(ledger_index), 0) FROM case_events")[0][0])


def _count_faults(exchange: Exchange, found: Reckoning, accepted: dict[str, int]) -> Iterator[str]:
    ground = exchange.ground
    for name, count in found.faults.items():
        yield f"{name}: {count}"
    if found.sent != accepted or found.sent != found.arrived:
        yield f"by hall, sent {dict(found.sent)}, accepted {accepted}, arrived {dict(found.arrived)}"
    if sum(found.sent.values()) != ground.events:
        yield f"the logs hold {ground.events} events, the business databases {sum(found.sent.values())}"
    if _rows_read(exchange) != found.rows:
        yield f"of {found.rows} rows the agents read {_rows_read(exchange)}"


def _course_faults(course: Course) -> Iterator[str]:
    low, high = ALLOWED
    if course.stalled:
        yield course.stalled
    if not course.shares:
        yield "nothing was disturbed"
    for what, share in course.shares.items():
        if not low <= share <= high:
            yield f"{what} at {share:.1%} of the events, not between {low:.0%} and {high:.0%}"
    if not course.late:
        yield "no event was committed late"


def _proof_faults(proofs: evidence.Verdict, found: Reckoning) -> Iterator[str]:
    if proofs.bad:
        yield f"{proofs.bad} of {proofs.checked} evidence files prove less than they should: {proofs.said}"
    if proofs.checked < min(EVIDENCE_LEAST, sum(found.sent.values())):
        yield f"only {proofs.checked} evidence files"


def _verify(exchange: Exchange) -> evidence.Verdict:
    """Export evidence as authors and as recipient, and verify it."""
    province, folder, view = exchange.province, exchange.ground.evidence, exchange.view
    folder.mkdir(exist_ok=True)
    positions = evidence.spread(province, EVIDENCE_A_HALL)
    files: list[Path] = []
    for caller, wanted in _asked(positions).items():
        for path in evidence.export(province, caller, wanted, folder):
            files.append(path)
            view.show(evidence_exported=(len(files), len(positions)))
    done = 0

    def judged(count: int) -> None:
        nonlocal done
        done += count
        view.show(evidence_verified=(done, len(files)))

    verdict = evidence.verify(province.root, files, judged)
    view.say(f"{verdict.cosigned:,} of {verdict.checked:,} evidence files carry cosignatures of halls")
    return verdict


def _asked(positions: list[Position]) -> dict[str, list[Position]]:
    """Deal positions to who exports them."""
    asked: dict[str, list[Position]] = {}
    for number, position in enumerate(positions):
        asked.setdefault(PROVINCE_HALL if number % BY_THE_PROVINCE_EVERY == 0 else position.hall, []).append(position)
    return asked


def _rows(exchange: Exchange) -> int:
    return sum(log.events for log in exchange.ground.logs.values())


def _rows_read(exchange: Exchange) -> int:
    """Count the rows of `case_events` up to where each agent's source says that it has read."""
    return sum(_read_at(path, exchange.province.hall_folder(hall) / "data" / "agent.db") for hall, path in exchange.ground.business.items())


def _read_at(database: Path, store: Path) -> int:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as connection:
        row = connection.execute("SELECT cursor FROM source_progress").fetchone()
    cursor = json.loads(row[0])[0][1] if row and row[0] else 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM case_events WHERE change_no <= ?", (cursor,)).fetchone()[0])
