"""Licences in a real browser: looked up, issued, ended by two and told to their holders; and whose they are stays inside."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Request

from certs.identity import read_certificate
from certs.verifier import Verifier
from node_agent.accounts.passwords import Hasher
from tests.console.browsing import NARROW, Browsing, Window
from tests.console.dealing import CASE, CODE, ISSUER, NAME, PURPOSE, READER, Dealing, dealing
from tests.console.staffed import PASSWORD
from tests.hub.test_licences_canary import holding, spellings
from tests.province.licensing import verdict
from tests.province.processes import wait_until

pytestmark = pytest.mark.slow

MASKED = f"{CODE[:3]}***********{CODE[-4:]}"
RECIPIENT = "长春市示例银行"
ABSENT = "1.2.156.3005.2.11220000DEM000022C001.220182.99999999.001."


@pytest.fixture(scope="module")
def dealt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dealing]:
    """Run the province for the tests of this file."""
    hashed = asyncio.run(Hasher().hash(PASSWORD))
    with dealing(tmp_path_factory.mktemp("dealing"), hashed) as found:
        yield found


Seat = Callable[..., Window]


@pytest.fixture
def at(dealt: Dealing, browser: Browsing) -> Iterator[Seat]:
    """Give a window in which a person of a hall has signed in; at the end nothing may have been wrong in any, nor in any address."""
    addresses: list[str] = []
    opened: list[tuple[AbstractContextManager[Window], Window]] = []

    def seat(hall: str, number: str, **options: object) -> Window:
        context = browser.window(dealt.base(hall), **options)
        window = context.__enter__()
        opened.append((context, window))
        window.context.on("request", lambda request: addresses.append(_address(request)))
        window.open("/")
        window.sign_in(number, PASSWORD)
        return window

    yield seat
    wrong = [fault for _, window in opened for fault in window.clean()]
    for context, _ in opened:
        context.__exit__(None, None, None)
    assert wrong == []
    assert [address for address in addresses if CODE in address or CODE[:-1] in address] == []


def _address(request: Request) -> str:
    return f"{request.url} {request.headers.get('referer', '')}"


def judged(window: Window, name: str) -> None:
    """Leave a picture, and find nothing wrong, wide or narrow."""
    window.shoot(name)
    assert window.axe_faults() == [], name
    assert not window.is_wider_than_its_window(), name


def look(window: Window, **fields: str) -> None:
    window.open("/licences")
    for name, value in ({"purpose": PURPOSE, "case_number": CASE} | fields).items():
        if name == "code_type":
            window.page.select_option("#code_type", value)
        else:
            window.page.fill(f"#{name}", value)
    window.page.click("main form[action='/licences'] button")


def test_a_window_sees_what_it_was_granted_masked_and_with_the_proof_of_its_look(dealt: Dealing, at: Seat) -> None:
    window = at(READER, "7")
    look(window, code=CODE, code_type="111")
    text = window.page.inner_text("main")
    assert "示例人员丙" in text
    assert MASKED in text
    assert CODE not in window.page.content()
    assert window.page.locator(".stamp.valid svg path").count() == 1
    index = int(re.search(r"总账第 (\d+) 条", text)[1])  # type: ignore[index] # it is there
    written = "SELECT count(*) FROM decisions WHERE ledger_index = :at"
    wait_until(lambda: dealt.province.models(written, at=index)[0][0] == 1, "the look is on record where the page says")
    assert window.page.input_value("#purpose") == PURPOSE
    assert window.page.input_value("#code") == ""
    judged(window, "licence-found")


def test_what_is_not_there_and_what_may_not_be_seen_look_alike(dealt: Dealing, at: Seat) -> None:
    window = at(READER, "7", locale="en-GB")

    def seen(**fields: str) -> str:
        look(window, **fields)
        return re.sub(r"\d{2,}|" + re.escape(PURPOSE), "", window.page.inner_text("#main section >> nth=0"))

    absent = seen(code="110101190001011009", code_type="111")
    denied = seen(licences=dealt.licence, purpose="别的用途")
    assert "There is nothing that may be shown" in absent
    assert absent.replace("别的用途", "") == denied.replace("别的用途", "")
    judged(window, "licence-nothing")


def test_a_form_that_is_wrong_is_not_asked_and_says_where(dealt: Dealing, at: Seat) -> None:
    window = at(READER, "7", viewport=NARROW, color_scheme="dark")
    look(window, licences=dealt.licence[:-1] + "*", code="")
    assert window.page.locator("#licences[aria-invalid=true]").count() == 1
    look(window, code=CODE[:-1] + "0", code_type="111")
    assert window.page.locator("#code[aria-invalid=true]").count() == 1
    judged(window, "licence-wrong-narrow")
    assert "没有查询" in window.page.inner_text("main")
    assert window.page.locator(".proof").count() == 0


def test_officers_issue_change_and_end_a_licence_by_two_without_scripts(dealt: Dealing, at: Seat) -> None:
    officer = at(ISSUER, "1024", java_script_enabled=False)
    officer.open("/licences/issue")
    officer.page.click("text=教师资格证")
    page = officer.page
    page.select_option("[name='field.holder_code_type']", "111")
    page.fill("[name='field.holder_name']", NAME)
    page.fill("[name='field.holder_code']", CODE[:-1] + ("1" if CODE[-1] != "1" else "2"))
    page.select_option("[name='field.category']", "2")
    page.fill("[name='field.subject']", "物理")
    page.fill("[name='field.born']", "1990-01-01")
    page.click("main form.panel button")
    assert page.locator("[name='field.holder_code'][aria-invalid=true]").count() == 1
    page.fill("[name='field.holder_code']", CODE)
    page.click("main form.panel button")
    assert "已颁发" in page.inner_text(".flash")
    number = page.inner_text(".sheet .number")
    assert CODE not in page.content()
    page.click("text=变更 >> nth=0")
    page.fill("[name='field.subject']", "化学")
    assert page.input_value("[name='field.holder_code']") == ""
    page.fill("#ground", "任教学科变更")
    page.click("main form.panel button")
    assert "化学" in page.inner_text("main")
    assert MASKED in page.inner_text("main")
    page.click("summary:has-text('终止')")
    page.select_option("#ending", "cancelled/holder-died-or-incapable")
    page.fill("#basis", "行政许可法第七十条")
    page.click("button:has-text('提请')")
    assert page.locator("button:has-text('确认注销')").count() == 0
    second = at(ISSUER, "2048")
    second.open("/licences/endings")
    judged(second, "licence-endings")
    second.page.check("[name=checked]")
    second.page.click("button:has-text('确认注销')")
    assert "已注销" in second.page.inner_text(".title-row")
    judged(second, "licence-ended")
    ended = number.rsplit(".", 2)[0]
    wait_until(lambda: _status(dealt, ended) == ["superseded", "cancelled"], "the registry knows that it ended")


def _status(dealt: Dealing, root: str) -> list[str]:
    query = "SELECT status FROM licence_versions WHERE root = :root ORDER BY licence_id"
    return [str(row.status) for row in dealt.province.models(query, root=root)]


def test_a_holder_hears_at_the_window_who_looked(dealt: Dealing, at: Seat) -> None:
    look(at(READER, "7"), licences=dealt.licence)
    window = at(ISSUER, "55")

    def told() -> bool:
        window.open("/licences/accesses")
        window.page.select_option("#code_type", "111")
        window.page.fill("#code", CODE)
        window.page.click("main form.panel button")
        return PURPOSE in window.page.inner_text("main")

    wait_until(told, "the look is on the holder's list")
    assert "任教学科" in window.page.inner_text("main table")
    assert CODE not in window.page.content()
    judged(window, "licence-accesses-told")


def test_evidence_is_downloaded_and_verifies_with_the_root_alone(dealt: Dealing, at: Seat, tmp_path: Path) -> None:
    window = at(ISSUER, "8")
    window.open("/exchange/journal")
    window.page.click("td.act a >> nth=-1")
    with window.page.expect_download() as coming:
        window.page.click("td.act a >> nth=0")
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    found = Verifier(read_certificate(dealt.province.root.read_bytes())).verify(file.read_bytes())
    assert (found.sender.hall, file.name.startswith(f"{ISSUER}-1-")) == (ISSUER, True)
    window.open(f"/exchange/evidence/{READER}/1/0")
    assert "没有这条消息的存证" in window.page.inner_text("h1")


def test_while_the_hub_is_away_a_look_says_so_and_keeps_what_was_typed(dealt: Dealing, at: Seat) -> None:
    window = at(READER, "7")
    dealt.province.proxies[READER].cut()
    try:
        look(window, licences=dealt.licence)
        assert "暂时连不上中枢" in window.page.inner_text("main")
        assert window.page.input_value("#licences") == dealt.licence
        judged(window, "licence-away")
    finally:
        dealt.province.proxies[READER].restore()


def test_whose_licence_it_is_stands_in_no_file_of_the_halls(dealt: Dealing) -> None:
    words = {spelled for word in (CODE, NAME) for spelled in spellings(word)}
    assert holding(dealt.province.folder, words) == []


def copy(dealt: Dealing, window: Window) -> None:
    """Make a copy by its form; its page is drawn."""
    window.open(f"/licences/book/{dealt.licence.rsplit('.', 2)[0]}/copy")
    for name, value in (("recipient", RECIPIENT), ("purpose", "开户核验"), ("until", "2036-01-01")):
        window.page.fill(f"#{name}", value)


def test_an_officer_makes_a_copy_without_scripts_and_saves_its_file(dealt: Dealing, at: Seat, tmp_path: Path) -> None:
    window = at(ISSUER, "1024", java_script_enabled=False)
    copy(dealt, window)
    window.page.click("main form button")
    assert RECIPIENT in window.page.inner_text("main")
    with window.page.expect_download() as saved:
        window.page.click("nav.screen a[download]")
    saved.value.save_as(tmp_path / "copy.licence")
    said = verdict(tmp_path / "copy.licence", dealt.province.root, RECIPIENT)
    assert said["verdict"] == "valid", said


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_nothing_is_wrong_with_the_form_of_a_copy_nor_with_its_page(dealt: Dealing, at: Seat, locale: str) -> None:
    window = at(ISSUER, "1024", locale=locale, bypass_csp=True)  # the page lets no script in, the judge's neither
    copy(dealt, window)
    judged(window, f"licence-copy-form-{locale}")
    window.page.click("main form button")
    assert RECIPIENT in window.page.inner_text("main")
    judged(window, f"licence-copy-{locale}")
