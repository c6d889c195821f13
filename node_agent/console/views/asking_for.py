"""Say to the hub for whom a page asks, and why."""

from typing import Final

from directory.scopes.vocabulary import Role
from node_agent.console.visit import Visit
from tongban.directory.v1.scopes_pb2 import Principal, Purpose

_PURPOSES: Final = {
    Role.CLERK: "办理本厅办件",
    Role.REVIEWER: "审查办件",
    Role.SUPERVISOR: "电子监察",
    Role.GUIDE: "业务指导",
}
"""Why each role looks at cases; it is written down with the answer, in the words of the province."""
OTHER: Final = "工作需要"


def asked_by(visit: Visit) -> Principal:
    """Name the person before the screen, as the hall asserts it."""
    session = visit.signed_in
    return Principal(role=session.role, department=session.department, person=session.number)


def purpose(visit: Visit, hall: str = "", case_number: str = "") -> Purpose:
    """Say why cases are looked at."""
    why = next((text for role, text in _PURPOSES.items() if role == visit.signed_in.role), OTHER)
    return Purpose(purpose=why, basis="政务服务岗位职责", case_hall=hall, case_number=case_number)
