from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.errors import ConfigInvalid
from node_agent.outbox import Actor
from node_agent.sources import event_ids
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig, read_source, read_sources
from node_agent.sources.errors import RowRejected, SourceMisconfigured
from node_agent.sources.mapped import Mapped, draft
from node_agent.sources.mapping import Mapper
from node_agent.sources.times import TimeReader
from tongban.case.v1.case_pb2 import CaseEvent

COLUMNS = ("case_id", "row", "code", "answer", "at", "due", "days", "outcome", "officer")
ROW = ("case-1", 7, "07", "", "2012-03-01T10:00:00+01:00", None, "", "", "4711")
TABLE: dict[str, Any] = {
    "name": "business",
    "kind": "sql",
    "url": "sqlite:///business.db",
    "query": "SELECT * FROM events WHERE n >= :cursor ORDER BY n LIMIT :limit",
    "cursor": "n",
    "key": ["row"],
    "recipients": ["jilin-sheng"],
    "timezone": "Europe/Amsterdam",
    "fields": {"case_number": "case_id", "occurred_at": "at", "due_at": "due", "officer": "officer", "outcome": "outcome"},
    "code": {"column": "code", "answer": "answer", "skip_answers": ["False"]},
    "event": [
        {"code": "01", "kind": "applied"},
        {"code": "02", "answer": "True", "kind": "referred"},
        {"code": ["03", "04"], "kind": "extended", "fields": {"extension_days": "days", "ground": {"value": "Art 42"}}},
        {"code": "05", "skip": True},
        {"code": "06", "answer": "False", "kind": "acceptance_refused"},
    ],
    "otherwise": {"kind": "step"},
}


def configured(**changes: object) -> SqlSourceConfig | FolderSourceConfig:
    return read_source(TABLE | changes, Path("/hall"))


def mapped(config: SqlSourceConfig | FolderSourceConfig | None = None, **changes: object) -> Mapped[CaseEvent] | None:
    row = dict(zip(COLUMNS, ROW, strict=True)) | changes
    return Mapper(config or configured(), COLUMNS).map(list(row.values()))


def event(config: SqlSourceConfig | FolderSourceConfig | None = None, **changes: object) -> Mapped[CaseEvent]:
    found = mapped(config, **changes)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("code", "answer", "kind"),
    [
        ("01", "", "applied"),
        ("02", "True", "referred"),
        ("02", True, "referred"),
        ("02", "", "step"),
        ("03 ", "", "extended"),  # CHAR columns are padded
        ("04", "x", "extended"),
        ("06", "False", "acceptance_refused"),
        ("99", "", "step"),
        (None, "", "step"),
    ],
)
def test_code_and_answer_say_what_happened(code: object, answer: object, kind: str) -> None:
    assert event(code=code, answer=answer).kind == kind


@pytest.mark.parametrize(("code", "answer"), [("01", "False"), ("02", "False"), ("99", False), ("05", "")])
def test_a_question_answered_false_and_a_code_to_skip_make_no_event(code: str, answer: object) -> None:
    assert mapped(code=code, answer=answer) is None


def test_an_unknown_code_is_rejected_where_the_mapping_says_so() -> None:
    with pytest.raises(RowRejected, match="no rule for the code '99'"):
        mapped(configured(otherwise={"kind": "reject"}), code="99")


def test_a_source_without_codes_has_one_kind() -> None:
    assert event(configured(code=None, event=[], otherwise={"kind": "applied"})).kind == "applied"


def test_fields_of_a_rule_win_over_those_of_the_source() -> None:
    found = event(code="03", days="14").message
    assert (found.extension_days, found.ground, found.case_number, found.officer) == (14, "Art 42", "case-1", "4711")
    assert event(code="01", days="14").message.extension_days == 0


