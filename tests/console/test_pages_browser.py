"""Supervision, province, sharing, directory and audit in a real browser: everybody can use them, and what is done is done at the hub."""

import asyncio
import csv
import io
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from node_agent.accounts.passwords import Hasher
from tests.console.browsing import Browsing, Window
from tests.console.living import COUNTY, HOSTILE, STAFF
from tests.console.peopled import APPLICANT, OFFICER, Peopled, peopled
from tests.console.staffed import PASSWORD
from tests.province.build import PROVINCE_HALL
from tests.province.processes import wait_until

pytestmark = pytest.mark.slow

ROLES = {
    "supervisor": "supervisor/",
    "auditor": "auditor/",
    "catalogue": f"catalogue-administrator/{APPLICANT}",
    "clerk": f"clerk/{APPLICANT}",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peopled]:
    """Run the province for the tests of this file."""
    hashed = asyncio.run(Hasher().hash(PASSWORD))
    with peopled(tmp_path_factory.mktemp("peopled"), hashed) as found:
        yield found


def enter(window: Window, role: str, number: str = OFFICER) -> Window:
    window.open("/")
    window.sign_in(number, PASSWORD)
    window.act_as(ROLES[role])
    return window


def test_one_order_goes_to_many_halls_without_scripts_and_is_answered_returned_and_closed(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL), java_script_enabled=False) as opened:
        page = enter(opened, "supervisor").page
        opened.open(f"/orders/new?hall={COUNTY}")
        assert page.is_checked(f"#h-{COUNTY}")
        page.fill("#text", "请说明超期原因并报送整改计划")
        page.check("#h-changchun")
        page.check("#h-yushu")
        page.select_option("#rule", "promise-broken")
        page.click("main form button")
        assert "督办已下达" in page.inner_text(".flash")
        shown = page.locator("tbody tr", has_text="请说明超期原因并报送整改计划")
        assert shown.count() == 3
        target = str(shown.filter(has_text="公主岭").locator("a").get_attribute("href"))
        ident = target.rpartition("/")[2]
        lived.ask(COUNTY, "order", "answer", ident, "--text", "正在整改", "--person", STAFF)
        opened.open(target)
        page.fill("#text", "未附计划")
        page.fill("input[name=days]", "3")
        page.click("button[value=return]")
        assert lived.ask(COUNTY, "order", "show", ident, "--person", STAFF)["order"]["reply_days"] == 3
        lived.ask(COUNTY, "order", "answer", ident, "--text", "已附计划", "--person", STAFF)
        opened.open(target)
        page.fill("#text", "已整改")
        page.click("button[value=close]")
        assert "已办结" in page.inner_text("main")
        opened.open(target)
        page.goto(opened.base + target)
        assert page.locator("main form").count() == 0
        assert opened.clean() == []


def test_a_card_is_replied_to_appealed_against_and_decided_one_tier_up(lived: Peopled, browser: Browsing) -> None:
    path = f"/cards/{lived.card}"
    with browser.window(lived.living.base()) as county:
        county.open("/")
        county.sign_in(STAFF, PASSWORD)
        county.open("/cards")
        county.page.click(f"a[href='{path}']")
        county.page.fill("#text", HOSTILE[0])
        county.page.click("button[value=reply]")
        county.page.wait_for_selector(".flash")
        assert HOSTILE[0] in county.page.inner_text(".timeline")
        county.act_as("supervisor/")
        county.open(path)
        county.page.fill("#text", "已按期办结，系统补录")
        county.page.click("button[value=appeal]")
        county.page.wait_for_selector(".flash")
        county.shoot("card-appealed")
        assert county.page.locator("button[value=uphold]").count() == 0, "nobody decides their own appeal"
        assert county.axe_faults() == []
        assert county.clean() == []
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        enter(opened, "supervisor").open(path)
        opened.shoot("card-to-decide")
        assert opened.axe_faults() == []
        opened.page.fill("#text", "情况属实")
        opened.page.click("button[value=lift]")
        opened.page.wait_for_selector(".flash")
        assert "已撤" in opened.page.inner_text(".title-row")
        assert opened.clean() == []
    assert lived.ask(COUNTY, "card", "show", lived.card, "--person", STAFF)["card"]["phase"] == "withdrawn"


