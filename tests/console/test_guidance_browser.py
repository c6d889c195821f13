"""Two people of two halls talk in real browsers, through their agents and the hub, whatever becomes of the hub meanwhile."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node_agent.accounts.passwords import Hasher
from tests.console.browsing import NARROW, Browsing, Window
from tests.console.living import COUNTY, HOSTILE
from tests.console.sending import BIDI, MARKUP, PILE, sends
from tests.console.staffed import PASSWORD
from tests.console.talking import CASE, CLERK, GUIDE, OTHER_GUIDE, SOON, Talking, talking
from tests.province.build import PROVINCE_HALL
from tests.province.processes import wait_until

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3_000
"""Three quarters of a MiB: four pieces."""


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """Run the province for the tests of this file."""
    hashed = asyncio.run(Hasher().hash(PASSWORD))
    with talking(tmp_path_factory.mktemp("talking"), hashed) as found:
        yield found


@pytest.fixture
def clerk(talked: Talking, browser: Browsing) -> Iterator[Window]:
    with talked.window(browser, COUNTY, CLERK) as opened:
        yield opened


@pytest.fixture
def guide(talked: Talking, browser: Browsing) -> Iterator[Window]:
    with talked.window(browser, PROVINCE_HALL, GUIDE) as opened:
        yield opened


def ask(window: Window, text: str, path: str = "/guidance/new") -> str:
    """Ask the province; return the thread's address."""
    window.open(path)
    window.page.select_option("#to", "jilin-sheng/jilin-rs")
    window.page.fill("#text", text)
    window.page.click("button[value=ask]")
    window.page.wait_for_selector(".flash")
    return window.page.url.removeprefix(window.base).partition("?")[0]


def answer(window: Window, text: str) -> None:
    window.page.fill("#text", text)
    window.page.click("button[value=answer]")
    window.page.locator(".talk li.ours .text", has_text=text[:60]).wait_for()


def come(window: Window, thread: str) -> None:
    """Open a thread as soon as it has come."""
    window.open("/guidance?queue=all")
    window.page.locator(f"a[href='{thread}']").wait_for(timeout=SOON)
    window.open(thread)


def said(window: Window) -> list[str]:
    return window.page.locator(".talk li:not(.note) .text").all_inner_texts()


def test_a_question_about_a_case_and_its_answer_appear_by_themselves(talked: Talking, clerk: Window, guide: Window, tmp_path: Path) -> None:
    drawing = tmp_path / "图纸.pdf"
    drawing.write_bytes(PDF)
    guide.open("/guidance")
    guide.shoot("guidance-queue-empty")
    clerk.open(f"/cases/{COUNTY}/{CASE}")
    clerk.page.click("a[href^='/guidance/new']")
    assert clerk.page.input_value("#case") == CASE
    clerk.page.fill("#text", "工伤认定需要哪些材料？\n单位已经注销的怎么办？")
    clerk.page.select_option("#to", "jilin-sheng/jilin-rs")
    clerk.page.set_input_files("#file", drawing)
    clerk.page.locator(".staged .files li", has_text="图纸.pdf").wait_for()
    clerk.shoot("guidance-new")
    assert clerk.axe_faults() == []
    clerk.page.click("button[value=ask]")
    clerk.page.wait_for_selector(".flash")
    clerk.shoot("guidance-asked")

    guide.page.locator("td, th", has_text="工伤认定需要哪些材料").first.wait_for(timeout=SOON)  # without reload
    guide.page.locator(".queues .count").first.wait_for()
    guide.shoot("guidance-queue")
    assert guide.axe_faults() == []
    guide.page.click("text=工伤认定需要哪些材料")
    guide.page.locator("#h-case").wait_for()
    assert "收件" in guide.page.inner_text(".beside-column") or "申请" in guide.page.inner_text(".beside-column")
    guide.page.click("button[value=claim]")
    guide.page.locator("button[value=unclaim]").wait_for()
    with guide.page.expect_download(timeout=30_000) as coming:
        guide.page.locator("a[download]").wait_for(timeout=20_000)  # it follows its message
        guide.page.click("a[download]")
    assert coming.value.suggested_filename == "图纸.pdf"
    assert Path(coming.value.path()).read_bytes() == PDF
    guide.page.click("details.aside-note summary")
    guide.page.fill("#note", "先问法规处")
    guide.page.click("button[value=note]")
    guide.page.locator(".talk .note").wait_for()
    guide.page.fill("#text", "需要三项材料：申请表、身份证明、劳动关系证明。")
    began = time.monotonic()
    guide.page.click("button[value=answer]")
    clerk.page.locator(".talk .theirs", has_text="需要三项材料").wait_for(timeout=SOON)
    assert time.monotonic() - began < 3  # a second where the machine does nothing else
    guide.page.locator(".talk .ours", has_text="需要三项材料").wait_for()
    guide.shoot("guidance-thread-guide")
    clerk.shoot("guidance-thread-clerk")
    assert guide.axe_faults() == []
    assert clerk.axe_faults() == []
    assert "先问法规处" not in clerk.page.content()