def test_the_row_is_named_by_its_key_or_as_configured() -> None:
    assert event().message.source_row == "7"
    fields = TABLE["fields"] | {"source_row": {"column": "row", "prefix": "events/"}, "department": {"value": "General"}}
    prefixed = event(configured(fields=fields))
    assert (prefixed.message.source_row, prefixed.message.department, prefixed.row_name) == ("events/7", "General", "7")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2012-03-01T10:00:00+01:00", datetime(2012, 3, 1, 9, tzinfo=UTC)),
        ("2012-07-01 10:00:00", datetime(2012, 7, 1, 8, tzinfo=UTC)),  # summer time
        ("2012-03-25 02:30:00", datetime(2012, 3, 25, 1, 30, tzinfo=UTC)),  # never shown by a clock
        ("2012-10-28 02:30:00", datetime(2012, 10, 28, 0, 30, tzinfo=UTC)),  # shown twice: the first
        ("2012-10-28T02:30:00+01:00", datetime(2012, 10, 28, 1, 30, tzinfo=UTC)),  # the second says so
        ("2012-03-01", datetime(2012, 2, 29, 23, tzinfo=UTC)),
        (date(2012, 7, 1), datetime(2012, 6, 30, 22, tzinfo=UTC)),
        (datetime.fromisoformat("2012-07-01 10:00"), datetime(2012, 7, 1, 8, tzinfo=UTC)),
        (datetime(2012, 7, 1, 10, tzinfo=UTC), datetime(2012, 7, 1, 10, tzinfo=UTC)),
        ("2011-10-11T13:42:22.688+02:00", datetime(2011, 10, 11, 11, 42, 22, 688000, tzinfo=UTC)),
        ("14-10-2010 9:30", datetime(2010, 10, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_local_times_follow_the_clock_of_the_hall(value: object, moment: datetime) -> None:
    assert TimeReader("Europe/Amsterdam", ["%d-%m-%Y %H:%M"]).read(value) == moment


@given(st.integers(0, 2_000_000_000), st.integers(-840, 840))
def test_a_time_with_an_offset_is_the_moment_it_names_in_any_zone(seconds: int, offset_minutes: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset_minutes)))
    assert TimeReader("Asia/Shanghai").read(moment.isoformat(" ")) == moment


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": None}, "occurred_at is missing"),
        ({"at": "yesterday"}, "occurred_at: "),
        ({"at": 20120301}, "occurred_at: a int is no time"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "occurred_at: "),
        ({"due": "soon"}, "due_at: "),
        ({"case_id": ""}, "case_number is missing"),
        ({"case_id": "  "}, "case_number is missing"),
        ({"case_id": None}, "case_number is missing"),
        ({"case_id": "case\u202e1"}, "case_number: not a printable text"),
        ({"case_id": "c" * 201}, "case_number: not a printable text"),
        ({"officer": "\ud800"}, "officer: "),
        ({"officer": ["a"]}, "officer: a list or table is no text"),
        ({"row": None}, "the key is empty"),
        ({"code": "03", "days": "many"}, "extension_days: "),
        ({"code": "03", "days": "-1"}, "extension_days: -1 is out of range"),
        ({"outcome": "perhaps"}, "outcome: 'perhaps' is no known outcome"),
    ],
)
def test_a_row_that_cannot_be_an_event_is_rejected_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RowRejected) as rejected:
        mapped(**changes)
    assert str(rejected.value).startswith(reason)


def test_an_outcome_is_read_by_the_halls_own_words() -> None:
    found = event(configured(outcomes={"verleend": "granted", "geweigerd": "refused"}), outcome="geweigerd")
    assert found.message.outcome == 2


def test_a_column_that_the_query_does_not_give_is_named() -> None:
    with pytest.raises(SourceMisconfigured, match="no column 'officer'; there are case_id"):
        Mapper(configured(), COLUMNS[:-1])


def test_the_id_of_an_event_is_pinned() -> None:
    hashed = event_ids.fields_hash([(event_ids.prefixed(b"case_number"), b"case-1")])
    assert event_ids.event_id("gongzhuling", "business", event_ids.row_key(["event", "7"]), "applied", hashed) == (
        "5245f149-65b8-878a-9d27-e67dddc1f460"
    )


def test_the_id_of_a_mapped_row_is_pinned() -> None:
    assert draft(configured(), "gongzhuling", event()).event_id == "c5936ddf-00df-8bf2-932c-68e92e4cbd6e"


