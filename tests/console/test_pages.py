"""Pages that ask the hub say so when it is away, and those of the hall's own replica are there without it."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from directory import hall_list
from directory.halls import Province
from node_agent import directory_replica
from node_agent.console import atlas, charts, halls, sheets
from node_agent.console.charts import Month
from node_agent.console.views import home
from node_agent.console.views.province import HallState, Row
from node_agent.tables import directory
from tests.console.staffed import ADMINISTRATOR, CLERK, Staffed, ask
from tongban.case.v1.statistics_pb2 import StatisticsRow

ASKING = (
    "/lights",
    "/rectifications",
    "/reminders",
    "/province",
    "/statistics",
    "/catalogue",
    "/cards/c-1",
    "/rectifications/rc-1",
)


async def test_every_page_of_a_supervisor_is_there_while_the_hub_is_not(hall: Staffed) -> None:
    await hall.add("31", "supervisor")
    mine = await hall.signed_in("31")
    for path in ASKING:
        page = await ask(mine.get, path)
        assert page.status == 200, (path, page.text)
        assert "暂时连不上中枢" in page.text, path


async def test_a_supervisor_chooses_halls_and_rules_from_the_halls_own_replica(hall: Staffed) -> None:
    mine = await hall.signed_in("31")
    page = await ask(mine.get, "/orders/new")
    assert 'name="hall.gongzhuling"' in page.text
    assert 'name="hall.yushu"' not in page.text, "a county orders nobody but itself"
    assert 'value="promise-broken"' in page.text
    refused = await ask(mine.send, "/orders/new", "/orders/new", text="x", rule="promise-broken", **{"hall.yushu": "1"})
    assert refused.status == 422
    assert "还没有选择大厅" in refused.text


async def test_an_order_that_did_not_go_out_is_kept_with_its_halls(hall: Staffed) -> None:
    mine = await hall.signed_in("31")
    page = await ask(mine.send, "/orders/new", "/orders/new", text="先自查<b>", rule="promise-broken", **{"hall.gongzhuling": "1"})
    assert page.status == 422
    assert "没有提交：连不上中枢" in page.text
    assert 'id="h-gongzhuling" name="hall.gongzhuling" value="1" checked' in page.text
    assert "先自查&lt;b&gt;" in (await ask(mine.get, "/orders/new")).text


async def test_what_was_typed_to_a_card_is_kept_while_the_hub_is_away(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, "/cards/c-1", "/cards/c-1", form="reply", do="reply", text="已整改")
    assert page.status == 503
    assert "没有提交：连不上中枢" in page.text
    assert ">已整改</textarea>" in (await ask(mine.get, "/cards/c-1")).text


@pytest.mark.parametrize(("text", "fault"), [("", "请先填写内容"), ("长" * 4_001, "内容过长")])
async def test_a_text_that_says_nothing_or_too_much_is_not_sent(hall: Staffed, text: str, fault: str) -> None:
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, "/cards/c-2", "/cards/c-2", form="reply", do="reply", text=text)
    assert page.status == 422
    assert fault in page.text


async def test_an_act_that_there_is_not_is_no_page(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    for path, do in (("/cards/c-1", "burn"), ("/orders/o-1", "burn"), ("/reports", "burn")):
        assert (await ask(mine.send, path, "/account", do=do, text="x")).status == 404


async def test_pages_are_for_those_whose_role_opens_them(hall: Staffed) -> None:
    clerk, administrator = await hall.signed_in(CLERK), await hall.signed_in(ADMINISTRATOR)
    for mine, path in (
        (clerk, "/decisions"),
        (clerk, "/orders/new"),
        (clerk, "/shares"),
        (administrator, "/lights"),
        (administrator, "/cards/c-1"),
    ):
        page = await ask(mine.get, path)
        assert page.status == 403, path
        assert "您当前的身份不能打开本页" in page.text
    assert (await ask(clerk.send, "/orders/new", "/account", text="x", **{"hall.gongzhuling": "1"})).status == 403


async def test_the_directory_is_read_offline_with_what_changed_from_version_to_version(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    assert "榆树市政务大厅" in (await ask(mine.get, "/register/hall?q=yushu")).text
    tell_again(hall)
    page = await ask(mine.get, "/register/hall/yushu")
    assert "<del>榆树市政务大厅</del>" in page.text
    assert "<ins>榆树市政务服务中心&lt;i&gt;</ins>" in page.text
    assert "并入<b>" not in page.text
    assert "并入&lt;b&gt;" in page.text
    assert (await ask(mine.get, "/register/hall/atlantis")).status == 404
    assert (await ask(mine.get, "/register/nothing")).status == 404


async def test_rules_of_supervision_are_open_and_rules_of_access_are_for_whom_they_say(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.get, "/register/supervision-rule/promise-broken")
    assert "内置默认" in page.text
    assert "yellow-card" in page.text
    assert (await ask(mine.get, "/register/rule")).status == 404


def tell_again(hall: Staffed) -> None:
    """Let the hall have heard of a hall's next version."""

    def tell(connection: sa.Connection) -> None:
        (held,) = directory_replica.documents(connection, "hall", "yushu")
        changed = json.loads(held.document) | {"name": "榆树市政务服务中心<i>", "from": "2026-12-01"}
        values = {"kind": "hall", "key": "yushu", "version": "2026-12-01", "document": json.dumps(changed, ensure_ascii=False)}
        places = {"ledger_index": 900, "journal_epoch": 1, "journal_index": 900, "reason": "并入<b>"}
        connection.execute(sa.insert(directory).values(**values, **places))

    hall.write(tell)


