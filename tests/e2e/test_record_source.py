"""The provincial hall sends records of its resource, over real programs, as soon as the catalogue has come."""

from pathlib import Path

from tests.province import directory
from tests.province.build import PROVINCE_HALL, HallSetup, Province, province
from tests.province.catalogued import DATABASE, enterprise, source, write
from tests.province.ground import SECTIONS
from tests.province.processes import wait_until

RECORDS = 30
SECONDS = 60.0


def told(built: Province) -> str:
    """Return the alarm of the source, empty without one."""
    return next((str(alarm["what"]) for alarm in built.report(PROVINCE_HALL)["alarms"] if alarm["name"] == "source register"), "")


def events(built: Province) -> int:
    return sum(int(one["events"]) for one in built.report(PROVINCE_HALL).get("sources", ()))


def test_records_wait_for_the_catalogue_and_leave_for_the_hub_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "halls" / PROVINCE_HALL / DATABASE
    path.parent.mkdir(parents=True)
    write(path, *(enterprise(number) for number in range(RECORDS)), enterprise(RECORDS, capital="much"))
    with province(tmp_path, [HallSetup(PROVINCE_HALL, sources=[source("200ms")], sections=SECTIONS)]) as built:
        wait_until(lambda: "not received the catalogue yet" in told(built), "the source waits", SECONDS)
        assert events(built) == 0
        directory.fill(built)
        wait_until(lambda: events(built) == RECORDS, "the records were read", SECONDS)
        wait_until(lambda: not told(built), "the source is well", SECONDS)
        write(path, enterprise(3, capital=7), enterprise(4, status="3"))
        wait_until(lambda: events(built) == RECORDS + 2, "what changed was read", SECONDS)
        wait_until(lambda: not built.report(PROVINCE_HALL)["backlog"]["sealed_unreceipted"], "the hub has receipted them", SECONDS)
        (standing,) = built.report(PROVINCE_HALL)["sources"]
        assert (standing["rejected"], standing["set_aside"]) == (1, 1)
