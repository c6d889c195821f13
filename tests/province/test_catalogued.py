"""The demonstration's catalogue holds, and the records of its hall hold under it."""

from datetime import date
from pathlib import Path

from directory.catalogue.requirements import provider_fault
from directory.catalogue.vocabulary import SharingType
from directory.record_schema import Checker
from node_agent.sources.catalogue import Provided
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.hall_database import HallDatabase
from node_agent.sources.record_mapping import RecordMapper
from tests.province.catalogued import DATABASE, INSURANCE, REGISTER, RESERVES, enterprise, resources, source, write
from tests.province.provincial import departments

TODAY = date(2026, 11, 23)


def test_the_catalogue_has_a_resource_of_each_sharing_type() -> None:
    assert {version.resource.resource: version.resource.sharing for version in resources()} == {
        REGISTER: SharingType.UNCONDITIONAL,
        INSURANCE: SharingType.CONDITIONAL,
        RESERVES: SharingType.NOT_SHARED,
    }
    assert all(version.in_force(TODAY) for version in resources())


def test_window_units_of_the_provincial_hall_provide_them_and_they_are_labelled() -> None:
    usccs = {department.department: department.uscc for department in departments()}
    assert [fault for version in resources() if (fault := provider_fault(version.resource, usccs))] == []
    assert all("（演示）" in version.resource.display_name and "合成" in version.resource.abstract for version in resources())


def test_the_halls_records_hold_and_a_change_is_found_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    write(path, *(enterprise(number) for number in range(50)))
    write(path, enterprise(7, status="3"))
    config = read_source(source(), tmp_path)
    assert isinstance(config, SqlSourceConfig)
    version = next(version for version in resources() if version.resource.resource == REGISTER)
    database = HallDatabase(config)
    with database.ask({"cursor": 0, "limit": 1000}) as answer:
        mapper = RecordMapper(config, Provided(version, Checker.compile(version)), answer.columns)
        mapped = [mapper.map(row) for row in answer.rows]
    database.close()
    assert ([one.kind for one in mapped].count("put"), mapped[-1].kind, mapped[-1].subject) == (49, "remove", enterprise(7)["uscc"])
