"""Every page of the console, one after the other: by keyboard alone, without scripts, light, and in a picture for people to look at."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from node_agent.accounts.passwords import Hasher
from node_agent.console.app import PAGES
from tests.console.browsing import NARROW, Browsing, Window
from tests.console.staffed import PASSWORD
from tests.console.walking import fill, walked
from tests.console.whole import SEATS, Whole, whole

pytestmark = pytest.mark.slow

OK: Final = 200
HEAVIEST: Final = 100_000
"""Bytes of a page with all that its first picture needs."""
WHERE: Final = {
    "/": ("supervisor", "/"),
    "/account": ("clerk", "/account"),
    "/account/password": ("clerk", "/account/password"),
    "/cards": ("supervisor", "/cards"),
    "/cards/{number}": ("supervisor", "/cards/{card}"),
    "/cases": ("clerk", "/cases"),
    "/cases/{hall}/{number:path}": ("clerk", "/cases/{case_hall}/{case}"),
    "/catalogue": ("catalogue", "/catalogue"),
    "/catalogue/{name}": ("catalogue", "/catalogue/enterprise-register"),
    "/decisions": ("auditor", "/decisions"),
    "/exchange": ("administrator", "/exchange"),
    "/exchange/dead-letters": ("administrator", "/exchange/dead-letters"),
    "/exchange/evidence": ("administrator", "/exchange/evidence?of=inbox&place=0"),
    "/exchange/inbox": ("administrator", "/exchange/inbox"),
    "/exchange/journal": ("administrator", "/exchange/journal"),
    "/guidance": ("guide", "/guidance?queue=all"),
    "/guidance/canned": ("guide", "/guidance/canned"),
    "/guidance/knowledge/{name}": ("guide", "/guidance/knowledge/{knowledge}"),
    "/guidance/new": ("clerk", "/guidance/new"),
    "/guidance/search": ("guide", "/guidance/search?q=受理"),
    "/guidance/threads/{hall}/{thread}": ("guide", "/guidance/threads/{asking}/{thread}"),
    "/guidance/threads/{hall}/{thread}/hand-over": ("guide", "/guidance/threads/{asking}/{thread}/hand-over"),
    "/guidance/threads/{hall}/{thread}/publish": ("guide", "/guidance/threads/{asking}/{thread}/publish"),
    "/licences": ("reader", "/licences"),
    "/licences/accesses": ("window", "/licences/accesses"),
    "/licences/book": ("officer", "/licences/book"),
    "/licences/book/{root}": ("officer", "/licences/book/{root}"),
    "/licences/book/{root}/copy": ("officer", "/licences/book/{root}/copy"),
    "/licences/book/{root}/{what}": ("officer", "/licences/book/{root}/change"),
    "/licences/endings": ("officer", "/licences/endings"),
    "/licences/issue": ("officer", "/licences/issue"),
    "/licences/issue/{type}": ("officer", "/licences/issue/{type}"),
    "/licences/outliers": ("auditor", "/licences/outliers"),
    "/lights": ("supervisor", "/lights"),
    "/orders": ("supervisor", "/orders"),
    "/orders/new": ("supervisor", "/orders/new?hall=yushu"),
    "/orders/{order}": ("clerk", "/orders/{order}"),
    "/province": ("supervisor", "/province"),
    "/rectifications": ("supervisor", "/rectifications"),
    "/rectifications/{number}": ("supervisor", "/rectifications/{rectification}"),
    "/register": ("auditor", "/register"),
    "/register-edit/{name}": ("administrator", "/register-edit/hall?key=gongzhuling&version=1980-01-01"),
    "/register-history/{name}": ("administrator", "/register-history/hall?key=gongzhuling"),
    "/register-pending": ("administrator", "/register-pending"),
    "/register/{name}": ("auditor", "/register/hall"),
    "/register/{name}/{number:path}": ("auditor", "/register/hall/yushu"),
    "/reminders": ("supervisor", "/reminders"),
    "/reports": ("catalogue", "/reports"),
    "/shares": ("catalogue", "/shares"),
    "/shares/{number}": ("catalogue", "/shares/{share}"),
    "/statistics": ("supervisor", "/statistics?asked=1&by_hall=1&by_month=1"),
    "/users": ("administrator", "/users"),
    "/users/sessions": ("administrator", "/users/sessions"),
    "/users/{number}": ("administrator", "/users/9"),
}
"""Who looks at each page, and at which address."""
ALSO: Final = {
    "/catalogue/social-insurance": ("catalogue", "/catalogue/social-insurance"),
    "/catalogue of a clerk": ("clerk", "/catalogue/social-insurance"),
    "/decisions?case_number=1": ("auditor", "/decisions?case_number=1"),
    "/guidance of a clerk": ("clerk", "/guidance"),
    "/lights?subtree=changchun": ("supervisor", "/lights?subtree=changchun"),
    "/licences/book?status=revoked": ("officer", "/licences/book?status=revoked"),
    "/orders/new without a hall": ("supervisor", "/orders/new"),
    "/province?branch=changchun&state=never": ("supervisor", "/province?branch=changchun&state=never"),
    "/register-edit/calendar-day": ("administrator", "/register-edit/calendar-day"),
    "/register-edit/department": ("administrator", "/register-edit/department"),
    "/register-edit/rule": ("administrator", "/register-edit/rule?key=clerk-asks&version=1"),
    "/register/item?q=许可": ("auditor", "/register/item?q=许可"),
    "/register/supervision-rule": ("auditor", "/register/supervision-rule"),
    "/reports of a clerk": ("clerk", "/reports"),
    "/shares of an auditor": ("auditor", "/shares"),
    "/statistics at first": ("supervisor", "/statistics"),
    "/statistics?item_code=none": ("supervisor", "/statistics?item_code=none"),
}
"""Pages that look otherwise for another person, or with another filter."""
LOOKS: Final = {**ALSO, **WHERE}
NO_PAGES: Final = {
    "/exchange/evidence/{author}/{epoch}/{index}",
    "/guidance/threads/{hall}/{thread}/files/{sha256}",
    "/guidance/unread",
    "/statistics/{name}",
}
"""Files that are handed out, and a part of other pages."""
WEIGH: Final = (
    "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).map((one) => one.encodedBodySize)"
)

Enter = Callable[..., Window]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """Run the province for the tests of this file."""
    with whole(tmp_path_factory.mktemp("whole"), asyncio.run(Hasher().hash(PASSWORD))) as found:
        yield found


@pytest.fixture(scope="module")
def enter(lived: Whole, browser: Browsing) -> Iterator[Enter]:
    """Give the window of who sits at a seat, who signs in but once for each kind of window."""
    windows: dict[object, Window] = {}
    with ExitStack() as stack:

        def window(seat: str, **options: Any) -> Window:
            key = (seat, *sorted((name, str(value)) for name, value in options.items()))
            if key not in windows:
                windows[key] = stack.enter_context(browser.window(lived.base(seat), **options))
                windows[key].open("/")
                windows[key].sign_in(SEATS[seat][1], PASSWORD)
            return windows[key]

        yield window


def address(lived: Whole, path: str) -> tuple[str, str]:
    seat, where = LOOKS[path]
    return seat, where.format_map(dict(lived.names))


def named(path: str) -> str:
    return "page-" + (re.sub(r"[^a-z]+", "-", path).strip("-") or "home")


def test_every_page_is_walked() -> None:
    pages = {path for path, methods, _, area in PAGES if "GET" in methods and area is not None}
    assert set(WHERE) | NO_PAGES == pages


@pytest.mark.parametrize("path", sorted(LOOKS))
def test_everybody_can_use_it_and_the_keyboard_alone_reaches_everything_in_order(lived: Whole, enter: Enter, path: str) -> None:
    seat, where = address(lived, path)
    window = enter(seat)
    assert window.open(where) == OK
    assert sum(window.page.evaluate(WEIGH)) < HEAVIEST
    window.shoot(named(path))
    assert window.page.locator("h1").count() == 1
    assert not window.is_wider_than_its_window()
    assert window.axe_faults() == []
    expected, stops, came_out = walked(window.page)
    assert came_out, f"the keyboard is caught at {stops[-1].what}"
    assert 'class="skip"' in stops[0].what
    assert [stop.what for stop in stops if not stop.ringed] == []
    assert [stop.what for stop in stops if not stop.on_screen] == []
    places = [stop.place for stop in stops if stop.place >= 0]
    assert places == list(range(expected)), [stop.what for stop in stops]
    window.page.focus(".skip")
    window.page.keyboard.press("Enter")
    assert window.page.evaluate("document.activeElement.id") == "main"
    assert window.clean() == []


def test_halls_on_the_map_are_filled_by_their_state(lived: Whole, enter: Enter) -> None:
    window = enter("supervisor")
    window.open("/province")
    fills = window.page.evaluate("[...document.querySelectorAll('.map rect.tile')].map((one) => getComputedStyle(one).fill)")
    assert len(fills) > 40
    assert len(set(fills)) > 1
    assert "rgb(0, 0, 0)" not in fills


@pytest.mark.parametrize("path", sorted(LOOKS))
def test_every_page_fits_a_narrow_window_in_english_and_dark(lived: Whole, enter: Enter, path: str) -> None:
    seat, where = address(lived, path)
    window = enter(seat, viewport=NARROW, color_scheme="dark", locale="en-GB")
    assert window.open(where) == OK
    window.shoot(f"{named(path)}-narrow")
    assert window.axe_faults() == []
    assert not window.is_wider_than_its_window()
    assert window.page.evaluate(CUT) == [], "what is cut off or runs over its box"
    assert window.clean() == []


CUT: Final = """() => [...document.querySelectorAll('main *')].filter((one) => {
  if (one.closest('svg, .sideways, .away, .map') || !one.checkVisibility() || !one.textContent.trim()) return false;
  const box = one.getBoundingClientRect();
  return box.width > 1 && (box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 100))"""
SAID: Final = "main .flash, main .for, main [role=alert], main .wrong, main .proof, main .once, main .staged .files li"
"""Where a page says what became of a form."""


# What is ended or closed on a page comes after what stands below it.
@pytest.mark.parametrize("path", sorted(WHERE, reverse=True))
def test_every_form_can_be_sent_without_scripts_and_says_what_became_of_it(lived: Whole, enter: Enter, path: str) -> None:
    seat, where = address(lived, path)
    window = enter(seat, java_script_enabled=False)
    assert window.open(where) == OK
    buttons = window.page.locator("main form[method=post] button").count()
    for place in range(buttons):
        window.open(where)
        button = window.page.locator("main form[method=post] button").nth(place)
        if not button.count():
            break  # what was done before leaves nothing to do
        while (closed := window.page.locator("main details:not([open]) > summary:visible")).count():
            closed.first.click()
        what = button.evaluate("(one) => one.outerHTML")
        fill(button.locator("xpath=ancestor::form"))
        with window.page.expect_navigation():
            button.click()
        taken_off = "detach" in what and not window.page.locator(".staged .files li").count()  # the list of files says it
        assert taken_off or window.page.locator(SAID).count() > 0, (what, window.page.url, window.page.inner_text("main")[:200])
        assert window.page.locator("h1").count() == 1, what
    assert window.clean() == []
