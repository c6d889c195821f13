"""Walk a page with the Tab key alone, and fill its forms, as people do who have no mouse or no scripts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playwright.sync_api import Locator, Page

MOST_STOPS: Final = 900
"""Presses of Tab; a date takes several."""
MOST_WALKS: Final = 5

_TABBABLE: Final = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
  const groups = new Set();
  window.stops = all.filter((one) => {
    if (one.disabled || one.tabIndex < 0 || one.type === 'hidden' || !one.checkVisibility({ visibilityProperty: true })) return false;
    if (one.type !== 'radio') return true;
    if (groups.has(one.name)) return false;
    groups.add(one.name);
    return true;
  });
  return window.stops.length;
}"""

_TOP: Final = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  scrollTo(0, 0);
}"""
_HERE: Final = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const rest = at.namespaceURI.endsWith('svg') ? at.querySelector('.ring') ?? at : at;
  const style = getComputedStyle(rest);
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const drawn = rest !== at && at.matches(':focus-visible') && parseFloat(style.strokeWidth) >= 2 && style.stroke !== 'none';
  const box = at.getBoundingClientRect();
  const onScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0 && box.height > 0;
  const radio = at.type === 'radio' ? window.stops.findIndex((one) => one.type === 'radio' && one.name === at.name) : -1;
  return { place: radio >= 0 ? radio : window.stops.indexOf(at), ringed: ringed || drawn, onScreen, what: at.outerHTML.slice(0, 90) };
}"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the keyboard stood: the place among all that can be acted on (-1: none of them), and whether that is to be seen."""

    place: int
    ringed: bool
    on_screen: bool
    what: str


def walked(page: Page) -> tuple[int, list[Stop], bool]:
    """Press Tab from the top to the end; return how much can be acted on, where the keyboard stood, and whether it came out.

    Where a part of the page was brought up to date meanwhile, what was counted is gone: it is walked anew.
    """
    for _ in range(MOST_WALKS - 1):
        found = _walked(page)
        if page.evaluate("window.stops.every((one) => one.isConnected)"):
            return found
    return _walked(page)


def _walked(page: Page) -> tuple[int, list[Stop], bool]:
    expected = int(page.evaluate(_TABBABLE))
    page.evaluate(_TOP)
    stops: list[Stop] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here: Any = page.evaluate(_HERE)
        if here is None or (stops and here["place"] == stops[0].place != stops[-1].place):
            return expected, stops, True  # out of the page, or around and in again where nothing is around it
        stop = Stop(int(here["place"]), bool(here["ringed"]), bool(here["onScreen"]), str(here["what"]))
        if not stops or stops[-1] != stop:
            stops.append(stop)
    return expected, stops, False


def fill(form: Locator) -> None:
    """Fill what a form asks for, with something that might be meant."""
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    typed = {"date": tomorrow, "month": tomorrow[:7], "number": "3", "password": "x" * 14, "text": "示例", "search": "示例"}
    for field in form.locator("input:visible, textarea:visible, select:visible").all():
        kind = str(field.evaluate("(one) => one.type"))
        if kind == "select-one":
            options = [str(one.get_attribute("value")) for one in field.locator("option").all()]
            field.select_option(next((value for value in options if value), ""))
        elif kind in {"radio", "checkbox"}:
            field.check()
        elif kind == "file":
            field.set_input_files({"name": "示例.txt", "mimeType": "text/plain", "buffer": b"a file\n"})
        elif not field.input_value():
            field.fill("4711" if field.get_attribute("pattern") else typed.get(kind, "示例内容"))
