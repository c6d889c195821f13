"""The console in a real browser: what others wrote harms nobody, and everybody can use it."""

import asyncio
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from node_agent.accounts.passwords import Hasher
from tests.console.browsing import NARROW, Browsing, Window
from tests.console.living import COUNTY, HOSTILE, STAFF, Living, living
from tests.console.staffed import PASSWORD
from tests.province.build import PROVINCE_HALL
from tests.province.processes import wait_until

pytestmark = pytest.mark.slow

PAGES = {
    "clerk/": ("/", "/cases", "/cases?light=red", "/cases?number=nichts", "/orders", "/cards", "/account", "/account/password", "/nothing"),
    "supervisor/": ("/", "/cases", "/orders"),
    "hall-administrator/": (
        "/",
        "/exchange",
        "/exchange/journal",
        "/exchange/inbox",
        "/exchange/dead-letters",
        "/users",
        "/users/1024",
        "/users/sessions",
        "/cases",
    ),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """Run the province for the tests of this file."""
    hashed = asyncio.run(Hasher().hash(PASSWORD))
    with living(tmp_path_factory.mktemp("living"), hashed) as found:
        yield found


@pytest.fixture
def window(lived: Living, browser: Browsing) -> Iterator[Window]:
    """Open a window in which the clerk of the county hall has signed in; at its end nothing may have been wrong in it."""
    with browser.window(lived.base()) as opened:
        opened.open("/")
        opened.sign_in(STAFF, PASSWORD)
        yield opened
        assert opened.clean() == []


def named(path: str, role: str, more: str = "") -> str:
    words = re.sub(r"[^a-z0-9]+", "-", path).strip("-") or "home"
    return f"{words}-{role.strip('/')}{more}"


@pytest.mark.parametrize("role", sorted(PAGES))
def test_every_page_can_be_used_by_everybody(window: Window, role: str) -> None:
    if role != "clerk/":
        window.act_as(role)
    for path in PAGES[role]:
        window.open(path)
        window.shoot(named(path, role))
        assert window.axe_faults() == [], path
        assert window.clean() == [], path


@pytest.mark.parametrize("role", sorted(PAGES))
def test_every_page_fits_a_narrow_window_in_either_light(lived: Living, browser: Browsing, role: str) -> None:
    with browser.window(lived.base(), viewport=NARROW, color_scheme="dark", locale="en-GB") as opened:
        opened.open("/")
        opened.sign_in(STAFF, PASSWORD)
        if role != "clerk/":
            opened.act_as(role)
        for path in PAGES[role]:
            opened.open(path)
            opened.shoot(named(path, role, "-narrow"))
            assert not opened.is_wider_than_its_window(), path
            assert opened.axe_faults() == [], path
        assert opened.clean() == []


def test_the_page_of_a_case_can_be_used_by_everybody(lived: Living, window: Window, browser: Browsing) -> None:
    for number in ("2026-0001", "2026-0002"):
        window.open(f"/cases/{COUNTY}/{number}")
        window.shoot(f"case-{number}")
        assert window.page.locator("h1").inner_text().endswith(number)
        assert window.axe_faults() == []
    with browser.window(lived.base(), viewport=NARROW) as opened:
        opened.open(f"/cases/{COUNTY}/2026-0002")
        opened.sign_in(STAFF, PASSWORD)
        opened.shoot("case-narrow")
        assert not opened.is_wider_than_its_window()
        assert opened.clean() == []


def test_a_late_case_is_red_in_word_and_shape_and_comes_first_on_the_first_page(window: Window) -> None:
    window.open("/")
    urgent = window.page.locator(".tally .urgent")
    assert urgent.inner_text().split() == ["1", "已超期办件"]
    row = window.page.locator("table").first.locator("tbody tr").first
    assert "红灯" in row.inner_text()
    assert row.locator(".light.red svg path").count() == 2
    assert "2026-0002" in row.inner_text()


def test_filters_stand_in_the_address_and_hold(window: Window) -> None:
    window.open("/cases")
    window.page.fill("#f-number", "2026-")
    window.page.select_option("#f-light", "red")
    window.page.press("#f-number", "Enter")
    window.page.wait_for_url(lambda url: "number=2026-" in url and "light=red" in url)
    assert window.page.locator("tbody tr").count() == 1
    assert window.page.input_value("#f-number") == "2026-"
    window.open("/cases?number=2026-&light=green")
    assert [one.inner_text() for one in window.page.locator("tbody th").all()] == ["2026-0001"] or "2026-0001" in window.page.inner_text(
        "main"
    )


def test_what_others_wrote_into_cases_is_text_and_nothing_else(window: Window) -> None:
    window.open("/cases")
    links = [one.get_attribute("href") for one in window.page.locator("tbody a.number").all()]
    assert len(links) == 2 + len(HOSTILE)
    seen = ""
    for link in links:
        window.open(str(link))
        assert window.page.locator("h1").count() == 1
        seen += window.page.inner_text("main")
        assert window.page.locator("main script, main img, main iframe, main object, main link, main a[href^='javascript']").count() == 0
    assert [text for text in HOSTILE if text not in seen] == []


def test_what_others_wrote_into_orders_and_names_is_text_and_nothing_else(lived: Living, window: Window) -> None:
    for text in HOSTILE:
        order = lived.order(text)
        window.open(f"/orders/{order}")
        assert window.page.inner_text("blockquote") == text
    window.open("/orders")
    window.shoot("orders-hostile")
    window.open("/account")
    assert HOSTILE[1] in window.page.inner_text("main")


def test_an_answer_reaches_the_hub_and_an_order_appears_without_reload(lived: Living, window: Window) -> None:
    window.open("/")
    order = lived.order("请报送本周办理情况")
    window.page.wait_for_selector(f"a[href='/orders/{order}']", timeout=5_000)
    window.page.click(f"a[href='/orders/{order}']")
    window.page.wait_for_selector("#text")
    window.shoot("order")
    assert window.axe_faults() == []
    window.page.fill("#text", "已于今日报送。")
    window.page.click("form.panel button")
    window.page.wait_for_selector(".flash")
    assert "已于今日报送。" in window.page.inner_text("main")
    assert lived.draft(f"order {order}") == ""


def test_orders_answers_and_what_was_sent_appear_on_open_pages_by_themselves(lived: Living, window: Window, browser: Browsing) -> None:
    with browser.window(lived.base(PROVINCE_HALL)) as issuer, browser.window(lived.base()) as administrator:
        window.open("/orders")
        order = lived.order("请报送上月汇总")
        row = window.page.locator(f"#list a[href='/orders/{order}']")
        row.wait_for(timeout=8_000)
        issuer.open("/")
        issuer.sign_in("7", PASSWORD)
        issuer.act_as("supervisor/")
        issuer.open(f"/orders/{order}")
        administrator.open("/")
        administrator.sign_in("7", PASSWORD)
        administrator.act_as("hall-administrator/")
        administrator.open("/exchange/journal")
        newest = administrator.page.locator("#list tbody tr th").first
        before = newest.inner_text()
        row.click()
        window.page.fill("#text", "上月汇总已报送。")
        window.page.click("form.panel button")
        window.page.wait_for_selector(".flash")
        issuer.page.locator("#standing .text", has_text="上月汇总已报送。").wait_for(timeout=8_000)
        lived.write(("2026-0001", "step", datetime.now(UTC).isoformat(), "现场勘验", STAFF, "窗口", "现场勘验"))
        administrator.page.locator("#list tbody tr th").first.filter(has_not_text=before).wait_for(timeout=8_000)
        assert issuer.clean() == administrator.clean() == []


def test_a_session_revoked_in_the_middle_of_work_keeps_what_was_typed(lived: Living, window: Window) -> None:
    order = lived.order("请说明原因")
    window.open(f"/orders/{order}")
    window.page.type("#text", "我们正在核实，")
    wait_until(lambda: lived.draft(f"order {order}") == "我们正在核实，", "the draft is kept", 5)
    lived.revoke()
    window.page.type("#text", "预计周五答复。")
    window.page.click("form.panel button")
    window.page.wait_for_selector("#typed")
    window.shoot("session-ended")
    assert window.page.input_value("#typed") == "我们正在核实，预计周五答复。"
    assert window.axe_faults() == []
    window.page.click("a.button")
    window.sign_in(STAFF, PASSWORD)
    window.open(f"/orders/{order}")
    assert window.page.input_value("#text").startswith("我们正在核实，")
    window.clean()  # the browser notes that the draft after the revocation was refused


def test_an_open_page_learns_that_its_session_ended(lived: Living, window: Window) -> None:
    window.open("/")
    window.page.locator("#link", has_text="与中枢连通").wait_for()
    lived.revoke()
    window.page.locator("#link", has_text="不再自动更新").wait_for()


def test_everything_works_without_scripts(lived: Living, browser: Browsing) -> None:
    order = lived.order("请书面答复")
    with browser.window(lived.base(), java_script_enabled=False) as opened:
        opened.open(f"/orders/{order}")
        opened.page.fill("#number", STAFF)
        opened.page.fill("#password", PASSWORD)
        opened.page.click("main button")
        opened.page.fill("#text", "没有脚本也能答复。")
        opened.page.click("form.panel button")
        assert "没有脚本也能答复。" in opened.page.inner_text("main")
        opened.open("/cases")
        opened.page.select_option("#f-light", "red")
        opened.page.click(".filters button")
        assert opened.page.locator("tbody tr").count() == 1
        opened.page.click(".top form button")
        assert "/sign-in" in opened.page.url
        assert opened.clean() == []


def test_the_keyboard_alone_is_enough(lived: Living, browser: Browsing) -> None:
    with browser.window(lived.base()) as opened:
        opened.open("/")
        opened.page.locator("#number:focus").wait_for()
        keyboard = opened.page.keyboard
        keyboard.type(STAFF)
        keyboard.press("Tab")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        opened.page.wait_for_url(opened.base + "/")
        keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement.className") == "skip"
        keyboard.press("Enter")
        assert opened.page.evaluate("document.activeElement.id") == "main"
        for _ in range(30):
            keyboard.press("Tab")
            focused = opened.page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)] })()"
            )
            if opened.page.evaluate("document.activeElement === document.body"):
                break
            assert focused[0] == "solid"
            assert focused[1] >= 2
        assert opened.clean() == []


