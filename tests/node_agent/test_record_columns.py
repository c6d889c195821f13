"""A record is the same whether its columns are of PostgreSQL's own types or are text."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.sql import SqlSource
from tests.directory.catalogue.made import CITIZEN_ID, EVERY_TYPE, SAMPLE, USCC
from tests.node_agent.catalogued import HALL, NOW, TABLE, WRITER, RecordHall, resource
from tests.province.fixtures import WITHOUT_POSTGRESQL
from tests.province.postgres import PostgreSQL

pytestmark = [pytest.mark.postgres, WITHOUT_POSTGRESQL]

TYPED = (
    "CREATE TABLE enterprises (n bigint PRIMARY KEY, reg_no char(12), name varchar(50), phone numeric, staff smallint,"
    ' capital numeric(12, 2), "open" boolean, founded date, changed timestamptz, status char(4), uscc text, legal_person text,'
    " division integer, state boolean, changed_at timestamptz)"
)
PLAIN = (
    'CREATE TABLE enterprises (n bigint PRIMARY KEY, reg_no text, name text, phone text, staff text, capital text, "open" text,'
    " founded text, changed text, status text, uscc text, legal_person text, division text, state text, changed_at text)"
)
ROW = (
    "INSERT INTO enterprises VALUES (1, 'R-1', '某某公司(示例)', '13812345678', '12', '100.50', 'true', '2020-02-29',"  # noqa: S608 - our own values
    f" '2026-11-23T09:30:00+08:00', '01', '{USCC}', '{CITIZEN_ID}', '220184', 'false', '2026-03-01T08:00:00Z')"
)


def test_columns_of_every_type_give_the_same_record_as_text(postgres_server: PostgreSQL, tmp_path: Path) -> None:
    hall = RecordHall(tmp_path)
    hall.hears_all(resource(items=EVERY_TYPE, samples=(SAMPLE,)))
    for create in (TYPED, PLAIN):
        url = postgres_server.new_database()
        business = sa.create_engine(url)
        with business.begin() as connection:
            connection.execute(sa.text(create))
            connection.execute(sa.text(ROW))
        business.dispose()
        record = {"occurred_at": "changed_at", "removed": {"column": "state", "values": ["true"]}}
        config = read_source(TABLE | {"url": url, "record": record}, tmp_path)
        assert isinstance(config, SqlSourceConfig)
        source = SqlSource(config, HALL)
        report = source.run(hall.store, WRITER, NOW)
        source.close()
        assert report.rejected == ()
        with hall.store.begin() as connection:
            connection.exec_driver_sql("DELETE FROM source_progress")
            connection.exec_driver_sql("DELETE FROM source_seen")
    ((header, record_sent),) = hall.sent()
    assert header.subject == "R-1"
    assert json.loads(record_sent.document) == {
        "name": "某某公司(示例)",
        "phone": "13812345678",
        "staff": 12,
        "capital": "100.5",
        "open": True,
        "founded": "2020-02-29",
        "changed": "2026-11-23T01:30:00Z",
        "status": "01",
        "uscc": USCC,
        "legal_person": CITIZEN_ID,
        "division": "220184",
    }
    hall.store.dispose()