def test_what_is_said_while_the_hub_is_dead_comes_later_and_once(talked: Talking, clerk: Window, guide: Window) -> None:
    thread = ask(clerk, "中枢断开前的提问")
    come(guide, thread)
    province = talked.lived.province
    province.hub.kill()
    try:
        clerk.page.locator("#link .down").wait_for(timeout=30_000)
        clerk.page.fill("#text", "中枢断开时的追问")
        clerk.page.click("button[value=follow-up]")
        clerk.page.locator(".talk .ours", has_text="中枢断开时的追问").wait_for()
        assert "恢复后自动发出" in clerk.page.inner_text("#lines")
        waiting = clerk.page.locator(".talk li", has_text="等待发出")
        assert [line.splitlines()[-1] for line in waiting.all_inner_texts()] == ["中枢断开时的追问"]
        clerk.shoot("guidance-thread-away")
        assert clerk.axe_faults() == []
        guide.page.type("#text", "正在起草的答复")
        wait_until(lambda: talked.draft(PROVINCE_HALL, GUIDE, "thread") == "正在起草的答复", "the draft is kept", 10)
        guide.page.reload()
        assert guide.page.input_value("#text") == "正在起草的答复"
    finally:
        province.start_hub()
    guide.page.locator(".talk .theirs", has_text="中枢断开时的追问").wait_for(timeout=30_000)
    assert guide.page.input_value("#text") == "正在起草的答复"
    answer(guide, "中枢恢复后的答复")
    clerk.page.locator(".talk .theirs", has_text="中枢恢复后的答复").wait_for(timeout=30_000)
    assert clerk.page.locator(".talk li", has_text="等待发出").count() == 0
    expected = ["中枢断开前的提问", "中枢断开时的追问", "中枢恢复后的答复"]
    assert said(clerk) == said(guide) == expected
    name = thread.rpartition("/")[2]
    assert talked.texts(COUNTY, name) == talked.texts(PROVINCE_HALL, name)
    guide.clean()
    clerk.clean()


def test_of_two_who_claim_one_wins_and_the_other_is_told_who(talked: Talking, clerk: Window, guide: Window, browser: Browsing) -> None:
    thread = ask(clerk, "请问谁来答复")
    come(guide, thread)
    with talked.window(browser, PROVINCE_HALL, OTHER_GUIDE, java_script_enabled=False) as other:  # whose page is behind
        other.open(thread)
        other.page.fill("#text", "我也写了答复")
        guide.page.click("button[value=claim]")
        guide.page.locator("button[value=unclaim]").wait_for()
        other.page.click("button[value=answer]")
        other.page.wait_for_selector("[role=alert]")
        assert "已由 赵指导 认领" in other.page.inner_text("[role=alert]")
        other.shoot("guidance-taken")
        other.page.click("button[value=take-over]")
        other.page.locator("button[value=unclaim]").wait_for()
        assert other.page.input_value("#text") == "我也写了答复"
    guide.page.locator("button[value=take-over]").wait_for(timeout=SOON)
    assert len(said(clerk)) == 1