def test_a_page_weighs_little(window: Window) -> None:
    window.open("/cases")
    script = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).map((e) => e.encodedBodySize)"
    assert sum(window.page.evaluate(script)) < 100_000


def test_while_the_hub_is_away_pages_say_so_soon_and_come_back_by_themselves(lived: Living, window: Window) -> None:
    window.open("/")
    lived.province.hub.send(signal.SIGSTOP)
    try:
        for path in ("/", "/cases", f"/cases/{COUNTY}/2026-0001", "/orders"):
            began = time.monotonic()
            window.open(path)
            assert time.monotonic() - began < 3.5, path
            assert "暂时连不上中枢" in window.page.inner_text("main"), path
        window.open("/orders/o-8b1d40e7c96f2a35d07e1c4b")
        began = time.monotonic()
        window.page.fill("#text", "中枢不在时写的答复")
        window.page.click("form.panel button")
        window.page.wait_for_selector("[role=alert]")
        assert time.monotonic() - began < 3.5
        assert window.page.input_value("#text") == "中枢不在时写的答复"
        assert lived.draft("order o-8b1d40e7c96f2a35d07e1c4b") == "中枢不在时写的答复"
        window.open("/")
        window.shoot("home-away")
        assert window.axe_faults() == []
        window.page.wait_for_selector("#link .down", timeout=30_000)
        window.shoot("home-down")
    finally:
        lived.province.hub.send(signal.SIGCONT)
    window.page.wait_for_selector("#link .up", timeout=20_000)
    window.page.wait_for_selector(".tally .urgent", timeout=20_000)


def test_the_provincial_hall_sees_the_halls_below_it(lived: Living, browser: Browsing) -> None:
    with browser.window(lived.base(PROVINCE_HALL)) as opened:
        opened.open("/")
        opened.sign_in("7", PASSWORD)
        opened.act_as("supervisor/")
        opened.open("/cases?hall=gongzhuling&number=2026-")
        opened.shoot("cases-province")
        assert opened.page.locator("tbody tr").count() == 2
        assert opened.clean() == []


def test_after_too_many_failures_the_page_says_what_to_do(lived: Living, browser: Browsing) -> None:
    with browser.window(lived.base()) as opened:
        opened.open("/")
        for _ in range(6):
            opened.page.fill("#number", "4711")
            opened.page.fill("#password", "falsch falsch")
            opened.page.click("main button")
            opened.page.wait_for_selector("[role=alert]")
        assert "暂停登录" in opened.page.inner_text("[role=alert]")
        opened.shoot("sign-in-closed")
        assert opened.axe_faults() == []
        assert opened.clean() == []
    lived.forgive()
