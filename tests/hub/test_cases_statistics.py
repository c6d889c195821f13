"""Cases are summed up as a person would count them, for those who may count them, in files that offices open safely."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from directory.lifecycle import Event
from directory.scopes.predicates import Always, Equals
from directory.supervision.vocabulary import Light
from hub import schema
from hub.cases import queries, sheets
from hub.cases.lights import watch
from hub.cases.looking import View
from hub.cases.reports import report, standing_at, standing_now
from hub.cases.rulings import RulingsInForce
from hub.cases.search import Wanted
from hub.cases.sums import GROUPS, Asked, sums
from hub.cases.tables import COUNTS
from hub.cases.watermarks import reported
from hub.cli import main
from hub.config import Config
from hub.db import models_url, open_database
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.statistics import StatisticsService
from tests.directory.clocks.made import event, ms
from tests.directory.real_logs import receipt_log, rows
from tests.hub.reckoned import Ground
from tests.hub.running import make_province
from tests.hub.test_cases_rpc import by, refused, rooms
from tongban.case.v1 import case_pb2 as wire
from tongban.case.v1 import statistics_pb2
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED
from tongban.directory.v1.scopes_pb2 import Principal
from tongban.errors.v1 import errors_pb2

PROMISED = ms("2026-03-17")


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground.of(database_url)
    yield made
    made.dispose()


def one_case(number: int, decided: str, **said: Any) -> list[Event]:
    outcome = wire.OUTCOME_REFUSED if number % 2 else wire.OUTCOME_GRANTED
    applied = event("applied", "2026-03-02" if number < 3 else "2026-04-01", **said)
    return [
        applied,
        event("accepted", "2026-04-02", promised_by_ms=PROMISED + 10**10),
        event("decided", decided, outcome=outcome, ground="x"),
    ]


def counted(ground: Ground, asked: Asked = Asked(), predicate: Any = Always()) -> list[tuple[tuple[str, ...], dict[str, int]]]:  # noqa: B008 - frozen
    with ground.models.reader.begin() as connection:
        found = sums(connection, asked, predicate)
    assert found is not None
    return [(row.group, {name: count for name, count in zip(COUNTS, row.counts, strict=True) if count}) for row in found]


def tell_some(ground: Ground) -> None:
    for number in range(4):
        ground.tell("yushu", f"{number}", *one_case(number, "2026-04-10", item_code="XK-1", department="rs"))
    ground.tell("dehui", "1", event("applied", "2026-04-01", item_code="XK-2"))
    ground.report("yushu", "2026-04-30")
    ground.reckon("2026-05-01")


def test_sums_are_kept_apart_by_what_is_asked_for(ground: Ground) -> None:
    tell_some(ground)
    (whole,) = counted(ground)
    assert whole[0] == ("", "", "", "")
    assert {name: whole[1][name] for name in ("applied", "accepted", "decided", "granted", "refused")} == {
        "applied": 5,
        "accepted": 4,
        "decided": 4,
        "granted": 2,
        "refused": 2,
    }
    by_month = counted(ground, Asked(group_by=("month", "hall")))
    assert [(group, said["applied"]) for group, said in by_month] == [
        (("dehui", "", "", "2026-04"), 1),
        (("yushu", "", "", "2026-03"), 3),
        (("yushu", "", "", "2026-04"), 1),
    ]
    assert counted(ground, Asked(halls=["dehui"], group_by=("item_code",)))[0][0] == ("", "XK-2", "", "")
    assert counted(ground, Asked(from_month="2026-04", to_month="2026-04"))[0][1]["applied"] == 2
    assert counted(ground, Asked(item_code="XK-1", department="rs"), Equals("hall", "yushu"))[0][1]["applied"] == 4
    assert counted(ground, Asked(), Equals("hall", "atlantis")) == [(("", "", "", ""), {})]


def test_a_spreadsheet_computes_nothing_that_a_hall_wrote(ground: Ground) -> None:
    formula = '=HYPERLINK("http://evil.example")'
    for number, item in enumerate((formula, "+1", "-1", "@SUM(1)", "＝1", "＋1", "－1", "＠SUM(1)", "plain")):
        ground.tell("yushu", f"{number}", event("applied", "2026-03-02", item_code=item))
    ground.reckon("2026-05-01")
    with ground.models.reader.begin() as connection:
        found = sums(connection, Asked(group_by=("hall", "item_code")), Always())
    assert found is not None
    table = list(csv.reader(io.StringIO(sheets.as_csv(found).decode("utf-8-sig"))))
    assert table[0] == [*GROUPS, *COUNTS]
    assert sorted(row[1] for row in table[1:]) == sorted(
        [f"'{formula}", "'+1", "'-1", "'@SUM(1)", "'＝1", "'＋1", "'－1", "'＠SUM(1)", "plain"]
    )
    sheet = load_workbook(io.BytesIO(sheets.as_xlsx(found))).active
    cells = list(sheet.iter_rows())
    assert {cell.data_type for row in cells for cell in row if cell.value is not None} == {"s", "n"}
    assert [[str("" if cell.value is None else cell.value) for cell in row] for row in cells] == table


def cards_found(ground: Ground) -> tuple[int, int]:
    effects = [effect for _, effect in ground.effects()]
    return effects.count("yellow-card"), effects.count("red-card")


def reading(ground: Ground) -> Rooms:
    """Give a door the ledger of a ground beside what else it asks of the rooms."""
    made = rooms()
    cast("Any", made).database = ground.database
    return made


async def ask(service: StatisticsService, asker: str, role: str = "supervisor", **asked: Any) -> statistics_pb2.GetStatisticsResponse:
    request = statistics_pb2.GetStatisticsRequest(asked_by=Principal(role=role, person="7"), **asked)
    return await service.get_statistics(request, by(asker, "/tongban.case.v1.StatisticsService/GetStatistics"))


async def test_a_hall_counts_the_cases_that_it_may_list_and_no_others(ground: Ground) -> None:
    tell_some(ground)
    service = StatisticsService(reading(ground), ground.models, RulingsInForce(ground.database.reader))
    records = cast("Any", service.rooms.decisions).records
    whole = await ask(service, "changchun")
    (row,) = whole.rows
    assert (row.applied, row.granted, row.hall) == (5, 2, "")
    assert (row.yellow_cards, row.red_cards) == cards_found(ground)
    assert whole.as_of.ToDatetime(UTC) == service.rooms.clock(), "nothing waits"
    assert [row.hall for row in (await ask(service, "changchun", group_by=["hall"])).rows] == ["dehui", "yushu"]
    assert [row.applied for row in (await ask(service, "yushu", "clerk")).rows] == [4]
    assert [row.applied for row in (await ask(service, "changchun", subtree="dehui")).rows] == [1]
    assert [row.applied for row in (await ask(service, "siping", "supervisor")).rows] == [0]
    assert {record.verdict for record in records} == {VERDICT_ALLOWED}
    for hall in ("dehui", "atlantis"):
        for asked in ({"hall": hall}, {"subtree": hall}):
            with refused(errors_pb2.REASON_SCOPE_DENIED):
                await ask(service, "yushu", **asked)
            assert records[-1].verdict == VERDICT_DENIED
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await ask(service, "changchun", "licence-officer")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from_month": "2026-13"}, "from_month"),
        ({"to_month": "March"}, "to_month"),
        ({"from_month": "2026-05", "to_month": "2026-04"}, "to_month"),
        ({"group_by": ["officer"]}, "group_by"),
        ({"item_code": "\0"}, "item_code"),
    ],
)
async def test_what_cannot_be_counted_is_refused_by_name(ground: Ground, asked: dict[str, Any], field: str) -> None:
    with refused(errors_pb2.REASON_FIELD_INVALID) as caught:
        await ask(StatisticsService(rooms(), ground.models, RulingsInForce(ground.database.reader)), "yushu", **asked)
    assert cast("Refusal", caught.value).field == field


async def test_an_answer_of_too_many_rows_is_refused_and_not_cut(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_some(ground)
    monkeypatch.setattr("hub.cases.sums.MOST_ROWS", 1)
    with refused(errors_pb2.REASON_TOO_LARGE):
        await ask(StatisticsService(reading(ground), ground.models, RulingsInForce(ground.database.reader)), "changchun", group_by=["hall"])


async def test_lights_are_counted_as_lists_show_them(ground: Ground) -> None:
    for number, due in enumerate(("2026-11-16", "2026-11-24", "2027-03-01", "2026-11-23")):
        applied = event("applied", "2026-11-12", item_code="XK-1" if number else "XK-2", department="rs")
        ground.tell("yushu", f"{number}", applied, event("accepted", "2026-11-12", promised_by_ms=ms(due)))
    ground.tell("dehui", "1", event("applied", "2026-11-12"), event("accepted", "2026-11-12", promised_by_ms=ms("2027-03-01")))
    ground.report("yushu", "2026-11-22")
    ground.reckon("2026-11-23")
    rulings = RulingsInForce(ground.database.reader)
    service = StatisticsService(reading(ground), ground.models, rulings)
    now = service.rooms.clock()
    with ground.models.reader.begin() as connection:
        when = watch(rulings.now(), reported(connection), now)
        scope = queries.Scope(Always(), ["dehui", "yushu"])
        shown = {
            light: Counter(row.hall for row in queries.list_cases(connection, scope, Wanted(light=light, when=when), None, 100))
            for light in Light
        }
    whole = await ask(service, "changchun", group_by=["hall"], lights=True)
    assert {(row.hall, light): getattr(row, light) for row in whole.rows for light in Light} == {
        (hall, light): shown[light][hall] for hall in ("dehui", "yushu") for light in Light
    }
    assert {light: sum(found.values()) for light, found in shown.items()} == {"green": 1, "yellow": 1, "red": 1, "grey": 2}
    assert [(told.hall, told.silent) for told in whole.reported] == [("yushu", "yushu" not in when.seen)]
    by_item = await ask(service, "changchun", group_by=["item_code"], lights=True, department="rs")
    assert sum(row.red + row.grey + row.green + row.yellow for row in by_item.rows) == 4
    assert [row.red + row.grey + row.green + row.yellow for row in (await ask(service, "changchun", group_by=["hall"])).rows] == [0, 0]
    with refused(errors_pb2.REASON_FIELD_INVALID):
        await ask(service, "changchun", lights=True, group_by=["month"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_report_of_the_receipt_log_agrees_with_a_count_of_the_raw_files(ground: Ground) -> None:
    raw, events = rows("receipt_cases.csv.gz"), rows("receipt_events.csv.gz")
    for number, told in receipt_log().items():
        ground.ledger.tell(f"hall-{int(number.removeprefix('case-')) % 5}", [(number, one) for one in told])
    ground.follow()
    last = max(datetime.fromtimestamp(one.occurred_at_ms / 1000, UTC) for told in receipt_log().values() for one in told)
    ground.now = last
    with ground.models.reader.begin() as connection:
        view = View(RulingsInForce(ground.database.reader).now(), reported(connection), last)
        found = report(standing_now(connection), view)
        as_of_the_end = report(standing_at(connection, last), view)
        halfway = instant("2011-06-01T00:00:00+02:00")
        earlier = report(standing_at(connection, halfway), View(view.rulings, {}, halfway))
    assert [hall.plain() for hall in as_of_the_end] == [hall.plain() for hall in found]

    def hall_of(row: dict[str, str]) -> str:
        return f"hall-{int(row['case_id'].removeprefix('case-')) % 5}"

    assert {hall.hall: hall.cases for hall in found} == Counter(map(hall_of, raw))
    done = {row["case_id"] for row in events if row["activity"] == "T15 Print document X request unlicensed"}
    is_open = [row for row in raw if not row["ended_at"] and row["case_id"] not in done]
    assert {hall.hall: hall.open for hall in found} == Counter(map(hall_of, is_open))
    assert sum(hall.states["not_required"] for hall in found) == len(done)
    held: dict[str, bool] = {}
    for row in sorted(events, key=lambda row: (row["case_id"], int(row["position"]))):
        if row["activity"] in {"T16 Report reasons to hold request", "T20 Print report Y to stop indication"}:
            held[row["case_id"]] = row["activity"].startswith("T16")
    assert sum(hall.suspended for hall in found) == sum(held.get(row["case_id"], False) for row in is_open)
    assert {light for hall in found for light in hall.lights} == {"grey"}, "no hall has said up to when it had told all"
    known = {row["case_id"] for row in events if instant(row["occurred_at"]) <= halfway}
    known |= {row["case_id"] for row in raw if row["ended_at"] and instant(row["ended_at"]) <= halfway}
    assert sum(hall.cases for hall in earlier) == len(known)


@pytest.fixture
def config(tmp_path: Path, new_database: Callable[[], str]) -> Config:
    made = make_province(tmp_path / "province", new_database())
    ground = Ground(open_database(made.database), open_database(models_url(made.database), durable=False))
    schema.upgrade(ground.database.writer, ground.models.writer)
    tell_some(ground)
    ground.dispose()
    return made


def command(config: Config, *arguments: str) -> Any:
    ran = CliRunner().invoke(main, ["cases", *arguments, "--config", str(config.keys.parent / "hub.toml")])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_the_commands_print_and_write_what_was_counted(config: Config, tmp_path: Path) -> None:
    said = json.loads(command(config, "report", "--json", "--as-of", "2026-04-05"))
    assert said["as_of"] == "2026-04-05T23:59:59+08:00"
    before = f"{datetime.now(UTC):%Y-%m-%d}"
    assert command(config, "statistics").splitlines()[0] >= f"as of {before}", "nothing waits: as of now, in Beijing"
    assert [(hall["hall"], hall["cases"], hall["open"], hall["states"]) for hall in said["halls"]] == [
        ("dehui", 1, 1, {"applied": 1}),
        ("yushu", 4, 4, {"accepted": 4}),
    ]
    now = command(config, "report")
    assert "decided 4" in now
    files = [tmp_path / "statistics.csv", tmp_path / "statistics.xlsx"]
    said = json.loads(command(config, "statistics", "--by", "hall", "--json", "--csv", str(files[0]), "--xlsx", str(files[1])))
    assert [(row["hall"], row["applied"]) for row in said["rows"]] == [("dehui", 1), ("yushu", 4)]
    assert files[0].read_text("utf-8-sig").splitlines()[1].startswith("dehui,,,,1,")
    assert load_workbook(files[1]).active.max_row == 3
    assert "yushu" not in command(config, "statistics", "--by", "hall", "--hall", "dehui")


@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize("month", ["2026-13", "2026-3", "March"])
def test_a_month_that_there_is_not_is_refused_and_not_counted_as_nothing(option: str, month: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["cases", "statistics", option, month, "--config", str(tmp_path / "hub.toml")])
    assert (ran.exit_code, "is no month: YYYY-MM" in ran.output) == (2, True)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("report", "--as-of", "2999-01-01"), "is yet to come"),
        (("statistics", "--from", "2026-05", "--to", "2026-04"), "it is before --from"),
    ],
)
def test_a_time_of_which_nothing_can_be_known_is_refused_and_not_counted_as_nothing(
    asked: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    ran = CliRunner().invoke(main, ["cases", *asked, "--config", str(tmp_path / "hub.toml")])
    assert (ran.exit_code, why in ran.output) == (2, True), ran.output


def test_nothing_to_count_is_said_in_words(config: Config) -> None:
    assert command(config, "statistics", "--by", "hall", "--item", "none").splitlines()[1:] == ["no cases"]
