"""Open the staff's pages of the provincial hall and of one county in the demonstration, with people and a few threads of guidance.

Laws: all of it is synthetic and says so; what is said is said by the commands that clerks and guides use.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from directory.identifiers import uscc_of
from node_agent import db
from node_agent.accounts import users
from node_agent.accounts.passwords import Hasher
from node_agent.accounts.users import Held
from tests.province.build import COUNTIES, PROVINCE_HALL, Province, Table
from tests.province.commands import commands
from tests.province.processes import executable, free_port, run, wait_until

COUNTY: Final = COUNTIES[0]
PASSWORD: Final = "示例口令 早八点半开门"
GUIDING, ASKING = "jilin-sheng-yewu", "gongzhuling-yewu"
DEPARTMENTS: Final = {GUIDING: (PROVINCE_HALL, "", "省业务指导处（示例）"), ASKING: (COUNTY, GUIDING, "公主岭市业务科（示例）")}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may sign in; `roles` are held in the department."""

    number: str
    name: str
    department: str
    roles: tuple[str, ...]


PEOPLE: Final[Mapping[str, Sequence[Person]]] = {
    PROVINCE_HALL: (
        Person("7001", "示例指导员甲", GUIDING, ("guide", "supervisor")),
        Person("7002", "示例指导员乙", GUIDING, ("guide",)),
        Person("7009", "示例管理员", "", ("hall-administrator",)),
    ),
    COUNTY: (
        Person("1024", "示例窗口人员", ASKING, ("clerk", "reviewer")),
        Person("1009", "示例管理员", "", ("hall-administrator",)),
    ),
}
CLERK = ("--role", "clerk", "--department", ASKING, "--person", "1024")
GUIDE = ("--role", "guide", "--department", GUIDING, "--person", "7001")
QUESTIONS: Final = (
    "（示例）申请人的营业执照正在变更，能否先受理？",
    "（示例）承诺件的时限，补正的日子算不算在内？",
    "（示例）同一申请人当天两个事项，材料能否只收一份？",
)
ANSWER: Final = "（示例）可以先收件；变更完成之前不计入受理时限，请在办件上写明。"


def sections() -> dict[str, Table]:
    """Return the [console] section of each hall that has pages."""
    ports = {hall: free_port() for hall in PEOPLE}
    return {hall: {"public_origin": f"http://localhost:{port}", "port": port} for hall, port in ports.items()}


def furnish(province: Province) -> None:
    """Let people sign in, and say a few things; hub and agents have to run."""
    path = province.folder / "guidance_departments.csv"
    rows = [
        f"{one},{uscc_of(f'1122000000000099{number}')},{name},{hall},{above}"
        for number, (one, (hall, above, name)) in enumerate(DEPARTMENTS.items())
    ]
    path.write_text("\n".join(["department,uscc,name,hall,superior", *rows, ""]), "utf-8")
    held = {hall: _departments(province, hall) for hall in PEOPLE}
    commands("hub.cli", [["directory", "import", path, "--reason", "示例", "--config", province.hub_config]])
    for hall in PEOPLE:
        wait_until(lambda: _departments(province, hall) >= held[hall] + len(rows), f"{hall} knows who guides whom")  # noqa: B023
        _staff(province, hall)
    _converse(province)


def _departments(province: Province, hall: str) -> int:
    return int(province.report(hall)["directory"]["kinds"].get("department", 0))


def _staff(province: Province, hall: str) -> None:
    hashed, now = asyncio.run(Hasher().hash(PASSWORD)), datetime.now(UTC)
    engine = db.connect(province.hall_folder(hall) / "data" / "agent.db")
    with db.begin(engine) as connection:
        for person in PEOPLE[hall]:
            users.add(connection, person.number, person.name, hashed, now)
            users.set_password(connection, person.number, hashed, now, must_change=False)
            for role in person.roles:
                users.give(connection, person.number, Held(role, person.department))
    engine.dispose()


def _converse(province: Province) -> None:
    asked = [_guidance(province, COUNTY, "ask", PROVINCE_HALL, "--text", text, "--to", GUIDING, *CLERK)["thread"] for text in QUESTIONS]
    wait_until(lambda: len(_guidance(province, PROVINCE_HALL, "list", *GUIDE)["threads"]) == len(asked), "the questions have come")
    _guidance(province, PROVINCE_HALL, "claim", asked[0], *GUIDE)
    _guidance(province, PROVINCE_HALL, "answer", asked[0], "--text", ANSWER, *GUIDE)
    _guidance(province, PROVINCE_HALL, "publish", "demo-1", "--thread", asked[0], "--title", "（示例）变更期间的受理", *GUIDE)
    _guidance(province, PROVINCE_HALL, "canned", "--title", "（示例）请补材料", "--text", "（示例）请补正后再提交。", *GUIDE)


def _guidance(province: Province, hall: str, *words: str) -> dict[str, Any]:
    said = run([executable("tongban-agent"), "guidance", *words, "--json", "--config", province.hall_config(hall)])
    return dict(json.loads(said))


def lines(consoles: Mapping[str, Table]) -> Iterator[str]:
    """Yield where the pages are, and who may sign in."""
    for hall, section in consoles.items():
        yield f"  pages      {section['public_origin']}  {hall}"
        for person in PEOPLE[hall]:
            yield f"             {person.number}  {person.name}  {', '.join(person.roles)}"
    yield f"             password of all of them: {PASSWORD}"