def test_an_id_is_a_uuid_of_version_8() -> None:
    for number in range(64):
        found = UUID(event_ids.event_id("a", "b", event_ids.row_key([str(number)]), "step", b""))
        assert (found.version, found.variant) == (8, "specified in RFC 4122")


def test_the_id_changes_with_hall_source_row_kind_and_every_mapped_field_and_with_nothing_else() -> None:
    config = configured()
    here = draft(config, "gongzhuling", event()).event_id
    others = [
        draft(config, "yushu", event()),
        draft(configured(name="other"), "gongzhuling", event()),
        *(
            draft(config, "gongzhuling", event(**change))
            for change in (
                {"row": 8},
                {"code": "01"},
                {"case_id": "case-2"},
                {"officer": "x"},
                {"due": "2013-01-01"},
                {"outcome": "granted"},
            )
        ),
        draft(config, "gongzhuling", event(at="2012-03-01T10:00:00.000001+01:00")),
    ]
    assert len({here, *(one.event_id for one in others)}) == len(others) + 1
    same = (event(days="9"), event(row="7"), event(at="2012-03-01T09:00:00Z"), event(at="2012-03-01 10:00:00"), event(answer="x"))
    assert {draft(config, "gongzhuling", one).event_id for one in same} == {here}


def test_a_draft_is_addressed_as_its_source_says() -> None:
    found = draft(configured(), "gongzhuling", event())
    assert (found.subject, found.resource, found.recipients, found.type) == (
        "case-1",
        "case",
        ("jilin-sheng",),
        "tongban.case.v1.CaseEvent",
    )
    assert found.actor == Actor("4711", "clerk", "")
    assert found.recorded_at == found.occurred_at == datetime(2012, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"quary": ""}, "quary"),
        ({"fields": {"case_number": "case_id", "occured_at": "at", "occurred_at": "at"}}, "fields.occured_at"),
        ({"fields": {"case_number": "case_id"}}, "fields.occurred_at"),
        ({"event": [{"code": "01", "kind": "aplied"}]}, "'aplied' is no kind of case event"),
        ({"event": [{"code": "01"}]}, "either a kind or skip"),
        ({"code": None}, r"rules for events need \[source.code\]"),
        ({"code": {"column": "code"}}, "rules for answers need"),
        ({"query": "SELECT 1 LIMIT :limit"}, "the query lacks :cursor"),
        ({"query": "DELETE FROM events WHERE n >= :cursor LIMIT :limit"}, "a source only reads"),
        ({"url": "postgresql+psycopg://agent:secret@db/hall"}, "put the password into a file"),
        ({"url": "nonsense"}, "not a SQLAlchemy URL"),
        ({"timezone": "Europe/Utopia"}, "no time zone"),
        ({"every": "2s", "cron": "* * * * *"}, "either every or cron"),
        ({"start": [1, 2]}, "start has one value for each cursor column"),
        ({"name": "Business"}, "name"),
        ({"mapping": "none.toml"}, "mapping /hall/none.toml"),
        ({"fields": TABLE["fields"] | {"officer": {"column": "a", "value": "b"}}}, "either a column or a value"),
    ],
)
def test_a_wrong_configuration_is_refused_by_the_path_of_its_key(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ConfigInvalid, match=fault) as refused:
        configured(**changes)
    assert "secret" not in str(refused.value)


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigInvalid, match="'business' is configured twice"):
        read_sources([TABLE, TABLE], Path("/hall"))


def test_two_rules_for_one_code_are_refused() -> None:
    twice = configured(event=[{"code": "01", "kind": "applied"}, {"code": ["00", "01"], "kind": "closed"}])
    with pytest.raises(SourceMisconfigured, match="two rules"):
        Mapper(twice, COLUMNS)


def test_paths_are_relative_to_the_configuration_and_a_mapping_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text('timezone = "UTC"\noverlap = 5\n[code]\ncolumn = "code"\nanswer = "answer"\n')
    own = {name: value for name, value in TABLE.items() if name not in {"timezone", "code"}}
    found = read_source(own | {"mapping": "mapping.toml", "overlap": 7}, tmp_path)
    assert isinstance(found, SqlSourceConfig)
    assert (found.timezone, found.overlap, found.url) == ("UTC", 7, f"sqlite:///{tmp_path}/business.db")