def test_a_session_that_ends_in_the_middle_of_work_loses_nothing(talked: Talking, clerk: Window) -> None:
    thread = ask(clerk, "会话被收回之前")
    clerk.page.type("#text", "写到一半")
    name = thread.rpartition("/")[2]
    wait_until(lambda: talked.draft(COUNTY, CLERK, f"thread {COUNTY} {name}") == "写到一半", "the draft is kept", 10)
    talked.revoke(COUNTY, CLERK)
    clerk.page.type("#text", "，再写一点")
    clerk.page.click("button[value=follow-up]")
    clerk.page.wait_for_selector("#typed")
    assert clerk.page.input_value("#typed").startswith("写到一半，再写一点")
    clerk.page.click("a.button")
    clerk.sign_in(CLERK, PASSWORD)
    clerk.open(thread)
    assert clerk.page.input_value("#text").startswith("写到一半")
    assert said(clerk) == ["会话被收回之前"]
    clerk.clean()  # the browser notes that drafts after the revocation were refused


def test_what_the_other_hall_wrote_is_text_and_nothing_else(talked: Talking, clerk: Window, guide: Window) -> None:
    for number, text in enumerate(HOSTILE):
        thread = ask(clerk, f"{text}\n{number}", f"/guidance/new?item=i{number}")
        come(guide, thread)
        assert said(guide)[0].strip() == f"{text}\n{number}".strip()
        assert guide.page.locator("main script, main img, main iframe, main object, main link, main a[href^='javascript']").count() == 0
        answer(guide, text)
        clerk.page.locator(".talk .theirs .text").wait_for(timeout=SOON)
        assert clerk.page.locator(".talk .theirs .text").inner_text() == text.strip()
    guide.open("/guidance?queue=all")
    guide.shoot("guidance-hostile")
    assert guide.page.locator("main script, main img").count() == 0
    guide.page.goto(guide.base + "/guidance/search?q=%3Cscript%3Ealert(1)")
    assert guide.page.locator("main script").count() == 0
    guide.open("/guidance/canned")
    for number, text in enumerate(HOSTILE):
        guide.page.fill("#title", f"常用 {number}")
        guide.page.fill("#text", text)
        guide.page.click("button[value=keep]")
        guide.page.wait_for_selector(".flash")
    guide.shoot("guidance-canned")
    assert guide.axe_faults() == []


