"""Live in a province in which a county hall asks and the provincial hall guides: real programs, with a line of departments between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from directory.identifiers import uscc_of
from node_agent import db
from node_agent.accounts import sessions, users
from node_agent.accounts.tables import drafts
from node_agent.accounts.users import Held
from node_agent.guidance.tables import messages, threads
from tests.console.browsing import Browsing, Window
from tests.console.living import COUNTY, Living, living
from tests.console.staffed import PASSWORD
from tests.province.build import PROVINCE_HALL
from tests.province.processes import executable, run, wait_until

CLERK, GUIDE, OTHER_GUIDE = "2048", "31", "32"
LINE = {"jilin-rs": (PROVINCE_HALL, "", "省人社厅（示例）"), "gongzhuling-rs": (COUNTY, "jilin-rs", "公主岭市人社局（示例）")}
PEOPLE = {
    COUNTY: {CLERK: ("王窗口", "clerk", "gongzhuling-rs")},
    PROVINCE_HALL: {GUIDE: ("赵指导", "guide", "jilin-rs"), OTHER_GUIDE: ("钱指导", "guide", "jilin-rs")},
}
CASE = "2026-0003"
SOON = 8_000
"""Milliseconds in which what goes at once has come, on a machine that does much besides."""


@dataclass(frozen=True, slots=True)
class Talking:
    """The province, and what stands in the stores of its halls."""

    lived: Living

    @contextmanager
    def store(self, hall: str) -> Iterator[sa.Connection]:
        """Write into the store of a hall, beside its agent, as the command line does."""
        engine = db.connect(self.lived.province.hall_folder(hall) / "data" / "agent.db")
        try:
            with db.begin(engine) as connection:
                yield connection
        finally:
            engine.dispose()

    def draft(self, hall: str, number: str, begins: str) -> str:
        """Return what a user has typed into the form whose name begins so."""
        with self.store(hall) as connection:
            found = sa.select(drafts.c.content).where(drafts.c.number == number, drafts.c.form.startswith(begins))
            return "".join(connection.scalars(found.limit(1)).all())

    def revoke(self, hall: str, number: str) -> None:
        """End all sessions of a user."""
        with self.store(hall) as connection:
            sessions.revoke_all(connection, number)

    def texts(self, hall: str, thread: str) -> list[bytes]:
        """Return the payloads of a thread as a hall keeps them, in the order of the fold."""
        with self.store(hall) as connection:
            said = sa.select(messages.c.payload).where(messages.c.thread == thread).order_by(messages.c.position)
            return list(connection.scalars(said).all())

    def threads(self, hall: str) -> int:
        """Count the threads of a hall."""
        with self.store(hall) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(threads)) or 0

    @contextmanager
    def window(self, browser: Browsing, hall: str, number: str, **options: Any) -> Iterator[Window]:
        """Open a window in which someone has signed in; at its end nothing may have been wrong in it."""
        with browser.window(self.lived.base(hall), **options) as opened:
            opened.open("/")
            opened.sign_in(number, PASSWORD)
            yield opened
            assert opened.clean() == []


@contextmanager
def talking(folder: Path, hashed: str) -> Iterator[Talking]:
    """Run the province for as long as the block lasts; `hashed` is the hash of PASSWORD."""
    with living(folder, hashed) as lived:
        province = lived.province
        facts = enumerate(LINE.items())
        rows = [f"{one},{uscc_of(f'1122000000000012{n}')},{name},{hall},{above}" for n, (one, (hall, above, name)) in facts]
        path = folder / "departments.csv"
        path.write_text("\n".join(["department,uscc,name,hall,superior", *rows, ""]), "utf-8")
        run([executable("tongban-hub"), "directory", "import", str(path), "--config", province.hub_config])
        found = Talking(lived)
        for hall, people in PEOPLE.items():
            wait_until(lambda: province.report(hall)["directory"]["kinds"].get("department") == len(LINE), "the line is here")  # noqa: B023
            _staff(found, hall, people, hashed)
        now = datetime.now(UTC).isoformat()
        lived.write((CASE, "applied", now, "收件", CLERK, "gongzhuling-rs", ""))
        yield found


def _staff(found: Talking, hall: str, people: dict[str, tuple[str, str, str]], hashed: str) -> None:
    now = datetime.now(UTC)
    with found.store(hall) as connection:
        for number, (name, role, department) in people.items():
            users.add(connection, number, name, hashed, now)
            users.set_password(connection, number, hashed, now, must_change=False)
            users.give(connection, number, Held(role, department))
