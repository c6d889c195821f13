"""The register is edited in a real browser, without scripts, in a narrow window and by the keyboard; everybody can use every step."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from node_agent.accounts.passwords import Hasher
from tests.console.browsing import NARROW, Browsing, Window
from tests.console.living import HOSTILE
from tests.console.peopled import OFFICER, Peopled, peopled
from tests.console.staffed import PASSWORD
from tests.province.build import PROVINCE_HALL
from tests.province.processes import wait_until

pytestmark = pytest.mark.slow

DEPARTMENT = "sheng-shijian"
REASON = "吉政办〔2026〕11号"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peopled]:
    """Run the province for the tests of this file."""
    hashed = asyncio.run(Hasher().hash(PASSWORD))
    with peopled(tmp_path_factory.mktemp("edited"), hashed) as found:
        yield found


def enter(window: Window) -> Window:
    window.open("/")
    window.sign_in(OFFICER, PASSWORD)
    window.act_as("hall-administrator/")
    return window


def looked_at(window: Window, name: str) -> None:
    """Leave a picture, and see that everybody can use the page."""
    window.shoot(name)
    assert window.page.locator("h1").count() == 1, name
    assert not window.is_wider_than_its_window(), name
    assert window.clean() == [], name


def test_a_name_is_changed_step_by_step_without_scripts(lived: Peopled, browser: Browsing) -> None:
    with browser.window(lived.living.base(PROVINCE_HALL), java_script_enabled=False, viewport=NARROW) as opened:
        page = enter(opened).page
        opened.open(f"/register/department/{DEPARTMENT}")
        page.click("a.button")
        looked_at(opened, "register-edit-narrow")
        page.fill("[id='field.name']", HOSTILE[1])
        page.click("button[value=check]")
        looked_at(opened, "register-difference-narrow")
        assert HOSTILE[1] in page.inner_text("ins")
        assert page.inner_text("ins").startswith("+"), "the difference is marked, not only coloured"
        assert page.inner_text("del").startswith("−")
        page.fill("#reason", REASON)
        page.click("main form button")
        assert "已保存" in page.inner_text(".flash")
        opened.open(f"/register-history/department?key={DEPARTMENT}")
        assert REASON in page.inner_text("main")
        assert HOSTILE[1] in page.inner_text("main")
        looked_at(opened, "register-history-narrow")
    wait_until(lambda: HOSTILE[1] in shown(lived, browser), "the hall's own replica has it")


def shown(lived: Peopled, browser: Browsing) -> str:
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        enter(opened).open(f"/register/department/{DEPARTMENT}")
        return opened.page.inner_text("h1")


def test_a_change_of_rules_is_submitted_by_the_keyboard_and_waits(lived: Peopled, browser: Browsing) -> None:
    since = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened:
        page = enter(opened).page
        opened.open("/register-edit/rule?key=clerk-asks&version=1")
        assert opened.axe_faults() == []
        page.fill("[id='field.basis']", "试行期满，另作规定")
        page.fill("#since", since)
        page.focus("button[value=check]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#reason")
        looked_at(opened, "register-difference-rule")
        assert opened.axe_faults() == []
        page.fill("#reason", REASON)
        page.keyboard.press("Enter")
        page.wait_for_selector(".flash")
        assert page.locator("button[value=confirm]").count() == 0
        looked_at(opened, "register-pending")
        assert opened.axe_faults() == []
        page.click("button[value=withdraw]")
        page.wait_for_selector(".flash")
        assert "已撤回" in page.inner_text(".flash")


def test_faults_and_what_others_changed_meanwhile_can_be_read_by_everybody(lived: Peopled, browser: Browsing) -> None:
    path = "/register-edit/hall?key=gongzhuling&version=1980-01-01"
    with browser.window(lived.living.base(PROVINCE_HALL)) as opened, browser.window(lived.living.base(PROVINCE_HALL)) as other:
        for window in (opened, other):
            enter(window).open(path)
        opened.page.fill("[id='field.superior']", "nobody")
        opened.page.click("button[value=check]")
        opened.page.wait_for_selector("#faults")
        looked_at(opened, "register-faults")
        assert opened.axe_faults() == []
        opened.open(f"{path}&fresh=1")
        for window, name in ((opened, "公主岭市政务大厅（甲）"), (other, "公主岭市政务大厅（乙）")):
            window.page.fill("[id='field.name']", name)
            window.page.click("button[value=check]")
            window.page.wait_for_selector("#reason")
            window.page.fill("#reason", REASON)
        other.page.click("main form button")
        other.page.wait_for_selector(".flash")
        opened.page.click("main form button")
        opened.page.wait_for_selector("#h-conflict")
        looked_at(opened, "register-conflict")
        assert opened.axe_faults() == []
        assert "（乙）" in opened.page.inner_text("del")
        assert "（甲）" in opened.page.inner_text("ins")