def test_whatever_another_halls_agent_sends_is_text_that_stays_in_its_place(talked: Talking, browser: Browsing) -> None:
    name = "<img src=x onerror=alert(9)>"
    file = {"sha256": hashlib.sha256(PDF).digest(), "size": len(PDF), "media_type": "application/pdf"}
    marked = sends(talked, f"{MARKUP}\n{name}", item_code=MARKUP, attachments=[{"name": "长" * 90 + ".pdf", **file}])
    piled = sends(talked, PILE)
    unbroken = sends(talked, "W" * 10_000, item_code="i" * 90)
    sends(talked, BIDI)
    sends(talked, "x", attachments=[{"name": f"{name}.pdf", **file}])
    with talked.window(browser, PROVINCE_HALL, GUIDE, viewport=NARROW) as guide:
        for thread in (marked, piled, unbroken):
            come(guide, thread)
            guide.page.locator(".talk .theirs").wait_for()
            guide.shoot(f"guidance-sent-{(marked, piled, unbroken).index(thread)}")
            assert not guide.is_wider_than_its_window(), thread
            assert guide.page.locator("main script, main img, main iframe").count() == 0
            assert guide.axe_faults() == []
            guide.open(f"{thread}?part=lines")
            assert guide.page.locator("script, img").count() == 0
        guide.open(marked)
        assert said(guide)[0] == f"{MARKUP}\n{name}"
        assert MARKUP[:60] in guide.page.inner_text(".talk .said-by")
        assert MARKUP in guide.page.inner_text("#head")
        assert guide.page.locator(".talk .theirs").evaluate("(item) => getComputedStyle(item).overflowY") == "clip"

        def parked() -> bool:
            guide.open("/guidance?queue=all")
            return guide.page.locator(".alarm li").count() == 2

        wait_until(parked, "what cannot be shown is parked", 30)
        assert "U+202E" in guide.page.inner_text(".alarm")
        assert "\u202e" not in guide.page.content()
        guide.shoot("guidance-sent-queue")
        assert not guide.is_wider_than_its_window()
        assert guide.page.locator("main script, main img").count() == 0
        guide.open(f"{marked}/hand-over")
        guide.open(marked)
        guide.page.click("button[value=claim]")
        guide.page.locator("button[value=unclaim]").wait_for()
        guide.open(f"{marked}/hand-over")
        assert guide.page.locator("input[name=to]").count() == 1
        guide.shoot("guidance-hand-over")
        assert not guide.is_wider_than_its_window()
        assert guide.axe_faults() == []


def test_an_answer_is_published_found_and_withdrawn(talked: Talking, clerk: Window, guide: Window) -> None:
    thread = ask(clerk, "知识库测试：灵活就业参保")
    come(guide, thread)
    answer(guide, f"可以在线办理 {HOSTILE[0]}")
    guide.page.click("a[href$='/publish']")
    guide.shoot("guidance-publish")
    assert guide.axe_faults() == []
    guide.page.fill("#title", "灵活就业人员参保")
    guide.page.click("main form button")
    guide.page.wait_for_selector(".flash")

    def found() -> bool:
        clerk.page.goto(clerk.base + "/guidance/search?q=%E5%B0%B1%E4%B8%9A")  # 就业
        return clerk.page.locator(".found mark").count() > 0

    wait_until(found, "the county finds it", 30)
    assert set(clerk.page.locator(".found mark").all_inner_texts()) == {"就业"}
    clerk.shoot("guidance-search")
    assert clerk.axe_faults() == []
    clerk.page.click(".found a")
    assert HOSTILE[0] in clerk.page.inner_text("main")
    clerk.shoot("guidance-knowledge")
    assert clerk.axe_faults() == []


def test_too_long_and_empty_texts_are_told_and_kept(clerk: Window) -> None:
    thread = ask(clerk, "很长的提问")
    clerk.page.click("button[value=follow-up]")
    assert "请写明内容" in clerk.page.inner_text("[role=alert]")
    long = "长" * 10_000
    clerk.page.evaluate("document.querySelector('#text').removeAttribute('maxlength')")
    clerk.page.fill("#text", long + "多")
    clerk.page.click("button[value=follow-up]")
    assert "内容过长" in clerk.page.inner_text("[role=alert]")
    clerk.page.fill("#text", long)
    clerk.page.click("button[value=follow-up]")
    clerk.page.locator(".talk li").nth(1).wait_for()
    assert said(clerk)[1] == long
    clerk.open(thread)
    assert not clerk.is_wider_than_its_window()
    clerk.page.fill("#text", "带\u200b零宽\u3000和全角空格")
    clerk.page.click("button[value=follow-up]")
    clerk.page.locator(".talk li").nth(2).wait_for()
    assert said(clerk)[2] == "带零宽  和全角空格"


