"""Give the province of two halls a directory, a catalogue, and people of every role that has pages of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from node_agent import db
from node_agent.accounts import users
from node_agent.accounts.users import Held
from tests.console.living import COUNTY, STAFF, Living, living
from tests.province.build import PROVINCE_HALL
from tests.province.directory import fill
from tests.province.processes import executable, run, wait_until

APPLICANT, PROVIDER = "sheng-renshe", "sheng-shijian"
OFFICER = "7"
"""Who has every role at the provincial hall."""
_ROLES = (Held("auditor"), Held("hall-administrator"), Held("catalogue-administrator", APPLICANT), Held("clerk", APPLICANT))
_SUPERVISOR = ("--role", "supervisor", "--person", "9")


@dataclass(frozen=True, slots=True)
class Peopled:
    """The province, with a card and a rectification of the county hall and an application for a resource."""

    living: Living
    card: str
    rectification: str
    share: str

    def ask(self, hall: str, *words: str) -> Any:
        """Ask as a command of a hall's agent does."""
        return asked(self.living, hall, *words)


def asked(lived: Living, hall: str, *words: str) -> Any:
    """Ask as a command of a hall's agent does."""
    return json.loads(run([executable("tongban-agent"), *words, "--json", "--config", lived.province.hall_config(hall)]))


@contextmanager
def peopled(folder: Path, hasher: str) -> Iterator[Peopled]:
    """Run the province for as long as the block lasts; `hasher` is the hash of PASSWORD."""
    with living(folder, hasher) as lived:
        fill(lived.province)
        engine = db.connect(lived.province.hall_folder(PROVINCE_HALL) / "data" / "agent.db")
        with db.begin(engine) as connection:
            for held in _ROLES:
                users.give(connection, OFFICER, held)
        engine.dispose()
        now = datetime.now(UTC)
        lived.write(
            ("2026-0003", "applied", (now - timedelta(days=9)).isoformat(), "收件", STAFF, "窗口", ""),
            ("2026-0003", "accepted", (now - timedelta(days=9)).isoformat(), "受理", STAFF, "窗口", (now + timedelta(days=9)).isoformat()),
            ("2026-0003", "decided", (now - timedelta(days=1)).isoformat(), "决定", STAFF, "窗口", "准予"),
            ("2026-0003", "rated", (now - timedelta(hours=5)).isoformat(), "评价", "", "", "1"),
        )
        wait_until(lambda: lived.province.report(PROVINCE_HALL)["directory"]["kinds"].get("resource"), "the catalogue arrives")
        (card,) = [wait(lived, "card")["card"]["card"]["card"]]
        opened = wait(lived, "rectification")["rectification"]["rectification"]["rectification"]
        until = (now + timedelta(days=90)).date().isoformat()
        words = ("--field", "name", "--field", "uscc", "--purpose", "核验企业登记信息", "--basis", "行政许可法第三十一条", "--until", until)
        share = asked(lived, PROVINCE_HALL, "share", "apply", "enterprise-register", *words, "--department", APPLICANT, "--person", OFFICER)
        yield Peopled(lived, card, opened, share["share"]["application"]["application"])


def wait(lived: Living, what: str) -> Any:
    """Wait until the hub has issued a card, or opened a rectification; return the first."""

    def found() -> Any:
        listed = asked(lived, PROVINCE_HALL, what, "list", *_SUPERVISOR)
        return listed[f"{what}s"]

    wait_until(lambda: bool(found()), f"a {what} of {COUNTY}", 30)
    return found()[0]