def test_a_table_handed_out_computes_nothing_that_a_hall_wrote() -> None:
    rows: list[list[sheets.Cell]] = [["事项", "件数"], ["=1+1", 3], ["＠SUM(1)", -1], ["-x", 0.5]]
    table = list(csv.reader(io.StringIO(sheets.as_csv(rows).decode("utf-8-sig"))))
    assert table == [["事项", "件数"], ["'=1+1", "3"], ["'＠SUM(1)", "-1"], ["'-x", "0.5"]]
    sheet = load_workbook(io.BytesIO(sheets.as_xlsx(rows))).active
    assert [cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row] == ["s", "n"] * 3


@given(st.integers(0, 10**9))
def test_a_scale_holds_the_most_and_divides_into_whole_parts(most: int) -> None:
    end = charts.scale(most)
    assert end >= most
    assert end % charts.GRID_LINES == 0
    assert end <= max(charts.GRID_LINES, most * 5 / 2 + charts.GRID_LINES)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 50), st.integers(0, 50)), max_size=24))
def test_a_chart_stays_in_its_frame_and_draws_a_rate_where_there_is_one(counts: list[tuple[int, int, int]]) -> None:
    months = [Month(f"m{place:02}-xx", *one) for place, one in enumerate(counts)]
    drawn = charts.chart(months)
    assert len(drawn.bars) == len(months)
    assert all(charts.LEFT <= bar.x <= bar.x + bar.width <= charts.WIDTH - charts.RIGHT + 0.001 for bar in drawn.bars)
    assert all(bar.y >= charts.TOP - 0.001 and bar.height >= -0.001 for bar in drawn.bars)
    assert len(drawn.dots) == sum(month.rate is not None for month in months)
    assert all(charts.TOP - 0.001 <= y <= charts.HEIGHT - charts.BOTTOM + 0.001 for _, y in drawn.dots)


def test_months_go_on_over_the_end_of_a_year() -> None:
    assert charts.months_back(date(2026, 1, 31), 11) == "2025-02"
    assert charts.months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_tiles_of_a_map_do_not_lie_upon_each_other() -> None:
    province = Province(hall_list.seed())
    drawn = atlas.drawn(halls._branches(province, province.root), {})
    tiles = [tile for block in drawn.blocks for tile in block.tiles]
    assert len(tiles) + len(drawn.blocks) == len(province)
    boxes = [(block.x, block.y, block.width, block.height) for block in drawn.blocks]
    for place, (x, y, width, height) in enumerate(boxes):
        assert x + width <= drawn.width
        assert y + height <= drawn.height
        assert all(x + width <= a or a + b <= x or y + height <= c or c + d <= y for a, c, b, d in boxes[place + 1 :])
    for block in drawn.blocks:
        assert all(block.y + atlas.HEAD <= tile.y <= block.y + block.height - atlas.TILE_HEIGHT for tile in block.tiles)


def standing_of(hall: str, state: HallState, lag: timedelta | None, red: int = 0) -> Row:
    counted = StatisticsRow(hall=hall, red=red)
    return Row(Province(hall_list.seed()).hall(hall), state, None, lag, counted)


def test_halls_that_fell_silent_come_first_that_did_so_first_and_all_are_counted() -> None:
    silent = [standing_of(hall, HallState.SILENT, timedelta(days=days), 2) for hall, days in (("yushu", 2), ("dehui", 9), ("nongan", 4))]
    rest = [standing_of("jiutai", HallState.NEVER, None), standing_of("gongzhuling", HallState.CURRENT, timedelta(0), 5)]
    found = home.below([*silent, *rest])
    assert [row.hall.hall for row in found.silent.rows] == ["dehui", "nongan", "yushu"]
    assert (found.silent.figure, found.never, found.overdue) == ("3", 1, 11)
    many = home.below(silent * home.SHOWN)
    assert (len(many.silent.rows), many.silent.figure) == (home.SHOWN, str(3 * home.SHOWN))
    assert many.silent.path == "/province?state=silent"
