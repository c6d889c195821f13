"""A source of records: what it sends, what it sets aside, what it waits for, and what a crash leaves of it."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.catalogue.vocabulary import ItemType, State
from directory.records import key_fault
from directory.register.kinds import Kind
from directory.validity import Period
from node_agent import db, outbox
from node_agent.errors import ConfigInvalid
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress
from node_agent.sources.config import FolderSourceConfig, read_source
from node_agent.sources.errors import ResourceNotSendable, SourceMisconfigured
from node_agent.sources.folder import FolderSource
from node_agent.sources.sql import SqlSource
from tests.directory.catalogue.made import CITIZEN_ID, USCC, item
from tests.node_agent.catalogued import HALL, ITEMS, NOW, PROVIDER, RESOURCE, TODAY, WRITER, RecordHall, configured, department, resource
from tests.node_agent.waiting import waiting_runs
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[RecordHall]:
    found = RecordHall(tmp_path)
    yield found
    found.store.dispose()


def test_a_row_becomes_a_record_to_the_hub_alone_in_the_version_in_force(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1, uscc=USCC.lower(), staff="07")
    report = hall.run()
    assert (report.rows_read, report.new, report.rows_rejected) == (1, 1, 0)
    ((header, record),) = hall.sent()
    assert record.document.decode() == f'{{"founded":"2020-02-29","name":"某某公司1(示例)","staff":7,"uscc":"{USCC}"}}'
    assert (record.version, record.operation) == (1, OPERATION_PUT)
    assert (header.resource, header.type, header.dataschema, header.subject) == (RESOURCE, "tongban.directory.v1.Record", "1", "R-1")
    assert (list(header.recipients), header.actor.role, header.actor.department, header.actor.person) == ([], "node", PROVIDER, "")
    assert header.time.ToJsonString() == "2026-03-01T08:00:00Z"


def test_a_row_read_again_repeats_nothing_and_a_changed_row_is_a_new_event(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1, 2)
    hall.run()
    hall.change("UPDATE enterprises SET staff = 99, changed_at = '2026-03-01T09:00:00Z' WHERE n = 1")
    hall.change("UPDATE enterprises SET state = 'busy' WHERE n = 2")  # no field of the resource
    assert hall.run().new == 1
    hall.change("UPDATE enterprises SET staff = 1, changed_at = '2026-03-01T10:00:00Z' WHERE n = 1")
    assert hall.run().new == 1
    found = [(header.subject, json.loads(record.document)["staff"]) for header, record in hall.sent()]
    assert found == [("R-1", 1), ("R-2", 2), ("R-1", 99), ("R-1", 1)]
    assert len({header.id for header, _ in hall.sent()}) == 4


def test_a_row_that_says_so_removes_its_record_without_saying_what_it_held(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1)
    hall.run()
    hall.change("UPDATE enterprises SET state = ' GONE', uscc = 'nothing that holds', changed_at = '2026-03-01T09:00:00Z'")
    hall.run()
    assert [(record.operation, record.document) for _, record in hall.sent()][1] == (OPERATION_REMOVE, b"")
    assert [header.subject for header, _ in hall.sent()] == ["R-1", "R-1"]


BAD: dict[int, tuple[dict[str, object], str]] = {
    17: ({"name": None}, "name: is missing"),
    1003: ({"staff": "a dozen"}, "staff: is no whole number"),
    2500: (
        {"uscc": USCC[:-1] + ("0" if USCC[-1] != "0" else "1")},
        "uscc: is no USCC: its signs or its check character are wrong (GB 32100)",
    ),
    5000: ({"founded": "2021-02-29"}, "founded: is no day that can be read"),
    7777: (
        {"owner": CITIZEN_ID[:-1] + ("0" if CITIZEN_ID[-1] != "0" else "1")},
        "owner: is no citizen id: its date of birth or its check character is wrong (GB 11643)",
    ),
    9999: ({"changed_at": "yesterday"}, "occurred_at: is no moment that can be read"),
    10000: ({"reg_no": " "}, "the key is empty"),
}


def test_of_ten_thousand_rows_exactly_the_seven_bad_ones_are_set_aside(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(*(number for number in range(1, 10_001) if number not in BAD))
    for number, (values, _) in BAD.items():
        hall.insert(number, **values)
    report = hall.run()
    assert (report.rows_read, report.new, report.rows_rejected, report.dry) == (10_000, 9_993, 7, True)
    reasons = {f"R-{number}" if number != 10_000 else "": reason for number, (_, reason) in BAD.items()}
    assert hall.rejects() == reasons
    assert {header.subject for header, _ in hall.sent()} == {f"R-{number}" for number in range(1, 10_001) if number not in BAD}
    assert hall.run().rows_read == 0


def test_a_reason_never_repeats_what_a_field_holds(hall: RecordHall) -> None:
    more = {"open": ItemType.BOOLEAN, "at": ItemType.DATETIME, "sum": ItemType.DECIMAL}
    hall.hears_all(resource(items=(*ITEMS, *(item(name, kind, required=False) for name, kind in more.items()))))
    canary = "canary-220102199901010011"
    columns = ", ".join(f"'{canary}' AS {name}" for name in ("name", "staff", "uscc", "founded", "owner", "open", "at", "sum"))
    query = f"SELECT n, reg_no, state, changed_at, {columns} FROM enterprises WHERE n >= :cursor ORDER BY n LIMIT :limit"  # noqa: S608
    hall.insert(1)
    assert hall.run(query=query).rows_rejected == 1
    hall.insert(2, changed_at=canary)
    assert hall.run(query=query).rows_rejected == 1
    assert len(hall.rejects()) == 2
    assert all("canary" not in reason and "220102" not in reason for reason in hall.rejects().values())


def test_a_mended_row_is_sent_and_struck_off_the_list(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1, name=None)
    hall.insert(2)
    hall.run()
    hall.change("UPDATE enterprises SET name = 'mended' WHERE n = 1")
    assert hall.run().new == 1
    assert hall.rejects() == {}


def test_a_key_of_several_columns_names_one_record_only(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1, reg_no="a/b", state="c")
    hall.insert(2, reg_no="a", state="b")
    hall.insert(3, reg_no="a", state=None)
    report = hall.run(key=["reg_no", "state"])
    assert [header.subject for header, _ in hall.sent()] == ["a/b"]
    assert [reason for _, reason in report.rejected] == [
        "the key is of several columns, and one of them holds a slash",
        "the key is empty",
    ]


@pytest.mark.parametrize("key", ["e\u0301", "a\u202eb", "a\tb", "x" * 201])
def test_a_key_that_could_be_taken_for_another_is_set_aside(hall: RecordHall, key: str) -> None:
    hall.hears_all()
    hall.insert(1, reg_no=key)
    assert [reason for _, reason in hall.run().rejected] == [key_fault(key)]
    assert key_fault(key)


def test_fields_come_from_the_columns_that_the_mapping_names(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1)
    fields = {"name": {"column": "reg_no", "prefix": "No. "}, "staff": {"value": "5"}, "uscc": "uscc"}
    hall.run(record={"occurred_at": "changed_at", "fields": fields})
    assert [json.loads(document) for document in hall.documents()] == [{"name": "No. R-1", "staff": 5, "uscc": USCC}]


def test_the_run_tells_the_province_its_cursor_and_nothing_of_cases(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(*range(1, 40))
    hall.run()
    (run,) = waiting_runs(hall.store)
    assert (run.source, run.cursor, run.rows_read, run.HasField("read_up_to")) == ("register", '[["plain", 39]]', 39, False)


# ---- what the catalogue lets


def waits(hall: RecordHall, match: str, **changes: Any) -> None:
    """See that nothing is read and nothing is lost, and that the words say why."""
    with pytest.raises(ResourceNotSendable, match=match):
        hall.run(**changes)
    assert hall.sent() == []
    with db.reading(hall.store) as connection:
        assert progress.load(connection, "register") == progress.Progress("register")


def test_a_source_waits_for_the_catalogue_and_goes_on_when_it_comes(hall: RecordHall) -> None:
    hall.insert(1, 2)
    waits(hall, "source 'register': this hall has not received the catalogue yet")
    hall.hears(Kind.RESOURCE, resource(resource="another", code="307001/2"))
    waits(hall, "the catalogue has no resource 'enterprise-register'")
    hall.hears(Kind.RESOURCE, resource())
    waits(hall, "the directory has no department 'market-regulation'")
    hall.hears(Kind.DEPARTMENT, department())
    assert hall.run().new == 2


@pytest.mark.parametrize(
    ("version", "match"),
    [
        (resource(state=State.DRAFT, start=date(2026, 1, 1)), "is not published yet"),
        (resource(start=TODAY + timedelta(days=1)), "is in force from 2026-03-03 on"),
        (resource(period=Period(date(2026, 1, 1), TODAY)), "has not been in force since 2026-03-02"),
        (
            resource(state=State.WITHDRAWN, period=Period(date(2026, 1, 1), TODAY), withdrawn_on=TODAY, ground="机构改革"),
            "was withdrawn on 2026-03-02: 机构改革",
        ),
        (resource(encrypted=True), "are to be encrypted"),
    ],
)
def test_what_the_catalogue_does_not_let_go_stays(hall: RecordHall, version: Any, match: str) -> None:
    hall.hears_all(version)
    hall.insert(1)
    waits(hall, match)


def test_another_halls_resource_is_not_sent(hall: RecordHall) -> None:
    hall.hears(Kind.RESOURCE, resource())
    hall.hears(Kind.DEPARTMENT, department("yushu"))
    hall.insert(1)
    waits(hall, "is provided by 'market-regulation' of 'yushu': only that hall sends its records")


def test_a_resource_of_a_later_release_says_that_this_one_is_too_old(hall: RecordHall) -> None:
    hall.hears_all()
    with db.begin(hall.store) as connection:
        connection.exec_driver_sql("UPDATE directory SET document = json_set(document, '$.sharing', 'telepathic') WHERE kind = 'resource'")
    hall.insert(1)
    waits(hall, "this release cannot read the resource")


def test_a_mapping_that_does_not_fit_the_version_stops_the_source(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1)
    fields = {"name": "name", "staff": "staff", "uscc": "uscc", "phone": "name"}
    waits(hall, "version 1 of 'enterprise-register' has no field phone", record={"occurred_at": "changed_at", "fields": fields})
    waits(hall, "needs staff, uscc", record={"occurred_at": "changed_at", "fields": {"name": "name"}})
    with pytest.raises(SourceMisconfigured, match="needs name"):
        hall.run(query="SELECT n, reg_no, staff, uscc, state, changed_at FROM enterprises WHERE n >= :cursor ORDER BY n LIMIT :limit")
    assert hall.run().new == 1


def test_a_new_version_holds_for_the_rows_that_are_read_behind_it(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(*range(1, 6))
    hall.run()
    second = resource(2, start=TODAY, items=(*ITEMS, item("state", max_length=4, required=False)))
    hall.hears(Kind.RESOURCE, resource(period=Period(date(2026, 1, 1), TODAY)), second)
    hall.insert(6)
    hall.insert(7, state="more than four signs")
    report = hall.run()
    assert (report.new, report.rejected) == (1, (("R-7", "state: has more than 4 signs"),))
    header, record = hall.sent()[-1]
    assert (header.dataschema, record.version, json.loads(record.document)["state"]) == ("2", 2, "open")


def test_a_version_that_comes_between_two_pages_is_used_from_the_next_on(hall: RecordHall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.hears_all()
    hall.insert(*range(1, 60))
    source, real = SqlSource(hall.config(page=5, overlap=0), HALL), outbox.put
    heard: list[bool] = []

    def put(connection: sa.Connection, *arguments: Any) -> int:
        if not heard:
            heard.append(True)
        return real(connection, *arguments)

    monkeypatch.setattr(outbox, "put", put)
    read = SqlSource._read

    def reading(this: SqlSource, run: Any) -> Any:
        if len(heard) == 1:
            heard.append(True)
            hall.hears(Kind.RESOURCE, resource(period=Period(date(2026, 1, 1), TODAY)), resource(2, start=TODAY))
        return read(this, run)

    monkeypatch.setattr(SqlSource, "_read", reading)
    assert source.run(hall.store, WRITER, NOW).new == 59
    versions = [record.version for _, record in hall.sent()]
    assert versions == sorted(versions)
    assert set(versions) == {1, 2}


# ---- configuration


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"resource": "case"}, "record needs resource"),
        ({"recipients": ["jilin-sheng"]}, "records go to the hub alone"),
        ({"dataschema": "1"}, "leave dataschema out"),
        ({"code": {"column": "state"}}, "code and event are of case events"),
        ({"fields": {"case_number": "n", "occurred_at": "changed_at"}}, "give either fields, for case events, or record"),
        ({"record": {"occured_at": "changed_at"}}, "unknown key record.occured_at; did you mean record.occurred_at"),
        ({"record": {"occurred_at": "changed_at", "removed": {"column": "state", "values": []}}}, "record.removed.values"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigInvalid, match=match):
        configured(**changes)


# ---- folders


def dropped(hall: RecordHall, name: str, text: str) -> None:
    (hall.folder / "in").mkdir(exist_ok=True)
    (hall.folder / "in" / name).write_text(text, encoding="utf-8")
    (hall.folder / "in" / f"{name}.done").touch()


def read_folder(hall: RecordHall, **changes: Any) -> Any:
    table: dict[str, Any] = {"kind": "folder", "path": "in", "url": None, "query": None, "cursor": None}
    raw = {key: value for key, value in (TABLE_OF_FOLDER | table | changes).items() if value is not None}
    config = read_source(raw, hall.folder)
    assert isinstance(config, FolderSourceConfig)
    return FolderSource(config, HALL).run(hall.store, WRITER, NOW)


TABLE_OF_FOLDER: dict[str, Any] = {
    "name": "register",
    "key": "reg_no",
    "resource": RESOURCE,
    "record": {"occurred_at": "changed_at", "removed": {"column": "state", "values": ["gone"]}},
}
CSV = (
    f"REG_NO,NAME,STAFF,USCC,state,changed_at\n1,甲,3,{USCC},open,2026-03-01\n2,,3,{USCC},open,2026-03-01\n3,丙,3,{USCC},gone,2026-03-01\n"
)


def test_files_wait_for_the_catalogue_where_they_are(hall: RecordHall) -> None:
    dropped(hall, "a.csv", CSV)
    with pytest.raises(ResourceNotSendable):
        read_folder(hall, key="REG_NO")
    assert sorted(path.name for path in (hall.folder / "in").iterdir()) == ["a.csv", "a.csv.done"]
    hall.hears_all()
    report = read_folder(hall, key="REG_NO")
    assert (report.new, report.rejected) == (2, (("a.csv:3", "name: is missing"),))
    assert [(header.subject, record.operation) for header, record in hall.sent()] == [("1", OPERATION_PUT), ("3", OPERATION_REMOVE)]
    assert (hall.folder / "in" / "quarantine" / "a.rejected.csv").read_text().splitlines()[1].startswith("3,name: is missing,2,,3")


def test_json_lines_and_csv_and_a_table_give_the_same_record(hall: RecordHall) -> None:
    hall.hears_all()
    line = {"reg_no": 1, "name": "甲", "staff": 3.0, "uscc": USCC, "state": "open", "changed_at": "2026-03-01", "more": [1]}
    dropped(hall, "a.jsonl", json.dumps(line) + "\n")
    assert read_folder(hall).new == 1
    dropped(hall, "b.csv", CSV.splitlines()[0].lower() + "\n" + CSV.splitlines()[1] + "\n")
    assert read_folder(hall).new == 0
    hall.insert(1, reg_no="1", name="甲", staff="3", founded=None, changed_at="2026-03-01")
    assert hall.run().new == 0
    assert len(hall.sent()) == 1


def test_a_file_without_a_needed_column_is_set_aside_whole(hall: RecordHall) -> None:
    hall.hears_all()
    dropped(hall, "a.csv", "reg_no,name,changed_at,state\n1,甲,2026-03-01,open\n")
    assert read_folder(hall).rows_rejected == 1
    assert "needs staff, uscc" in (hall.folder / "in" / "quarantine" / "a.csv.reason.txt").read_text()


# ---- crashes


@settings(max_examples=20, deadline=None)
@given(deaths=st.lists(st.integers(1, 6), max_size=4), page=st.integers(1, 7))
def test_wherever_it_dies_each_record_is_there_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, deaths: list[int], page: int
) -> None:
    hall = RecordHall(tmp_path_factory.mktemp("records"))
    hall.hears_all()
    hall.insert(*range(1, 20))
    hall.insert(20, name=None)
    real = outbox.put
    for death in deaths:
        turns = iter(range(1, 100))

        def dying(connection: sa.Connection, drafts: Any, writer: EnvelopeWriter) -> int:
            new = real(connection, drafts, writer)
            if next(turns) == death:  # noqa: B023 - called within the turn of the loop
                raise MemoryError
            return new

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "put", dying)
            try:
                hall.run(page=page)
            except MemoryError:
                continue
    hall.run(page=page)
    assert [header.subject for header, _ in hall.sent()] == [f"R-{number}" for number in range(1, 20)]
    assert hall.rejects() == {"R-20": "name: is missing"}
    hall.store.dispose()