def test_a_rectification_is_answered_and_closed(lived: Peopled, browser: Browsing) -> None:
    path = f"/rectifications/{lived.rectification}"
    with browser.window(lived.living.base()) as county:
        county.open("/")
        county.sign_in(STAFF, PASSWORD)
        county.open(path)
        county.page.fill("#text", "已向申请人致歉并补办")
        county.page.select_option("#contact", "content")
        county.page.click("button[value=answer]")
        county.page.wait_for_selector(".flash")
        assert county.clean() == []
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        enter(opened, "supervisor").open(path)
        opened.shoot("rectification-to-close")
        opened.page.fill("#text", "回访属实")
        opened.page.click("button[value=close]")
        opened.page.wait_for_selector(".flash")
        assert "已回访" in opened.page.inner_text(".title-row")
        assert opened.clean() == []


def test_a_share_is_applied_for_granted_in_part_and_ended(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "catalogue").page
        opened.open("/catalogue/social-insurance")
        for box in page.locator("form[action$='/apply'] input[type=checkbox]").all():
            assert not box.is_checked(), "nobody applies for more than they need by not looking"
            box.check()
        page.fill("#purpose", "核验参保状态")
        page.fill("#basis", "行政许可法第三十一条")
        page.fill("#until", (datetime.now(UTC) + timedelta(days=60)).date().isoformat())
        page.click("form[action$='/apply'] button")
        page.wait_for_url("**/shares/*")
        opened.shoot("share-to-decide")
        assert opened.axe_faults() == []
        boxes = page.locator("input[name^='field.']")
        fields = boxes.count()
        assert fields > 1
        boxes.first.uncheck()
        page.click("button[value=grant]")
        page.wait_for_selector(".flash")
        ident = page.url.partition("?")[0].rpartition("/")[2]
        told = lived.ask(PROVINCE_HALL, "share", "show", ident, "--department", APPLICANT, "--person", OFFICER)
        assert len(told["share"]["grant"]["fields"]) == fields - 1
        opened.shoot("share-granted")
        page.fill("#w-ground", "不再需要")
        page.click("button[value=withdraw]")
        page.wait_for_selector(".flash")
        assert "已撤回" in page.inner_text(".title-row")
        opened.open(f"/shares/{lived.share}")
        page.fill("#ground", "超出职责范围")
        page.click("button[value=refuse]")
        page.wait_for_selector(".flash")
        assert opened.clean() == []
    told = lived.ask(PROVINCE_HALL, "share", "show", lived.share, "--department", APPLICANT, "--person", OFFICER)
    assert (told["share"]["phase"], told["share"]["ground"]) == ("refused", "超出职责范围")


def test_an_error_is_reported_answered_and_closed(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "clerk").page
        opened.open("/catalogue/enterprise-register")
        page.click("#report + details summary")
        page.fill("#record", "17")
        page.fill("#what", HOSTILE[2])
        page.check("#r-name")
        page.click("form[action$='/report'] button")
        page.wait_for_url("**/reports?did=reported")
        assert HOSTILE[2] in page.inner_text(".report")
        opened.act_as(ROLES["catalogue"])
        opened.open("/reports")
        page.click(".report summary")
        page.fill(".report textarea", "已按登记档案更正")
        opened.shoot("report-to-answer")
        assert opened.axe_faults() == []
        page.click("button[value=corrected]")
        page.wait_for_selector(".flash")
        opened.act_as(ROLES["clerk"])
        opened.open("/reports")
        page.click("button[value=close]")
        page.wait_for_selector(".flash")
        assert "已办结" in page.inner_text(".report")
        assert opened.clean() == []


