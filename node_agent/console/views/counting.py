"""Ask the hub for counts of cases, as far as the address says of what."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from node_agent.console import halls
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.views.asking_for import asked_by, purpose
from node_agent.console.visit import Visit
from node_agent.link import statistics
from tongban.case.v1 import statistics_pb2

Counted = Answered[statistics_pb2.GetStatisticsResponse] | Unanswered

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
OF: Final = ("hall", "subtree", "item_code", "department", "from_month", "to_month")


def given(visit: Visit) -> dict[str, str]:
    """Return the filters of the address; a hall that the person may not look at, and a month that is none, are passed over."""
    found = {name: visit.asked(name) for name in OF}
    known = {hall.hall for hall in halls.in_order(visit)}
    for name in ("hall", "subtree"):
        found[name] = found[name] if found[name] in known else ""
    for name in ("from_month", "to_month"):
        found[name] = found[name] if _MONTH.fullmatch(found[name]) else ""
    if found["hall"]:
        found["subtree"] = ""
    return found


async def counts(visit: Visit, of: Mapping[str, str], by: Sequence[str], **more: Any) -> Counted:  # noqa: ANN401 - fields of the request
    """Return counts kept apart by `by`; without a hall or subtree of all that the person may look at."""
    named: dict[str, Any] = {name: text for name, text in of.items() if text and name in OF}
    if not named.get("hall") and not named.get("subtree"):
        named["subtree"] = visit.site.hall
    request = statistics_pb2.GetStatisticsRequest(**named, group_by=by, asked_by=asked_by(visit), purpose=purpose(visit), **more)
    return await visit.site.asking.ask(statistics.counted, request)
