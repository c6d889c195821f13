"""Read the real permit logs as case events, by a small table of data/README's, independent of the agent's sources.

Where shared/data is absent, the tests that need it are skipped; the receipt log may also stand in tests/province/data.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from directory.lifecycle import Event
from tongban.case.v1 import case_pb2 as wire

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "cases"
OWN = ROOT / "tests" / "province" / "data"

Row = dict[str, str]

RECEIPT = {
    "Confirmation of receipt": wire.CASE_EVENT_KIND_APPLIED,
    "T05 Print and send confirmation of receipt": wire.CASE_EVENT_KIND_ACCEPTED,
    "T15 Print document X request unlicensed": wire.CASE_EVENT_KIND_NOT_REQUIRED,
    "T16 Report reasons to hold request": wire.CASE_EVENT_KIND_SUSPENDED,
    "T20 Print report Y to stop indication": wire.CASE_EVENT_KIND_RESUMED,
}
FIVE_HALLS = {
    "01_HOOFD_010": wire.CASE_EVENT_KIND_APPLIED,
    "01_HOOFD_195": wire.CASE_EVENT_KIND_ACCEPTED,
    "08_AWB45_020_2": wire.CASE_EVENT_KIND_SUPPLEMENT_REQUESTED,
    "08_AWB45_030": wire.CASE_EVENT_KIND_SUPPLEMENT_RECEIVED,
    "02_DRZ_010": wire.CASE_EVENT_KIND_REFERRED,
    "13_CRD_010": wire.CASE_EVENT_KIND_COORDINATED,
    "10_UOV_010": wire.CASE_EVENT_KIND_PROCEDURE_STARTED,
    "10_UOV_060": wire.CASE_EVENT_KIND_PROCEDURE_ENDED,
    "06_VD_010": wire.CASE_EVENT_KIND_EXTENDED,
    "07_OPS_050": wire.CASE_EVENT_KIND_SUSPENDED,
    "07_OPS_055": wire.CASE_EVENT_KIND_SUSPENDED,
    "07_OPS_070": wire.CASE_EVENT_KIND_RESUMED,
    "05_EIND_065": wire.CASE_EVENT_KIND_TERMINATED,
    "01_HOOFD_495": wire.CASE_EVENT_KIND_DECIDED,
    "01_HOOFD_510_2": wire.CASE_EVENT_KIND_DELIVERED,
    "16_LGSV_010": wire.CASE_EVENT_KIND_FEE,
    "16_LGSD_010": wire.CASE_EVENT_KIND_FEE,
}


def rows(name: str) -> list[Row]:
    """Read one file of a log, or skip the test that wants it."""
    for folder in (SHARED, OWN):
        if (folder / name).exists():
            with gzip.open(folder / name, "rt", encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
    pytest.skip(f"{name} stands neither in {SHARED} nor in {OWN}")


def at_ms(text: str) -> int:
    """Return Unix milliseconds of a time with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@cache
def receipt_log() -> dict[str, list[Event]]:
    """Return the events of every case of the receipt log, closings last."""
    told: dict[str, list[Event]] = {}
    for row in rows("receipt_events.csv.gz"):
        kind = RECEIPT.get(row["activity"], wire.CASE_EVENT_KIND_STEP)
        told.setdefault(row["case_id"], []).append(Event(kind, at_ms(row["occurred_at"])))
    for case in rows("receipt_cases.csv.gz"):
        if case["ended_at"]:
            told[case["case_id"]].append(Event(wire.CASE_EVENT_KIND_CLOSED, at_ms(case["ended_at"])))
    return told


@cache
def hall_log(hall: int) -> dict[str, list[Event]]:
    """Return the events of every case of one of the five halls' logs; questions answered False did not happen."""
    found = [row for row in rows(f"hall{hall}_events.csv.gz") if row["answer"] != "False"]
    decided = {row["case_id"] for row in found if row["activity_code"] == "01_HOOFD_495"}
    told: dict[str, list[Event]] = {}
    for row in found:
        told.setdefault(row["case_id"], []).append(Event(_kind(row, decided), at_ms(row["occurred_at"])))
    return told


def _kind(row: Row, decided: set[str]) -> int:
    if row["activity_code"] == "01_HOOFD_490_1" and row["case_id"] not in decided:
        return wire.CASE_EVENT_KIND_DECIDED
    return FIVE_HALLS.get(row["activity_code"], wire.CASE_EVENT_KIND_STEP)


def five_halls() -> Iterator[list[Event]]:
    """Yield the events of every case of the five halls."""
    for hall in range(1, 6):
        yield from hall_log(hall).values()