def test_everything_works_without_scripts(talked: Talking, browser: Browsing, tmp_path: Path) -> None:
    file = tmp_path / "说明.txt"
    file.write_text("一份说明\n" * 50_000, "utf-8")
    (tmp_path / "坏.html").write_text("<html><script>alert(1)</script>", "utf-8")
    with (
        talked.window(browser, COUNTY, CLERK, java_script_enabled=False) as clerk,
        talked.window(browser, PROVINCE_HALL, GUIDE, java_script_enabled=False) as guide,
    ):
        clerk.open("/guidance/new")
        clerk.page.select_option("#to", "jilin-sheng/")
        clerk.page.fill("#text", "没有脚本的提问")
        clerk.page.set_input_files("#file", tmp_path / "坏.html")
        clerk.page.click("button[value=attach]")
        assert "没有完成" in clerk.page.inner_text("[role=alert]")
        clerk.page.set_input_files("#file", file)
        clerk.page.click("button[value=attach]")
        assert clerk.page.input_value("#text") == "没有脚本的提问"
        assert "说明.txt" in clerk.page.inner_text(".files")
        clerk.page.click("button[value=ask]")
        thread = clerk.page.url.removeprefix(clerk.base).partition("?")[0]

        def came() -> bool:
            guide.open("/guidance?queue=unclaimed")
            return guide.page.locator(f"a[href='{thread}']").count() == 1

        wait_until(came, "the question is here", 30)
        guide.page.click(f"a[href='{thread}']")
        guide.page.click("button[value=claim]")
        guide.page.fill("#text", "没有脚本的答复")
        guide.page.click("button[value=answer]")
        assert "没有脚本的答复" in guide.page.inner_text(".talk")

        def answered() -> bool:
            clerk.open(thread)
            return "没有脚本的答复" in clerk.page.inner_text(".talk")

        wait_until(answered, "the answer is here", 30)
        clerk.page.click("button[value=close]")
        clerk.page.check("input[name=grade][value='4']")
        clerk.shoot("guidance-closed")
        clerk.page.click("button[value=rate]")
        assert "4 分" in clerk.page.inner_text("#head")
        clerk.page.click("button[value=reopen]")
        assert clerk.page.locator("#text").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_window_and_can_be_used_by_everybody(talked: Talking, browser: Browsing, scheme: str) -> None:
    with talked.window(browser, PROVINCE_HALL, GUIDE, viewport=NARROW, color_scheme=scheme, locale="en-GB") as guide:
        pages = ["/", "/guidance", "/guidance?queue=all", "/guidance/search", "/guidance/search?q=hello", "/guidance/canned"]
        guide.open("/guidance?queue=all")
        threads = guide.page.locator("tbody th a")
        if threads.count():
            pages += [str(threads.nth(0).get_attribute("href")), str(threads.nth(threads.count() - 1).get_attribute("href"))]
        for number, path in enumerate(pages):
            guide.open(path)
            guide.shoot(f"guidance-narrow-{number}-{scheme}")
            assert not guide.is_wider_than_its_window(), path
            assert guide.axe_faults() == [], path
    with talked.window(browser, COUNTY, CLERK, viewport=NARROW, color_scheme=scheme) as clerk:
        for path in ("/guidance/new", "/guidance"):
            clerk.open(path)
            clerk.shoot(f"guidance-narrow{path.replace('/', '-')}-clerk-{scheme}")
            assert not clerk.is_wider_than_its_window(), path
            assert clerk.axe_faults() == [], path


def test_the_keyboard_alone_is_enough_and_the_page_weighs_little(talked: Talking, clerk: Window) -> None:
    thread = ask(clerk, "键盘")
    script = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).map((e) => e.encodedBodySize)"
    assert sum(clerk.page.evaluate(script)) < 100_000
    clerk.open(thread)
    clerk.page.focus("#text")
    clerk.page.keyboard.type("只用键盘")
    for _ in range(10):
        clerk.page.keyboard.press("Tab")
        if clerk.page.evaluate("document.activeElement.value") == "follow-up":
            break
    clerk.page.keyboard.press("Enter")
    clerk.page.locator(".talk li", has_text="只用键盘").wait_for()
