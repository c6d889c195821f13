"""Live in a province in which every page of the console has something to show: cases, cards, orders, shares, licences, guidance."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from directory.identifiers import uscc_of
from node_agent import db
from node_agent.accounts import users
from node_agent.accounts.users import Held
from tests.console.dealing import ISSUER, READER, dealing
from tests.console.living import COUNTY, Living
from tests.console.peopled import APPLICANT, asked, wait
from tests.province import licensed
from tests.province.build import PROVINCE_HALL, Province
from tests.province.processes import executable, run, wait_until

GUIDING, ASKING = "jilin-rs", "gongzhuling-rs"
LINE: Final = {GUIDING: (PROVINCE_HALL, "", "省人社厅（示例）"), ASKING: (COUNTY, GUIDING, "公主岭市人社局（示例）")}
SEATS: Final[Mapping[str, tuple[str, str, Held]]] = {
    "supervisor": (PROVINCE_HALL, "11", Held("supervisor")),
    "catalogue": (PROVINCE_HALL, "12", Held("catalogue-administrator", APPLICANT)),
    "administrator": (PROVINCE_HALL, "13", Held("hall-administrator")),
    "guide": (PROVINCE_HALL, "14", Held("guide", GUIDING)),
    "auditor": (PROVINCE_HALL, "15", Held("auditor")),
    "clerk": (READER, "21", Held("clerk", ASKING)),
    "reader": (READER, "22", Held("licence-reader", ASKING)),
    "officer": (ISSUER, "23", Held("licence-officer")),
    "window": (ISSUER, "24", Held("clerk")),
}
"""Who sits where, in which role: each looks at the pages that are for them."""
QUESTION: Final = "申请人的营业执照正在变更，能否先受理？"
_CLERK = ("--role", "clerk", "--department", ASKING, "--person", "21")
_GUIDE = ("--role", "guide", "--department", GUIDING, "--person", "14")


@dataclass(frozen=True, slots=True)
class Whole:
    """Where the consoles are, and what stands in the addresses of their pages."""

    bases: Mapping[str, str]
    names: Mapping[str, str]

    def base(self, seat: str) -> str:
        """Return where someone's console is."""
        return self.bases[SEATS[seat][0]]


@contextmanager
def whole(folder: Path, hashed: str) -> Iterator[Whole]:
    """Run the province for as long as the block lasts; `hashed` is the hash of everybody's password."""
    with dealing(folder, hashed) as dealt:
        province, lived = dealt.province, Living(dealt.province, dealt.ports)
        for seat in SEATS:
            _seat(province, seat, hashed)
        _line(province, folder)
        lived.write(*_steps())
        order = lived.order("请说明超期原因，并于本周内报送整改计划。")
        share = _apply(lived)
        thread = _talk(province)
        names = {
            "case_hall": COUNTY,
            "case": "2026-0002",
            "order": order,
            "share": share,
            "thread": thread,
            "asking": COUNTY,
            "knowledge": "known-1",
            "card": wait(lived, "card")["card"]["card"]["card"],
            "rectification": wait(lived, "rectification")["rectification"]["rectification"]["rectification"],
            "root": dealt.licence.rsplit(".", 2)[0],
            "type": licensed.FOOD,
        }
        yield Whole({hall: dealt.base(hall) for hall in dealt.ports}, names)


def _seat(province: Province, seat: str, hashed: str) -> None:
    hall, number, held = SEATS[seat]
    engine = db.connect(province.hall_folder(hall) / "data" / "agent.db")
    now = datetime.now(UTC)
    with db.begin(engine) as connection:
        users.add(connection, number, f"示例{number}", hashed, now)
        users.set_password(connection, number, hashed, now, must_change=False)
        users.give(connection, number, held)
    engine.dispose()


def _line(province: Province, folder: Path) -> None:
    """Say who guides whom."""
    facts = enumerate(LINE.items())
    rows = [f"{one},{uscc_of(f'1122000000000012{n}')},{name},{hall},{above}" for n, (one, (hall, above, name)) in facts]
    path = folder / "line.csv"
    path.write_text("\n".join(["department,uscc,name,hall,superior", *rows, ""]), "utf-8")
    held = {hall: _departments(province, hall) for hall in (PROVINCE_HALL, COUNTY)}
    run([executable("tongban-hub"), "directory", "import", str(path), "--config", province.hub_config])
    for hall, before in held.items():
        wait_until(lambda: _departments(province, hall) >= before + len(rows), f"{hall} knows who guides whom")  # noqa: B023


def _departments(province: Province, hall: str) -> int:
    return int(province.report(hall)["directory"]["kinds"].get("department", 0))


def _steps() -> list[tuple[object, ...]]:
    """Return steps of cases: overdue, due tomorrow, decided and rated badly, in time."""
    now = datetime.now(UTC)

    def at(days: float) -> str:
        return (now + timedelta(days=days)).isoformat()

    plan = (("2026-0002", -60, -30), ("2026-0003", -9, 9), ("2026-0004", -3, 1), ("2026-0005", -1, 20))
    steps: list[tuple[object, ...]] = []
    for number, began, due in plan:
        steps.append((number, "applied", at(began), "收件", "21", ASKING, ""))
        steps.append((number, "accepted", at(began), "受理", "21", ASKING, at(due)))
    steps.append(("2026-0003", "decided", at(-1), "决定", "21", ASKING, "准予"))
    steps.append(("2026-0003", "rated", at(-0.2), "评价", "21", ASKING, "1"))
    return steps


def _apply(lived: Living) -> str:
    until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    words = ("--field", "name", "--field", "uscc", "--purpose", "核验企业登记信息", "--basis", "行政许可法第三十一条", "--until", until)
    told = asked(lived, PROVINCE_HALL, "share", "apply", "enterprise-register", *words, "--department", APPLICANT, "--person", "12")
    return str(told["share"]["application"]["application"])


def _talk(province: Province) -> str:
    """Let the county ask, the province answer and publish; return the thread."""
    thread = str(_guidance(province, COUNTY, "ask", PROVINCE_HALL, "--text", QUESTION, "--to", GUIDING, *_CLERK)["thread"])
    wait_until(lambda: bool(_guidance(province, PROVINCE_HALL, "list", *_GUIDE)["threads"]), "the question has come")
    _guidance(province, PROVINCE_HALL, "claim", thread, *_GUIDE)
    _guidance(province, PROVINCE_HALL, "answer", thread, "--text", "可以先收件；变更完成之前不计入受理时限，请在办件上写明。", *_GUIDE)
    _guidance(province, PROVINCE_HALL, "publish", "known-1", "--thread", thread, "--title", "变更期间的受理", *_GUIDE)
    _guidance(province, PROVINCE_HALL, "canned", "--title", "请补材料", "--text", "请补正后再提交。", *_GUIDE)
    return thread


def _guidance(province: Province, hall: str, *words: str) -> Any:
    return asked(Living(province, {}), hall, "guidance", *words)
