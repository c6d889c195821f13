"""Look at the console with a real Chromium, and hear what it complains of.

Law: a page is clean when the browser had nothing to object: no script failed, nothing went against the policy, no dialog opened, and
nothing was fetched from another host.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.province.business import ROOT

SCREENSHOTS = ROOT / ".screenshots"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_NO_FAULT = re.compile(r"Failed to load resource: the server responded with a status of (4|503)")
"""What Chromium notes of a page whose status says that something is the matter: the page itself is looked at."""


@dataclass
class Window:
    """One browser window of one person, with everything that was wrong in it."""

    context: BrowserContext
    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a page of the console; return its status, 0 for another place of the same page."""
        answer = self.page.goto(self.base + path)
        return answer.status if answer is not None else 0

    def sign_in(self, number: str, password: str) -> None:
        """Sign in on the page that is shown."""
        self.page.fill("#number", number)
        self.page.fill("#password", password)
        self.page.click("main button")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def act_as(self, role: str) -> None:
        """Change to a role that is held."""
        self.open("/account")
        self.page.select_option("#role", role)
        self.page.click("form[action='/account/role'] button")
        self.page.wait_for_url(self.base + "/")

    def shoot(self, name: str) -> None:
        """Leave a picture of the whole page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def axe_faults(self) -> list[str]:
        """Return what axe finds, by rule and place."""
        found: Any = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response
        return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]

    def is_wider_than_its_window(self) -> bool:
        """Tell whether a page scrolls sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def clean(self) -> list[str]:
        """Return what was wrong until now, and forget it."""
        found, self.faults[:] = list(self.faults), []
        return found


@dataclass
class Browsing:
    """A running Chromium."""

    chromium: Browser

    @contextmanager
    def window(self, base: str, **options: Any) -> Iterator[Window]:
        """Open a window of a person of its own: no cookie of another."""
        context = self.chromium.new_context(**{"locale": "zh-CN", "viewport": WIDE} | options)
        context.set_default_timeout(15_000)
        window = Window(context, context.new_page(), base)
        _listen(window)
        try:
            yield window
        finally:
            context.close()


def _listen(window: Window) -> None:
    host = urlsplit(window.base).netloc

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _NO_FAULT.match(message.text):
            window.faults.append(message.text)

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != host and parts.scheme not in {"data", "blob", "about"}:
            window.faults.append(f"foreign request: {request.url}")

    def dialog(opened: Any) -> None:
        window.faults.append(f"dialog: {opened.message}")
        opened.dismiss()

    window.page.on("console", said)
    window.page.on("pageerror", lambda error: window.faults.append(f"script: {error}"))
    window.page.on("dialog", dialog)
    window.context.on("request", asked)


@contextmanager
def browsing() -> Iterator[Browsing]:
    """Run Debian's Chromium for as long as the block lasts."""
    program = shutil.which("chromium")
    assert program, "Chromium is needed: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        # Tests of a continuous integration run as root, where Chromium has no sandbox of its own.
        chromium = playwright.chromium.launch(executable_path=Path(program), args=["--no-sandbox"])
        try:
            yield Browsing(chromium)
        finally:
            chromium.close()