def test_statistics_are_handed_out_as_files_that_hold_what_the_page_shows(lived: Peopled, browser: Browsing, tmp_path: Path) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "supervisor").page
        opened.open("/statistics?asked=1&by_hall=1&by_month=1")
        shown = [[cell.inner_text() for cell in row.locator("th, td").all()] for row in page.locator("tbody tr").all()]
        files = {}
        for kind in ("csv", "xlsx"):
            with page.expect_download() as download:
                page.click(f"a[href*='statistics.{kind}']")
            files[kind] = tmp_path / f"statistics.{kind}"
            download.value.save_as(files[kind])
        table = list(csv.reader(io.StringIO(files["csv"].read_text("utf-8-sig"))))
        sheet = [[str("" if cell.value is None else cell.value) for cell in row] for row in load_workbook(files["xlsx"]).active.iter_rows()]
        assert table == sheet
        assert [row[1:] for row in table[1:]] == [row[1:] for row in shown]
        assert [row[0] for row in table[1:]] == [COUNTY for _ in shown]
        assert opened.clean() == []


def test_the_map_filters_the_list_and_the_list_tells_everything(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "supervisor").page
        opened.open("/province")
        rows = page.locator("section[aria-labelledby=h-list] tbody tr")
        assert rows.count() == 53
        tiles = page.locator(".map text").count()
        assert tiles == 53
        page.focus(".map a[aria-label^='长春']")
        page.keyboard.press("Enter")
        page.wait_for_url("**branch=changchun**")
        assert rows.count() == 7
        row = rows.filter(has_text="公主岭")
        assert "正常" in row.inner_text()
        assert opened.clean() == []


def test_while_the_hub_is_away_pages_say_so_and_keep_what_was_typed(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "supervisor").page
        lived.living.province.hub.send(signal.SIGSTOP)
        try:
            for path in ("/lights", "/province", f"/cards/{lived.card}", "/catalogue"):
                began = time.monotonic()
                opened.open(path)
                assert time.monotonic() - began < 4, path
                assert "暂时连不上中枢" in page.inner_text("main"), path
                opened.shoot(f"away-{path.split('/')[1]}")
                assert opened.axe_faults() == [], path
            assert page.locator("tbody tr").count() == 6, "the catalogue of the hall's replica"
            opened.open("/register/hall/yushu")
            assert "榆树市政务大厅" in page.inner_text("h1")
            opened.open("/orders/new?hall=yushu&hall=dehui")
            page.fill("#text", "中枢不在时写的督办")
            page.select_option("#rule", "promise-broken")
            page.click("main form button")
            page.wait_for_selector("[role=alert]")
            assert page.input_value("#text") == "中枢不在时写的督办"
            assert page.is_checked("#h-yushu")
            assert page.is_checked("#h-dehui")
            opened.shoot("away-order-new")
        finally:
            lived.living.province.hub.send(signal.SIGCONT)
        page.locator("#link .up").wait_for(timeout=20_000)
        page.click("main form button")
        page.wait_for_selector(".flash")
        assert page.locator("tbody tr", has_text="中枢不在时写的督办").count() == 2
        assert opened.clean() == []


def test_an_auditor_finds_who_looked_at_a_case(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened, "supervisor").page
        opened.open(f"/cases/{COUNTY}/2026-0002")
        opened.act_as(ROLES["auditor"])
        address = f"/decisions?case_hall={COUNTY}&case_number=2026-0002&person={OFFICER}"

        def is_told() -> bool:
            opened.open(address)
            return page.locator(".decisions li").count() > 0

        wait_until(is_told, "the decision is read", 20)
        opened.shoot("decisions-of-a-case")
        assert opened.axe_faults() == []
        row = page.inner_text(".decisions")
        assert "看办件" in row
        assert "电子监察" in row
        assert "supervisor-reads@1" in row
        opened.open("/decisions?case_number=2026-0002")
        assert "条件不完整" in page.inner_text("[role=alert]")
        assert opened.clean() == []
